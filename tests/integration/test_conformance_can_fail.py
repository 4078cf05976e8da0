"""The comparison of `test_conformance` sees what a proxy can get wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .arena import STRAY, Arena
from .conformance import Runner, differences
from .row import Mode, Row
from .rows_selection import SEE

if TYPE_CHECKING:
    from support.sandbox import Sandbox

EXACT = ("uv", "run", "--exact")
PLAIN = ("uv", "run")


def _shell(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script, "sh")


@pytest.fixture(scope="module")
def arena(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Arena:
    return Arena(sandbox, tmp_path_factory.mktemp("faulty"))


def _find(arena: Arena, proxy: tuple[str, ...], mode: Mode, *arguments: str) -> str:
    row = Row("a row", arguments)
    return differences(row, *Runner(arena, proxy).both(row, mode))


@pytest.mark.parametrize(("proxy", "mode"), [(PLAIN, Mode.OFF), (EXACT, Mode.DRIFTED)])
def test_a_faithful_proxy_passes(arena: Arena, proxy: tuple[str, ...], mode: Mode) -> None:
    assert _find(arena, proxy, mode, *SEE) == ""


def test_a_leaked_variable_is_found(arena: Arena) -> None:
    leaking = ("env", "LC_CTYPE=C.UTF-8", *PLAIN)
    assert "+LC_CTYPE=C.UTF-8" in _find(arena, leaking, Mode.OFF, "env")


@pytest.mark.parametrize("mode", Mode)
def test_a_swallowed_status_is_found(arena: Arena, mode: Mode) -> None:
    swallowing = _shell('uv run "$@"; exit 0')
    found = _find(arena, swallowing, mode, "sh", "-c", "exit 3")
    assert "-3\n+0\n" in found


@pytest.mark.parametrize("mode", Mode)
def test_speaking_on_standard_output_is_found(arena: Arena, mode: Mode) -> None:
    speaking = _shell('echo "xrun: hello"; exec uv run --exact "$@"')
    assert "+xrun: hello" in _find(arena, speaking, mode, "true")


def test_speaking_is_found_in_mode_off(arena: Arena) -> None:
    speaking = _shell('echo "xrun: hello" >&2; exec uv run "$@"')
    assert "+xrun: hello" in _find(arena, speaking, Mode.OFF, "true")


def test_speaking_on_standard_error_is_allowed_where_exact(arena: Arena) -> None:
    report = "printf 'xrun: removed one\\n  row\\nxrun: end\\n' >&2;"
    assert _find(arena, _shell(f'{report} exec uv run --exact "$@"'), Mode.EXACT, "true") == ""


def test_an_indented_line_of_its_own_is_found(arena: Arena) -> None:
    speaking = _shell("echo '  row' >&2; exec uv run --exact \"$@\"")
    assert "+  row" in _find(arena, speaking, Mode.EXACT, "true")


def test_a_stray_that_stays_is_found(arena: Arena) -> None:
    assert f"+{arena.folder}/.venv: {STRAY}==1.0" in _find(arena, PLAIN, Mode.DRIFTED, "true")


def test_a_stray_that_goes_is_found_in_mode_off(arena: Arena) -> None:
    assert f"-{arena.folder}/.venv: {STRAY}==1.0" in _find(arena, EXACT, Mode.OFF, "true")


def test_a_file_left_in_the_project_is_found(arena: Arena) -> None:
    leaving = _shell('touch .xrun-was-here; exec uv run "$@"')
    assert "+.xrun-was-here" in _find(arena, leaving, Mode.OFF, "true")


def test_an_inherited_descriptor_is_found(arena: Arena) -> None:
    leaking = _shell('exec uv run "$@" 9<x.py')
    assert "+9" in _find(arena, leaking, Mode.OFF, "sh", "-c", "ls /proc/$$/fd")


def test_a_uv_that_starts_the_command_is_seen(arena: Arena) -> None:
    row = Row("a row", ("true",))
    for proxy, is_seen in ((PLAIN, True), (("env",), False)):
        runner = Runner(arena, proxy)
        runner.prepare(row, Mode.EXACT)
        assert runner.as_xrun_again(row, Mode.EXACT)[1] is is_seen
