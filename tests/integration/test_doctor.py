"""`xrunctl doctor` finds what is really so, changes nothing, and what it advises mends it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.markers import mark
from support.sayings import line_with, names_in, said
from xrun.environment import marker
from xrun.environment.environment import Environment

from .test_in_use import running

if TYPE_CHECKING:
    from support.processes import Result
    from support.projects import Project

Xrun = tuple[str, ...]
MEMORY = Path("/dev/shm")  # another file system, as a rule
CHECKS = 24  # of the machine, in all


class Doctor:
    """`xrunctl doctor` in a project, with xrun on PATH."""

    def __init__(self, project: Project, xrun: Xrun) -> None:
        self.project = project
        self.folder = Path(xrun[0]).parent
        self.command = str(self.folder / "xrunctl")

    def run(self, *words: str, **changes: str) -> Result:
        """Type it."""
        variables = {"PATH": f"{self.project.sandbox.path}{os.pathsep}{self.folder}", **changes}
        return self.project.run(self.command, "doctor", *words, **variables)

    def find(self, check: str, *, status: int, **changes: str) -> dict[str, str]:
        """The one finding of a check."""
        result = self.run("--output-format", "json", **changes)
        assert (result.status, result.stderr) == (status, b""), result
        found = json.loads(result.stdout)["findings"]
        (finding,) = [each for each in found if each["checks"] == [check]]
        return dict(finding)

    def follow(self, finding: dict[str, str], **changes: str) -> Result:
        """Type the first command that it advises."""
        words = shlex.split(re.findall("`([^`]*)`", finding["cure"])[0])
        program = self.folder / words[0]
        words[0] = str(program) if program.exists() else words[0]
        result = self.project.run(*words, **changes)
        assert result.status == 0, result
        return result

    def is_fine(self, **changes: str) -> bool:
        """Whether nothing is found."""
        result = self.run(**changes)
        return result.status == 0 and is_sum(result.stdout.decode().splitlines()[-1], CHECKS)


def is_sum(line: str, *counts: int) -> bool:
    """Whether these are the numbers of the last line, which sums up."""
    return re.findall(r"\d+", line) == [str(count) for count in counts]


@pytest.fixture
def doctor(project: Project, xrun: Xrun) -> Doctor:
    """For a project where all is fine."""
    cache = project.sandbox.home / ".cache" / "xrun"
    shutil.rmtree(cache, ignore_errors=True)
    return Doctor(project, xrun)


def list_files(folder: Path) -> dict[str, float]:
    """Each file below a folder with its time; access leaves no trace in it."""
    return {str(path): path.lstat().st_mtime for path in folder.rglob("*")}


def test_where_all_is_fine_nothing_is_found_and_nothing_changed(doctor: Doctor) -> None:
    home = doctor.project.sandbox.home
    before = list_files(doctor.project.folder), list_files(home)
    result = doctor.run()
    assert (result.status, result.stderr) == (0, b"")
    assert (list_files(doctor.project.folder), list_files(home)) == before
    head, rest = result.stdout.decode().split("\n\n")
    assert [line.split()[0] for line in head.splitlines()] == [
        *("xrun", "uv", "project", "environment")
    ]
    assert str(doctor.project.environment) in head
    assert len(rest.splitlines()) == 1
    assert is_sum(rest, CHECKS)


def test_outside_a_project_and_in_no_folder(doctor: Doctor, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    result = doctor.project.run(doctor.command, "doctor", folder=str(outside))
    assert result.status == 0
    assert str(outside) in line_with(result.stdout.decode().splitlines(), "project  ")
    assert "PATH" in result.stdout.decode()
    result = doctor.run("--project", "nowhere")
    assert (result.status, result.stdout) == (2, b"")
    assert "nowhere" in said(result)[0]
    result = doctor.run("--project", "nowhere", "--output-format", "json")
    assert result.status == 2
    assert "nowhere" in json.loads(result.stdout)["error"]["message"]
    assert json.loads(doctor.run("--schema").stdout)["$id"] == "urn:xrun:doctor:1"


def test_a_damaged_environment_is_named(doctor: Doctor) -> None:
    (doctor.project.environment / "pyvenv.cfg").unlink()
    finding = doctor.find("environment", status=1)
    assert ".venv" in finding["what"]
    assert "pyvenv.cfg" in finding["what"]


def test_who_runs_in_the_environment_is_named(doctor: Doctor, xrun: Xrun) -> None:
    with running(doctor.project, *xrun):
        finding = doctor.find("commands", status=0)
        assert "in use by `python -c" in finding["what"]
    assert doctor.is_fine()


def test_byte_code_that_is_never_written(doctor: Doctor, tmp_path: Path) -> None:
    # The byte code of this xrun may be there; with a prefix, none is.
    changes = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}
    finding = doctor.find("byte code", status=1, **changes)
    assert "PYTHONDONTWRITEBYTECODE" in finding["what"]
    doctor.follow(finding, **changes)
    assert doctor.is_fine(**changes)


def test_what_is_on_another_file_system(doctor: Doctor, tmp_path: Path) -> None:
    if not os.access(MEMORY, os.W_OK) or MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other file system")
    elsewhere = str(MEMORY / f"not-made-{tmp_path.name}")
    finding = doctor.find("file systems", status=0, XDG_CACHE_HOME=elsewhere)
    assert f"{elsewhere}/xrun" in finding["what"]
    finding = doctor.find("file systems", status=0, XDG_STATE_HOME=elsewhere)
    assert ".venv" in finding["what"]
    assert "state" in finding["what"]
    assert not Path(elsewhere).exists()


@pytest.mark.parametrize(
    ("part", "check", "status", "name"),
    [
        ("project/.venv", "environment", 0, ".venv"),
        ("home/.cache", "cache folder", 1, "cache folder"),
    ],
)
def test_folders_that_cannot_be_written_are_named(
    doctor: Doctor, part: str, check: str, status: int, name: str
) -> None:
    project = doctor.project
    first, rest = part.split("/")
    folder = {"project": project.folder, "home": project.sandbox.home}[first] / rest
    place = shlex.quote(str(folder))
    mount = f"mount --bind {place} {place} && mount -o remount,bind,ro {place}"
    if not can_mount(mount):
        pytest.skip("nothing can be mounted here")
    environ = project.sandbox.environ(PATH=f"{project.sandbox.path}{os.pathsep}{doctor.folder}")
    words = f"{mount} && cd {shlex.quote(str(project.folder))} && "
    words += f"{shlex.quote(doctor.command)} doctor --output-format json"
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", words], env=environ, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (status, b"")
    (finding,) = [each for each in json.loads(done.stdout)["findings"] if each["checks"] == [check]]
    assert name in finding["what"]
    assert "cannot be written" in finding["what"]


def can_mount(words: str) -> bool:
    try:
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", words], capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def test_a_step_that_was_killed_and_what_it_left(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = doctor.project
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.sandbox.home / ".cache"))
    marker.begin_step(Environment(project.environment, ".venv"))
    (module,) = project.environment.glob("lib/*/site-packages/alpha/__init__.py")
    module.unlink()
    finding = doctor.find("distributions", status=1)
    assert names_in(finding["what"]) == ["alpha"]
    assert "RECORD" in finding["what"]
    doctor.follow(doctor.find("killed steps", status=1))
    assert module.exists()
    assert doctor.is_fine()


def test_what_uv_left_half_installed(doctor: Doctor) -> None:
    project = doctor.project
    (module,) = project.environment.glob("lib/*/site-packages/alpha/__init__.py")
    module.unlink()
    project.sync()
    assert not module.exists()
    doctor.follow(doctor.find("distributions", status=1))
    assert module.exists()
    assert doctor.is_fine()


def test_a_separate_environment_left_half_made(doctor: Doctor, xrun: Xrun) -> None:
    project = doctor.project
    assert project.run(*xrun, "true", XRUN_MODE="separate").status == 0
    (separate,) = (project.sandbox.home / ".cache" / "xrun" / "environments").iterdir()
    assert doctor.is_fine()
    mark(project.sandbox, separate / "environment")
    doctor.follow(doctor.find("separate environments", status=1))
    assert not separate.exists()
    assert doctor.is_fine()


def test_variables_by_which_a_run_is_not_exact(doctor: Doctor) -> None:
    finding = doctor.find("exactness", status=1, UV_NO_SYNC="1")
    assert "UV_NO_SYNC" in finding["what"]
    assert finding["cure"] == "`unset UV_NO_SYNC`"
    assert doctor.find("XRUN", status=1, XRUN="0")["cure"] == "`unset XRUN`"


def test_a_policy_with_problems_is_named_and_keeps_two_checks(doctor: Doctor) -> None:
    doctor.project.write("xrun.toml", "mod = 1\nmode = 2\n")
    lines = doctor.run().stdout.decode().splitlines()
    assert "xrun.toml" in line_with(lines, "mend  ", "2 problems")
    assert "exactness, unchanged" in line_with(lines, "unknown  ")
    assert is_sum(lines[-1], 1, 1, CHECKS)


def test_why_each_run_is_compared_again(doctor: Doctor) -> None:
    project = doctor.project
    lock = project.folder / "uv.lock"
    os.utime(lock, (time.time() + 1000, time.time() + 1000))
    finding = doctor.find("unchanged", status=1)
    assert str(lock) in finding["what"]
    doctor.follow(finding)
    assert doctor.is_fine()
    url = "https://somebody:secret@example.org/simple"
    finding = doctor.find("unchanged", status=0, UV_INDEX=url)
    assert "UV_INDEX" in finding["what"]
    assert "secret" not in str(finding)


def test_a_uv_that_is_a_script_or_that_does_not_start(doctor: Doctor, tmp_path: Path) -> None:
    shim = tmp_path / "shims" / "uv"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {doctor.project.sandbox.uv} "$@"\n')
    shim.chmod(0o755)
    path = f"{shim.parent}{os.pathsep}{doctor.project.sandbox.path}{os.pathsep}{doctor.folder}"
    finding = doctor.find("shim", status=0, PATH=path)
    assert str(shim) in finding["what"]
    shim.write_text("#!/nowhere/sh\n")
    finding = doctor.find("uv", status=1, PATH=path)
    assert "uv" in finding["what"]
    assert "started" in finding["what"]
