"""Drift to report on, as values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xrun.drift.finding import Drift, Finding, Importer, Kept, Kind
from xrun.environment.distribution import Provenance
from xrun.environment.environment import Environment
from xrun.project.conflicts import Item
from xrun.proxy.dataclass import replace
from xrun.report.json import ProjectResult

if TYPE_CHECKING:
    from xrun.errors import XrunError
    from xrun.report.describe import Advice

ENVIRONMENT = Environment(Path("/project/.venv"), ".venv")

HOUR, DAY = 3600, 86400

# What keeps a distribution, as messages name it.
ORIGIN = "xrun.toml, keep[0]"


# What may stand in a file of an installed distribution, and must not reach a terminal as it is.
HOSTILE = "evil\x1b[2J\x1b]0;title\x07\nxrun: removed nothing\r\t\x9b31m\u202eback\u2028"


def make_result(found: Drift | XrunError, advice: Advice | None = None) -> ProjectResult:
    drift, error = (found, None) if isinstance(found, Drift) else (None, found)
    return ProjectResult(Path("/project/member"), drift, error, "0.13.9", advice)


def make_drift(*findings: Finding, is_replaced: bool = False) -> Drift:
    return Drift(ENVIRONMENT, findings, is_replaced=is_replaced)


CURES = {
    Kind.UNDECLARED: "uv add {}",
    Kind.IMPORTED: "uv add {}",
    Kind.FORMER: "xrunctl sync",
    Kind.MISSING: "xrunctl sync",
    Kind.OTHER: "xrunctl sync",
    Kind.STALE_LOCK: "uv lock",
    Kind.STRAY: "delete it, or move it into the project",
    Kind.NO_RECORD: "delete its files by hand",
    Kind.MOVED: "xrunctl sync",
    Kind.DAMAGED: "uv pip install --reinstall {}",
}


def advise(finding: Finding) -> str:
    """Advise what settles a finding, as plainly as can be."""
    if finding.kind is Kind.UNSELECTED:
        return ", ".join(map(str, finding.selectors))
    return "" if finding.needed_by else CURES.get(finding.kind, "").format(finding.name)


def undeclared(
    name: str, version: str = "1.0", *, needed_by: tuple[str, ...] = (), by: str = "pip"
) -> Finding:
    """Make an undeclared distribution, installed by someone at the beginning of time."""
    provenance = Provenance(by, None, is_requested=False, direct_url={})
    return Finding(Kind.UNDECLARED, name, version, None, provenance, frozenset(needed_by))


def requests() -> tuple[Finding, ...]:
    """The founding case: requests by hand, with the four that it needs."""
    needed = ("certifi", "charset-normalizer", "idna", "urllib3")
    return (
        undeclared("requests", "2.34.2"),
        *(undeclared(name, needed_by=("requests",)) for name in needed),
    )


def many(number: int) -> tuple[Finding, ...]:
    return tuple(undeclared(f"d{at:03}") for at in range(1, number + 1))


def imported(name: str, version: str = "1.0", *lines: Importer) -> Finding:
    """Make the finding that lines of the project import a distribution that is not declared."""
    provenance = Provenance("pip", None, is_requested=False, direct_url={})
    return Finding(Kind.IMPORTED, name, version, None, provenance, importers=lines)


def make_rich_drift(now: float) -> Drift:
    """Make drift of every kind, with who imports what, kept distributions and odd names."""

    def by(installer: str, ago: float, **direct_url: object) -> Provenance:
        return Provenance(installer, now - ago, is_requested=False, direct_url=direct_url)

    pip, uv = by("pip", 2 * HOUR), by("uv", 3 * DAY)
    tests, source = Importer("tests/test_api.py", 3), Importer("src/app/client.py", 12)
    models = tuple(Importer("src/app/数据/модели.py", line) for line in (1, 40, 41, 99))
    folder = by("pip", 40, url="file:///home/a/lib", dir_info={"editable": True})
    undeclared_ones = (
        ("certifi", "2026.1.4", pip, ("requests",), ()),
        ("charset-normalizer", "3.4.4", pip, ("requests",), ()),
        ("ipython", "9.8.0", uv, (), ()),
        ("jedi", "0.19.2", uv, ("ipython",), ()),
        ("our-lib", "0.1", folder, (), models),
        ("parso", "0.8.5", uv, ("jedi",), ()),
        ("requests", "2.34.2", pip, (), (tests,)),
        ("urllib3", "2.6.1", pip, ("requests",), (source,)),
    )
    findings = [
        Finding(Kind.UNDECLARED, name, version, None, origin, frozenset(needed), (), lines)
        for name, version, origin, needed, lines in undeclared_ones
    ]
    found = [
        replace(each, kind=Kind.IMPORTED, needed_by=frozenset())
        for each in findings
        if each.importers
    ]
    gdal = Kept(
        *("gdal", "3.8.4", ORIGIN, "must match the system's libgdal"),
        unmet=("urllib3<2",),
        importers=(Importer("src/map.py", 2),),
    )
    findings += [
        Finding(
            Kind.UNSELECTED, "iniconfig", "2.3.1", None, uv, selectors=(Item("extra", "test"),)
        ),
        Finding(Kind.UNSELECTED, "pluggy", "1.6.0", None, uv),
        Finding(Kind.MISSING, "attrs", None, "25.4.0"),
        Finding(Kind.OTHER, "idna", "3.6", "3.20", pip),
        Finding(Kind.OTHER, "six", "1.17.0", "1.17.0", pip),
        Finding(Kind.STALE_LOCK, "uv.lock"),
        Finding(Kind.STRAY, "lib/python3.12/site-packages/helper.py"),
        Finding(Kind.LEAK, "PYTHONPATH"),
        Finding(Kind.NO_RECORD, "old", "0.1"),
        imported("gdal", "3.8.4", *gdal.importers),
        *found,
    ]
    nodes = "the drivers of the cluster's nodes"
    notes = (
        Kept("debugpy", "1.8.17", "xrun.local.toml, keep[0]"),
        gdal,
        *(Kept(name, "1", ORIGIN, needed_by="gdal") for name in ("numpy", "proj", "shapely")),
        Kept("torch", "2.8.0+cu128", "xrun.toml, keep[1]", nodes, locked="2.9.1"),
    )
    return Drift(ENVIRONMENT, tuple(findings), kept=notes, unparsed=2)
