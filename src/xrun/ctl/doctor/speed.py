"""What makes each start of xrun slower than it has to be."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import xrun
from xrun.ctl.doctor.diagnosis import mend, note
from xrun.proxy.stamp import may_have_stamp
from xrun.run.plan import Response, Target
from xrun.run.stamp_inputs import find_unwatchable, list_inputs, list_projects
from xrun.words import render_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.ctl.doctor.diagnosis import Diagnosis
    from xrun.ctl.doctor.scene import Scene

CHECKED_HASH, HEADER = 0b11, 16  # of byte code (PEP 552)


def check_byte_code(scene: Scene) -> Iterator[Diagnosis]:
    """Check that xrun's byte code is there, or that the next start leaves it."""
    folder = Path(xrun.__file__).parent
    if all(map(_is_compiled, list_hot(folder))):
        return
    cure = f"`{shlex.quote(sys.executable)} -m compileall -q {shlex.quote(str(folder))}`; "
    cure += "or install it by `uv tool install --compile-bytecode`"
    why = "Each start compiles xrun anew and takes twice as long."
    if sys.dont_write_bytecode:
        is_set = scene.environ.get("PYTHONDONTWRITEBYTECODE")
        cause = "PYTHONDONTWRITEBYTECODE is set" if is_set else "Python may not write byte code"
        yield mend(f"xrun's byte code is not compiled, and {cause}", why, cure)
    elif not os.access(folder, os.W_OK):
        yield mend(f"xrun's byte code is not compiled, and {folder} cannot be written", why, cure)


def list_hot(folder: Path) -> list[Path]:
    """List the source files that each start loads.

    Args:
        folder: The package's own.
    """
    return [folder / "__init__.py", *sorted((folder / "proxy").glob("*.py"))]


def _is_compiled(source: Path) -> bool:
    """Whether the byte code of a module is there and of this very source (PEP 552)."""
    try:
        with Path(importlib.util.cache_from_source(str(source))).open("rb") as file:
            header = file.read(HEADER)
        found = source.stat()
    except (OSError, NotImplementedError):
        return False
    if header[:4] != importlib.util.MAGIC_NUMBER:
        return False
    if int.from_bytes(header[4:8], "little") & CHECKED_HASH:
        return True
    known = int.from_bytes(header[8:12], "little"), int.from_bytes(header[12:16], "little")
    return known == (int(found.st_mtime) & 0xFFFFFFFF, found.st_size & 0xFFFFFFFF)


def check_remembered(scene: Scene) -> Iterator[Diagnosis]:
    """Check that a run in this project can be as last time, and need not be compared anew."""
    plan, workspace = scene.plan, scene.facts.workspace
    if workspace is None or plan.target is not Target.PROJECT or plan.response is Response.NOTHING:
        return
    why = "Each run is compared anew: uv is asked what it would do."
    if not may_have_stamp(scene.invocation):
        yield from _find_variables(scene, why)
    unwatchable = find_unwatchable(workspace, list_projects(workspace))
    if unwatchable:
        yield note(unwatchable, f"That cannot be watched. {why}")
    newest = time.time()
    inputs = list_inputs(scene.facts, scene.policy, scene.invocation) or ()
    late = [path for path in inputs if _read_time(path) > newest]
    if late:
        told = f"{render_names(late, most=2)} {'is' if len(late) == 1 else 'are'}"
        words = " ".join(map(shlex.quote, late[:2]))
        yield mend(
            f"{told} from the future, by the time of the last change", why, f"`touch {words}`"
        )


def _find_variables(scene: Scene, why: str) -> Iterator[Diagnosis]:
    """Find which variables keep runs from being remembered; their values are not told."""
    if "UV_MALWARE_CHECK" in scene.environ:
        yield note("UV_MALWARE_CHECK is set, and asks a service each time", why)
    names = [
        name
        for name, value in sorted(scene.environ.items())
        if name.startswith(("UV_", "XRUN_")) and "@" in value and "://" in value
    ]
    if names:
        yield note(
            f"a URL with a user's name or password stands in {render_names(names)}",
            f"Nothing is remembered, for that would write it down. {why}",
            "name the index in pyproject.toml, and the user in UV_INDEX_NAME_USERNAME and "
            "UV_INDEX_NAME_PASSWORD",
        )


def _read_time(path: str) -> float:
    try:
        found = os.stat(path)  # noqa: PTH116 - a str
    except OSError:
        return 0
    return max(found.st_mtime, found.st_ctime)
