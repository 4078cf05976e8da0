"""Which xrun and which uv, compiled or not, and the variables that change what a run does."""

from __future__ import annotations

import os
import py_compile
import shutil
import sys
from pathlib import Path

import pytest

import xrun
from unit.ctl.doctor.scenes import PROJECT, make_program, make_scene, tell
from unit.make import make_environment, write
from xrun.ctl.doctor import machine
from xrun.proxy.dataclass import replace

SCRIPT = "#!/x/python\nimport sys\nfrom xrun.proxy.main import main\n"
SHIM = '#!/bin/sh\nexec pyenv exec xrun "$@"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "app", {"pyproject.toml": PROJECT})


def test_the_xrun_on_path_may_be_a_link_to_this_one(project: Path, tmp_path: Path) -> None:
    own = make_program(tmp_path / "own" / "xrun", SCRIPT)
    scene = make_scene(project, xrun=own, environ={"PATH": str(tmp_path / "bin")})
    assert tell(machine.check_xrun(scene)) == [("note", "`xrun` is not on PATH")]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "xrun").symlink_to(own)
    assert tell(machine.check_xrun(scene)) == []
    assert tell(machine.check_xrun(replace(scene, xrun=None))) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SHIM, "`xrun` is started by another script ({found}), as version managers have"),
        (SCRIPT, "`xrun` is another one ({found}) than this xrunctl's ({own})"),
        ("\x7fELF", "`xrun` is another one ({found}) than this xrunctl's ({own})"),
    ],
)
def test_another_xrun_on_path_is_named(project: Path, tmp_path: Path, text: str, told: str) -> None:
    own = make_program(tmp_path / "own" / "xrun", SCRIPT)
    found = make_program(tmp_path / "bin" / "xrun", text)
    scene = make_scene(project, xrun=own, environ={"PATH": str(found.parent)})
    assert tell(machine.check_xrun(scene)) == [("note", told.format(found=found, own=own))]


@pytest.mark.parametrize(
    ("text", "is_slow"),
    [
        (SCRIPT, False),
        (SCRIPT.replace("import sys", "import re\nimport sys"), True),
        ("\x7fELFimport re\n", False),
    ],
)
def test_a_console_script_that_imports_re(
    project: Path, tmp_path: Path, text: str, *, is_slow: bool
) -> None:
    own = make_program(tmp_path / "own" / "xrun", text)
    assert bool(tell(machine.check_console_script(make_scene(project, xrun=own)))) is is_slow
    assert tell(machine.check_console_script(make_scene(project))) == []


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ((0, 13, 9), []),
        ((0, 6, 17), []),
        (
            (0, 6, 16),
            [("note", "uv 0.6.16 cannot clean the environments of scripts (0.6.17 can)")],
        ),
        (
            (0, 5, 29),
            [
                (
                    "mend",
                    "uv 0.5.29 cannot say what it would remove (0.5.30 can), "
                    "clean the environments of scripts (0.6.17 can)",
                )
            ],
        ),
    ],
)
def test_what_uv_is_too_old_for(
    project: Path, version: tuple[int, ...], told: list[tuple[str, str]]
) -> None:
    assert tell(machine.check_uv(make_scene(project, version=version))) == told


def test_no_uv_and_one_that_does_not_work(project: Path) -> None:
    scene = make_scene(project, version=())
    (found,) = tell(machine.check_uv(scene))
    assert found == ("mend", f"{scene.facts.uv} says no version")
    (found,) = tell(machine.check_uv(replace(scene, obstacle="no such thing")))
    assert found == ("mend", "uv cannot be started: no such thing")
    none = replace(scene, facts=replace(scene.facts, uv=""))
    (found,) = tell(machine.check_uv(none))
    assert found[1].startswith("no uv found; ")
    assert tell(machine.check_other_uvs(none)) == []
    assert tell(machine.check_shim(none)) == []


def test_another_uv_on_path_is_told_if_it_is_of_another_version(
    project: Path, tmp_path: Path
) -> None:
    other = make_program(tmp_path / "bin" / "uv", "#!/bin/sh\necho uv 0.4.1\n")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "uv").symlink_to(tmp_path / "tools" / "uv")
    path = os.pathsep.join(str(tmp_path / name) for name in ("tools", "bin", "links", "none"))
    scene = make_scene(project, environ={"PATH": path})
    told = f"there is another uv on PATH: {other} (0.4.1)"
    assert tell(machine.check_other_uvs(scene)) == [("note", told)]
    make_program(other, "#!/bin/sh\necho uv 0.13.9\n")
    assert tell(machine.check_other_uvs(scene)) == []
    make_program(other, "#!/nowhere\n")
    told = f"there is another uv on PATH: {other} (cannot be started)"
    assert tell(machine.check_other_uvs(scene)) == [("note", told)]


def test_the_variable_uv_names_another_than_path(project: Path, tmp_path: Path) -> None:
    other = make_program(tmp_path / "bin" / "uv", "#!/bin/sh\necho uv 0.13.9\n")
    used = str(tmp_path / "tools" / "uv")
    scene = make_scene(project, environ={"PATH": str(other.parent), "UV": used})
    told = f"the variable UV names {used}; on PATH is {other}"
    assert tell(machine.check_other_uvs(scene)) == [("note", told)]


def test_a_uv_that_is_a_script(project: Path, tmp_path: Path) -> None:
    make_program(tmp_path / "tools" / "uv", "#!/bin/sh\n")
    (found,) = tell(machine.check_shim(make_scene(project)))
    assert found[0] == "note"
    assert found[1].startswith("uv is a script (")


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what each start loads, not compiled."""
    folder = tmp_path / "xrun"
    folder.mkdir()
    own = Path(xrun.__file__).parent
    shutil.copy(own / "__init__.py", folder)
    shutil.copytree(own / "proxy", folder / "proxy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(xrun, "__file__", str(folder / "__init__.py"))
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return folder


def compile_all(folder: Path, mode: py_compile.PycInvalidationMode) -> None:
    for path in machine.list_hot(folder):
        py_compile.compile(str(path), invalidation_mode=mode)


def test_byte_code_that_the_next_start_leaves_is_no_matter(
    project: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    scene = make_scene(project)
    assert tell(machine.check_byte_code(scene)) == []
    monkeypatch.setattr("os.access", lambda *_: False)
    told = f"xrun's byte code is not compiled, and {sources} cannot be written"
    assert tell(machine.check_byte_code(scene)) == [("mend", told)]


@pytest.mark.parametrize("mode", list(py_compile.PycInvalidationMode))
def test_byte_code_counts_if_it_is_of_this_source(
    project: Path,
    sources: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: py_compile.PycInvalidationMode,
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    scene = make_scene(project)
    told = "xrun's byte code is not compiled, and Python may not write byte code"
    assert tell(machine.check_byte_code(scene)) == [("mend", told)]
    compile_all(sources, mode)
    assert tell(machine.check_byte_code(scene)) == []
    write(sources, {"proxy/uv.py": "changed = 1\n"})
    is_by_time = mode is py_compile.PycInvalidationMode.TIMESTAMP
    assert len(tell(machine.check_byte_code(scene))) == is_by_time


def test_byte_code_of_another_python_does_not_count(
    project: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    compile_all(sources, py_compile.PycInvalidationMode.TIMESTAMP)
    monkeypatch.setattr("importlib.util.MAGIC_NUMBER", b"old\n")
    scene = make_scene(project, environ={"PYTHONDONTWRITEBYTECODE": "1"})
    (found,) = tell(machine.check_byte_code(scene))
    assert found[1].endswith("and PYTHONDONTWRITEBYTECODE is set")


@pytest.mark.parametrize(
    ("value", "severity"), [("0", ["mend"]), ("1", ["note"]), ("", ["note"]), (None, [])]
)
def test_only_a_zero_switches_xrun_off(
    project: Path, value: str | None, severity: list[str]
) -> None:
    environ = {} if value is None else {"XRUN": value}
    found = tell(machine.check_off(make_scene(project, environ=environ)))
    assert [each[0] for each in found] == severity


def test_what_is_stronger_than_the_files_of_the_policy(project: Path) -> None:
    assert tell(machine.check_policy_variables(make_scene(project))) == []
    scene = make_scene(project, environ={"XRUN_MODE": "report"})
    told = tell(machine.check_policy_variables(scene))
    assert told == [("note", "XRUN_MODE=report is set")]
    scene = make_scene(project, environ={"XRUN_KEEP": "six", "XRUN_MODE": "off"})
    (found,) = machine.check_policy_variables(scene)
    assert found.what == "XRUN_MODE=off, XRUN_KEEP=six are set"
    assert found.cure.startswith("`unset XRUN_MODE XRUN_KEEP`")
    scene = make_scene(project, environ={"XRUN_LAUNCH": "uv"})
    assert tell(machine.check_policy_variables(scene)) == [("note", "XRUN_LAUNCH=uv is set")]


def test_only_an_absolute_path_is_an_environment_for_every_project(project: Path) -> None:
    for chosen, count in (("/opt/venv", 1), ("other", 0), ("", 0)):
        scene = make_scene(project, environ={"UV_PROJECT_ENVIRONMENT": chosen})
        assert len(tell(machine.check_environment_variables(scene))) == count, chosen


def test_an_environment_that_is_active_and_not_this_ones(project: Path, tmp_path: Path) -> None:
    make_environment(project / ".venv")
    (tmp_path / "link").symlink_to(project / ".venv")
    for active, count in (
        (tmp_path / "other", 1),
        (project / ".venv", 0),
        (tmp_path / "link", 0),
    ):
        scene = make_scene(project, environ={"VIRTUAL_ENV": str(active)})
        assert len(tell(machine.check_environment_variables(scene))) == count, active
    scene = make_scene(tmp_path, environ={"VIRTUAL_ENV": str(tmp_path / "other")})
    assert tell(machine.check_environment_variables(scene)) == []


def test_how_files_come_from_the_cache(project: Path) -> None:
    for mode, count in (("copy", 1), ("symlink", 1), ("hardlink", 0), ("clone", 0)):
        scene = make_scene(project, environ={"UV_LINK_MODE": mode})
        assert len(tell(machine.check_link_mode(scene))) == count, mode
