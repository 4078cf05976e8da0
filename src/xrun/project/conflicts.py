"""What of a workspace can be selected together: `[tool.uv] conflicts`. Pure.

As `detect_conflicts` of uv 0.12.5 has it, and 0.13.9 was measured: an item of a set counts where
its package is selected, an extra or a group by its name; two that count conflict.
"""

from __future__ import annotations

from functools import cached_property

from xrun.project.groups import ALL_NAMES, find_default_groups, include
from xrun.project.names import canonicalize_name
from xrun.project.selection import NO_NAMES, pick, read_asked, select_members
from xrun.project.workspace import Workspace
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from xrun.project.groups import Choice, Kind
    from xrun.project.workspace import Project
    from xrun.proxy.command_line import Invocation


KINDS: tuple[Kind, ...] = ("extra", "group")


@dataclass(frozen=True)
class Item:
    """What can be selected: an extra or a group of a member, or the member itself.

    Attributes:
        kind: Which of them it is.
        name: Its name, normalised; for a package the member's.
        package: Whose it is; empty for the project at the workspace root.
    """

    kind: Kind
    name: str
    package: str = ""

    def __str__(self) -> str:
        """The options that select it and as little else as can be."""
        option = f"--{self.kind} {self.name}"
        is_members_own = self.package and self.kind != "package"
        return f"--package {self.package} {option}" if is_members_own else option


@dataclass(frozen=True)
class Selection:
    """What is selected together.

    Attributes:
        members: The members, as `Item.package` has them.
        extras: The names of extras, whichever member has them.
        groups: The names of groups, those that uv selects by itself included.
    """

    members: frozenset[str]
    extras: frozenset[str] = NO_NAMES
    groups: frozenset[str] = NO_NAMES

    def has(self, item: Item) -> bool:
        """Whether an item is selected."""
        names = {"extra": self.extras, "group": self.groups}.get(item.kind)
        return item.package in self.members and (names is None or item.name in names)

    @property
    def items(self) -> tuple[Item, ...]:
        """The extras and the groups."""
        extras = (Item("extra", name) for name in sorted(self.extras))
        return (*extras, *(Item("group", name) for name in sorted(self.groups)))

    def adding(self, *items: Item) -> Selection:
        """The same with the extras and groups of items too."""
        extras = {item.name for item in items if item.kind == "extra"}
        groups = {item.name for item in items if item.kind == "group"}
        return Selection(self.members, self.extras | extras, self.groups | groups)


@dataclass(frozen=True)
class Conflicts:
    """What can be selected together in a workspace."""

    workspace: Workspace

    @cached_property
    def sets(self) -> tuple[frozenset[Item], ...]:
        """The sets of what conflicts, of every member's `[tool.uv] conflicts`."""
        return tuple(each for member in self.workspace.members for each in self._list_sets(member))

    @cached_property
    def everyone(self) -> frozenset[str]:
        """Every member."""
        return frozenset(map(self.name, self.workspace.members))

    @cached_property
    def home(self) -> Selection:
        """What uv selects by itself at the workspace root."""
        is_whole = self.workspace.root.find_table("project") is None
        return self.select_members(self.everyone if is_whole else frozenset({""}))

    def name(self, member: Project) -> str:
        """Name a member as `Item.package` does."""
        return "" if member.folder == self.workspace.root.folder else member.name or ""

    def select_members(self, members: frozenset[str]) -> Selection:
        """Select members, with the groups that uv selects by itself beside them."""
        return Selection(members, NO_NAMES, self._find_defaults(members))

    def find(self, selection: Selection) -> frozenset[Item]:
        """Find what of a selection conflicts; empty where uv takes it."""
        named = {item.package for each in self.sets for item in each} & selection.members
        items = {
            each
            for member in self.workspace.members
            if self.name(member) in named
            for each in self._list_selected(member, selection)
        }
        together = (each & items for each in self.sets)
        return next((each for each in together if len(each) > 1), frozenset())

    def cover(self) -> tuple[Selection, ...]:
        """Cover all that can be selected by as few selections as will do."""
        found: list[tuple[Selection, Selection]] = []  # what each began with, and what it has
        for item in self.list_items():
            if any(selection.has(item) for _, selection in found):
                continue
            for base in (*self._vary(self.everyone), *self._vary(frozenset({item.package}))):
                fitting = [
                    at
                    for at, (start, each) in enumerate(found)
                    if start == base and not self.find(each.adding(item))
                ]
                if fitting:
                    found[fitting[0]] = base, found[fitting[0]][1].adding(item)
                elif not self.find(base.adding(item)):
                    found.append((base, base.adding(item)))
                else:
                    continue
                break
        return tuple(selection for _, selection in found)

    def extend(self, selection: Selection, items: Iterable[Item]) -> Selection | None:
        """Extend a selection by items; of what it had, what conflicts with them goes.

        Returns:
            What comes of it; `None` where they conflict with each other, with members that have to
            be selected too, or with a group that uv selects by itself.
        """
        items = tuple(items)
        is_same = {item.package for item in items} <= selection.members
        wider = self.select_members(selection.members if is_same else self.everyone)
        wider = wider.adding(*items)
        if self.find(wider):
            return None
        for each in selection.items:
            wider = wider if self.find(wider.adding(each)) else wider.adding(each)
        return wider

    def reach(self, items: Iterable[Item], members: frozenset[str]) -> Selection | None:
        """Find a small selection that has items: of some members, of their own one, or of all."""
        items = tuple(items)
        owners = frozenset(item.package for item in items)
        choices = [members] if owners <= members else []
        choices += [owners] if len(owners) == 1 else []
        bases = (base for each in (*choices, self.everyone) for base in self._vary(each))
        wider = (base.adding(*items) for base in bases)
        return next((each for each in wider if not self.find(each)), None)

    def render(
        self, selection: Selection, *, beside: frozenset[str] | None = None
    ) -> tuple[str, ...]:
        """Render the options that select.

        Args:
            selection: What is selected.
            beside: The members that are selected where none is named.
        """
        words: list[str] = []
        if selection.members != beside:
            is_all = selection.members == self.everyone
            names = [f"--package={name or self.workspace.root.name}" for name in selection.members]
            words += ["--all-packages"] if is_all else names
        defaults = self._find_defaults(selection.members)
        words += [f"--extra={name}" for name in sorted(selection.extras)]
        words += [f"--group={name}" for name in sorted(selection.groups - defaults)]
        words += [f"--no-group={name}" for name in sorted(defaults - selection.groups)]
        return tuple(words)

    def read(self, invocation: Invocation, environ: Mapping[str, str]) -> Selection:
        """Read what options and variables select.

        Args:
            invocation: What is injected, then what was typed.
            environ: The variables that this uv reads.
        """
        members = frozenset(map(self.name, select_members(self.workspace, invocation)))
        asked = read_asked(self.workspace, invocation, environ)
        base = self.select_members(members) if asked.defaults else Selection(members)
        chosen = self._choose(base, asked.extras, asked.groups)
        less = {kind: {name for its, name in asked.excluded if its == kind} for kind in KINDS}
        return Selection(members, chosen.extras - less["extra"], chosen.groups - less["group"])

    def read_words(self, words: Iterable[str]) -> Selection:
        """Read what options select, a word each."""
        return self.read(parse_invocation([*words]), {})

    def select(
        self, members: frozenset[str], extras: Collection[str], groups: Collection[str]
    ) -> Selection:
        """Select what members define of a policy's names, with what uv selects by itself."""
        names = (ALL_NAMES if each == "all" else each for each in (extras, groups))
        return self._choose(self.select_members(members), *names)

    def _choose(
        self, base: Selection, extras: Collection[str], groups: Collection[str]
    ) -> Selection:
        """Choose what its members define of names, beside what is selected."""
        items = [item for item in self.list_items() if item.package in base.members]
        defined = {kind: frozenset(x.name for x in items if x.kind == kind) for kind in KINDS}
        chosen = pick(defined["group"], groups)
        return Selection(base.members, pick(defined["extra"], extras), base.groups | chosen)

    def list_items(self) -> Iterator[Item]:
        """List all that can be selected, member by member."""
        for member in self.workspace.members:
            package = self.name(member)
            yield Item("package", member.name or "", package)
            yield from (Item("extra", name, package) for name in sorted(member.extras))
            yield from (Item("group", name, package) for name in sorted(member.groups))

    def _list_selected(self, member: Project, selection: Selection) -> Iterator[Item]:
        package = self.name(member)
        yield Item("package", member.name or "", package)
        yield from (Item("extra", name, package) for name in selection.extras)
        groups: set[Choice] = {("group", name) for name in selection.groups}
        included = include(member, groups)  # of extras uv does not look at what they include
        yield from (Item(kind, name, package) for kind, name in included if kind == "group")

    def list_including(self, item: Item) -> Iterator[str]:
        """List the names that select an item: its own, and those of groups that include it."""
        yield item.name
        for member in self.workspace.members if item.kind == "group" else ():
            if self.name(member) == item.package:
                for name in member.groups:
                    if ("group", item.name) in include(member, [("group", name)]):
                        yield name

    def _vary(self, members: frozenset[str]) -> Iterator[Selection]:
        """Select members with the groups that uv selects by itself, and without."""
        yield self.select_members(members)
        yield Selection(members)

    def _find_defaults(self, members: frozenset[str]) -> frozenset[str]:
        """Find the groups that uv selects by itself beside members: by the one, or by the root."""
        if len(members) > 1 or "" in members:
            return self._roots_defaults
        (one,) = (each for each in self.workspace.members if self.name(each) in members)
        return find_default_groups(Workspace(one, one))

    @cached_property
    def _roots_defaults(self) -> frozenset[str]:
        return find_default_groups(self.workspace)

    def _list_sets(self, member: Project) -> Iterator[frozenset[Item]]:
        sets = member.find("tool", "uv", "conflicts")
        for each in sets if isinstance(sets, list) else ():
            items = each if isinstance(each, list) else ()
            read = (self._read_item(item, member) for item in items if isinstance(item, dict))
            yield frozenset(filter(None, read))

    def _read_item(self, item: Mapping[str, object], member: Project) -> Item | None:
        """Read an item of a set; one that names no package is the member's that declares it."""
        kinds: tuple[Kind, ...] = ("extra", "group", "package")
        kind = next((each for each in kinds if each in item), None)
        if kind is None:
            return None
        package = canonicalize_name(str(item.get("package", member.name or "")))
        package = "" if package == self.workspace.root.name else package
        return Item(kind, canonicalize_name(str(item[kind])), package)
