"""What git is asked: which files are a repository's, and where it ignores some."""

from __future__ import annotations

import os
import re
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# A file system that hangs must not keep a command waiting.
PATIENCE = 10.0  # seconds

# Set by git for its hooks: they name a repository, but not the one that a folder is in.
NAMING = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_WORK_TREE",
    }
)
MOST_COMMITS = 20  # of those that were checked out
# What `--stage` writes before a tracked path: mode, object, stage.
STAGE = rb"([0-7]{6}) [0-9a-f]+ [0-3]\t"
SUBMODULE = b"160000"


def find_files(folder: Path) -> list[str] | None:
    """Find what is tracked, or untracked and not ignored, in a folder of a repository.

    Args:
        folder: An absolute folder, anywhere in a repository.

    Returns:
        Paths relative to the folder, with `/`, each once, on disk or not. A repository within (a
        submodule, a clone) is one path that ends in `/`. `None` where git is missing, the folder
        is in no repository, or git does not answer.
    """
    args = ("ls-files", "-z", "--stage", "--cached", "--others", "--exclude-standard")
    output = _ask_git(folder, args)
    if output is None:
        return None
    paths = map(_parse_entry, output.split(b"\0")[:-1])
    return [os.fsdecode(path) for path in dict.fromkeys(paths)]


def _parse_entry(entry: bytes) -> bytes:
    stage = re.match(STAGE, entry)
    if stage is None:  # untracked
        return entry
    path = entry[stage.end() :]
    return path + b"/" if stage[1] == SUBMODULE else path


def find_exclude_file(folder: Path) -> Path | None:
    """Find the file that lists what only this clone of a repository ignores (`info/exclude`).

    Returns:
        Its path, whether the file is there or not: one for all worktrees. `None` where git is
        missing, the folder is in no repository, or git does not answer.
    """
    output = _ask_git(folder, ("rev-parse", "--git-path", "info/exclude"))
    if not output:
        return None
    # Relative to where the folder really is: `..` must not go up from a symbolic link.
    return Path(os.path.realpath(folder / os.fsdecode(output.removesuffix(b"\n"))))


def is_ignored(path: Path) -> bool:
    """Whether git ignores a path; not what it tracks, and nothing outside a repository."""
    args = ("check-ignore", "--quiet", "--", path.name)
    return _ask_git(path.parent, args) is not None


def find_top(folder: Path) -> Path | None:
    """Find the topmost folder of the repository that a folder is in; `None` without one."""
    output = _ask_git(folder, ("rev-parse", "--show-toplevel"))
    return Path(os.fsdecode(output.removesuffix(b"\n"))) if output else None


def find_clean(folder: Path, names: Iterable[str]) -> set[str]:
    """Find which files are tracked, and on disk as they were committed.

    Args:
        folder: Of the repository.
        names: Paths relative to it, with `/`; none is a link, or behind one.
    """
    given = tuple(names)
    if not given:
        return set()
    asked = ("--literal-pathspecs", "ls-files", "-z", "--", *given)
    compared = ("--literal-pathspecs", "diff", "--name-only", "--relative", "-z", "HEAD", "--")
    tracked, changed = _ask_git(folder, asked), _ask_git(folder, (*compared, *given))
    if tracked is None or changed is None:
        return set()
    return {os.fsdecode(each) for each in {*tracked.split(b"\0")} - {*changed.split(b"\0")}}


def find_past_lines(file: Path, lines: Mapping[str, str]) -> set[str]:
    """Find which lines a file had in some commit that was checked out lately.

    Args:
        file: In a repository or not.
        lines: Whole lines, each with what stands for it in the answer.
    """
    listed = _ask_git(file.parent, ("rev-list", "-g", f"--max-count={MOST_COMMITS}", "HEAD"))
    commits = dict.fromkeys(os.fsdecode(listed or b"").split())
    if not commits:
        return set()
    wanted = (word for line in lines for word in ("-e", line))
    found = _ask_git(file.parent, ("grep", "-hF", *wanted, *commits, "--", file.name))
    past = os.fsdecode(found or b"").splitlines()
    return {lines[line] for line in past if line in lines}


def _ask_git(folder: Path, args: tuple[str, ...]) -> bytes | None:
    """Ask git something in a folder; `None` where there is no answer, whatever the reason."""
    import shutil  # neither is needed where git is not asked
    import subprocess

    git = shutil.which("git")
    if git is None:
        return None
    environ = {name: value for name, value in os.environ.items() if name not in NAMING}
    try:
        done = subprocess.run(
            # A repository may name a program that watches its files: none is started from here.
            [git, "-c", "core.fsmonitor=false", *args],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            check=False,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
