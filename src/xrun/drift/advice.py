"""Which command settles which finding: one table; the first row that fits holds.

Each row is run as it is printed by a test, with the real uv, and the finding is then gone
(`tests/integration/test_advice.py`). Never a bare `uv sync`: it knows neither `keep` nor the
policy's selection.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from xrun.drift.finding import Drift, Finding, Imports, Kind
from xrun.environment.attic.store import read_removed
from xrun.policy.keep import EDITORS
from xrun.project.names import canonicalize_name
from xrun.proxy.dataclass import dataclass
from xrun.words import join_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from xrun.drift.adding import Adding
    from xrun.drift.ways import Way
    from xrun.environment.distribution import Distribution
    from xrun.project.workspace import Workspace

# Where pip and uv learn of another index; what was installed by hand may have come from there.
INDEX_VARIABLES = ("PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")
UNKNOWN_INDEX = "INDEX_URL"  # stands where nothing says it


@dataclass(frozen=True)
class Adviser:
    """What advice depends on beside the finding.

    Attributes:
        drift: What was found.
        workspace: The project; `None` where there is none.
        environ: The variables; some name an index.
        imports: Which lines of the project import what, once they were searched.
    """

    drift: Drift
    workspace: Workspace | None
    environ: Mapping[str, str]
    imports: Imports = Imports()

    def advise(self, finding: Finding) -> str:
        """Say which command settles a finding; empty where another one's settles it too."""
        row = _find_row(self, finding, TABLE)
        return "" if row.writes and not self.may_write else row.advice(self, finding)

    @cached_property
    def may_write(self) -> bool:
        """Whether the environment can be changed: it is not there yet, or writable."""
        return not self.drift.environment.exists or self.drift.environment.is_writable

    def find_ways(self, findings: Iterable[Finding]) -> tuple[Way, ...]:
        """Find how unselected findings are selected."""
        if self.workspace is None:
            return ()
        from xrun.drift.ways import find_ways  # not needed where all is undeclared

        return find_ways(self.workspace, self.drift.selection, findings, self.drift.fixed)

    def list_adding(self, removed: Iterable[Finding]) -> list[str]:
        """List the commands that declare what was removed: one for all that are named alone."""
        named: dict[tuple[str, str], list[str]] = {}
        others: list[str] = []
        for finding in removed:
            row = _find_row(self, finding, ORIGINS)
            advice = row.advice(self, finding)
            if row.advice is _add and advice:
                words = join_line([finding.requirement])
                adding, *selecting = advice.partition(" && xrunctl select ")
                key = (adding.removesuffix(words), "".join(selecting))
                named.setdefault(key, []).append(words)
            elif advice.startswith("uv add ") and UNKNOWN_INDEX not in advice:
                others.append(advice)
        return [*(start + " ".join(words) + end for (start, end), words in named.items()), *others]

    @cached_property
    def adding(self) -> Adding:
        """What renders the commands that declare a distribution where it is imported."""
        from xrun.drift.adding import Adding  # not needed where nothing is undeclared

        return Adding(self.drift, self.workspace, self.environ, self.may_write)


@dataclass(frozen=True)
class Row:
    """A row of the table: when it fits, what settles the finding then, and if it `writes` there."""

    name: str
    fits: Callable[[Adviser, Finding], bool]
    advice: Callable[[Adviser, Finding], str]
    writes: bool = False


def _find_row(adviser: Adviser, finding: Finding, table: Iterable[Row]) -> Row:
    return next(row for row in table if row.fits(adviser, finding))


def _is_of(*kinds: Kind) -> Callable[[Adviser, Finding], bool]:
    return lambda _, finding: finding.kind in kinds


def _says(text: str) -> Callable[[Adviser, Finding], str]:
    return lambda _, __: text


def _read_url(finding: Finding, key: str) -> Mapping[str, object] | None:
    """Read a part of where it came from (PEP 610): `dir_info`, `vcs_info` or `archive_info`."""
    part = finding.provenance.direct_url.get(key) if finding.provenance else None
    return part if isinstance(part, dict) else None


def _get_url(finding: Finding) -> str:
    return str(finding.provenance.direct_url.get("url", "")) if finding.provenance else ""


def _find_path(finding: Finding) -> str:
    """Find the folder or file that it was installed from, as short as it is to be typed."""
    from urllib.parse import unquote, urlsplit  # few are from such

    path = unquote(urlsplit(_get_url(finding)).path)
    if os.name == "nt":  # that module loads all that fetches something
        from urllib.request import url2pathname

        path = url2pathname(path)
    relative = os.path.relpath(path)
    return min(relative, path, key=len) if not relative.startswith(".." + os.sep + "..") else path


def _add(adviser: Adviser, finding: Finding) -> str:
    return adviser.adding.render(finding, finding.requirement)


def _add_from_folder(adviser: Adviser, finding: Finding) -> str:
    info = _read_url(finding, "dir_info") or {}
    words = ["--editable"] if info.get("editable") else ["--no-editable"]
    path = _find_path(finding)
    if adviser.drift.environment.folder not in Path(path).absolute().parents:
        return adviser.adding.render(finding, *words, path)
    # A clone of `pip install -e`.
    adding = adviser.adding.render(finding, *words, f"./{Path(path).name}")
    return f"{join_line(['mv', path, '.'])} && {adding}" if adding else ""


def _add_from_vcs(adviser: Adviser, finding: Finding) -> str:
    info = _read_url(finding, "vcs_info") or {}
    where = f"{info.get('vcs', 'git')}+{_get_url(finding)}"
    folder = finding.provenance.direct_url.get("subdirectory") if finding.provenance else None
    inside = f"#subdirectory={folder}" if folder else ""
    return adviser.adding.render(
        finding, f"{finding.name} @ {where}@{info.get('commit_id', '')}{inside}"
    )


def _add_archive(adviser: Adviser, finding: Finding) -> str:
    url = _get_url(finding)
    if url.startswith("file:"):
        return adviser.adding.render(finding, _find_path(finding))
    return adviser.adding.render(finding, f"{finding.name} @ {url}")


def _add_from_index(adviser: Adviser, finding: Finding) -> str:
    named = [adviser.environ.get(name, "").split() for name in INDEX_VARIABLES]
    urls = [words[0] for words in named if words]
    urls.append(UNKNOWN_INDEX)
    url = urls[0].partition("=")[2] if "=" in urls[0].partition("://")[0] else urls[0]
    # With a name uv takes only this distribution from there, not whatever has the same name.
    version = finding.installed or ""
    index = f"{version.partition('+')[2]}={url}"
    return adviser.adding.render(finding, "--index", index, f"{finding.name}=={version}")


def _select(adviser: Adviser, finding: Finding) -> str:
    """Render what selects a finding; what conflicts with each selection of the policy goes."""
    ways = adviser.find_ways([finding])
    if ways and ways[0].select:
        return f"xrunctl select {ways[0].select}"
    once = f"  # xrun {ways[0].once} has it" if ways and ways[0].once else ""
    return f"xrunctl sync{once}" if adviser.may_write else ""


def _find_environment(adviser: Adviser) -> str:
    """Find the environment's path as it can be typed here."""
    folder = adviser.drift.environment.folder
    relative = os.path.relpath(folder)
    return min(relative, str(folder), key=len)


def _uninstall(adviser: Adviser, finding: Finding) -> str:
    where, folder = _find_environment(adviser), adviser.drift.environment.folder
    path = adviser.drift.environment.old_forms[finding.name].folder
    if path.suffix == ".egg-info" and path.is_file():  # no installer removes one of distutils
        return join_line(["rm", f"{where}/{path.relative_to(folder)}"])
    return join_line(["uv", "pip", "uninstall", "--no-config", "-p", where, finding.name])


def _is_of_old_form(adviser: Adviser, finding: Finding) -> bool:
    """Whether nothing says where it came from: `setup.py install`, a build of long ago."""
    is_unknown = finding.kind is Kind.OTHER or not _get_url(finding)
    return is_unknown and finding.name in adviser.drift.environment.old_forms


def _delete(adviser: Adviser, finding: Finding) -> str:
    path = join_line([f"{_find_environment(adviser)}/{finding.name}"])
    return f"delete {path}, or move it into the project"


def _reinstall(adviser: Adviser, finding: Finding) -> str:
    """Render what reinstalls a distribution; the project's indexes count, unless it turns it away.

    A `[tool.uv.pip]` target would turn it to another folder (seen on uv 0.13.9).
    """
    where, installed = _find_environment(adviser), adviser.drift.environment.distributions
    root = adviser.workspace.root if adviser.workspace else None
    settings = (root and root.find_table("tool", "uv", "pip")) or {}
    away = ["--no-config"] if {"target", "prefix"} & settings.keys() else []
    what = read_removed(installed[finding.name], None).words
    return join_line(
        ["uv", "pip", "install", *away, "-p", where, "--reinstall", "--no-deps", *what]
    )


def _find_ghost(adviser: Adviser, finding: Finding) -> Distribution | None:
    """Find the folder of a distribution that an uninstallation left, and nothing else of it."""
    distribution = adviser.drift.environment.distributions.get(finding.name)
    return distribution if distribution is not None and distribution.is_ghost else None


def _delete_ghost(adviser: Adviser, finding: Finding) -> str:
    ghost = _find_ghost(adviser, finding)
    inside = ghost.folder.relative_to(adviser.drift.environment.folder) if ghost else ""
    return f"rm -r {join_line([f'{_find_environment(adviser)}/{inside}'])}"


# What declares something, by where it came from; installed or not.
ORIGINS = (
    Row("of an old form", _is_of_old_form, _uninstall, writes=True),
    Row(
        "the project itself",
        lambda adviser, finding: bool(
            adviser.workspace and adviser.workspace.root.name == finding.name
        ),
        _says("set package = true in [tool.uv] of pyproject.toml, then xrunctl sync"),
        writes=True,
    ),
    Row(
        "editors' own",
        lambda adviser, each: (
            canonicalize_name(each.name) in EDITORS
            and not (adviser.drift.is_script or each.importers)
        ),
        lambda _, finding: f"xrunctl keep {join_line([finding.name])}",
    ),
    Row("from a folder", lambda _, each: _read_url(each, "dir_info") is not None, _add_from_folder),
    Row(
        "from a repository", lambda _, each: _read_url(each, "vcs_info") is not None, _add_from_vcs
    ),
    Row("from a URL", lambda _, finding: bool(_get_url(finding)), _add_archive),
    # An index for everyone takes no local versions (PEP 440), so it came from another.
    Row("from another index", lambda _, each: "+" in (each.installed or ""), _add_from_index),
    Row("undeclared", lambda _, __: True, _add),
)
TABLE = (
    Row(
        "a folder that was left",
        lambda adviser, finding: _find_ghost(adviser, finding) is not None,
        _delete_ghost,
        writes=True,
    ),
    Row("stale lock", _is_of(Kind.STALE_LOCK), lambda adviser, _: adviser.drift.locking),
    Row(
        "locked by another selection",
        lambda _, finding: finding.kind is Kind.OTHER and bool(finding.selectors),
        _select,
    ),
    Row(
        "rebuilt since it was locked",
        lambda adviser, finding: (
            finding.kind in (Kind.MISSING, Kind.OTHER) and finding.name in adviser.drift.rebuilt
        ),
        lambda adviser, each: f"{adviser.drift.locking} -P {each.name} && xrunctl sync",
        writes=True,
    ),
    Row(
        "not as locked, moved",
        lambda adviser, finding: (
            (
                finding.kind in (Kind.MISSING, Kind.OTHER, Kind.MOVED)
                and not _is_of_old_form(adviser, finding)
            )
            or adviser.drift.is_overtaken(finding)
        ),
        _says("xrunctl sync"),
        writes=True,
    ),
    Row("stray", _is_of(Kind.STRAY), _delete, writes=True),
    Row(
        "leak",
        _is_of(Kind.LEAK),
        lambda _, finding: "unset PYTHONPATH" if finding.name == "PYTHONPATH" else "",
    ),
    Row("no RECORD", _is_of(Kind.NO_RECORD), _reinstall, writes=True),
    Row("lacks files", _is_of(Kind.DAMAGED), _reinstall, writes=True),
    Row(
        "unselected",
        lambda _, each: each.kind in (Kind.UNSELECTED, Kind.IMPORTED) and bool(each.selectors),
        _select,
    ),
    Row(
        "needed by another",
        lambda _, finding: bool(finding.needed_by) and not finding.is_requested,
        _says(""),
    ),
    Row("no longer declared", _is_of(Kind.FORMER), _says("xrunctl sync"), writes=True),
    *ORIGINS,
)
