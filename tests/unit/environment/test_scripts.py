"""Scripts that run in another environment are found, and can be made to run in their own."""

from __future__ import annotations

import shlex
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment, write
from xrun.environment.scripts import find_misplaced
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scripts are programs there")
BODY = "# -*- coding: utf-8 -*-\nimport sys\n"


def install(environment: Environment, header: str) -> Path:
    """Install a distribution with a script."""
    info, script = environment.site_packages[0] / "one-1.0.dist-info", "../../../bin/run-one"
    write(info, {"METADATA": "Name: one\n", "RECORD": f"{script},sha256=x,1\n"})
    write(environment.folder, {"bin/run-one": header + BODY, "bin/unowned": header})
    return environment.folder / "bin" / "run-one"


def render_long(python: str) -> str:
    return f"#!/bin/sh\n'''exec' {shlex.quote(python)} \"$0\" \"$@\"\n' '''\n"


def find(environment: Environment) -> list[str]:
    return [each.owner for each in find_misplaced(replace(environment))]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return make_environment(tmp_path / "my app" / ".venv")


@pytest.mark.parametrize("python", ["python", "python3", "python3.11", "pypy3"])
@pytest.mark.parametrize("render", ["#!{}\n".format, "#!{} -E\n".format, render_long])
def test_a_script_of_an_environment_that_is_gone(environment: Environment, render, python) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    path = install(environment, render(f"/gone/.venv/bin/{python}"))
    (script,) = find_misplaced(environment)
    assert (script.owner, script.path) == ("one", path)


def test_in_a_copy_scripts_of_the_original_are_misplaced(
    environment: Environment, tmp_path: Path
) -> None:
    original = make_environment(tmp_path / "original")
    install(environment, f"#!{original.interpreter}\n")
    (original.folder / "lib").mkdir(exist_ok=True)
    assert find(environment) == ["one"]


def test_what_runs_here_or_in_a_whole_python(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(environment.folder.parent)
    whole = tmp_path / "usr"
    (whole / "lib").mkdir(parents=True)
    for header in (
        render_long(str(environment.interpreter)),
        render_long(f"{tmp_path}/link/.venv/bin/python3"),
        render_long('$(dirname -- "$(realpath -- "$0")")/python'),
        '#!/bin/sh\n\'\'\'exec\' "$(dirname -- "$(realpath -- "$0")")"/\'python\' "$0" "$@"\n'
        "' '''\n",
        "#!/usr/bin/env python\n",
        f"#!{whole}/bin/python\n",
        "#!/gone/.venv/bin/perl\n",
        "#!python\n",
        "#!",
        "\x7fELF",
        "#!/bin/sh\n'''exec' '/gone \"$0\" \"$@\"\n' '''\n",
    ):
        install(environment, header)
        assert find(environment) == [], header


def test_a_whole_python_has_no_scripts_of_others(environment: Environment) -> None:
    install(environment, "#!/gone/.venv/bin/python\n")
    (environment.folder / "pyvenv.cfg").unlink()
    assert find(environment) == []


@pytest.mark.parametrize("name", ["short", "with space", "l" * 127])
@pytest.mark.parametrize("render", ["#!{}\n".format, render_long])
def test_a_script_is_made_to_run_here(tmp_path: Path, name: str, render) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    environment = make_environment(tmp_path / name)
    path = install(environment, render("/gone/.venv/bin/python3"))
    path.chmod(0o750)
    (tmp_path / "cached").hardlink_to(path)
    (script,) = find_misplaced(environment)
    script.point_to(environment)
    python = str(environment.folder / "bin" / "python3")
    is_simple = name == "short" and len(python) < 120
    assert path.read_text() == (f"#!{python}\n" if is_simple else render_long(python)) + BODY
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert find(environment) == []
    assert "/gone" in (tmp_path / "cached").read_text()  # never through a link
