"""The findings: what can be wrong with an environment, each with a stable code."""

from __future__ import annotations

import contextlib
import enum
from functools import cached_property

from xrun.project.names import canonicalize_name
from xrun.project.workspace import read_locked_files
from xrun.proxy.dataclass import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xrun.environment.distribution import Provenance
    from xrun.environment.environment import Environment
    from xrun.project.conflicts import Item


RED, YELLOW, MAGENTA, CYAN = 31, 33, 35, 36


class Kind(enum.Enum):
    """What can be wrong, a row each: what reports, annotations and schemas say follows from it.

    Attributes:
        code: The stable code, as in the documentation and in JSON.
        word: The word for people.
        colour: In which terminals show it: the number of its SGR parameter (ECMA-48).
        sentence: What an annotation says, with `{}` for which distribution or file it is.
        explanation: What a row says; empty where the finding itself tells more.
    """

    code: str
    word: str
    colour: int
    sentence: str
    explanation: str

    UNDECLARED = ("XR101", "undeclared", RED, "{} is installed, but nothing declares it")
    UNSELECTED = (
        "XR102",
        "unselected",
        YELLOW,
        "{} is installed and locked, but not selected",
    )
    FORMER = ("XR106", "no longer declared", YELLOW, "{} is installed, but no longer declared")
    MISSING = ("XR103", "missing", CYAN, "{} is locked, but not installed")
    OTHER = ("XR104", "other than locked", MAGENTA, "{} is installed, but not as locked")
    STALE_LOCK = (
        "XR105",
        "lock file out of date",
        MAGENTA,
        "{} is missing or out of date",
        "missing or out of date",
    )
    STRAY = (
        "XR201",
        "stray",
        RED,
        "{} is in the environment, but no distribution owns it",
        "no distribution owns it",
    )
    LEAK = (
        "XR202",
        "leak",
        YELLOW,
        "{} makes modules from outside visible",
        "modules from outside are visible",
    )
    NO_RECORD = (
        "XR203",
        "no RECORD",
        RED,
        "{} has no RECORD, so uv cannot remove it",
        "uv cannot remove it",
    )
    DAMAGED = (
        "XR204",
        "lacks files",
        RED,
        "{} lacks files that its RECORD lists",
        "its RECORD lists them",
    )
    MOVED = (
        "XR205",
        "moved",
        RED,
        "{} has scripts that run in another environment",
        "its scripts run in another environment",
    )
    IMPORTED = ("XR301", "imported", RED, "{} is imported here, but nothing declares it")

    def __init__(
        self, code: str, word: str, colour: int, sentence: str, explanation: str = ""
    ) -> None:
        self.code, self.word, self.colour = code, word, colour
        self.sentence, self.explanation = sentence, explanation

    @property
    def fails_check(self) -> bool:
        """Whether `xrunctl check` fails for it; a leak is reported, but may well be meant."""
        return self is not Kind.LEAK

    @property
    def is_mended(self) -> bool:
        """Whether an exact run settles it."""
        return self.code < "XR2" or self is Kind.MOVED


# What an exact run removes.
EXTRANEOUS = (Kind.UNDECLARED, Kind.UNSELECTED, Kind.FORMER)
# What there is to say of an environment that is yet to be made.
ABSENT = (Kind.MISSING, Kind.STALE_LOCK)


@dataclass(frozen=True)
class Importer:
    """A line of the project that imports something.

    Attributes:
        path: The file, relative to the workspace root, with `/`.
        line: Counted from 1.
    """

    path: str
    line: int

    def __str__(self) -> str:
        """As editors and terminals take it: `path:line`."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Imports:
    """Which lines import what was asked about.

    Attributes:
        by_distribution: By the distribution's name, sorted by path and line.
        unparsed: How many files could not be read or parsed.
        is_complete: Whether all files were searched, in time.
    """

    by_distribution: Mapping[str, tuple[Importer, ...]] = field(default_factory=dict)
    unparsed: int = 0
    is_complete: bool = True


@dataclass(frozen=True)
class Finding:
    """One thing that is not as declared.

    Attributes:
        kind: What it is.
        name: The distribution's normalised name; the lock file's for `STALE_LOCK`, the file's or
            variable's for `STRAY` and `LEAK`.
        installed: The installed version, if one is.
        locked: The version that belongs there, if one does.
        provenance: Where it came from, where it is installed.
        needed_by: Which other findings' distributions need it.
        selectors: What selects it, where it is declared but not selected; or what locks just what
            is installed, where that is other than locked.
        importers: The lines of the project that import it, sorted; empty also without a look.
        extras: Which of its extras were asked for, by what else is there.
    """

    kind: Kind
    name: str
    installed: str | None = None
    locked: str | None = None
    provenance: Provenance | None = None
    needed_by: frozenset[str] = frozenset()
    selectors: tuple[Item, ...] = ()
    importers: tuple[Importer, ...] = ()
    extras: tuple[str, ...] = ()

    @property
    def is_requested(self) -> bool:
        """Whether it is marked as asked for by name."""
        return self.provenance is not None and self.provenance.is_requested

    @property
    def requirement(self) -> str:
        """What is to be declared, or kept: `uvicorn[standard]`."""
        return f"{self.name}[{','.join(self.extras)}]" if self.extras else self.name


@dataclass(frozen=True)
class Kept:
    """A distribution that would go, or be replaced, but for the policy's `keep`: a note.

    Attributes:
        name: Normalised.
        installed: The installed version.
        origin: What keeps it: the policy's file and key path, or what xrun keeps by itself.
        reason: As the policy gives it; may be empty.
        needed_by: The kept distribution that needs it, where it is not named itself.
        locked: The version that the lock file has, where that is another.
        unmet: Requirements of its own that the lock file does not meet (`urllib3<2`).
        provenance: Where it came from.
        importers: The lines of the project that import it, sorted; empty also without a look.
    """

    name: str
    installed: str
    origin: str
    reason: str = ""
    needed_by: str = ""
    locked: str | None = None
    unmet: tuple[str, ...] = ()
    provenance: Provenance | None = None
    importers: tuple[Importer, ...] = ()


@dataclass(frozen=True)
class Drift:
    """All that is not as declared.

    Attributes:
        environment: The environment that was compared.
        findings: Sorted by code and name.
        is_replaced: Whether uv would rebuild the environment (for another Python, say).
        adding: The command that declares a distribution, but for its name; empty where none does.
        locking: The command that writes the lock file.
        syncing: The command that makes it exact, once the lock file is right.
        kept: What is extraneous or other than locked and stays all the same, sorted by name.
        unparsed: How many files of the project could not be searched for imports.
        is_searched: Whether all the others were, in time.
        selection: The options that select what belongs there.
        fixed: The kinds that no local policy selects more of.
        lock: The lock file of the project; `None` where there is no project.
    """

    environment: Environment
    findings: tuple[Finding, ...] = ()
    is_replaced: bool = False
    adding: str = "uv add"
    locking: str = "uv lock"
    syncing: str = "xrunctl sync"
    kept: tuple[Kept, ...] = ()
    unparsed: int = 0
    is_searched: bool = True
    selection: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()
    lock: Path | None = None

    @property
    def is_script(self) -> bool:
        """Whether the environment is one that uv keeps for a script."""
        return "--script" in self.adding

    @property
    def is_clean(self) -> bool:
        """Whether all is as declared, but for what is kept."""
        return not self.findings and not self.is_replaced

    @property
    def is_absent(self) -> bool:
        """Whether the environment is yet to be made, so that all that belongs there is missing."""
        is_left = all(each.kind in (*ABSENT, Kind.LEAK) for each in self.findings)
        return bool(self.of(Kind.MISSING)) and is_left and not self.environment.exists

    @property
    def apart(self) -> tuple[Finding, ...]:
        """What reports show one by one: all, but what is missing because nothing is there yet."""
        is_absent = self.is_absent
        return tuple(each for each in self.findings if not (is_absent and each.kind in ABSENT))

    @property
    def held(self) -> tuple[Kept, ...]:
        """What is kept although the lock file has another version or source."""
        return tuple(each for each in self.kept if each.locked is not None)

    @property
    def is_exact(self) -> bool:
        """Whether all is exactly as declared: clean, with nothing held against the lock file."""
        return self.is_clean and not self.held

    @cached_property
    def rebuilt(self) -> tuple[str, ...]:
        """What comes from an archive in the project that was rebuilt since it was locked.

        A sync refuses it, because of its hash.
        """
        coming = {each.name for each in self.of(Kind.MISSING, Kind.OTHER)}
        archives = [
            (name, file)
            for file in (read_locked_files(self.lock) if self.lock and coming else ())
            if (name := canonicalize_name(file.name.partition("-")[0])) in coming
        ]
        if not archives or not self.lock:
            return ()
        from hashlib import sha256  # loads a large library

        locked, rebuilt = self.lock.read_text(encoding="utf-8"), set()
        for name, file in archives:
            with contextlib.suppress(OSError):
                if sha256(file.read_bytes()).hexdigest() not in locked:
                    rebuilt.add(name)
        return tuple(sorted(rebuilt))

    @property
    def relocking(self) -> str:
        """The command that mends the lock file, without which a sync fails; may be empty."""
        if not (self.of(Kind.STALE_LOCK) or self.rebuilt):
            return ""
        return "".join([self.locking, *(f" -P {name}" for name in self.rebuilt)])

    @property
    def replaces(self) -> bool:
        """Whether something would be replaced, or all of it."""
        return self.is_replaced or bool(self.of(Kind.OTHER, Kind.MOVED))

    @property
    def fails_check(self) -> bool:
        """Whether `xrunctl check` fails."""
        return self.is_replaced or any(finding.kind.fails_check for finding in self.findings)

    def of(self, *kinds: Kind) -> tuple[Finding, ...]:
        """The findings of these kinds."""
        return tuple(finding for finding in self.findings if finding.kind in kinds)

    def about(self, name: str) -> tuple[Finding, ...]:
        """The findings about a distribution."""
        return tuple(each for each in self.findings if each.name == name)

    @property
    def removable(self) -> tuple[Finding, ...]:
        """What is extraneous and can be removed: uv stops at one without RECORD (0.13.9)."""
        from xrun.environment.attic.own_files import list_old_files

        installed, forms = self.environment.distributions, self.environment.old_forms
        old = {name for name in forms if not list_old_files(self.environment, forms[name])}
        return tuple(
            each
            for each in self.extraneous
            if each.name not in old
            and (each.name not in installed or installed[each.name].has_record)
        )

    @property
    def staying(self) -> tuple[Finding, ...]:
        """What fails a check and a sync does not mend."""
        unread = {each.name for each in self.of(Kind.NO_RECORD) if not self.is_overtaken(each)}
        going = {each.name for each in self.removable} - unread
        stuck = {each.name for each in self.extraneous} - going | unread
        stuck |= {each.name for each in self.of(Kind.OTHER)} & self.environment.old_forms.keys()
        return tuple(
            each
            for each in self.findings
            if not self.is_replaced
            and each.kind.fails_check
            and (each.name in stuck if each.kind.is_mended else each.name not in going)
            and not self.is_overtaken(each)
        )

    def is_overtaken(self, finding: Finding) -> bool:
        """Whether it has no RECORD, and goes all the same, because something takes its place."""
        return finding.kind is Kind.NO_RECORD and any(
            each.name == finding.name for each in self.of(Kind.OTHER)
        )

    @property
    def extraneous(self) -> tuple[Finding, ...]:
        """What an exact run would remove."""
        return self.of(*EXTRANEOUS)
