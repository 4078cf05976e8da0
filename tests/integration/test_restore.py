"""Nothing lost: what a run removed comes back with one command, byte for byte, offline."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.projects import Pyproject
from support.sayings import OWN, commands_in, line_with, names_in, said, versions_in
from support.snapshots import site_packages

if TYPE_CHECKING:
    from support.projects import Project

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]


def hashes(environment: Path) -> dict[str, str]:
    """Every file of an environment but byte code, with its content's hash and its mode."""
    return {
        str(path.relative_to(environment)): hashlib.sha256(path.read_bytes()).hexdigest()
        + oct(path.stat().st_mode)
        for path in environment.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and path.name != ".lock"
    }


def lose(project: Project, xrun: Xrun, *requirements: str) -> None:
    """Have a run remove what was installed by hand."""
    project.install(*requirements)
    assert project.run(*xrun, "true").status == 0


def read_refusal(project: Project, xrunctl: str, *names: str, **changes: str) -> list[str]:
    """Read what is said of a restore that is refused: xrun's lines, and the commands under them."""
    result = project.run(xrunctl, "restore", *names, **changes)
    assert result.status == 2, result.stderr
    return [line.removeprefix(OWN) for line in result.stderr.decode().splitlines()]


def test_what_went_comes_back_as_it_was(project: Project, xrun: Xrun, xrunctl: str) -> None:
    project.install("beta", "probe")  # a distribution with a requirement, and a console script
    before = hashes(project.environment)
    result = project.run(*xrun, "true")
    assert "xrunctl restore" in commands_in(said(result)[1])
    assert project.installed() == ("alpha==2.0",)
    back = project.run(xrunctl, "restore", UV_CACHE_DIR=str(project.folder / "no-cache"))
    assert back.status == 0, back.stderr
    assert names_in(line_with(said(back), "brought back 3")) == ["beta", "probe", "gamma"]
    assert hashes(project.environment) == before
    assert project.run(*xrun, "probe", XRUN_MODE="off").status == 0


def test_names_choose(project: Project, xrun: Xrun, xrunctl: str) -> None:
    lose(project, xrun, "beta", "delta")
    assert project.run(xrunctl, "restore", "Delta").status == 0
    assert project.installed() == ("alpha==2.0", "delta==1.0")
    refusal, advice = read_refusal(project, xrunctl, "nobody")
    assert "nobody" in refusal
    assert commands_in(advice) == ["xrunctl restore --list"]


def test_what_a_named_one_needs_comes_with_it(project: Project, xrun: Xrun, xrunctl: str) -> None:
    lose(project, xrun, "beta", "delta")
    assert project.run(xrunctl, "restore", "beta").status == 0
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")


def test_an_older_removal_is_named_by_its_number(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    for name in ("delta", "epsilon"):
        lose(project, xrun, name)
    listed = project.run(xrunctl, "restore", "--list").stdout.decode().splitlines()
    assert [line.split()[0] for line in listed] == ["1", "2"]
    assert listed[0].endswith("epsilon 1.0")
    assert listed[1].endswith("delta 1.0")
    assert project.run(xrunctl, "restore", "--at", "2").status == 0
    assert project.installed() == ("alpha==2.0", "delta==1.0")
    refusal, advice = read_refusal(project, xrunctl, "--at", "3")
    assert "3" in refusal
    assert commands_in(advice) == ["xrunctl restore --list"]


@pytest.mark.parametrize("form", ["file", "folder's file", "pipe"])
def test_what_is_in_the_way_is_named_and_stays(
    project: Project, xrun: Xrun, xrunctl: str, form: str
) -> None:
    lose(project, xrun, "delta")
    package = site_packages(project.environment) / "delta"
    path = package if form == "file" else package / "__init__.py"
    path.parent.mkdir(exist_ok=True)
    if form == "pipe":
        os.mkfifo(path)
    else:
        path.write_text("mine\n")
    refusal, _ = read_refusal(project, xrunctl)
    assert "in the way" in refusal
    assert str(path.relative_to(project.folder)) in refusal
    assert project.installed() == ("alpha==2.0",)
    path.rename(project.folder / "mine")
    assert project.run(xrunctl, "restore").status == 0
    assert project.installed() == ("alpha==2.0", "delta==1.0")


def test_without_an_attic_nothing_is_removed(project: Project, xrun: Xrun) -> None:
    project.install("delta")
    # On another file system the attic lies in the environment, where a file is in its way.
    (project.environment / ".xrun").touch()
    result = project.run(*xrun, "python", "-c", "import delta", XDG_STATE_HOME=os.devnull)
    assert result.status == 0
    assert "not exact" in said(result)[0]
    assert "cannot be backed up" in said(result)[0]
    assert project.installed() == ("alpha==2.0", "delta==1.0")
    typed = project.run(*xrun, "--exact", "true", XDG_STATE_HOME=os.devnull)
    assert typed.status == 0
    assert project.installed() == ("alpha==2.0", "delta==1.0")


def test_on_another_file_system_the_attic_is_in_the_environment(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.install("delta")
    before = hashes(project.environment)
    project.run(*xrun, "true", XDG_STATE_HOME=os.devnull)
    assert project.run(xrunctl, "restore", XDG_STATE_HOME=os.devnull).status == 0
    now = hashes(project.environment)
    assert {name: now[name] for name in now if not name.startswith(".xrun/")} == before


def hold(project: Project, name: str) -> str:
    """Hold a distribution's code as `chattr +i` does, which needs root; return a `PYTHONPATH`.

    Its folder has something else too, so that it is not moved as a whole.
    """
    (site_packages(project.environment) / name / "own.txt").touch()
    code = f"""
import os
real = os.unlink
def unlink(path, **options):
    if str(path).endswith("{name}/__init__.py"):
        raise PermissionError(1, "Operation not permitted", path)
    real(path, **options)
os.unlink = unlink
"""
    return str(project.write("held/sitecustomize.py", code).parent)


def test_what_went_before_a_removal_failed_is_named_and_comes_back(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.install("beta", "delta")
    path = hold(project, "delta")
    before = hashes(project.environment)
    result = project.run(*xrun, "touch", "ran", PYTHONPATH=path)
    assert result.status == 125
    assert not (project.folder / "ran").exists()
    assert project.installed() == ("alpha==2.0", "delta==1.0", "gamma==1.0")
    lines = said(result)
    assert "delta/__init__.py cannot be removed (Operation not permitted)" in lines[0]
    assert names_in(line_with(lines, "removed", "undeclared")) == ["beta"]
    assert project.run(xrunctl, "restore").status == 0
    assert hashes(project.environment) == before


def test_a_removal_that_failed_at_once_leaves_nothing_in_the_attic(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.install("delta")
    result = project.run(*xrun, "true", PYTHONPATH=hold(project, "delta"))
    assert (result.status, len(said(result))) == (125, 2)
    assert "delta==1.0" in project.installed()
    assert project.run(xrunctl, "restore", "--list").stdout == b""


def install_old(project: Project, form: str) -> None:
    """Install `old` as `setup.py` did before wheels: a folder, a file of distutils, or a link."""
    folder, metadata = site_packages(project.environment), "Name: old\nVersion: 1.0\n"
    if form == "link":
        source = project.write("../old/old.py", "").parent
        project.write("../old/old.egg-info/PKG-INFO", metadata)
        script = "[console_scripts]\nold = old:main\n"
        project.write("../old/old.egg-info/entry_points.txt", script)
        for name in ("old.egg-link", "easy-install.pth"):
            (folder / name).write_text(f"{source}\n")
        (project.environment / "bin" / "old").write_text("#!python\n")
        return
    info = folder / "old-1.0-py3.egg-info"
    if form == "file":
        info.write_text(metadata)
    else:
        info.mkdir()
        (info / "PKG-INFO").write_text(metadata)
        (info / "top_level.txt").write_text("old\n")
    (folder / "old.py").write_text("")


@pytest.mark.parametrize("form", ["link", "folder", "beside"])
def test_what_is_of_an_old_form_goes_and_comes_back(
    project: Project, xrun: Xrun, xrunctl: str, form: str
) -> None:
    clean = hashes(project.environment)
    install_old(project, form)
    name = "gamma" if form == "beside" else "old"
    if form == "beside":  # uv removes both of the name
        info = site_packages(project.environment) / "old-1.0-py3.egg-info"
        info.rename(info.with_name("gamma-0.9-py3.egg-info"))
        info.with_name("old.py").unlink()
        project.install("gamma")
    before = hashes(project.environment)
    result = project.run(*xrun, "true")
    assert names_in(said(result)[0]) == [name]
    assert hashes(project.environment) == clean
    assert project.run(xrunctl, "restore").status == 0
    assert hashes(project.environment) == before
    assert said(project.run(*xrun, "python", "-c", f"import {name}")) == []


def test_what_lists_no_files_stays_and_the_rest_goes(project: Project, xrun: Xrun) -> None:
    before = hashes(project.environment)
    install_old(project, "file")
    project.install("delta")
    result = project.run(*xrun, "true")
    assert result.status == 0, result.stderr
    assert names_in(said(result)[0]) == ["delta"]
    assert names_in(line_with(said(result), "not exact", "RECORD"))[:1] == ["old"]
    added = {Path(file).name for file in hashes(project.environment).keys() - before.keys()}
    assert added == {"old.py", "old-1.0-py3.egg-info"}


def test_what_is_named_is_kept_by_name_though_another_needs_it(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    lose(project, xrun, "anchor", "alpha==1.0")
    assert project.installed() == ("alpha==2.0",)
    assert project.run(xrunctl, "restore", "anchor", "alpha").status == 0
    (held,) = said(project.run(*xrun, "true"))
    assert (names_in(held), versions_in(held)) == (["alpha"], ["1.0", "2.0"])
    assert said(project.run(*xrun, "true")) == []
    assert project.installed() == ("alpha==1.0", "anchor==1.0")


def test_one_without_metadata_hinders_no_other(project: Project, xrun: Xrun, xrunctl: str) -> None:
    project.install("delta", "epsilon")
    next(project.environment.glob("lib/*/site-packages/delta-*/METADATA")).unlink()
    before = hashes(project.environment)
    project.run(*xrun, "true")
    assert project.run(xrunctl, "restore").status == 0
    assert hashes(project.environment) == before


def test_what_came_back_stays(project: Project, xrun: Xrun, xrunctl: str) -> None:
    lose(project, xrun, "beta", "delta")
    back, kept, advice = said(project.run(xrunctl, "restore"))
    assert names_in(line_with([back], "brought back 3")) == ["beta", "delta", "gamma"]
    assert names_in(line_with([kept], "kept", "xrun.local.toml")) == ["beta", "delta"]
    assert commands_in(advice) == ["uv add beta delta"]
    result = project.run(*xrun, "python", "-c", "import beta, gamma, delta")
    assert (result.status, result.stderr) == (0, b"")
    local = (project.folder / "xrun.local.toml").read_text()
    assert local.count('reason = "brought back by xrunctl restore, ') == 2


def test_what_came_back_and_went_with_the_environment_is_missed(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    lose(project, xrun, "delta")
    project.run(xrunctl, "restore")
    shutil.rmtree(project.environment)
    result = project.run(*xrun, "true")
    assert names_in(line_with(said(result), "gone with")) == ["delta"]


def test_what_is_kept_already_is_not_written_again(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    lose(project, xrun, "delta")
    project.write("xrun.toml", 'keep = ["delta"]\n')
    assert len(said(project.run(xrunctl, "restore"))) == 1
    assert not (project.folder / "xrun.local.toml").exists()


def test_git_does_not_see_what_was_written(project: Project, xrun: Xrun, xrunctl: str) -> None:
    assert project.run("git", "init", "-q").status == 0
    lose(project, xrun, "delta")
    project.run(xrunctl, "restore")
    assert (project.folder / "xrun.local.toml").exists()
    assert b"xrun.local.toml" not in project.run("git", "status", "--porcelain").stdout
    (project.folder / ".git" / "info" / "exclude").unlink()
    project.run(xrunctl, "keep", "alpha==2.0")
    assert b"xrun.local.toml" not in project.run("git", "status", "--porcelain").stdout


def test_what_was_replaced_comes_back_by_its_name_alone(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.install("alpha==1.0", "delta")
    before = hashes(project.environment)
    project.run(*xrun, "true")
    assert project.installed() == ("alpha==2.0",)
    listed = project.run(xrunctl, "restore", "--list").stdout.decode()
    assert (names_in(listed), versions_in(listed)) == (["alpha", "delta"], ["1.0", "2.0", "1.0"])
    assert "replaced" in listed
    project.run(xrunctl, "restore")
    assert project.installed() == ("alpha==2.0", "delta==1.0")
    assert project.run(xrunctl, "restore", "alpha").status == 0
    assert hashes(project.environment) == before
    result = project.run(*xrun, "python", "-c", "import alpha; print(alpha.__version__)")
    assert result.stdout == b"1.0\n"
    (held,) = said(result)
    assert (names_in(held), versions_in(held)) == (["alpha"], ["1.0", "2.0"])
    # And the version that was there in between comes back as well.
    assert project.run(xrunctl, "restore", "--at", "1", "alpha").status == 0
    assert "alpha==2.0" in project.installed()


def test_where_all_was_replaced_it_says_how_to_have_it_back(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    lose(project, xrun, "alpha==1.0")
    refusal, advice = read_refusal(project, xrunctl)
    assert "replaced" in refusal
    assert commands_in(advice) == ["xrunctl restore alpha"]


def test_what_was_merely_unselected_is_selected_rather_than_added(
    make_project: ProjectFactory, xrun: Xrun, xrunctl: str
) -> None:
    project = make_project(Pyproject(dependencies=("alpha",), extras={"plot": ("delta",)}))
    project.sync("--extra", "plot")
    lines = said(project.run(*xrun, "true"))
    assert commands_in(lines[1])[0] == "xrunctl select --extra plot"
    back = said(project.run(xrunctl, "restore"))
    assert names_in(line_with(back, "brought back")) == ["delta"]
    assert "extras: plot" in line_with(back, "xrun.local.toml")
    assert said(project.run(*xrun, "true")) == []


def test_what_no_record_lists_comes_back_too(project: Project, xrun: Xrun, xrunctl: str) -> None:
    project.install("delta", "epsilon")
    folder = site_packages(project.environment)
    (folder / "delta" / "data").mkdir()
    (folder / "delta" / "data" / "model.bin").write_bytes(b"downloaded")
    (folder / "delta" / "settings.json").write_text("{}")
    before = hashes(project.environment)
    project.run(*xrun, "true")
    for name in ("data/model.bin", "settings.json"):  # as another installer would leave it
        (folder / "delta" / name).unlink(missing_ok=True)
    project.run(xrunctl, "restore")
    assert hashes(project.environment) == before


def test_where_the_attic_is_gone_the_journal_knows(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    lose(project, xrun, "delta")
    state = project.sandbox.home / ".local" / "state" / "xrun"
    shutil.rmtree(state / "attic")
    listed = project.run(xrunctl, "restore", "--list").stdout.decode()
    assert listed.split()[0] == "-"  # instead of a number that `--at` would take
    assert (names_in(listed), versions_in(listed)) == (["delta"], ["1.0"])
    for names in ([], ["delta"]):
        lines = read_refusal(project, xrunctl, *names)
        assert "  uv pip install --no-config -p .venv delta==1.0" in lines
    line = ("uv", "pip", "install", "--no-config", "-p", ".venv", "delta==1.0")
    index = ["--find-links", str(project.sandbox.index), "--no-index"]
    assert project.run(*line, *index).status == 0
    assert "delta==1.0" in project.installed()


def test_the_environments_with_something_put_away_are_listed(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    lose(project, xrun, "delta")
    shown = project.run(xrunctl, "env", "list").stdout.decode().splitlines()
    assert shown[0] == str(project.folder)
    assert shown[1].startswith("  .venv  ")
    assert "1 removal of 1 distribution" in shown[1]
    assert "30 days" in shown[-1]
