"""Where each layer's policy is looked for, and the policies that it extends: weaker than it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path, PurePosixPath

from xrun.policy.files import (
    LOCAL_FILE,
    POLICY_FILE,
    Found,
    find_file,
    find_project_file,
    is_there,
    render_path,
)
from xrun.policy.forms import PACKAGE, URL
from xrun.policy.keys import ENFORCE, EXTENDS, Layer
from xrun.policy.layers import check_version
from xrun.policy.problems import Mismatch, Problem, Wrong
from xrun.project.user_folders import resolve_config_folder, resolve_site_config_folder
from xrun.proxy.dataclass import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.metadata import Distribution

    from xrun.policy.files import PolicyFile
    from xrun.project.workspace import Workspace

POLICY_VARIABLE = "XRUN_POLICY"


def find_policy_files(
    workspace: Workspace | None, folder: Path, environ: Mapping[str, str]
) -> Found:
    """Find the policy files that count, and what they extend.

    Args:
        workspace: The project that the run is for, if there is one; nothing above it is looked at.
        folder: The current folder; its `xrun.toml` counts outside any project.
        environ: `XRUN_POLICY` names a file instead of the workspace's and the project's.
    """
    system = resolve_site_config_folder()
    user = resolve_config_folder()
    found = _follow_extends(find_file(Layer.SYSTEM, system / POLICY_FILE))
    found += _find_user(user / POLICY_FILE)
    found += _find_team(workspace, folder, environ.get(POLICY_VARIABLE, "").strip())
    if workspace is not None:
        found += find_file(Layer.LOCAL, workspace.root.folder / LOCAL_FILE)
    return found


def _find_user(path: Path) -> Found:
    """Find the user's policy; in a home that is closed to this user (sudo, a service) it is not."""
    try:
        os.lstat(path)
    except PermissionError:
        return Found(places=(path,))
    except OSError:
        pass  # not there, as a rule
    return _follow_extends(find_file(Layer.USER, path))


def _find_team(workspace: Workspace | None, folder: Path, named: str) -> Found:
    """Find the workspace's policy and the project's, or the one that is named instead of both."""
    if workspace is None:
        team = _follow_extends(find_file(Layer.WORKSPACE, folder / POLICY_FILE))
    else:
        team = _follow_extends(find_project_file(Layer.WORKSPACE, workspace.root))
    if named:
        return _hide(team) + _load_named(named, folder)
    if workspace is None or workspace.is_at_root:
        return team
    return team + _follow_extends(find_project_file(Layer.PROJECT, workspace.project), team)


def _hide(team: Found) -> Found:
    """Hide a layer behind a named file, unless it enforces something or is unreadable."""
    is_open = team.problems or any(check_version(file.table, file.source) for file in team.files)
    enforces = any(file.table.get(ENFORCE.name) for file in team.files)
    return team if is_open or enforces else Found(places=team.places)


def _load_named(named: str, folder: Path) -> Found:
    """Load the file that `XRUN_POLICY` names, and what it extends."""
    path = Path(os.path.normpath(folder / named))
    is_url = re.match(URL, named) is not None
    message = "a URL is never fetched; name a file" if is_url else _find_missing(path)
    if not message:
        return _follow_extends(find_file(Layer.WORKSPACE, path))
    problem = Problem(POLICY_VARIABLE, "", message)
    return Found(places=() if is_url else (path,), problems=(problem,))


def _find_missing(path: Path) -> str:
    """Find why a file that is named cannot be one; who names it is to say so. Empty if it may."""
    if not is_there(path):
        return f"there is no {render_path(path)}"
    is_folder = os.path.isdir(path)  # noqa: PTH112 - no error
    return f"expected a file, found a folder: {render_path(path)}" if is_folder else ""


def _follow_extends(found: Found, team: Found | None = None) -> Found:
    """Follow what the files of one layer extend.

    Args:
        found: The files.
        team: For a member of a workspace the workspace's files, all that they extend included. One
            that the member extends as well enforces there, and need not do so again.

    Returns:
        All files, each behind every one that it extends; of the ones that a list names the later
        stands behind the earlier. One that several extend stands there once.
    """
    every = Found(places=found.places, problems=found.problems)
    for file in found.files:
        every = _follow(file, every, ())
    held = {os.path.realpath(file.path) for file in (team.files if team else ())}
    files = tuple(
        _drop_enforce(file) if os.path.realpath(file.path) in held else file for file in every.files
    )
    return replace(every, files=files)


def _drop_enforce(file: PolicyFile) -> PolicyFile:
    table = {name: value for name, value in file.table.items() if name != ENFORCE.name}
    return replace(file, table=table)


def _follow(file: PolicyFile, before: Found, users: tuple[PolicyFile, ...]) -> Found:
    """Add a file to what was found before, behind what it extends."""
    if any(file.path == known.path for known in before.files):
        return before
    chain = (*users, file)
    for place, reference in _list_references(file):
        try:
            path, source = _resolve(reference, file)
            _check_cycle(path, chain)
        except Wrong as wrong:
            before += Found(problems=(Problem(file.source, place, str(wrong)),))
            continue
        found = find_file(file.layer, path, source)
        before += Found(places=found.places, problems=found.problems)
        for extended in found.files:
            before = _follow(extended, before, chain)
    return before + Found((file,))


def _list_references(file: PolicyFile) -> Iterator[tuple[str, str]]:
    """List what a file extends, each with its place in it; what is no such list comes up later."""
    value = file.table.get(EXTENDS.name)
    if value is None or file.layer not in EXTENDS.layers or check_version(file.table, file.source):
        return
    try:
        references = EXTENDS.form.parse(value)
    except Wrong:
        return
    for index, reference in enumerate(references if isinstance(references, tuple) else ()):
        yield EXTENDS.name if isinstance(value, str) else f"{EXTENDS.name}[{index}]", reference


def _resolve(reference: str, file: PolicyFile) -> tuple[Path, str]:
    """Resolve a reference to a file that is there, and how messages name it."""
    if re.match(URL, reference):
        raise Wrong("a URL is never fetched; put the file into the repository or a distribution")
    is_resource = reference.startswith(PACKAGE)
    path = _find_resource(reference) if is_resource else file.path.parent / reference
    path = Path(os.path.normpath(path))
    if missing := _find_missing(path):
        raise Wrong(missing)
    return path, reference if is_resource else render_path(path)


def _check_cycle(path: Path, chain: tuple[PolicyFile, ...]) -> None:
    """Check that a file is not extended by itself, over however many others."""
    real = os.path.realpath(path)
    for index, user in enumerate(chain):
        if os.path.realpath(user.path) == real:
            names = [each.source for each in (*chain[index:], user)]
            raise Wrong(f"extends in a circle: {' -> '.join(names)}")


def _find_resource(reference: str) -> Path:
    """Find `package:NAME/FILE` in a distribution that is installed beside xrun.

    FILE is looked for as the distribution's RECORD lists it, then in the import package of the
    distribution's name. Nothing is imported: to look for a package of the first level runs none of
    its code.
    """
    name, _, file = reference.removeprefix(PACKAGE).partition("/")
    wanted = PurePosixPath(file)
    if not name or not file or wanted.is_absolute() or ".." in wanted.parts:
        raise Mismatch('"package:NAME/FILE"', reference)
    distribution = _find_distribution(name)
    if distribution is None:
        raise Wrong(f"no distribution {name} is installed beside xrun")
    package = re.sub(r"[-.]+", "_", name)
    for listed in (wanted, package / wanted):
        if listed in (distribution.files or ()):
            return Path(str(distribution.locate_file(listed)))
    import importlib.util

    # Editable: the files lie elsewhere.
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    for folder in (spec and spec.submodule_search_locations) or ():
        if (Path(folder) / wanted).is_file():
            return Path(folder) / wanted
    raise Wrong(f"the distribution {name} has no file {file}")


def _find_distribution(name: str) -> Distribution | None:
    """Find a distribution where xrun finds its own: not in a PYTHONPATH, nor in this folder."""
    from importlib import metadata

    foreign = [os.curdir, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    passed = {os.path.realpath(folder) for folder in foreign}
    folders = [folder for folder in sys.path if os.path.realpath(folder) not in passed]
    return next(iter(metadata.distributions(name=name, path=folders)), None)
