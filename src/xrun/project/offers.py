"""What a project offers beside what uv selects by itself: extras, groups, all members at once."""

from __future__ import annotations

from xrun.project.conflicts import KINDS, Conflicts, Item
from xrun.project.groups import include
from xrun.project.names import is_name
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xrun.project.groups import Choice
    from xrun.project.workspace import Workspace


@dataclass(frozen=True)
class Offer:
    """What could be selected of one kind.

    Attributes:
        names: Those that can be selected together, sorted.
        excluded: Those that conflict with the names, or with what uv selects by default.
    """

    names: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def find_offers(workspace: Workspace) -> tuple[Offer, Offer]:
    """Find the extras and the groups that members define and uv does not select by itself.

    A group or an extra that a default group includes is selected with it (PEP 735; `app[cli]`). Of
    what conflicts, the first by name is taken; what is no valid name is uv's to tell, and is passed
    over.
    """
    conflicts = Conflicts(workspace)
    taken = conflicts.select_members(conflicts.everyone)
    selected = {"group": taken.groups, "extra": _find_included(workspace, taken.groups)}
    items = sorted({Item(each.kind, each.name) for each in conflicts.list_items()}, key=str)
    chosen: list[Item] = []
    excluded: list[Item] = []
    for item in items:
        if item.name in selected.get(item.kind, ()) or not is_name(item.name):
            continue
        is_excluded = bool(conflicts.find(taken.adding(item)))
        (excluded if is_excluded else chosen).append(item)
        taken = taken if is_excluded else taken.adding(item)
    extras, groups = (
        Offer(*(tuple(x.name for x in items if x.kind == kind) for items in (chosen, excluded)))
        for kind in KINDS
    )
    return extras, groups


def _find_included(workspace: Workspace, groups: frozenset[str]) -> frozenset[str]:
    """Find the extras that groups include, in each member that has them."""
    choices: set[Choice] = {("group", name) for name in groups}
    extras: set[str] = set()
    missing: set[str] = set()
    for member in workspace.members:
        extras |= member.extras
        found = include(member, choices)
        missing |= {name for name in member.extras if ("extra", name) not in found}
    return frozenset(extras - missing)


def can_select_all(workspace: Workspace) -> bool:
    """Whether no two members conflict, so that `--all-packages` can be done."""
    conflicts = Conflicts(workspace)
    return not conflicts.find(conflicts.select_members(conflicts.everyone))
