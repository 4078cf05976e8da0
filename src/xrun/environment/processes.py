"""Which commands run in an environment, by name: read from `/proc`, where there is one."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from pathlib import Path

from xrun import proxy
from xrun.project.spelling import list_folder
from xrun.proxy import locks
from xrun.proxy.dataclass import dataclass
from xrun.proxy.launch import DEPTH_VARIABLE
from xrun.words import render_line, render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping


# Who is in an environment, where that cannot be known, or not by name.
UNLOCKABLE = "on a file system without locks, so its users are unknown"
UNSEEN = "in use by another command"
ABOVE = "in use by the program that started this run"
LONGEST = 60  # characters of a command line
HALF_A_DAY = 43200  # seconds; what started before is shown with its date


@dataclass(frozen=True)
class Command:
    """A command that runs in an environment.

    Attributes:
        pid: Its process.
        parent: The process that started it.
        words: Its command line.
        since: When it started, in seconds since the epoch.
        is_stopped: Whether it is stopped (Ctrl-Z).
    """

    pid: int
    parent: int
    words: tuple[str, ...]
    since: float
    is_stopped: bool = False

    @property
    def is_between(self) -> bool:
        """Whether it is the uv that started the command, or the xrun that started that."""
        return not {"uv", "xrun"}.isdisjoint(map(os.path.basename, self.words[:2]))

    @property
    def is_xrun(self) -> bool:
        """Whether it is an xrun, not yet become uv."""
        return "xrun" in map(os.path.basename, self.words[:2])

    @property
    def is_at_work(self) -> bool:
        """Whether it is an xrun or a uv, and goes on: it releases a lock when it is done."""
        first, *more = map(os.path.basename, self.words[:3])
        program = next((word for word in more if word != "-m"), "")
        program = program if first.startswith("python") else first
        return program in {"uv", "xrun", "xrunctl"} and not self.is_stopped

    def render(self) -> str:
        """Render `` `uvicorn app` (pid 4711, since 09:12)``."""
        is_script = "xrun" in map(os.path.basename, self.words[1:2])
        words = self.words[1:] if is_script else self.words  # its interpreter says nothing
        program = os.path.basename(words[0])  # noqa: PTH119 - a word
        line = render_line([program, *words[1:]])
        line = line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
        is_today = time.time() - self.since < HALF_A_DAY
        form = "%H:%M" if is_today else "%Y-%m-%d %H:%M"
        since = time.strftime(form, time.localtime(self.since))
        stopped = ", stopped" if self.is_stopped else ""
        return f"`{line}` (pid {self.pid}, since {since}{stopped})"


def be_alone(folder: Path, patience: float = locks.PATIENCE) -> locks.Alone:
    """Be alone in an environment, as `locks.be_alone`, also among what runs there without a lock.

    What started this process is no other command.

    Args:
        folder: The environment's.
        patience: How long to wait for who looks, in seconds.
    """
    alone = locks.be_alone(str(folder), patience)
    if alone.is_had and _is_run_unlocked(os.path.realpath(folder)):
        alone.release()
        return locks.Alone(None)
    return alone


def _is_run_unlocked(folder: str) -> bool:
    others = {*_list_pids()} - {*_list_above()}
    commands = (_read_command(pid) for pid in others if _read_home(pid, [folder]))
    return any(each and not (each.is_between or each.is_at_work) for each in commands)


def list_commands(folder: Path) -> tuple[Command, ...]:
    """List the commands of an environment: they hold its folder open, as all that xrun starts do.

    Or they have closed that, and are programs of the environment. What one of them started in turn
    is left out, and so are the xrun and the uv between. Others' processes cannot be looked into;
    without `/proc` nothing can.
    """
    return find_commands([folder])[folder]


def find_commands(folders: Iterable[Path]) -> dict[Path, tuple[Command, ...]]:
    """Find the commands of many environments by one look at all processes.

    Returns:
        For each folder what `list_commands` lists.
    """
    paths = {folder: os.path.realpath(folder) for folder in folders}
    commands: dict[str, dict[int, Command]] = {path: {} for path in paths.values()}
    for pid in _list_pids():
        held = commands.keys() & {*_read_targets(pid), _read_home(pid, commands)}
        command = _read_command(pid) if held else None
        if command is not None:
            for path in held:
                commands[path][pid] = command
    return {folder: _select_first(commands[path]) for folder, path in paths.items()}


def _select_first(commands: Mapping[int, Command]) -> tuple[Command, ...]:
    """Select the commands that none of the others started, but for what is between."""
    return tuple(
        command
        for command in commands.values()
        if not command.is_between and not _has_ancestor(command, commands)
    )


def find_holder(file: str) -> Command | None:
    """Find who holds the lock on a file or folder, not who waits for it too.

    `/proc/locks` names who took it. What that started may hold it still: a uv whose xrun was
    killed, a command of the program that started this process.
    """
    wanted = os.path.realpath(file)
    try:
        inode = os.stat(wanted).st_ino  # noqa: PTH116 - a str
    except OSError:
        return None
    locking = {lock.pid for lock in _list_locks() if lock.inode == inode and not lock.waits}
    pids = {*_list_pids(), *({os.getpid()} & locking)}
    commands = {
        pid: command
        for pid in pids
        if wanted in _read_targets(pid) and (command := _read_command(pid))
    }
    holders = [command for pid, command in commands.items() if pid in locking]
    holders += [command for command in commands.values() if not command.is_xrun]
    return holders[0] if holders else None


def find_waited(pid: int) -> str:
    """Find the file whose lock a process waits for; empty if it waits for none."""
    inodes = {lock.inode for lock in _list_locks() if lock.pid == pid and lock.waits}
    with contextlib.suppress(OSError):
        for descriptor in Path(proxy.PROC, str(pid), "fd").iterdir() if inodes else ():
            if descriptor.stat().st_ino in inodes:
                return os.readlink(descriptor)  # noqa: PTH115 - a str
    return ""


@dataclass(frozen=True)
class _Lock:
    """A row of `/proc/locks`."""

    inode: int
    pid: int
    waits: bool


def _list_locks() -> Iterator[_Lock]:
    try:
        lines = Path(proxy.PROC, "locks").read_text().splitlines()
    except OSError:
        return
    for line in lines:  # 1: -> FLOCK ADVISORY WRITE 4711 fe:00:4567 0 EOF
        row = line.replace("-> ", "").split()
        if len(row) > 5:  # noqa: PLR2004
            yield _Lock(int(row[5].rpartition(":")[2]), int(row[4]), "->" in line)


def is_nested(folder: Path) -> bool:
    """Whether a command in an environment started this process, however far above.

    Where no process can be seen, uv's variables tell: a shell in which `activate` was typed has
    only one of them (uv 0.5.31 and newer).
    """
    wanted = os.path.realpath(folder)
    if not os.path.isdir(proxy.PROC):  # noqa: PTH112 - a str
        active = os.environ.get("VIRTUAL_ENV")
        is_below = bool(active and os.environ.get("UV_RUN_RECURSION_DEPTH"))
        return is_below and os.path.realpath(active or "") == wanted
    above = (os.getpid(), *_list_above())  # this one too: a shell becomes its last command
    return any(wanted in {*_read_targets(pid), _read_home(pid, [wanted])} for pid in above)


def _read_parent(pid: int) -> int:
    try:
        return int(_read_fields(pid)[1])
    except (OSError, ValueError):
        return 0


def _read_fields(pid: int) -> list[str]:
    """Read the fields of `/proc/PID/stat` behind the name, which may hold anything."""
    return _read(pid, "stat").decode(errors="replace").rpartition(")")[2].split()


def _read(pid: int, name: str) -> bytes:
    """Read a file of `/proc/PID`, without a buffer or a `Path`: there are many processes."""
    with open(f"{proxy.PROC}/{pid}/{name}", "rb", buffering=0) as file:  # noqa: PTH123
        return file.read()


def _has_ancestor(command: Command, others: Mapping[int, Command]) -> bool:
    """Whether one of them, but for what is between, started it."""
    parent = others.get(command.parent)
    return parent is not None and (not parent.is_between or _has_ancestor(parent, others))


def _list_pids() -> Iterator[int]:
    pids = (int(name) for name in list_folder(proxy.PROC) if name.isdigit())
    yield from (pid for pid in pids if pid != os.getpid())


def _read_targets(pid: int) -> set[str]:
    """Read what a process holds open; nothing of a process of another user."""
    targets = set()
    with contextlib.suppress(OSError):
        for descriptor in Path(proxy.PROC, str(pid), "fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                targets.add(os.readlink(descriptor))  # noqa: PTH115 - compared as text
    return targets


def _read_home(pid: int, folders: Collection[str]) -> str:
    """Read whose program a process is, which a run started: one of the folders, or nothing.

    Python's `subprocess` closes the lock in what it starts; uv's variables go on (0.5.31 and
    newer). In a container the same path may be another folder.
    """
    try:
        program = _read(pid, "cmdline")
        if _list_parents(program.partition(b"\0")[0]).isdisjoint(folders):
            return ""
        entries = _read(pid, "environ").split(b"\0")
    except OSError:
        return ""
    variables = dict(entry.partition(b"=")[::2] for entry in entries)
    home = variables.get(b"VIRTUAL_ENV", b"")
    if not home or DEPTH_VARIABLE not in variables or not program.startswith(home + b"/"):
        return ""
    path = os.fsdecode(home)
    with contextlib.suppress(OSError):
        if os.path.samefile(f"{proxy.PROC}/{pid}/root{path}", path):  # noqa: PTH121 - a str
            return os.path.realpath(path)
    return ""


@functools.lru_cache
def _list_parents(path: bytes) -> frozenset[str]:
    """List the folders above a path, where links lead to."""
    parent = os.path.dirname(path)  # noqa: PTH120 - bytes
    above = frozenset() if parent == path else _list_parents(parent)
    return above | {os.path.realpath(os.fsdecode(parent))}


def _list_above() -> Iterator[int]:
    """List what started this process, however far above."""
    pid = os.getppid()
    while pid > 1:
        yield pid
        pid = _read_parent(pid)


def _read_command(pid: int) -> Command | None:
    from xrun.proxy.wait import PROGRAM, WORDS  # not needed where no one is there

    try:
        words = _read(pid, "cmdline").decode(errors="replace").split("\0")[:-1]
        if "".join(words[2:3]).endswith(PROGRAM):
            words = words[WORDS:]
        fields = _read_fields(pid)
    except (OSError, ValueError):
        return None
    since = _read_start() + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return Command(pid, int(fields[1]), tuple(words or ["?"]), since, fields[0] in {"T", "t"})


def _read_start() -> float:
    """Read when the machine started, in seconds since the epoch."""
    lines = Path(proxy.PROC, "stat").read_text().splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith("btime")), 0.0)


def render_use(folder: Path, *, is_possible: bool) -> str:
    """Render who is in an environment, or that it cannot be known."""
    if not is_possible:
        return UNLOCKABLE
    commands = [command.render() for command in list_commands(folder)]
    if commands:
        return f"in use by {render_names(commands)}"
    return ABOVE if is_nested(folder) else UNSEEN
