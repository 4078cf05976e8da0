"""A pytest plugin that says in which drift a session runs that xrun did not start.

It lives in the project's environment, so it depends on nothing, and it costs a listing of
site-packages and one reading of `uv.lock`: uv is not asked. What it therefore cannot see is which
extras and groups are selected.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pytest

LOCKED = re.compile(r'^name = "([^"\n]+)"(?:\nversion = "([^"\n]+)")?$', re.MULTILINE)
# Where xrun leaves its lock of the environment open in what it starts.
DESCRIPTORS = (*range(200, 210), *range(20, 30))
WORDS = {"@editors": ("debugpy", "ipykernel", "pip")}
NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
MOST_NAMES = 5


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Report what of the environment is not as locked; nothing where that cannot be known."""
    try:
        return report(config.rootpath, Path(sys.prefix))
    except Exception:  # noqa: BLE001 - a session never fails by what is only said beside it
        return []


def report(folder: Path, prefix: Path) -> list[str]:
    """Report the drift of an environment, in a line or none.

    Args:
        folder: In the project.
        prefix: The environment; that of another project, of tox or of the system is not compared.
    """
    root = next((each for each in (folder, *folder.parents) if (each / "uv.lock").is_file()), None)
    if root is None or is_started_by_xrun(prefix):
        return []
    own = root / (os.environ.get("UV_PROJECT_ENVIRONMENT") or ".venv")
    if not own.is_dir() or not own.samefile(prefix):
        return []
    locked = read_locked((root / "uv.lock").read_text("utf-8"))
    installed = dict(list_installed(prefix))
    found = {name for name in installed if is_other(name, installed, locked)}
    if found:
        found -= close(read_kept(root), {*installed})
    if not found:
        return []
    shown = ", ".join(f"{name} {installed[name]}" for name in sorted(found)[:MOST_NAMES])
    more = f" and {len(found) - MOST_NAMES} more" if len(found) > MOST_NAMES else ""
    return [f"xrun: {own.name} has what uv.lock has not: {shown}{more} (`xrunctl check`)"]


def is_started_by_xrun(prefix: Path) -> bool:
    """Whether xrun started this process in an environment: it leaves a lock of the folder open."""
    folder = prefix.stat()
    return any(os.path.samestat(found, folder) for found in map(stat_open, DESCRIPTORS) if found)


def stat_open(descriptor: int) -> os.stat_result | None:
    """Say what is open there; `None` for nothing."""
    try:
        return os.fstat(descriptor)
    except OSError:
        return None


def read_locked(text: str) -> dict[str, set[str]]:
    """Read the names in a lock file, each with its versions; none where it is computed."""
    locked: dict[str, set[str]] = {}
    for name, version in LOCKED.findall(text):
        locked.setdefault(name, set()).add(render_version(version))
    return locked


def list_installed(prefix: Path) -> Iterator[tuple[str, str]]:
    """List what is installed, by the names of the folders with metadata, and the versions."""
    variables = {"base": str(prefix), "platbase": str(prefix)}
    places = {sysconfig.get_path(kind, vars=variables) for kind in ("purelib", "platlib")}
    for place in sorted(places):
        for path in Path(place).glob("*-*.dist-info"):
            name, _, version = path.name.removesuffix(".dist-info").partition("-")
            if version:
                yield canonicalize(name), version


def is_other(name: str, installed: Mapping[str, str], locked: Mapping[str, set[str]]) -> bool:
    """Whether what is installed is not locked, or in other versions alone."""
    versions = locked.get(name, set())
    return "" not in versions and render_version(installed[name]) not in versions


def read_kept(root: Path) -> set[str]:
    """Read the names that the policies of a project keep."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib  # pytest needs it there
    kept: set[str] = set()
    for file in ("xrun.toml", "xrun.local.toml", "pyproject.toml"):
        try:
            policy = tomllib.loads((root / file).read_text("utf-8"))
        except (OSError, ValueError):
            continue
        policy = policy.get("tool", {}).get("xrun", {}) if file == "pyproject.toml" else policy
        for table in (policy, *policy.get("rules", ())):
            for entry in table.get("keep", ()):
                text = entry["name"] if isinstance(entry, dict) else entry
                kept.update(WORDS.get(text) or map(canonicalize, NAME.findall(text)[:1]))
    return kept


def close(kept: Iterable[str], names: set[str]) -> set[str]:
    """Find which of some names are kept, or needed by one that is, whatever its marker says."""
    closed: set[str] = set()
    waiting = [*kept]
    while waiting:
        name = waiting.pop()
        if name in names and name not in closed:
            closed.add(name)
            needs = importlib.metadata.distribution(name).requires or ()
            waiting += [canonicalize(need) for text in needs for need in NAME.findall(text)[:1]]
    return closed


def canonicalize(name: str) -> str:
    """Render a name as lock files have it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def render_version(version: str) -> str:
    """Render a version so that two spellings of one are equal, as far as folders' names differ."""
    spelling = version.replace("_", "+").lower()
    return re.sub(r"(?<![0-9a-z])0+(?=[0-9])", "", spelling)
