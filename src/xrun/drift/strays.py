"""What uv cannot see: what no distribution owns, leaks from outside, lost RECORDs and files."""

from __future__ import annotations

import os

from xrun.drift.compare import order
from xrun.drift.finding import Finding, Kind
from xrun.environment.damage import find_broken
from xrun.environment.distribution import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from xrun.environment.environment import Environment

# What the makers of environments put there themselves, without a distribution.
MADE_WITH_ENVIRONMENT = frozenset({"_virtualenv.pth", "_virtualenv.py", "__pycache__"})
MODULE_SUFFIXES = (".py", ".pth", ".so", ".pyd")


def find_strays(environment: Environment, environ: Mapping[str, str]) -> tuple[Finding, ...]:
    """Find what is importable in an environment though no distribution brought it.

    Args:
        environment: Read file by file; no interpreter is started.
        environ: The variables that a command would get.

    Returns:
        Findings XR201 to XR204, sorted by code and name.
    """
    findings = [*_find_files(environment), *_find_leaks(environment, environ)]
    installed = environment.distributions
    findings += [
        Finding(Kind.DAMAGED, name, installed[name].version)
        for name in find_broken(environment, only_listed=True)
        if name in installed
    ]
    return tuple(sorted(findings, key=order))


def _find_files(environment: Environment) -> Iterator[Finding]:
    """Find modules and `.pth` files that no RECORD lists, and distributions that have none."""
    owned = {*MADE_WITH_ENVIRONMENT}
    for name, distribution in environment.distributions.items():
        files = distribution.files
        owned |= {file.partition("/")[0] for file in files}
        if not files:
            yield Finding(Kind.NO_RECORD, name, installed=distribution.version)
            owned |= distribution.guess_modules()
    for distribution in environment.old_forms.values():
        owned |= distribution.guess_modules()
    for site_packages in environment.site_packages:
        names = {*os.listdir(site_packages)}  # noqa: PTH208 - names are enough
        linking = (site_packages / name for name in names if name.endswith(".egg-link"))
        links = {line for file in linking for line in read_text(file).split()}
        if links.issuperset(read_text(site_packages / "easy-install.pth").split()):
            owned.add("easy-install.pth")  # of `setup.py develop`
        for name in sorted(names - owned):
            path = site_packages / name
            if _is_seen(path):
                yield Finding(Kind.STRAY, os.path.relpath(path, environment.folder))


def _is_seen(path: Path) -> bool:
    """Whether Python would import a path, run it at start-up (`.pth`), or call it installed.

    That is a link to a `.dist-info`, which uv passes over.
    """
    if path.suffix in MODULE_SUFFIXES or (path.suffix == ".dist-info" and path.is_symlink()):
        return True
    # A folder of any identifier's name is at least a namespace package (PEP 420).
    return path.is_dir() and path.name.isidentifier() and _has_module(path)


def _has_module(folder: Path) -> bool:
    return any(file.endswith(MODULE_SUFFIXES) for _, _, files in os.walk(folder) for file in files)


def _find_leaks(environment: Environment, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find what lets modules in from elsewhere; neither `--exact` nor `--isolated` shuts it out."""
    if environ.get("PYTHONPATH"):
        yield Finding(Kind.LEAK, "PYTHONPATH")
    if environment.is_virtual and environment.sees_system:
        yield Finding(Kind.LEAK, "include-system-site-packages")
