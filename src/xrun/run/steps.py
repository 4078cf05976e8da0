"""The steps before and after a command, told as something that would be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.drift import Kind
from xrun.run.foresight import Act, Step
from xrun.words import count_of, render_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xrun.drift import Comparison, Drift, Finding
    from xrun.run.sight import Elsewhere


def list_preparing(comparison: Comparison, *, removes: bool = True) -> Iterator[Step]:
    """List what a step of xrun's own does to an environment before the command.

    Args:
        comparison: What uv would do.
        removes: Whether what is extraneous goes.
    """
    drift = comparison.drift
    if drift.is_replaced:
        count = len(drift.environment.distributions)
        all_of_it = f"; what is in it ({count_of(count)}) is put away first"
        text = f"build {drift.environment.name} anew{all_of_it if count else ''}"
        yield Step(Act.REBUILD, text, drift.findings)
        return
    if removes:
        yield from _list_removing(drift)
    yield from _list_replacing(drift)
    missing = drift.of(Kind.MISSING)
    if missing:
        around = ", around what is kept" if drift.kept or not removes else ""
        yield _tell(Act.INSTALL, f"install {count_of(len(missing), 'missing')}{around}", missing)
    yield from _list_locking(comparison)


def list_adding(comparison: Comparison) -> Iterator[Step]:
    """List what uv adds in the run itself, before the command."""
    drift = comparison.drift
    missing = drift.of(Kind.MISSING)
    if drift.is_replaced:
        yield Step(Act.REBUILD, f"uv builds {drift.environment.name} anew, in the run")
        return
    if missing:
        text = f"uv installs {count_of(len(missing), 'missing')}, in the run"
        yield _tell(Act.INSTALL, text, missing)
    known = {each.name for each in drift.findings}
    built = [name for name in comparison.answer.incoming if name not in known]
    built = [name for name in built if name not in {each.name for each in drift.kept}]
    if built:
        yield Step(Act.INSTALL, f"uv builds anew, in the run: {render_names(built)}")
    yield from _list_locking(comparison)


def _list_removing(drift: Drift) -> Iterator[Step]:
    where = drift.environment.name
    for kind in (Kind.UNDECLARED, Kind.UNSELECTED):
        findings = drift.of(kind)
        if findings:
            what = count_of(len(findings), kind.word)
            yield _tell(Act.REMOVE, f"remove {what} from {where}, put away first", findings)


def _list_replacing(drift: Drift) -> Iterator[Step]:
    findings = drift.of(Kind.OTHER)
    if findings:
        what = f"replace {count_of(len(findings))} other than locked"
        yield _tell(Act.REPLACE, f"{what}, put away first", findings)


def _list_locking(comparison: Comparison) -> Iterator[Step]:
    if comparison.answer.is_lock_stale and not comparison.answer.is_refused:
        verb = "write" if comparison.answer.lock_action == "create" else "update"
        yield Step(Act.LOCK, f"uv {verb}s uv.lock")


def _tell(act: Act, text: str, findings: Sequence[Finding]) -> Step:
    return Step(act, f"{text}: {render_names([*map(render_change, findings)])}", tuple(findings))


def render_change(finding: Finding) -> str:
    """Render one distribution: its name, with the versions where they change."""
    if finding.kind is not Kind.OTHER:
        return finding.name
    if finding.installed == finding.locked:
        return f"{finding.name} {finding.installed} (another source or build)"
    return f"{finding.name} {finding.installed} -> {finding.locked}"


def tell_asking(drift: Drift) -> Step:
    """Tell that somebody is asked; what follows is told for who says yes."""
    choices = "build it anew, or stop" if drift.is_replaced else "remove, leave, keep or stop"
    return Step(Act.ASK, f"ask at the terminal: {choices}; what follows is for the first of them")


def tell_separate(found: Elsewhere) -> Step:
    """Tell what is done to a separate environment."""
    verb = "use" if found.is_clean else "sync" if found.is_there else "make"
    if not found.is_there and found.separate.environment.exists:
        verb = "make anew, for it is damaged,"
    return Step(
        Act.SEPARATE,
        f"{verb} the separate environment {found.separate.folder.name}",
        folder=found.separate.environment.folder,
    )


STAMP = Step(Act.RECALL, "nothing: a stamp says that all is as last time")


def tell_report(drift: Drift) -> Step:
    """Tell that a report follows."""
    names = render_names([each.name for each in drift.findings])
    return Step(Act.REPORT, f"a report of the drift, as it is then; now: {names}", drift.findings)


REMINDER = Step(Act.REMIND, "if the command fails: a line that names what was removed")
