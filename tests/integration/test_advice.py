"""What is advised settles the finding: each row of the table is run as it is printed.

The case is built, checked, the advice is run, and checked again: the finding is gone, and no other
has appeared.
"""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import pytest

from support.here import being_in
from support.projects import Pyproject
from support.sayings import commands_in, line_with, said
from support.snapshots import site_packages
from support.wheels import Wheel
from xrun.ctl.check import _begin
from xrun.drift.advice import TABLE, UNKNOWN_INDEX
from xrun.environment.environment import Environment
from xrun.report.json import render_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.processes import Result
    from support.projects import Project

    from .conftest import ProjectFactory

    Make = Callable[[Pyproject], "Settler"]

Finding = tuple[str, str]  # code and name

TENSOR = Wheel("tensor", "2.0+cu1")
IPYKERNEL = Wheel("ipykernel", requires=("gamma",))
LIBRARY = """\
[project]
name = "lib"
version = "0.1"
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
"""


class Said(TypedDict):
    """What a check says of a finding, as far as it is looked at here."""

    code: str
    name: str
    cure: str | None


class Settler:
    """Checks a project, runs what is advised for one finding, and checks again."""

    def __init__(self, project: Project, xrunctl: str) -> None:
        self.project = project
        self.folder = "."
        self.xrunctl = xrunctl
        path = f"{project.sandbox.path}:{Path(xrunctl).parent}"
        self.variables: dict[str, str | None] = {"PATH": path}

    def check(self) -> dict[Finding, str | None]:
        """What is found, with its cure."""
        with being_in(self.project, self.folder, **self.variables):
            document = json.loads(render_json(_begin(self.project.folder, None)()))
        assert document["error"] is None
        findings: list[Said] = document["findings"]
        return {(each["code"], each["name"]): each["cure"] for each in findings}

    def runs(self, options: str, modules: str) -> bool:
        """Whether a run with these options has modules."""
        words = f"xrun {options} python -c 'import {modules}'"
        return self.project.run("sh", "-ec", words, folder=".", **self.variables).status == 0

    def settle(self, finding: Finding, advice: str, *, run: str | None = None) -> None:
        """Settle a finding by its advice, or by what a person would do who reads it (`run`)."""
        before = self.check()
        assert before.get(finding) == advice, before
        done = self.project.run("sh", "-ec", run or advice, folder=self.folder, **self.variables)
        assert done.status == 0, (done.stdout, done.stderr)
        after = self.check()
        assert finding not in after
        assert after.keys() < before.keys()


@pytest.fixture
def make(make_project: ProjectFactory, xrunctl: str) -> Callable[[Pyproject], Settler]:
    """Makes a project, with what checks and settles it."""
    return lambda pyproject: Settler(make_project(pyproject), xrunctl)


@pytest.fixture
def settler(project: Project, xrunctl: str) -> Settler:
    """A project that declares alpha."""
    return Settler(project, xrunctl)


def write_library(project: Project, folder: str = "../lib") -> Path:
    """Write a project beside this one, to be installed from its folder."""
    project.write(f"{folder}/src/lib/__init__.py", "")
    return project.write(f"{folder}/pyproject.toml", LIBRARY).parent


def install(project: Project, *words: str) -> None:
    """Install by hand, from anywhere on this machine."""
    fixed = ("pip", "install", "--no-config", "-p", ".venv")
    project.uv(*fixed, *words, folder=".", **ONLINE)


# Loopback counts as the network; the sandbox is offline otherwise.
ONLINE: dict[str, str | None] = {"UV_OFFLINE": None}


def test_what_is_imported_is_added_with_what_it_needs(settler: Settler) -> None:
    settler.project.install("beta")
    settler.project.write("src/app.py", "import beta\n")
    before = settler.check()
    assert before == {
        ("XR101", "beta"): "uv add beta",
        ("XR101", "gamma"): None,  # settled with beta, which needs it
        ("XR301", "beta"): "uv add beta",
    }
    settler.settle(("XR101", "beta"), "uv add beta")
    assert settler.check() == {}


def test_what_is_no_longer_declared(settler: Settler) -> None:
    settler.project.declare(Pyproject(dependencies=("alpha", "beta")))
    settler.settle(("XR103", "beta"), "xrunctl sync")
    settler.project.declare(Pyproject(dependencies=("alpha",)))
    settler.project.uv("lock")
    settler.settle(("XR106", "beta"), "xrunctl sync")
    assert settler.check() == {}


def test_what_only_tests_import_is_added_for_development(settler: Settler) -> None:
    settler.project.install("delta")
    settler.project.write("tests/test_it.py", "import delta\n")
    settler.settle(("XR301", "delta"), "uv add --dev delta")
    assert settler.check() == {}


def test_what_only_tests_import_where_dev_is_no_default_group(make: Make) -> None:
    settler = make(Pyproject(dependencies=("alpha",)))
    text = (settler.project.folder / "pyproject.toml").read_text()
    settler.project.write("pyproject.toml", text.replace("[tool.uv]\npackage", NO_DEFAULTS, 1))
    settler.project.uv("lock")
    settler.project.install("delta")
    settler.project.write("tests/test_it.py", "import delta\n")
    settler.settle(("XR101", "delta"), "uv add delta")


NO_DEFAULTS = "[tool.uv]\ndefault-groups = []\npackage"


def test_what_nothing_imports_is_added_too(settler: Settler) -> None:
    settler.project.install("delta")
    settler.settle(("XR101", "delta"), "uv add delta")


def test_what_pip_brought_for_an_extra(settler: Settler) -> None:
    settler.project.install("toolbox[colour]")
    for name in ("toolbox", "gamma"):  # pip says who was asked for
        info = next(settler.project.environment.glob(f"lib/*/site-packages/{name}-*.dist-info"))
        (info / "INSTALLER").write_text("pip\n")
        if name == "gamma":
            (info / "REQUESTED").unlink()
    assert settler.check()["XR101", "gamma"] is None
    settler.settle(("XR101", "toolbox"), "uv add 'toolbox[colour]'")
    assert settler.check() == {}


def test_what_editors_install_is_kept(settler: Settler, tmp_path: Path) -> None:
    wheel, index = IPYKERNEL.build(tmp_path), settler.project.sandbox.index
    install(settler.project, "--no-index", str(wheel), "-f", str(index))
    info = next(settler.project.environment.glob("lib/*/site-packages/ipykernel-*.dist-info"))
    (info / "direct_url.json").unlink()  # as from an index
    settler.settle(("XR101", "ipykernel"), "xrunctl keep ipykernel")
    assert settler.check() == {}


def test_an_editable_is_added_as_an_editable(settler: Settler) -> None:
    write_library(settler.project)
    install(settler.project, "--no-index", "-e", "../lib")
    settler.settle(("XR101", "lib"), "uv add --editable ../lib")


def test_an_editable_in_the_environment_moves_out_before_it_is_added(settler: Settler) -> None:
    """`pip install -e git+URL` puts a clone there, which goes with the environment."""
    write_library(settler.project, ".venv/src/lib")
    install(settler.project, "--no-index", "-e", ".venv/src/lib")
    settler.settle(("XR101", "lib"), "mv .venv/src/lib . && uv add --editable ./lib")


def test_from_a_folder_it_is_added_by_its_path(settler: Settler) -> None:
    write_library(settler.project)
    install(settler.project, "--no-index", "../lib")
    settler.settle(("XR101", "lib"), "uv add --no-editable ../lib")


def test_from_a_wheel_it_is_added_by_its_path(settler: Settler, tmp_path: Path) -> None:
    path = Wheel("eta").build(tmp_path / "wheels")
    install(settler.project, "--no-index", str(path))
    settler.settle(("XR101", "eta"), f"uv add ../wheels/{path.name}")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A web server on loopback with the files of a folder; it ends with the test."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_from_a_url_it_is_added_by_that_url(settler: Settler, server: str, tmp_path: Path) -> None:
    url = f"{server}/{Wheel('eta').build(tmp_path / 'served').name}"
    install(settler.project, "--no-index", f"eta @ {url}")
    settler.variables |= ONLINE
    settler.settle(("XR101", "eta"), f"uv add 'eta @ {url}'")


def test_from_a_repository_it_is_added_at_its_commit(settler: Settler) -> None:
    folder = write_library(settler.project)
    git = ("git", "-c", "user.name=x", "-c", "user.email=x@localhost", "-C", str(folder))
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "one")):
        assert settler.project.run(*git, *words).status == 0
    commit = settler.project.run(*git, "rev-parse", "HEAD").stdout.decode().strip()
    install(settler.project, "--no-index", f"lib @ git+{folder.resolve().as_uri()}")
    url = f"git+{folder.resolve().as_uri()}@{commit}"
    settler.settle(("XR101", "lib"), f"uv add 'lib @ {url}'")


@pytest.mark.parametrize("variable", ["", "PIP_EXTRA_INDEX_URL", "UV_INDEX"])
def test_from_another_index_it_is_added_with_that_index(
    settler: Settler, server: str, tmp_path: Path, variable: str
) -> None:
    folder = tmp_path / "served" / "simple" / "tensor"
    wheel = TENSOR.build(folder)
    (folder / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    index = f"{server}/simple"
    install(settler.project, "--index-url", index, "tensor")
    settler.variables |= ONLINE
    if variable:
        settler.variables[variable] = index
    shown = index if variable else UNKNOWN_INDEX
    advice = f"uv add --index cu1={shown} tensor==2.0+cu1"
    run = advice.replace(UNKNOWN_INDEX, index)
    settler.settle(("XR101", "tensor"), advice, run=run)
    assert "2.0+cu1" in (settler.project.folder / "uv.lock").read_text()


@pytest.mark.parametrize(
    ("option", "pyproject"),
    [
        ("--extra plot", Pyproject(extras={"plot": ("delta",), "web": ("zeta",)})),
        ("--group docs", Pyproject(groups={"docs": ("delta",), "lint": ("zeta",)})),
    ],
)
def test_what_another_selection_has_is_selected(
    make: Make, option: str, pyproject: Pyproject
) -> None:
    settler = make(pyproject)
    settler.project.install("delta")
    settler.settle(("XR102", "delta"), f"xrunctl select {option}")
    assert settler.check() == {}
    settler.project.install("zeta")  # what is selected stays beside what comes
    more = "--extra web" if "extra" in option else "--group lint"
    settler.settle(("XR102", "zeta"), f"xrunctl select {more}")
    assert settler.check() == {}


def test_what_an_extra_of_something_unselected_brings(make: Make) -> None:
    settler = make(Pyproject(dependencies=("toolbox",), extras={"plot": ("toolbox[colour]",)}))
    settler.project.install("gamma")
    settler.settle(("XR102", "gamma"), "xrunctl select --extra plot")
    assert settler.check() == {}


def declare_conflicting(settler: Settler, pyproject: Pyproject) -> None:
    """Declare two extras that cannot be selected at once."""
    path = settler.project.declare(pyproject)
    conflict = '[tool.uv]\nconflicts = [[{ extra = "old" }, { extra = "new" }]]\n'
    path.write_text(path.read_text().replace("[tool.uv]\n", conflict))


VERSIONS = {"old": ("alpha==1.0",), "new": ("alpha==2.0",)}


def test_what_another_selection_locks_is_selected(settler: Settler) -> None:
    declare_conflicting(settler, Pyproject(extras={**VERSIONS, "more": ("delta",)}))
    settler.project.write("xrun.toml", 'extras = ["more"]\n')
    settler.project.sync("--extra", "old", "--extra", "more")
    settler.settle(("XR102", "alpha"), "xrunctl select --extra old")
    assert settler.check() == {}
    # Of two that conflict the new one replaces the other, and nothing else.
    done = settler.project.run(settler.xrunctl, "select", "--extra", "new", folder=".")
    assert b"extras: more, new" in done.stderr
    assert settler.check() == {("XR104", "alpha"): "xrunctl sync"}


def test_a_version_that_another_selection_locks(settler: Settler) -> None:
    declare_conflicting(settler, Pyproject(dependencies=("alpha",), extras=VERSIONS))
    settler.project.sync("--extra", "old")
    settler.settle(("XR104", "alpha"), "xrunctl select --extra old")
    assert settler.check() == {}


def test_what_conflicts_with_what_the_policy_selects(settler: Settler) -> None:
    extras = {"old": ("alpha==1.0", "delta"), "new": ("alpha==2.0", "zeta")}
    declare_conflicting(settler, Pyproject(extras=extras))
    settler.project.write("xrun.toml", 'extras = ["old"]\n')
    settler.project.sync("--extra", "old")
    settler.project.install("zeta")
    advice = "xrunctl select --extra new"
    # Then the other one's go, and the version that it locks comes with the next sync.
    settler.settle(("XR102", "zeta"), advice, run=f"{advice} && xrunctl sync")
    assert settler.check() == {}


def test_which_of_two_that_conflict_has_what_is_installed(settler: Settler) -> None:
    declare_conflicting(settler, Pyproject(extras=VERSIONS))
    settler.project.sync("--extra", "new")
    settler.settle(("XR102", "alpha"), "xrunctl select --extra new")
    assert settler.check() == {}


def test_what_conflicts_with_a_default_group(settler: Settler) -> None:
    groups = {"dev": ("alpha==2.0",), "old": ("alpha==1.0", "delta")}
    path = settler.project.declare(Pyproject(groups=groups))
    conflict = '[tool.uv]\nconflicts = [[{ group = "dev" }, { group = "old" }]]\n'
    path.write_text(path.read_text().replace("[tool.uv]\n", conflict))
    settler.project.sync()
    settler.project.install("delta")
    # No policy leaves a default group out, so another environment has it.
    once = "--group old --no-group dev"
    settler.settle(("XR102", "delta"), f"xrunctl sync  # xrun {once} has it")
    assert settler.runs(once, "alpha, delta")


def test_where_members_conflict_one_run_has_what_is_unselected(make: Make) -> None:
    settler = make(Pyproject(members=("a", "b")))
    path = settler.project.folder / "pyproject.toml"
    path.write_text(path.read_text().replace("[tool.uv]\n", MEMBERS_CONFLICT))
    settler.project.declare(Pyproject("a", ("alpha==1.0",), package=True), "a")
    settler.project.declare(Pyproject("b", ("alpha==2.0",), {"more": ("delta",)}), "b")
    settler.project.sync("--package", "b", "--extra", "more")
    advice = "xrunctl sync  # xrun --package b --extra more has it"
    settler.settle(("XR102", "delta"), advice)
    assert settler.runs("--package b --extra more", "alpha, delta")
    assert settler.check() == {}


MEMBERS_CONFLICT = '[tool.uv]\nconflicts = [[{ package = "a" }, { package = "b" }]]\n'


def test_what_only_something_unselected_needs(make: Make) -> None:
    settler = make(Pyproject(extras={"plot": ("beta",)}))
    settler.project.install("gamma")
    settler.settle(("XR102", "gamma"), "uv add gamma")


@pytest.fixture
def workspace(make: Make) -> Settler:
    """A workspace whose members have what the root has not."""
    settler = make(Pyproject(dependencies=("alpha",), members=("part", "other")))
    part = Pyproject(
        *("part", ("zeta",)), {"plots": ("epsilon",)}, {"dev": ("beta",), "lint": ("gamma",)}
    )
    settler.project.declare(part, "part")
    settler.project.declare(Pyproject("other"), "other")
    settler.project.uv("lock")
    return settler


@pytest.mark.parametrize(
    ("name", "option"),
    [("zeta", ""), ("beta", ""), ("epsilon", "--extra plots "), ("gamma", "--group lint ")],
)
def test_what_a_member_declares_is_selected_with_all_members(
    workspace: Settler, name: str, option: str
) -> None:
    workspace.project.install(name, *(["gamma"] if name == "beta" else []))
    advice = f"xrunctl select {option}--all-packages"
    # Every member belongs there then, so what they need is missing until the next sync.
    workspace.settle(("XR102", name), advice, run=f"{advice} && xrunctl sync")


def test_what_nothing_declares_beside_a_member(workspace: Settler) -> None:
    """It is declared where the advice is typed, and that member selected."""
    workspace.folder = "part"
    select = "xrunctl select --all-packages"
    workspace.project.install("toolbox", "delta", "twin-one")
    line = said(workspace.project.run(workspace.xrunctl, "sync", folder="part"))[1]
    assert commands_in(line)[0] == f"uv add delta toolbox twin-one && {select}"
    workspace.project.install("delta")
    finding, advice = ("XR101", "delta"), f"uv add delta && {select}"
    workspace.settle(finding, advice, run=f"{advice} && xrunctl sync")
    workspace.project.install("toolbox")
    workspace.settle(("XR101", "toolbox"), "uv add toolbox")


def test_what_a_member_imports_is_added_to_that_member(workspace: Settler) -> None:
    workspace.project.write("xrun.toml", 'packages = "all"\n')
    workspace.project.uv("sync", "--all-packages")
    workspace.project.install("delta")
    workspace.project.write("part/src/part/__init__.py", "import delta\n")
    workspace.settle(("XR101", "delta"), "uv add --package part delta")


def test_what_a_member_imports_that_is_not_selected(workspace: Settler) -> None:
    workspace.project.install("delta")
    workspace.project.write("part/src/part/__init__.py", "import delta\n")
    advice = "uv add --package part delta && xrunctl select --all-packages"
    workspace.settle(("XR101", "delta"), advice, run=f"{advice} && xrunctl sync")


def test_an_environment_that_cannot_be_written(
    settler: Settler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Environment, "is_writable", property(lambda _: False))
    settler.project.install("alpha==1.0", "delta")
    assert settler.check()["XR104", "alpha"] is None  # nothing settles it there
    settler.settle(("XR101", "delta"), "uv add --no-sync delta")
    assert "alpha==1.0" in settler.project.installed()


def test_what_members_of_a_root_that_is_no_project_declare(make: Make) -> None:
    settler = make(Pyproject(members=("part",)))
    part = Pyproject("part", ("alpha",), {"plots": ("delta",)}, {"lint": ("epsilon",)})
    settler.project.declare(part, "part")
    text = (settler.project.folder / "pyproject.toml").read_text()
    settler.project.write("pyproject.toml", text[text.index("[tool.uv]") :])
    settler.project.uv("sync", "--all-extras", "--all-groups")
    settler.settle(("XR102", "delta"), "xrunctl select --extra plots")
    settler.settle(("XR102", "epsilon"), "xrunctl select --group lint")
    assert settler.check() == {}


def test_a_root_that_is_no_project(make: Make) -> None:
    settler = make(Pyproject(members=("part",)))
    settler.project.declare(Pyproject("part", dependencies=("alpha",)), "part")
    text = (settler.project.folder / "pyproject.toml").read_text()
    settler.project.write("pyproject.toml", text[text.index("[tool.uv]") :])
    settler.project.uv("sync")
    settler.project.install("delta", "epsilon")
    settler.project.write("part/src/part/__init__.py", "import epsilon\n")
    settler.settle(("XR101", "delta"), "uv add --dev delta")
    settler.settle(("XR101", "epsilon"), "uv add --package part epsilon")


def test_the_project_itself_is_settled_by_making_it_a_package(settler: Settler) -> None:
    settler.project.write("src/project/__init__.py", "")
    text = (settler.project.folder / "pyproject.toml").read_text()
    settler.project.write("pyproject.toml", text + BUILD_SYSTEM)
    settler.project.uv("lock")
    install(settler.project, "--no-index", "-e", ".")
    advice = "set package = true in [tool.uv] of pyproject.toml, then xrunctl sync"
    run = "sed -i 's/^package = false/package = true/' pyproject.toml && xrunctl sync"
    settler.settle(("XR101", "project"), advice, run=run)


BUILD_SYSTEM = '[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'


def test_a_stale_lock_is_settled_by_uv_lock(settler: Settler) -> None:
    text = (settler.project.folder / "pyproject.toml").read_text()
    settler.project.write("pyproject.toml", text.replace('"0.1"', '"0.2"', 1))
    settler.settle(("XR105", "uv.lock"), "uv lock")


STALE_FOR = ("--resolution=lowest-direct", "--prerelease-package=alpha=allow", "--project=..")


@pytest.mark.parametrize("option", STALE_FOR)
def test_a_stale_lock_of_a_run_that_mode_refuse_holds(settler: Settler, option: str) -> None:
    project, is_elsewhere = settler.project, option == "--project=.."
    project.write("src/pyproject.toml", '[project]\nname = "other"\nversion = "1"\n')
    project.write("src/uv.toml", "")
    if is_elsewhere:
        project.declare(Pyproject(dependencies=("alpha", "epsilon")))

    def run(line: str, mode: str | None = None) -> Result:
        folder = "src" if is_elsewhere else "."
        words = ("sh", "-ec", line)
        return project.run(*words, folder=folder, XRUN_MODE=mode, **settler.variables)

    refused = run(f"xrun {option} true", "refuse")
    row = line_with(refused.stderr.decode().splitlines(), "uv.lock", "stale")
    lock = f"uv lock{row.partition('uv lock')[2]}"
    assert (refused.status, run(lock).status) == (125, 0)
    locked = run(f"xrun {option} true", "refuse")
    assert b"stale" not in locked.stderr
    *_, cure = commands_in(said(refused)[-1])
    assert run(cure).status == 0
    assert run(f"xrun {option} true", "refuse").status == 0


def test_what_is_missing_and_what_is_other_than_locked(settler: Settler) -> None:
    settler.project.install("alpha==1.0")
    settler.settle(("XR104", "alpha"), "xrunctl sync")
    settler.project.uv("pip", "uninstall", "alpha")
    settler.settle(("XR103", "alpha"), "xrunctl sync")


def test_a_wheel_that_was_rebuilt_since_it_was_locked(settler: Settler) -> None:
    project = settler.project
    path = Wheel("eta").build(project.folder / "wheels")
    project.uv("add", f"./wheels/{path.name}", folder=".")
    path.unlink()
    Wheel("eta", requires=("alpha",)).build(path.parent)
    settler.settle(("XR104", "eta"), "uv lock -P eta && xrunctl sync")


def test_what_is_of_an_old_form(settler: Settler) -> None:
    folder = next(settler.project.environment.glob("lib/*/site-packages"))
    info = folder / "old-1.0-py3.egg-info"  # as `setup.py install` left it
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: old\nVersion: 1.0\n")
    (info / "top_level.txt").write_text("old\n")
    (folder / "old.py").write_text("")
    settler.settle(("XR101", "old"), "uv pip uninstall --no-config -p .venv old")
    assert settler.check() == {}


def test_what_setup_py_linked_is_added_as_an_editable(settler: Settler) -> None:
    source, folder = write_library(settler.project), settler.project.environment
    path = f"{source.resolve() / 'src'}\n"
    (site_packages(folder) / "easy-install.pth").write_text(path)
    (site_packages(folder) / "lib.egg-link").write_text(f"{path}../")
    metadata = "Metadata-Version: 1.0\nName: lib\nVersion: 1.0\n"
    settler.project.write("../lib/src/lib.egg-info/PKG-INFO", metadata)
    settler.settle(("XR101", "lib"), "uv add --editable ../lib")


def test_what_distutils_installed_is_deleted(settler: Settler) -> None:
    folder = next(settler.project.environment.glob("lib/*/site-packages"))
    info = folder / "old-1.0-py3.egg-info"  # a file, with which no installer can remove it
    info.write_text("Metadata-Version: 1.0\nName: old\nVersion: 1.0\n")
    path = info.relative_to(settler.project.folder)
    settler.settle(("XR101", "old"), f"rm {path}")
    assert settler.check() == {}


def test_what_is_declared_and_of_an_old_form(settler: Settler) -> None:
    settler.project.uv("pip", "uninstall", "alpha")
    folder = next(settler.project.environment.glob("lib/*/site-packages"))
    info = folder / "alpha-1.0-py3.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: alpha\nVersion: 1.0\n")
    (info / "top_level.txt").write_text("alpha\n")
    cure = "uv pip uninstall --no-config -p .venv alpha"
    settler.settle(("XR104", "alpha"), cure, run=f"{cure} && xrunctl sync")
    assert settler.check() == {}


def test_a_lost_record_where_uv_pip_has_a_target(settler: Settler) -> None:
    text = (settler.project.folder / "pyproject.toml").read_text()
    settler.project.write("pyproject.toml", f'{text}[tool.uv.pip]\ntarget = "elsewhere"\n')
    next(settler.project.environment.glob("lib/*/site-packages/alpha-*/RECORD")).unlink()
    cure = "uv pip install --no-config -p .venv --reinstall --no-deps alpha==2.0"
    index = f"UV_FIND_LINKS={settler.project.sandbox.index}"
    settler.settle(("XR203", "alpha"), cure, run=f"{index} {cure}")


@pytest.mark.parametrize("name", ["alpha", "delta"])
def test_a_lost_record_is_settled_by_a_reinstallation(settler: Settler, name: str) -> None:
    settler.project.install("delta")
    next(settler.project.environment.glob(f"lib/*/site-packages/{name}-*/RECORD")).unlink()
    version = {"alpha": "2.0", "delta": "1.0"}[name]
    settler.settle(
        ("XR203", name), f"uv pip install -p .venv --reinstall --no-deps {name}=={version}"
    )


@pytest.mark.parametrize("is_overtaken", [False, True])
def test_a_lost_record_of_another_version(settler: Settler, *, is_overtaken: bool) -> None:
    settler.project.install("alpha==1.0")
    next(settler.project.environment.glob("lib/*/site-packages/alpha-1.0*/RECORD")).unlink()
    if is_overtaken:
        settler.project.uv("sync")  # what it cannot remove stays beside what it installs
    settler.settle(("XR104", "alpha"), "xrunctl sync")
    assert settler.check() == {}
    (info,) = settler.project.environment.glob("lib/*/site-packages/alpha-*")
    settler.project.run(settler.xrunctl, "restore", "alpha")
    assert not info.exists() or is_overtaken
    assert info.with_name("alpha-1.0.dist-info").exists()


def test_a_lost_file_is_settled_by_a_reinstallation(settler: Settler) -> None:
    (module,) = settler.project.environment.glob("lib/*/site-packages/alpha/__init__.py")
    module.unlink()
    cure = "uv pip install -p .venv --reinstall --no-deps alpha==2.0"
    settler.settle(("XR204", "alpha"), cure)
    assert module.exists()


def test_a_folder_that_an_uninstallation_left(settler: Settler) -> None:
    settler.project.install("delta")
    info = next(settler.project.environment.glob("lib/*/site-packages/delta-*"))
    settler.project.uv("pip", "uninstall", "-p", ".venv", "delta")
    info.mkdir()
    (info / "notes.txt").write_text("")
    path = info.relative_to(settler.project.folder)
    settler.settle(("XR101", "delta"), f"rm -r {path}")
    assert settler.check() == {}


def test_a_module_without_an_owner_is_deleted(settler: Settler) -> None:
    path = next(settler.project.environment.glob("lib/*/site-packages")) / "orphan.py"
    path.write_text("")
    name = str(path.relative_to(settler.project.environment))
    advice = f"delete .venv/{name}, or move it into the project"
    settler.settle(("XR201", name), advice, run=f"rm .venv/{name}")


def test_a_leak_is_settled_by_taking_back_the_variable(settler: Settler) -> None:
    settler.variables["PYTHONPATH"] = "elsewhere"
    assert settler.check() == {("XR202", "PYTHONPATH"): "unset PYTHONPATH"}
    words = f"unset PYTHONPATH\n{settler.xrunctl} check"
    assert settler.project.run("sh", "-ec", words, folder=".", **settler.variables).status == 0


def test_what_is_kept_and_imported(settler: Settler) -> None:
    settler.project.install("delta")
    settler.project.write("xrun.toml", 'keep = ["delta"]\n')
    settler.project.write("src/app.py", "import delta\n")
    settler.settle(("XR301", "delta"), "uv add delta")
    assert settler.check() == {}


def test_every_row_of_the_table_is_run_here() -> None:
    rows = {
        "a folder that was left": test_a_folder_that_an_uninstallation_left,
        "stale lock": test_a_stale_lock_is_settled_by_uv_lock,
        "locked by another selection": test_a_version_that_another_selection_locks,
        "rebuilt since it was locked": test_a_wheel_that_was_rebuilt_since_it_was_locked,
        "not as locked, moved": test_what_is_missing_and_what_is_other_than_locked,
        "stray": test_a_module_without_an_owner_is_deleted,
        "leak": test_a_leak_is_settled_by_taking_back_the_variable,
        "no RECORD": test_a_lost_record_is_settled_by_a_reinstallation,
        "lacks files": test_a_lost_file_is_settled_by_a_reinstallation,
        "unselected": test_what_another_selection_has_is_selected,
        "needed by another": test_what_is_imported_is_added_with_what_it_needs,
        "no longer declared": test_what_is_no_longer_declared,
        "of an old form": test_what_is_of_an_old_form,
        "the project itself": test_the_project_itself_is_settled_by_making_it_a_package,
        "editors' own": test_what_editors_install_is_kept,
        "from a folder": test_an_editable_is_added_as_an_editable,
        "from a repository": test_from_a_repository_it_is_added_at_its_commit,
        "from a URL": test_from_a_url_it_is_added_by_that_url,
        "from another index": test_from_another_index_it_is_added_with_that_index,
        "undeclared": test_what_nothing_imports_is_added_too,
    }
    assert [row.name for row in TABLE] == list(rows)
