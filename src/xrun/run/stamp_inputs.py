"""Every file that decides what uv would do, there or not: what a stamp has to watch.

A run that has nothing to do first and nothing to say is remembered by them.
"""

from __future__ import annotations

import os
from pathlib import Path

from xrun.environment.marker import find_marker
from xrun.project.workspace import PYPROJECT, load_project, read_locked_files, read_locked_folders
from xrun.proxy.renewal import write_renewal
from xrun.proxy.stamp import (
    list_deciding,
    may_have_stamp,
    point_to_rules,
    take_identities,
    write_stamp,
)
from xrun.proxy.uv import ask_uv, is_shim
from xrun.run.plan import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xrun.policy.policy import Policy
    from xrun.project.workspace import Project, Workspace
    from xrun.proxy.command_line import Invocation
    from xrun.run.decision import Launch
    from xrun.run.facts import Facts
    from xrun.run.request import Run

PINS = (".python-version", ".python-versions")
# What a build of a local project is looked at for, with the folder `src`, unless `cache-keys` say
# otherwise; what a build found out (`dynamic`) is not asked again as long as these are the same
# (each seen on uv 0.13.9; that no other file is looked at, on 36 releases from 0.5.14 on).
BUILD_FILES = (PYPROJECT, "setup.py", "setup.cfg")
BUILT = {"dependencies", "optional-dependencies"}  # in `dynamic`: a build says them
# What decides where uv's cache is.
CACHE_OPTIONS = {
    *("--cache-dir", "--config-file", "--directory", "--no-cache", "--no-config", "--project")
}


def take_inputs(*runs: Run) -> dict[str, str] | None:
    """Take the identities of all that decides, before uv is asked; `None` if some cannot be.

    Args:
        runs: The run; where it moved to another environment by itself, also as it was before,
            because the project's own environment decided that.
    """
    watched: set[str] = set()
    for run in runs:
        if not may_have_stamp(run.invocation, list_deciding()):
            return None
        listed = list_inputs(run.facts, run.policy, run.invocation)
        if listed is None:
            return None
        watched.update(listed)
        if run.facts.environment is not None:  # an interrupted step may show nowhere else
            watched.add(find_marker(run.facts.environment))
    return take_identities(watched)


def stamp(launch: Launch, inputs: Mapping[str, str] | None, launcher: str) -> None:
    """Remember a run of which uv is given all that was typed.

    Args:
        launch: How it is launched.
        inputs: From `take_inputs`.
        launcher: How the command is started without uv; empty where uv starts it.
    """
    run = launch.run
    if inputs is None or run.plan.target is not Target.PROJECT:
        return
    key: str | None = run.request.key
    words = run.policy.rule_words
    if words is not None:
        key = point_to_rules(run.request.key, words, run.invocation.command)
    if key is not None:
        until, since = run.policy.next_until, run.request.since
        where, options = launch.folder, launch.options
        done = write_stamp(
            key, options, inputs, until=until, where=where, launcher=launcher, since=since
        )
        answer = launch.comparison.answer if launch.comparison is not None else None
        if done and answer is not None and answer.changes_nothing and not run.variables:
            write_renewal(key, answer.question, answer.text, inputs)


def list_inputs(facts: Facts, policy: Policy, invocation: Invocation) -> list[str] | None:
    """List the paths whose identity decides a run.

    Args:
        facts: Of the run.
        policy: Its places count.
        invocation: It may name a file of configuration, and a program by its path.

    Returns:
        Paths, there or not; `None` where not all that decides can be watched
        (`find_unwatchable`, or uv is a shim), so that uv has to be asked each time.
    """
    if is_shim(facts.uv):
        return None
    paths: set[str | Path] = {facts.uv, *policy.places, *list_settings(facts)}
    paths |= {facts.folder / file for file in invocation.values("--config-file")}
    settings = [path for path in map(str, paths) if os.path.basename(path) == "uv.toml"]  # noqa: PTH119
    paths |= {f"{path.removesuffix('uv.toml')}{name}" for path in settings for name in PINS}
    for program in invocation.command[:1]:
        path = str(facts.folder / program)
        paths |= {path, f"{path}{os.sep}__main__.py", f"{path}.lock"}
    if facts.workspace is not None:
        projects = list_projects(facts.workspace)
        if find_unwatchable(facts.workspace, projects):
            return None
        paths |= set(_list_project_files(facts.workspace, projects))
        if any(BUILT & project.dynamic for project in projects):
            builds = set(_list_builds(facts, invocation))
            if not builds:
                return None
            paths |= builds
    environment = facts.environment
    if environment is not None:
        paths |= {
            environment.place,
            environment.folder,
            environment.folder / "pyvenv.cfg",
            environment.interpreter,
        }
        paths |= set(environment.site_packages)
    return sorted({*map(str, paths)})


def list_settings(facts: Facts) -> Iterator[str]:
    """List where uv's settings may stand: of the project, the user, and the system."""
    for folder in {*_list_upwards(facts.folder), *_list_upwards(facts.start)}:
        yield from (f"{folder}{PYPROJECT}", f"{folder}uv.toml")
    file = facts.environ.get("UV_CONFIG_FILE")
    if file:
        yield str(facts.folder / file)
    named = facts.environ.get("XDG_CONFIG_HOME")
    # Where no home is known, it stays `~`, and nothing is there.
    home = named or os.path.expanduser("~/.config")  # noqa: PTH111 - never raises
    system = (facts.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    windows = (facts.environ.get(name) for name in ("APPDATA", "PROGRAMDATA"))
    for place in (home, "/etc", *system, *filter(None, windows)):
        yield str(Path(place, "uv", "uv.toml"))


def _list_upwards(folder: Path) -> Iterator[str]:
    """List a folder and those above it, each with a separator at its end."""
    yield from (str(above).rstrip(os.sep) + os.sep for above in (folder, *folder.parents))


def list_projects(workspace: Workspace) -> list[Project]:
    """List the members, and the folders that the lock file builds from."""
    members = list(workspace.members)
    known = {member.folder for member in members}
    folders = read_locked_folders(workspace.root.folder / "uv.lock")
    return [*members, *(load_project(folder) for folder in folders if folder not in known)]


def find_unwatchable(workspace: Workspace, projects: Sequence[Project]) -> str:
    """Find what decides a run and cannot be watched; empty where all of it can.

    Args:
        workspace: Its `members` may be looked for at any depth.
        projects: From `list_projects`; other files than their own may say when uv rebuilds.
    """
    for project in projects:
        if project.find("tool", "uv", "cache-keys") is not None:
            return f"{project.file} has `cache-keys`, which name other files"
    if any("**" in pattern for pattern in workspace.member_patterns):
        return f"{workspace.root.file} looks for members at any depth (`**`)"
    return ""


def _list_builds(facts: Facts, invocation: Invocation) -> Iterator[Path]:
    """List what is there of uv's cache as long as it keeps what builds of local projects found out.

    Nothing where there is no cache (`UV_NO_CACHE`): then uv builds each time.
    """
    options = invocation.render_options(invocation.names - CACHE_OPTIONS)
    try:
        done = ask_uv(facts.uv, ["cache", "dir", *options])
    except OSError:  # it cannot be started
        return
    folder = Path(done.stdout.strip())
    if done.returncode == 0 and done.stdout.strip() and folder.is_dir():
        yield folder / "CACHEDIR.TAG"  # made again where all of it is cleaned
        yield from folder.glob("sdists-v*")


def _list_project_files(workspace: Workspace, projects: list[Project]) -> Iterator[str | Path]:
    lock = workspace.root.folder / "uv.lock"
    yield lock
    yield from read_locked_files(lock)
    for project in projects:
        yield from (project.folder / name for name in BUILD_FILES)
        yield project.folder / "src"
        # It may be a member of another workspace, whose root says where its sources are.
        yield from (f"{above}{PYPROJECT}" for above in _list_upwards(project.folder))
    # Where a new member would appear: the folders that are searched, and a file in what is found.
    for candidate in workspace.candidates:
        yield from candidate.searched
        yield from (folder / PYPROJECT for folder in candidate.found)
