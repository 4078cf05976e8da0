"""Which xrun and which uv: are they there, the ones that are meant, new enough."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.ctl.doctor.diagnosis import mend, note
from xrun.environment import read_text
from xrun.project.uv_variables import CLEANS_SCRIPTS, HAS_ACTIVE, HAS_DRY_RUN, HAS_EXACT
from xrun.proxy import uv
from xrun.report.notices import UV_MISSING_HINT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.ctl.doctor.diagnosis import Diagnosis
    from xrun.ctl.doctor.scene import Scene

LONGEST_SCRIPT = 65536  # bytes of a console script that are looked at
SINCE = {
    HAS_EXACT: "make an environment exact",
    HAS_ACTIVE: "use separate environments",
    HAS_DRY_RUN: "say what it would remove",
    CLEANS_SCRIPTS: "clean the environments of scripts",
}
UPDATE = "`uv self update`, or what installed it (`pip install -U uv`)"


def read_script(path: Path | None) -> str:
    """Read a console script; empty for a program that is none, or that nobody may read."""
    if path is None or not path.is_file() or path.stat().st_size > LONGEST_SCRIPT:
        return ""
    text = read_text(path)
    return text if text.startswith("#!") else ""


def check_xrun(scene: Scene) -> Iterator[Diagnosis]:
    """Check that `xrun` means the one that this xrunctl belongs to, and is no shim."""
    found = shutil.which("xrun", path=scene.environ.get("PATH"))
    if found is None:
        own = f"`ln -s {shlex.quote(str(scene.xrun))} FOLDER`, with a folder that is on PATH"
        yield note("`xrun` is not on PATH", cure=own if scene.xrun else "")
        return
    if scene.xrun is None or Path(os.path.realpath(found)) == Path(os.path.realpath(scene.xrun)):
        return
    text = read_script(Path(found))
    if text and "xrun" in text and "import main" not in text:
        yield note(
            f"`xrun` is started by another script ({found}), as version managers have",
            "Each start pays for that script too.",
            f"put the folder of {scene.xrun}, or of a link to it, before that on PATH",
        )
        return
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


def check_uv(scene: Scene) -> Iterator[Diagnosis]:
    """Check that there is a uv, that it starts, and what it is too old for."""
    facts = scene.facts
    if not facts.uv:
        looked = "looked at the variable UV, in PATH and beside xrun"
        yield mend(f"no uv found; {looked}", "Nothing can be run.", UV_MISSING_HINT)
    elif scene.obstacle:
        yield mend(f"uv cannot be started: {scene.obstacle}", "Nothing can be run.", UPDATE)
    elif not facts.version:
        yield mend(f"{facts.uv} says no version", "It is taken for one that can do all.", UPDATE)
    else:
        yield from _check_age(scene)


def _check_age(scene: Scene) -> Iterator[Diagnosis]:
    version = scene.facts.version
    lacking = [(since, what) for since, what in SINCE.items() if version < since]
    if lacking:
        told = ", ".join(f"{what} ({_render(since)} can)" for since, what in lacking)
        make = mend if version < HAS_DRY_RUN else note
        why = "Runs go on as typed, and say so." if version < HAS_DRY_RUN else ""
        yield make(f"uv {_render(version)} cannot {told}", why, UPDATE)


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
    others = [path for path in on_path if not _is_same(path, used)]
    versions = {path: _read_version(path) for path in others}
    told = [f"{path} ({word})" for path, word in versions.items()]
    differing = {word for word in versions.values() if word != _render(scene.facts.version)}
    if used and differing:
        yield note(
            f"there is another uv on PATH: {', '.join(told)}",
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
        return _render(uv.read_version(path, remembers=False)) or "version unknown"
    except OSError:
        return "cannot be started"


def _render(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def check_shim(scene: Scene) -> Iterator[Diagnosis]:
    """Check that uv is the program itself, not a script in its place."""
    if scene.facts.uv and uv.is_shim(scene.facts.uv):
        yield note(
            f"uv is a script ({scene.facts.uv}), as version managers have",
            "Which uv it starts may differ from folder to folder: nothing is remembered of it, "
            "and each run is compared anew.",
            "put the folder of the real uv before it on PATH",
        )
