"""Which `uv add` declares a distribution: for the member, and in the group, that import it.

What the policy does not select then, is selected by the same line.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from xrun.drift.declarations import find_selectors
from xrun.drift.finding import Drift, Finding, Kind
from xrun.project.conflicts import Conflicts, Item
from xrun.project.groups import ANY, read_default_groups
from xrun.project.selection import ONLY, read_asked
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.dataclass import dataclass
from xrun.words import join_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from xrun.project.workspace import Project, Workspace

TESTS = ("test", "tests", "testing")


@dataclass(frozen=True)
class Adding:
    """The commands that declare findings of one drift.

    Attributes:
        drift: What was found.
        workspace: The project; `None` where there is none.
        environ: The variables that this uv reads.
        may_write: Whether the environment can be changed.
    """

    drift: Drift
    workspace: Workspace | None
    environ: Mapping[str, str]
    may_write: bool

    def render(self, finding: Finding, *what: str) -> str:
        """Render the command that declares a distribution where it is imported."""
        if not self.drift.adding:
            return ""
        place = [*([] if self.may_write else ["--no-sync"]), *self._choose_place(finding)]
        adding = " ".join([self.drift.adding, *place, join_line(what)])
        if self.drift.is_script or self.workspace is None:
            return adding
        member = self._find_member(finding) or self._here or self.workspace.project
        is_dev = "--dev" in place
        key = (member.folder, is_dev)
        if key not in self._selections:
            self._selections[key] = self._find_selection(self.workspace, member, is_dev=is_dev)
        select = self._selections[key]
        if select is None:
            return adding
        return f"{adding} && xrunctl select {select}" if select else ""

    @cached_property
    def _selections(self) -> dict[tuple[Path, bool], str | None]:
        """What `_find_selection` has found, by the member's folder: many findings share one."""
        return {}

    def _find_selection(self, workspace: Workspace, member: Project, *, is_dev: bool) -> str | None:
        """Find what selects what a member declares: options; `None` where it is selected.

        Without that it would be unselected instead of undeclared. Empty where nothing selects it.
        """
        conflicts = Conflicts(workspace)
        words = parse_invocation([*self.drift.selection])
        selected = conflicts.read(words, self.environ)
        package = conflicts.name(member)
        if is_dev:  # the group may not be there yet
            has_dev = read_asked(workspace, words, self.environ).has_group("dev")
            is_there = has_dev and package in selected.members
            item = Item("group", "dev", package)
        else:
            item = Item("package", member.name or "", package)
            items = [item, *find_selectors(workspace, [item.name])[item.name]]
            by_group = words.has(*ONLY)
            is_there = any(selected.has(x) for x in items if x.kind == "group" or not by_group)
        if is_there:
            return None
        from xrun.drift.ways import find_ways  # not needed where it is selected

        finding = Finding(Kind.UNSELECTED, item.name, selectors=(item,))
        ways = find_ways(workspace, self.drift.selection, [finding], self.drift.fixed)
        return ways[0].select if ways else ""

    def _choose_place(self, finding: Finding) -> list[str]:
        """Choose the member and the group: where it is imported, else where the command is run."""
        if self.drift.is_script or self.workspace is None:
            return []
        words = []
        member = self._find_member(finding)
        if member is not None and member.name:
            words += ["--package", member.name]
        paths = [Path(each.path) for each in finding.importers]
        is_for_tests = bool(paths) and all(map(_is_test, paths)) and self.drift.is_searched
        target = member or self._here or self.workspace.project
        # A root without [project] takes nothing but development requirements.
        has_dev = not {ANY, "dev"}.isdisjoint(read_default_groups(self.workspace.root))
        if target.find_table("project") is None or (is_for_tests and has_dev):
            words.append("--dev")
        return words

    def _find_member(self, finding: Finding) -> Project | None:
        """Find the member that imports it, where that is not the project that is meant anyway."""
        if self.workspace is None or len(self.workspace.members) == 1:
            return None
        for each in finding.importers:
            folders = (self.workspace.root.folder / each.path).parents
            owner = next((self._members[x] for x in folders if x in self._members), None)
            if owner is not None and owner.folder != (self._here or self.workspace.project).folder:
                return owner
        return None

    @cached_property
    def _here(self) -> Project | None:
        """The member that `uv add` finds from here: `xrunctl` is about the root all the same."""
        here = Path.cwd()
        found = (self._members[x] for x in (here, *here.parents) if x in self._members)
        return next(found, None) if self.drift.adding == "uv add" else None

    @cached_property
    def _members(self) -> dict[Path, Project]:
        return {each.folder: each for each in self.workspace.members} if self.workspace else {}


def _is_test(path: Path) -> bool:
    """Whether a file is a test, by the names that pytest and unittest look for."""
    is_inside = any(part in TESTS for part in path.parts[:-1])
    stem = path.stem
    return is_inside or stem == "conftest" or stem.startswith("test_") or stem.endswith("_test")
