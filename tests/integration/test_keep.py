"""What the policy keeps stays, with all that it needs; everything else goes as ever."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from support.clock import LATER
from support.projects import Pyproject
from support.sayings import commands_in, line_with, names_in, said, versions_in
from support.snapshots import site_packages

if TYPE_CHECKING:
    from pathlib import Path

    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
VERSION = "import alpha; print(alpha.__version__)"


def keep(project: Project, *entries: str, mode: str = "exact") -> Path:
    """Write a policy that keeps something."""
    return project.write("xrun.toml", f'mode = "{mode}"\nkeep = [{", ".join(entries)}]\n')


def test_what_is_kept_stays_with_what_it_needs(project: Project, xrun: Xrun) -> None:
    project.install("beta", "delta")
    keep(project, '"beta"')
    result = project.run(*xrun, "python", "-c", "import beta, gamma")
    assert result.status == 0, result.stderr
    assert names_in(line_with(said(result), "removed", "undeclared")) == ["delta"]
    assert b"Uninstalled" not in result.stderr  # the line above says more
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")
    again = project.run(*xrun, "python", "-c", "import beta, gamma")
    assert (again.status, again.stderr) == (0, b"")


def test_a_run_around_what_is_kept_becomes_unchanged(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    keep(project, '"beta"')
    project.run(*LATER, "true")
    stamps = project.sandbox.home / ".cache" / "xrun" / "stamps"
    stamped = [path.read_bytes() for path in stamps.iterdir()]
    assert any(str(project.folder).encode() in content for content in stamped)
    result = project.run(*xrun, "python", "-c", "import beta")
    assert (result.status, result.stderr) == (0, b"")
    project.install("delta")  # whatever appears is seen
    assert names_in(said(project.run(*xrun, "true"))[0]) == ["delta"]
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")


def test_what_is_missing_is_added_beside_what_is_kept(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    keep(project, '"beta"')
    project.declare(Pyproject(dependencies=("alpha", "epsilon")))
    result = project.run(*xrun, "python", "-c", "import beta, epsilon")
    assert (result.status, said(result)) == (0, [])


def test_one_with_a_specifier_is_not_replaced_by_what_is_locked(
    project: Project, xrun: Xrun
) -> None:
    project.install("alpha==1.0")
    keep(project, '{ name = "alpha==1.0", reason = "matched to the machine" }')
    result = project.run(*xrun, "python", "-c", VERSION)
    (line,) = said(result)
    assert (result.status, result.stdout) == (0, b"1.0\n")
    assert (names_in(line), versions_in(line)) == (["alpha"], ["1.0", "2.0"])
    assert "matched to the machine" in line
    result = project.run(*xrun, "python", "-c", VERSION)
    assert (result.stdout, result.stderr) == (b"1.0\n", b"")
    project.declare(Pyproject(dependencies=("alpha", "epsilon")))
    result = project.run(*xrun, "python", "-c", f"import epsilon; {VERSION}")
    assert (result.status, result.stdout, said(result)) == (0, b"1.0\n", [])
    assert project.installed() == ("alpha==1.0", "epsilon==1.0")


def test_what_is_declared_later_follows_the_lock(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.declare(Pyproject(dependencies=("delta",)))
    project.sync()
    project.install("alpha==1.0")
    keep(project, '"alpha"')
    assert said(project.run(*xrun, "true")) == []
    assert project.run(xrunctl, "policy", "check").status == 0
    project.declare(Pyproject(dependencies=("alpha", "delta")))
    result = project.run(*xrun, "python", "-c", VERSION)
    replaced, kept = said(result)
    assert result.stdout == b"2.0\n"
    assert (names_in(replaced), versions_in(replaced)) == (["alpha"], ["1.0", "2.0"])
    assert names_in(kept) == ["alpha"]
    assert project.run(xrunctl, "check").stdout == b".venv is exactly as declared\n"
    idle = project.run(xrunctl, "policy", "check")
    assert idle.status == 1
    assert names_in(line_with(idle.stdout.decode().splitlines(), "no effect")) == ["alpha"]
    assert b"keeps what is declared" in project.run(xrunctl, "doctor").stdout
    written = line_with(said(project.run(xrunctl, "keep", "alpha")), "is declared")
    assert (names_in(written), versions_in(written)) == (["alpha"], ["2.0"])


def test_what_is_held_is_never_called_exact(project: Project, xrunctl: str) -> None:
    project.install("alpha==1.0")
    keep(project, '"alpha<2"')
    for verb in (("check",), ("check", "--recursive"), ("sync",), ("explain", "--", "true")):
        told = project.run(xrunctl, *verb)
        assert (told.status, b"exactly" in told.stdout + told.stderr) == (0, False)
        assert names_in((told.stdout + told.stderr).decode())[:1] == ["alpha"]
    why = project.run(xrunctl, "why", "alpha").stdout.decode().splitlines()[0]
    assert versions_in(why) == ["1.0", "2.0"]


@pytest.mark.parametrize("option", ["--exact", "--reinstall", "-U", "--locked", "--frozen"])
def test_nothing_that_is_typed_takes_it_away(project: Project, xrun: Xrun, option: str) -> None:
    project.install("alpha==1.0", "beta", "delta")
    keep(project, '"alpha==1.0"', '"beta"')
    for _ in range(2):
        result = project.run(*xrun, option, "python", "-c", VERSION)
        assert (result.status, result.stdout) == (0, b"1.0\n"), result.stderr
        assert b"warning" not in result.stderr
        assert project.installed() == ("alpha==1.0", "beta==1.0", "gamma==1.0")


@pytest.mark.parametrize("mode", ["report", "refuse"])
def test_other_modes_keep_it_too(project: Project, xrun: Xrun, mode: str) -> None:
    project.install("alpha==1.0", "beta")
    keep(project, '"alpha==1.0"', '"beta"', mode=mode)
    result = project.run(*xrun, "python", "-c", VERSION)
    assert (result.status, result.stdout) == (0, b"1.0\n")
    assert names_in(*said(result)) == ["alpha"]
    assert project.installed() == ("alpha==1.0", "beta==1.0", "gamma==1.0")


def test_a_report_claims_no_removal_around_what_is_held(project: Project, xrun: Xrun) -> None:
    project.install("alpha==1.0", "delta")
    project.uv("pip", "uninstall", "alpha")
    project.install("alpha==1.0")
    keep(project, '"alpha==1.0"', mode="report")
    project.declare(Pyproject(dependencies=("alpha", "epsilon")))
    result = project.run(*xrun, "python", "-c", f"import epsilon; {VERSION}")
    assert (result.status, result.stdout) == (0, b"1.0\n")
    assert b"removed" not in result.stderr
    assert b"undeclared  delta 1.0" in result.stderr
    assert project.installed() == ("alpha==1.0", "delta==1.0", "epsilon==1.0")


def test_a_report_without_an_attic_runs_all_the_same(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_project(Pyproject(dependencies=("alpha", "eta")))
    project.install("alpha==1.0", "eta==1.0")
    keep(project, '"alpha==1.0"', mode="report")
    (project.environment / ".xrun").touch()  # in the way of the attic
    result = project.run(*xrun, "python", "-c", VERSION, XDG_STATE_HOME=os.devnull)
    assert (result.status, result.stdout) == (0, b"1.0\n"), result.stderr
    assert "not exact" in said(result)[0]
    assert "backed up" in said(result)[0]
    assert project.installed() == ("alpha==1.0", "eta==1.0")


def test_a_refusal_is_not_about_what_is_kept_and_imported(project: Project, xrun: Xrun) -> None:
    project.install("beta", "delta")
    project.write("src/app.py", "import beta\n")
    keep(project, '"beta"', mode="refuse")
    result = project.run(*xrun, "true")
    assert result.status == 125
    assert b"delta" in result.stderr
    assert b"beta" not in result.stderr


def test_what_is_of_an_old_form_is_kept_where_it_is(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    source = project.write("../old/old.py", "").parent
    for name in ("old.egg-link", "easy-install.pth"):  # as `setup.py develop` leaves it
        (site_packages(project.environment) / name).write_text(f"{source}\n")
    project.write(
        "../old/old.egg-info/PKG-INFO", "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n"
    )
    keep(project, '"old"')
    result = project.run(*xrun, "python", "-c", "import old")
    assert (result.status, said(result)) == (0, [])
    assert project.run(xrunctl, "check").status == 0
    assert b"kept" in project.run(xrunctl, "why", "old").stdout.splitlines()[0]
    project.run(*xrun, "true", XRUN_MODE="separate")  # makes it
    apart = project.run(*xrun, "true", XRUN_MODE="separate")
    assert names_in(line_with(said(apart), "missing from the separate"))[-1] == "old"


def test_an_entry_that_does_not_match_keeps_nothing(project: Project, xrun: Xrun) -> None:
    project.install("beta", "delta")
    keep(project, '"beta>=2"', "\"delta; python_version < '3'\"")
    project.run(*xrun, "true")
    assert project.installed() == ("alpha==2.0",)


def test_what_a_kept_one_needs_and_is_declared_follows_the_lock(
    project: Project, xrun: Xrun
) -> None:
    project.install("anchor")  # brings alpha 1.0
    assert project.installed() == ("alpha==1.0", "anchor==1.0")
    keep(project, '"anchor"')
    result = project.run(*xrun, "python", "-c", VERSION)
    assert result.stdout == b"2.0\n"
    replaced, unmet = said(result)
    assert "replaced" in replaced
    assert (names_in(replaced), versions_in(replaced)) == (["alpha"], ["1.0", "2.0"])
    assert (names_in(unmet), versions_in(unmet)) == (["anchor", "alpha"], ["1.0"])
    assert "kept" in unmet
    assert "alpha<2" in unmet
    assert said(project.run(*xrun, "true")) == []
    assert project.installed() == ("alpha==2.0", "anchor==1.0")


def test_what_went_with_the_environment_is_said_once(project: Project, xrun: Xrun) -> None:
    project.install("beta", "delta", "epsilon")
    keep(project, '"beta"', '"delta"')
    project.run(*xrun, "true")
    shutil.rmtree(project.environment)
    assert said(project.run(*xrun, "-q", "true")) == []  # which may not say it
    first, cure = said(project.run(*xrun, "true"))
    assert (names_in(first), versions_in(first)) == (["beta", "delta"], ["1.0", "1.0"])
    assert commands_in(cure)[0].split()[-2:] == ["beta==1.0", "delta==1.0"]
    assert said(project.run(*xrun, "true")) == []
    project.install("delta")
    project.run(*xrun, "true")
    project.uv("pip", "uninstall", "delta")  # by hand, so that it is known
    assert said(project.run(*xrun, "true")) == []


def test_an_entry_that_has_come_to_its_end_can_be_renewed(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.install("beta")
    keep(project, '{ name = "beta", until = 2020-01-01 }')
    late = project.run(xrunctl, "keep", "--team", "beta", "--until", "2020-01-01")
    assert late.status == 2
    (line,) = said(late)
    assert "--until 2020-01-01" in line
    done = project.run(xrunctl, "keep", "--team", "beta", "--until", "2999-12-31")
    assert done.status == 0, done.stderr
    (line,) = said(done)
    assert names_in(line) == ["beta"]
    assert "xrun.toml" in line
    assert project.run(*xrun, "python", "-c", "import beta").status == 0


def test_isolated_says_once_that_it_is_without_them(project: Project, xrun: Xrun) -> None:
    project.install("beta")
    keep(project, '"beta"', mode="isolated")
    (line,) = said(project.run(*xrun, "true"))
    assert "isolated" in line
    assert names_in(line) == ["beta"]
    assert said(project.run(*xrun, "true")) == []


def test_an_uv_that_lives_there_is_kept_and_the_run_goes_on(project: Project, xrun: Xrun) -> None:
    own = project.environment / "bin" / "uv"
    own.symlink_to(project.sandbox.uv.resolve())
    project.install("delta")
    result = project.run(*xrun, "true", UV=str(own))
    assert result.status == 0, result.stderr
    assert project.installed() == ("alpha==2.0",)


def test_what_is_kept_of_a_member_stays_in_the_workspace(
    make_project: ProjectFactory, xrun: Xrun
) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), members=("part",)))
    project.declare(Pyproject("part", dependencies=("delta",)), "part")
    project.sync("--all-packages")
    project.install("beta")
    keep(project, '"beta"')
    project.run(*xrun, "true")
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")
