"""Checks of the programs and of the shell: which xrun, which uv, and what variables change."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sys
from pathlib import Path

import xrun
from xrun.ctl.doctor.scene import mend, note
from xrun.environment.distribution import read_text
from xrun.policy.keys import VALUES
from xrun.policy.search import POLICY_VARIABLE
from xrun.project.uv_variables import (
    CLEANS_SCRIPTS,
    HAS_ACTIVE,
    HAS_DRY_RUN,
    HAS_EXACT,
    render_version,
)
from xrun.proxy import uv
from xrun.report.notices import UV_MISSING_HINT
from xrun.words import render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.ctl.doctor.scene import Diagnosis, Scene

SINCE = {
    HAS_EXACT: "make an environment exact",
    HAS_ACTIVE: "use separate environments",
    HAS_DRY_RUN: "say what it would remove",
    CLEANS_SCRIPTS: "clean the environments of scripts",
}
UPDATE = "`uv self update`, or what installed it (`pip install -U uv`)"
LONGEST_SCRIPT = 65536  # bytes of a console script that are looked at
CHECKED_HASH, HEADER = 0b11, 16  # of byte code (PEP 552)
POLICY_VARIABLES = (*(key.variable for key in VALUES if key.variable), POLICY_VARIABLE)
LINK_MODES = {
    "copy": "Separate environments are copied as a whole.",
    "symlink": "Environments, and backups of them, last as long as uv's cache.",
}


def check_xrun(scene: Scene) -> Iterator[Diagnosis]:
    """Check that `xrun` means the one that this xrunctl belongs to, and is no shim."""
    found = shutil.which("xrun", path=scene.environ.get("PATH"))
    if found is None:
        own = f"`ln -s {shlex.quote(str(scene.xrun))} FOLDER`, with a folder that is on PATH"
        yield note("`xrun` is not on PATH", cure=own if scene.xrun else "")
        return
    if scene.xrun is None or _is_same(found, str(scene.xrun)):
        return
    text = read_script(Path(found))
    if text and "xrun" in text and "import main" not in text:
        yield note(
            f"`xrun` is started by another script ({found}), as version managers have",
            "Each start pays for that script too.",
            f"put the folder of {scene.xrun}, or of a link to it, before that on PATH",
        )
    else:
        yield note(
            f"`xrun` is another one ({found}) than this xrunctl's ({scene.xrun})",
            "What is said here is about the latter.",
            "uninstall one of them, or change their order on PATH",
        )


def check_console_script(scene: Scene) -> Iterator[Diagnosis]:
    """Check that the script that starts xrun does not import `re`, as that of an older pip does."""
    if "import re\n" in read_script(scene.xrun):
        python = shlex.quote(sys.executable)
        yield note(
            f"the script {scene.xrun} imports `re`, as those of pip before 25.3 do",
            "Each start takes half as long again as a bare start of Python.",
            f"`{python} -m pip install -U pip`, then reinstall xrun with it",
        )


def read_script(path: Path | None) -> str:
    """Read a console script; empty for a program that is none, or that is unreadable."""
    if path is None or not path.is_file() or path.stat().st_size > LONGEST_SCRIPT:
        return ""
    text = read_text(path)
    return text if text.startswith("#!") else ""


def check_byte_code(scene: Scene) -> Iterator[Diagnosis]:
    """Check that xrun's byte code is there, or that the next start leaves it."""
    folder = Path(xrun.__file__).parent
    if all(map(_is_compiled, list_hot(folder))):
        return
    if sys.dont_write_bytecode:
        is_set = scene.environ.get("PYTHONDONTWRITEBYTECODE")
        cause = "PYTHONDONTWRITEBYTECODE is set" if is_set else "Python may not write byte code"
    elif not os.access(folder, os.W_OK):
        cause = f"{folder} cannot be written"
    else:
        return
    yield mend(
        f"xrun's byte code is not compiled, and {cause}",
        "Each start compiles xrun again and takes twice as long.",
        f"`{shlex.quote(sys.executable)} -m compileall -q {shlex.quote(str(folder))}`; or install "
        "it by `uv tool install --compile-bytecode`",
    )


def list_hot(folder: Path) -> list[Path]:
    """List the source files in the package's folder that each start loads."""
    return [folder / "__init__.py", *sorted((folder / "proxy").glob("*.py"))]


def _is_compiled(source: Path) -> bool:
    """Whether the byte code of a module is there and of this very source (PEP 552)."""
    try:
        with Path(importlib.util.cache_from_source(str(source))).open("rb") as file:
            header = file.read(HEADER)
        found = source.stat()
    except (OSError, NotImplementedError):
        return False
    magic, *words = (header[at : at + 4] for at in range(0, HEADER, 4))
    flags, modified, size = (int.from_bytes(word, "little") for word in words)
    if magic != importlib.util.MAGIC_NUMBER or flags & CHECKED_HASH:
        return magic == importlib.util.MAGIC_NUMBER
    return (modified, size) == (int(found.st_mtime) & 0xFFFFFFFF, found.st_size & 0xFFFFFFFF)


def check_uv(scene: Scene) -> Iterator[Diagnosis]:
    """Check that there is a uv, that it starts, and what it is too old for."""
    facts, version = scene.facts, scene.facts.version
    lacking = [
        f"{what} ({render_version(since)} can)" for since, what in SINCE.items() if version < since
    ]
    if not facts.uv:
        looked = "looked at the variable UV, in PATH and beside xrun"
        yield mend(f"no uv found; {looked}", "Nothing can be run.", UV_MISSING_HINT)
    elif scene.obstacle:
        yield mend(f"uv cannot be started: {scene.obstacle}", "Nothing can be run.", UPDATE)
    elif not version:
        yield mend(f"{facts.uv} says no version", "It is taken for one that can do all.", UPDATE)
    elif lacking:
        is_blind = version < HAS_DRY_RUN
        why = "Runs go on as typed, and say so." if is_blind else ""
        what = f"uv {render_version(version)} cannot {', '.join(lacking)}"
        yield (mend if is_blind else note)(what, why, UPDATE)


def check_other_uvs(scene: Scene) -> Iterator[Diagnosis]:
    """Check that no other uv is there that another PATH, or the variable UV, would choose."""
    used = scene.facts.uv
    on_path = _list_uvs(scene)
    if scene.environ.get("UV") == used and on_path and not _is_same(on_path[0], used):
        yield note(
            f"the variable UV names {used}; on PATH is {on_path[0]}",
            "`uv run` sets UV for what it starts, and xrun goes by it.",
            "`unset UV`, if this shell was not started by `uv run`",
        )
    versions = {path: _read_version(path) for path in on_path if not _is_same(path, used)}
    if used and {*versions.values()} - {render_version(scene.facts.version)}:
        versions_found = ", ".join(f"{path} ({version})" for path, version in versions.items())
        yield note(
            f"there is another uv on PATH: {versions_found}",
            f"xrun uses {used}; where PATH is in another order, it is another uv.",
            "uninstall what is not needed",
        )


def _list_uvs(scene: Scene) -> list[str]:
    """List the programs `uv` on PATH, each file once."""
    found: dict[str, str] = {}
    for folder in scene.environ.get("PATH", os.defpath).split(os.pathsep):
        path = shutil.which("uv", path=folder or os.curdir)
        if path is not None:
            found.setdefault(os.path.realpath(path), path)
    return [*found.values()]


def _is_same(path: str, other: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)


def _read_version(path: str) -> str:
    try:
        return render_version(uv.read_version(path, remembers=False)) or "version unknown"
    except OSError:
        return "cannot be started"


def check_shim(scene: Scene) -> Iterator[Diagnosis]:
    """Check that uv is the program itself, not a script in its place."""
    if scene.facts.uv and uv.is_shim(scene.facts.uv):
        yield note(
            f"uv is a script ({scene.facts.uv}), as version managers have",
            "Which uv it starts may differ from folder to folder: nothing is remembered of it, "
            "and each run is compared in full.",
            "put the folder of the real uv before it on PATH",
        )


def check_off(scene: Scene) -> Iterator[Diagnosis]:
    """Check that xrun is not switched off in this shell."""
    value = scene.environ.get("XRUN")
    if value == "0":
        yield mend("XRUN=0 is set", "xrun does nothing: all is run by `uv run`.", "`unset XRUN`")
    elif value is not None:
        yield note(f"XRUN={value} is set", "It says nothing: only XRUN=0 does.", "`unset XRUN`")


def check_policy_variables(scene: Scene) -> Iterator[Diagnosis]:
    """Say which variables change the policy in this shell."""
    found = [name for name in POLICY_VARIABLES if name in scene.environ]
    if found:
        settings = render_names([f"{name}={scene.environ[name]}" for name in found])
        yield note(
            f"{settings} {'is' if len(found) == 1 else 'are'} set",
            "That is stronger than the policy's files, in each run of this shell.",
            f"`unset {' '.join(found)}`, if it was for one run",
        )


def check_environment_variables(scene: Scene) -> Iterator[Diagnosis]:
    """Check the variables by which environments are chosen."""
    chosen = scene.environ.get("UV_PROJECT_ENVIRONMENT", "")
    if os.path.isabs(chosen):  # noqa: PTH117 - a str
        yield note(
            f"UV_PROJECT_ENVIRONMENT={chosen} is set",
            "It is the environment of all projects: a run in one removes what another needs.",
            "set it where there is one project only (a container); a relative path is for each",
        )
    active, environment = scene.environ.get("VIRTUAL_ENV"), scene.environment
    if active and environment and os.path.realpath(active) != os.path.realpath(environment.folder):
        yield note(
            f"VIRTUAL_ENV={active} is not this project's environment ({environment.folder})",
            "uv passes it by with a warning at each run; what is not run by xrun uses it.",
            "`deactivate`",
        )


def check_link_mode(scene: Scene) -> Iterator[Diagnosis]:
    """Check how uv brings files from its cache."""
    mode = scene.environ.get("UV_LINK_MODE", "")
    if mode in LINK_MODES:
        yield note(f"UV_LINK_MODE={mode} is set", LINK_MODES[mode], "`unset UV_LINK_MODE`")
