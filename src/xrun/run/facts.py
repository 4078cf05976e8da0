"""What `plan` needs to know, gathered without starting uv (but for its version, once)."""

from __future__ import annotations

import os
import re
from pathlib import PurePath

from xrun.environment.environment import Environment, find_environment
from xrun.errors import UvNotFoundError, XrunError
from xrun.project.uv_variables import (
    BESIDE_PROGRAM,
    is_true,
    resolve_folder,
    resolve_named_project,
    select_read,
)
from xrun.project.workspace import INLINE_METADATA, Workspace, find_workspace
from xrun.proxy import uv
from xrun.proxy.dataclass import dataclass
from xrun.proxy.launch import find_first_uv
from xrun.report import notices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xrun.project.uv_variables import Version
    from xrun.proxy.command_line import Invocation


@dataclass(frozen=True)
class Script:
    """A Python file that is run by its path.

    Attributes:
        path: The file, absolute.
        has_metadata: Whether it has inline script metadata (PEP 723): then uv gives it an
            environment of its own.
        has_lock: Whether `SCRIPT.lock` lies beside it.
    """

    path: Path
    has_metadata: bool
    has_lock: bool


@dataclass(frozen=True)
class Facts:
    """What is so: about uv, the project, the script and the environment.

    Attributes:
        uv: The path of uv.
        version: Its release numbers; empty where it does not say them.
        folder: The folder that the run is in (`--directory` counted).
        start: Where the project is looked for from.
        workspace: The project found, if one is.
        script: The script that is run, if one is.
        environment: The environment that uv would use for the project.
        environ: The environment variables, but for those that this uv does not read yet.
        can_ask: Whether a person is at the terminal, and standard input is not the program to run.
        is_streamed_script: Whether that program has inline script metadata (PEP 723).
    """

    uv: str
    version: Version
    folder: Path
    start: Path
    workspace: Workspace | None
    script: Script | None
    environment: Environment | None
    environ: Mapping[str, str]
    can_ask: bool = False
    is_streamed_script: bool = False

    def is_true(self, variable: str) -> bool:
        """Whether uv takes a variable as true; what it does not understand is uv's to tell."""
        return is_true(self.environ, variable)


def find_uv() -> str:
    """Find the uv to run.

    Raises:
        UvNotFoundError: There is none.
    """
    program = uv.find_uv()
    if program is not None:
        return program
    shim = find_first_uv()
    if shim is not None:
        raise UvNotFoundError(f"not run: {shim} {notices.UV_IS_SHIM}", hint=notices.UV_IS_SHIM_HINT)
    raise UvNotFoundError(notices.UV_MISSING, hint=notices.UV_MISSING_HINT)


def gather_facts(
    invocation: Invocation, program: str, version: Version, environ: Mapping[str, str]
) -> Facts:
    """Gather the facts for one run.

    Raises:
        OSError: The current folder is gone.
    """
    environ = select_read(environ, version)
    folder = resolve_folder(environ, invocation.last("--directory"))
    script = _find_script(invocation, folder)
    start = _resolve_start(invocation, environ, version, folder)
    workspace = find_workspace(start)
    if workspace is not None and invocation.counts("--package") == 1:
        workspace = workspace.at_member(str(invocation.last("--package")))
    environment = None
    if workspace is not None:
        active = invocation.last_of("--active", "--no-active") == "--active"
        environment = find_environment(workspace.root.folder, environ, is_active=active)
    return Facts(
        uv=program,
        version=version,
        folder=folder,
        start=start,
        workspace=workspace,
        script=script,
        environment=environment,
        environ=environ,
        can_ask=invocation.command[:1] != ("-",) and os.isatty(0) and os.isatty(2),
        is_streamed_script=_is_streamed_script(invocation),
    )


def _resolve_start(
    invocation: Invocation, environ: Mapping[str, str], version: Version, folder: Path
) -> Path:
    named = resolve_named_project(environ, folder, invocation.last("--project"))
    if named is not None:
        return named
    if not invocation.command or invocation.is_module or (version and version < BESIDE_PROGRAM):
        return folder
    target = PurePath(invocation.command[0])
    beside = folder / target.parent  # for `x`, `./` and `..` too the folder itself (uv 0.13.9)
    return beside if beside != folder and _is_python_program(invocation, folder) else folder


def _is_python_program(invocation: Invocation, folder: Path) -> bool:
    """Whether uv has Python run a path: a script, or a folder or zip file with `__main__.py`."""
    if invocation.has("--script", "--gui-script"):
        return True
    import zipfile  # seldom needed

    path = folder / invocation.command[0]
    try:
        if path.is_dir():
            return (path / "__main__.py").is_file()
        if invocation.script is not None or not path.is_file():
            return path.is_file()
        with zipfile.ZipFile(path) as archive:
            return "__main__.py" in archive.namelist()
    except (OSError, zipfile.BadZipFile):  # too long a name, missing, no zip file
        return False


def _find_script(invocation: Invocation, folder: Path) -> Script | None:
    if invocation.script is None or "://" in invocation.script:
        return None
    path = folder / invocation.script  # not normalised: uv goes up from it word by word
    try:
        content = path.read_bytes()
    except (OSError, ValueError):
        return None
    return Script(path, _has_metadata(content), path.with_name(path.name + ".lock").is_file())


def _is_streamed_script(invocation: Invocation) -> bool:
    """Whether what comes by standard input is run, and has inline metadata."""
    if invocation.command[:1] != ("-",) or invocation.is_module:
        return False
    from xrun.project.standard_input import read_ahead

    return _has_metadata(read_ahead())


def _has_metadata(content: bytes) -> bool:
    """Whether there is the opening line of PEP 723; whether the block is sound is uv's to tell."""
    return re.search(INLINE_METADATA, content) is not None


def make_no_project(facts: Facts) -> XrunError:
    """Make the error of what is only there in a project."""
    return XrunError(f"no pyproject.toml in {facts.start} or above", hint="`uv init` makes one")
