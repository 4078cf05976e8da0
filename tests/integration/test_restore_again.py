"""Whatever is installed meanwhile: what was asked for is there afterwards, or why not is said."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import pytest

from support.here import being_in
from support.projects import Pyproject
from support.sayings import commands_in, line_with, names_in, said, versions_in
from support.snapshots import site_packages
from support.wheels import Wheel
from unit.environment.attic.test_unfinished import die_after
from xrun.ctl.restore import restore

from .test_in_use import running
from .test_kept_through_everything import make_python
from .test_restore import Xrun, hashes, lose, read_refusal

if TYPE_CHECKING:
    from pathlib import Path

    from support.projects import Project

    from .conftest import ProjectFactory


def install_patched(project: Project, name: str = "alpha", version: str = "2.0") -> None:
    """Install a version from another wheel with other content; as a rule that which is locked."""
    module = {f"{name}/__init__.py": '__version__ = "patched"\n', f"{name}/extra.py": ""}
    wheel = Wheel(name, version, modules=module).build(project.folder / "wheels")
    place = ["--no-config", "--python", str(project.environment)]
    project.uv("pip", "install", *place, "--reinstall", str(wheel))


def copy_info(project: Project, name: str, version: str, other: str) -> None:
    """Leave a second `.dist-info` folder of one name, as an installer does that is killed."""
    folder = site_packages(project.environment)
    shutil.copytree(folder / f"{name}-{version}.dist-info", folder / f"{name}-{other}.dist-info")
    for file, more in (("METADATA", ""), ("RECORD", f"{name}/old.py,,\n")):
        path = folder / f"{name}-{other}.dist-info" / file
        path.write_text(path.read_text().replace(version, other) + more)
    (folder / name / "old.py").touch()


def leave_ghost(project: Project, name: str) -> Path:
    """Leave of a distribution only what RECORD did not list, as an uninstallation does."""
    project.install(name)
    info = next(site_packages(project.environment).glob(f"{name}-*.dist-info"))
    (info / "notes.txt").touch()
    project.uv("pip", "uninstall", "--no-config", "--python", str(project.environment), name)
    return info


def test_a_second_time_all_is_there_and_kept(project: Project, xrun: Xrun, xrunctl: str) -> None:
    lose(project, xrun, "beta")
    project.run(xrunctl, "restore")
    (project.folder / "xrun.local.toml").unlink()
    for names in ([], ["beta"]):
        result = project.run(xrunctl, "restore", *names)
        assert result.status == 0, result.stderr
        assert "already" in said(result)[0]
        assert names_in(said(result)[0]) == (["beta"] if names else ["beta", "gamma"])
        assert ("xrun.local.toml" in "".join(said(result))) == (not names)
    assert project.run(*xrun, "python", "-c", "import beta, gamma").status == 0


def test_what_was_installed_again_by_hand_is_kept(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    lose(project, xrun, "delta")
    project.install("delta")
    module = site_packages(project.environment) / "delta" / "__init__.py"
    module.unlink()  # a link into uv's cache
    module.write_text("edited = True\n")
    before = hashes(project.environment)
    line = line_with(said(project.run(xrunctl, "restore")), "already")
    assert names_in(line) == ["delta"]
    assert hashes(project.environment) == before
    # By its name what the attic has comes back; what was there instead is in the attic then.
    assert "brought back 1" in said(project.run(xrunctl, "restore", "delta"))[0]
    assert hashes(project.environment) != before
    assert project.run(xrunctl, "restore", "--at", "1", "delta").status == 0
    assert hashes(project.environment) == before


def test_another_version_goes_to_the_attic_only_for_a_name(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.write("xrun.toml", 'keep = ["eta==1.0"]\n')
    lose(project, xrun, "eta==2.0")
    project.install("eta==1.0")
    refusal, advice = read_refusal(project, xrunctl)
    assert (names_in(refusal), versions_in(refusal)) == (["eta"], ["1.0"])
    assert (commands_in(advice), versions_in(advice)) == (["xrunctl restore eta"], ["2.0"])
    assert project.run(xrunctl, "restore", "eta").status == 0
    assert project.installed() == ("alpha==2.0", "eta==2.0")
    project.run(xrunctl, "restore", "--at", "1", "eta")
    assert project.installed() == ("alpha==2.0", "eta==1.0")


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize(("call", "steps"), [("unlink", 0), ("unlink", 6), ("link", 13)])
def test_the_same_command_finishes_what_a_killed_one_had_begun(  # noqa: PLR0913, PLR0917
    project: Project, xrun: Xrun, xrunctl: str, call: str, steps: int, at: int
) -> None:
    project.write("xrun.toml", 'keep = ["eta==1.0"]\n')
    project.install("eta==2.0")
    came_back = hashes(project.environment)
    lose(project, xrun, "eta==2.0")
    install_patched(project, "eta", "1.0")
    listed = project.run(xrunctl, "restore", "--list").stdout
    with being_in(project):
        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(SystemExit):
            die_after(patch, call, steps)
            restore(["eta"], at=at)
            pytest.fail("not killed")
        assert project.run(xrunctl, "restore", "--list").stdout == listed  # numbers hold
        restore(["eta"], at=at)
    assert hashes(project.environment) == came_back
    assert project.run(*xrun, "true").status == 0
    assert hashes(project.environment) == came_back


@pytest.mark.parametrize(("call", "steps"), [("unlink", 0), ("unlink", 6), ("link", 13)])
def test_a_run_undoes_a_killed_restore(project: Project, xrun: Xrun, call: str, steps: int) -> None:
    project.write("xrun.toml", 'keep = ["eta==1.0"]\n')
    project.install("eta==2.0")
    lose(project, xrun, "eta==2.0")
    install_patched(project, "eta", "1.0")
    before = hashes(project.environment)
    patching = pytest.MonkeyPatch.context()
    with being_in(project), patching as patch, contextlib.suppress(SystemExit):
        die_after(patch, call, steps)
        restore(["eta"])
        pytest.fail("not killed")
    result = project.run(*xrun, "true")
    assert (result.status, said(result)) == (0, [])
    assert hashes(project.environment) == before


def test_the_same_version_from_another_source_comes_back_by_its_name(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    install_patched(project)
    before = hashes(project.environment)
    assert project.run(*xrun, "python", "-c", "import alpha.extra").status == 1
    why = project.run(xrunctl, "why", "alpha").stdout.decode().splitlines()
    assert "alpha 2.0" in line_with(why, "replaced", "source")
    result = project.run(xrunctl, "restore", "alpha")
    assert names_in(line_with(said(result)[:1], "brought back 1")) == ["alpha"]
    assert hashes(project.environment) == before
    project.run(*xrun, "true")
    assert project.run(*xrun, "python", "-c", "import alpha.extra").status == 0
    back = project.run(xrunctl, "restore", "--at", "1", "alpha")
    assert names_in(line_with(said(back)[:1], "brought back 1")) == ["alpha"]
    assert not (site_packages(project.environment) / "alpha" / "extra.py").exists()


def test_what_a_command_may_import_is_not_taken_out_for_another(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.install("alpha==1.0", "beta")
    project.write("xrun.toml", 'keep = ["beta"]\n')
    project.run(*xrun, "true")
    with running(project, *xrun):
        first, _ = read_refusal(project, xrunctl, "alpha")
        assert "in use by `python -c " in first
        assert names_in(first) == ["alpha"]
    assert "alpha==2.0" in project.installed()
    assert project.run(xrunctl, "restore", "alpha").status == 0
    assert "alpha==1.0" in project.installed()


def test_what_is_put_away_in_an_environment_outlives_it(
    project: Project, xrun: Xrun, xrunctl: str, tmp_path: Path
) -> None:
    python = make_python(project, tmp_path / "python")
    shutil.rmtree(project.environment)
    project.uv("venv", "--python", str(python))
    project.sync()
    project.install("delta")
    project.run(*xrun, "true", XDG_STATE_HOME=str(project.write("file", "")))
    assert list((project.environment / ".xrun").iterdir())
    project.install("epsilon")
    (tmp_path / "python").rename(tmp_path / "gone")
    assert project.run(*xrun, "true").status == 0
    assert not (project.environment / ".xrun").exists()
    listed = project.run(xrunctl, "restore", "--list").stdout.decode().splitlines()
    assert [line.rpartition("  ")[2] for line in listed] == ["epsilon 1.0", "delta 1.0"]
    assert project.run(xrunctl, "restore", "delta", "epsilon").status == 2
    assert project.run(xrunctl, "restore", "delta").status == 0
    assert project.run(xrunctl, "restore", "epsilon").status == 0


def test_both_of_two_folders_of_one_name_come_back(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.install("delta")
    copy_info(project, "delta", "1.0", "0.5")
    before = hashes(project.environment)
    project.run(*xrun, "true")
    assert project.installed() == ("alpha==2.0",)
    back = project.run(xrunctl, "restore")
    assert names_in(line_with(said(back)[:1], "brought back 1")) == ["delta"]
    assert hashes(project.environment) == before
    assert said(project.run(*xrun, "true")) == []


@pytest.mark.parametrize("lost", ["delta/__init__.py", "delta-1.0.dist-info/METADATA"])
def test_what_is_there_in_part_is_completed(
    project: Project, xrun: Xrun, xrunctl: str, lost: str
) -> None:
    project.install("delta", "epsilon")
    before = hashes(project.environment)
    project.run(*xrun, "true")
    project.run(xrunctl, "restore")
    (site_packages(project.environment) / lost).unlink()
    back, rest = said(project.run(xrunctl, "restore"))
    assert names_in(line_with([back], "brought back 1")) == ["delta"]
    assert names_in(line_with([rest], "already")) == ["epsilon"]
    assert hashes(project.environment) == before


def test_what_was_removed_in_two_parts_comes_back_whole(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.install("delta")
    before = hashes(project.environment)
    project.run(*xrun, "true")
    project.run(xrunctl, "restore")
    (project.folder / "xrun.local.toml").unlink()
    (site_packages(project.environment) / "delta" / "__init__.py").unlink()  # uv was killed
    project.run(*xrun, "true")
    assert project.run(xrunctl, "restore").status == 0
    assert hashes(project.environment) == before


@pytest.mark.parametrize("keeps", [False, True])
def test_a_ghost_hinders_no_other_and_its_folder_is_named(
    project: Project, xrun: Xrun, xrunctl: str, *, keeps: bool
) -> None:
    info = leave_ghost(project, "delta")
    project.install("epsilon", "zeta")
    if keeps:
        project.write("xrun.toml", 'keep = ["zeta"]\n')
    lines = said(project.run(*xrun, "true"))
    assert "epsilon" in names_in(lines[0])
    assert names_in(line_with(lines[-1:], "not exact", "RECORD"))[0] == "delta"
    assert "xrunctl check" in commands_in(lines[-1])
    assert str(info.relative_to(project.folder)) in project.run(xrunctl, "check").stdout.decode()
    assert "epsilon==1.0" not in project.installed()
    shutil.rmtree(info)
    assert said(project.run(*xrun, "true")) == []


def test_where_the_environment_is_gone_it_says_what_makes_it(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    lose(project, xrun, "beta")
    shutil.rmtree(project.environment)
    assert ".venv" in read_refusal(project, xrunctl)[0]
    assert not project.environment.exists()
    assert project.run(xrunctl, "sync").status == 0
    assert project.run(xrunctl, "restore").status == 0
    assert project.installed() == ("alpha==2.0", "beta==1.0", "gamma==1.0")


def test_for_another_python_all_commands_are_told(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    lose(project, xrun, "beta", "delta")
    library = site_packages(project.environment).parent
    library.rename(library.with_name("python3.99"))  # as if rebuilt
    for names, count in (([], 3), (["delta"], 1), (["beta", "delta"], 3)):
        lines = read_refusal(project, xrunctl, *names)
        assert "another Python" in lines[0]
        assert "  uv pip install --no-config -p .venv delta==1.0" in lines
        assert len(lines) == 2 + count


def test_what_came_back_but_could_not_be_kept_is_told(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    lose(project, xrun, "beta")
    project.run(xrunctl, "restore", "--list")
    # No file can grow; links still can be made.
    result = project.run("sh", "-c", f"ulimit -f 0; exec '{xrunctl}' restore")
    assert result.status == 2
    assert names_in(line_with(said(result)[:1], "brought back 2")) == ["beta", "gamma"]
    assert "not kept" in said(result)[1]
    assert commands_in(said(result)[-1]) == ["xrunctl keep beta"]
    assert "beta==1.0" in project.installed()


def test_an_entry_that_does_not_hold_is_not_replaced_in_silence(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    entry = 'keep = [{ name = "delta>=2", reason = "mine", until = 2999-01-01 }]\n'
    local = project.write("xrun.local.toml", entry)
    lose(project, xrun, "delta")
    kept, replaced = said(project.run(xrunctl, "restore"))[1:3]
    assert names_in(line_with([kept], "kept", "xrun.local.toml")) == ["delta"]
    assert commands_in(replaced) == ["delta>=2 (mine, until 2999-01-01)"]
    assert "replaced" in replaced
    local.unlink()
    project.run(*xrun, "true")
    local.write_text(entry.replace(">=2", ">=1"))
    assert len(said(project.run(xrunctl, "restore", "delta"))) == 1
    assert local.read_text() == entry.replace(">=2", ">=1")


def test_what_an_entry_does_not_hold_for_is_said(project: Project, xrunctl: str) -> None:
    project.install("delta")
    other, absent = said(project.run(xrunctl, "keep", "delta>=2", "epsilon", "zeta"))
    assert commands_in(other) == ["delta>=2"]
    assert (names_in(other), versions_in(other)) == (["delta"], ["1.0"])
    told = line_with([absent], "not installed", "kept once", "xrun.local.toml")
    assert names_in(told) == ["epsilon", "zeta"]


def test_no_folder_stays_of_what_comes_instead(project: Project, xrun: Xrun, xrunctl: str) -> None:
    project.install("alpha==1.0")
    project.run(*xrun, "true")
    packages = site_packages(project.environment)
    (packages / "alpha-2.0.dist-info" / ".tmp").touch()  # what a killed installer left
    result = project.run(xrunctl, "restore", "alpha")
    assert result.status == 0, result.stderr
    assert [path.name for path in packages.glob("alpha-*")] == ["alpha-1.0.dist-info"]


def test_files_shared_with_what_is_declared_come_back_with_all_others(
    make_project: ProjectFactory, xrun: Xrun, xrunctl: str
) -> None:
    project = make_project(Pyproject(dependencies=("twin-one",)))
    project.install("twin-two")
    before = hashes(project.environment)
    project.run(*xrun, "true")
    assert hashes(project.environment) != before
    lines = said(project.run(xrunctl, "restore"))
    assert names_in(line_with(lines, "brought back 1")) == ["twin-two"]
    assert names_in(line_with(lines, "shared")) == ["twin-one"]
    assert hashes(project.environment) == before
    assert "already" in said(project.run(xrunctl, "restore"))[0]
    assert said(project.run(*xrun, "true")) == []
    # The declared one can have its own back.
    project.run(xrunctl, "restore", "twin-one")
    assert b"1" in project.run(*xrun, "python", "-c", "import twin; print(twin.who)").stdout


def test_links_to_a_cache_that_was_cleaned_come_back_as_files(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    cache = {"UV_LINK_MODE": "symlink", "UV_CACHE_DIR": str(project.folder / "cache")}
    where = ["--python", str(project.environment), "--find-links", str(project.sandbox.index)]
    project.uv("pip", "install", "--no-config", "--no-index", *where, "beta", **cache)
    before = hashes(project.environment)
    project.run(*xrun, "true")
    shutil.rmtree(project.folder / "cache")
    assert project.run(xrunctl, "restore").status == 0
    assert hashes(project.environment) == before
    assert project.run(*xrun, "python", "-c", "import beta, gamma").status == 0


@pytest.mark.parametrize("form", ["made", "link", "absolute"])
def test_what_uv_would_not_remove_as_it_should_goes_and_comes_back(
    project: Project, xrun: Xrun, xrunctl: str, tmp_path: Path, form: str
) -> None:
    project.install("delta", "alpha==1.0")  # one is removed, the other is replaced
    site = site_packages(project.environment)
    outside = tmp_path / "shelf" / "mod.py"
    outside.parent.mkdir()
    outside.touch()
    for record in (site / "delta-1.0.dist-info/RECORD", site / "alpha-1.0.dist-info/RECORD"):
        rows = record.read_text().splitlines()
        record.unlink()
        if form == "made":
            rows += ["../../../pyvenv.cfg,,", "../../../bin/python,,", "../../../bin,,"]
        elif form == "link":
            link = record.parent.with_name(f"{record.parent.name[:5]}_shelf")
            link.symlink_to(outside.parent)
            rows.append(f"{link.name}/mod.py,,")
        else:
            rows = [f"{site}/{row}" for row in rows]
        record.write_text("\n".join(rows))
    before = hashes(project.environment)
    result = project.run(*xrun, "python", "-c", "import alpha; print(alpha.__version__)")
    assert (result.status, result.stdout) == (0, b"2.0\n"), result.stderr
    assert project.installed() == ("alpha==2.0",)
    assert [*site.glob("*_shelf"), *site.glob("delta*"), *site.glob("alpha-1*")] == []
    assert outside.exists()
    for name in ("delta", "alpha"):
        assert project.run(xrunctl, "restore", name).status == 0
    assert hashes(project.environment) == before
    assert project.run(xrunctl, "check").status == 0
