"""The folders of a user's own, where there is a home to have them in, closed to everybody else."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path

from xrun import proxy
from xrun.proxy.dataclass import dataclass
from xrun.proxy.files import (
    NOWHERE,
    OTHERS,
    OTHERS_WRITE,
    choose_private,
    is_private,
    resolve_folder,
    resolve_usual_cache_folder,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Where the XDG specification alone says where folders are; elsewhere platformdirs knows.
HAS_XDG = sys.platform == "linux"


def resolve_state_folder() -> Path:
    """Resolve where xrun's state folder usually is, even if another user owns it."""
    return _resolve("state", "XDG_STATE_HOME", "~/.local/state")


def list_state(name: str) -> list[Path]:
    """List where something is in the state folder: first where it is written now.

    What was kept elsewhere, while something was someone else's, is found afterwards too.
    """
    folders = list_private(resolve_state_folder())
    return [path for folder in folders for path in list_private(folder / name)]


def list_private(path: Path) -> list[Path]:
    """List where a file or folder of this user's is: first where it is written now."""
    usual, chosen = str(path), choose_private(str(path))
    beside = f"{usual}-{os.geteuid()}" if proxy.HAS_OWNERS else usual
    rest = sorted({usual, beside} - {chosen})
    return [Path(chosen), *(Path(each) for each in rest if _is_private(each))]


def _is_private(path: str | Path) -> bool:
    try:
        return is_private(os.stat(path))  # noqa: PTH116 - a str
    except OSError:
        return False


@dataclass(frozen=True)
class Distrusted:
    """What in xrun's folders is not believed.

    Attributes:
        opened: Folders that others could write, and are closed now; not those of a file system
            without modes, of which each run would speak.
        foreign: What is someone else's, and by which name or number that one is known.
    """

    opened: tuple[Path, ...] = ()
    foreign: tuple[tuple[Path, str], ...] = ()


def close_folders(*folders: Path) -> Distrusted:
    """Close xrun's folders, and what is right in them, to others, who then get no further.

    Where others could write, stamps are dropped: they say that nothing is to be compared.

    Args:
        folders: Which; the cache folder and the state folder, if none is named.
    """
    if not proxy.HAS_OWNERS:
        return Distrusted()
    opened, foreign = [], []
    cache = Path(resolve_usual_cache_folder())
    for folder in folders or (cache, resolve_state_folder()):
        for path in _walk(folder):
            with contextlib.suppress(OSError):
                found = path.stat()
                if found.st_uid != os.geteuid():
                    foreign.append((path, find_owner(path)))
                elif close(path, found) and stat.S_ISDIR(found.st_mode):
                    opened.append(path)
    closed = tuple(filter(_is_private, opened))
    if opened:
        import shutil

        shutil.rmtree(cache / "stamps", ignore_errors=True)
    return Distrusted(closed, tuple(foreign))


def _walk(folder: Path) -> Iterator[Path]:
    """Walk through a folder of this user's and what is right in it, but for links."""
    yield folder
    with contextlib.suppress(OSError):
        if folder.stat().st_uid == os.geteuid():
            found = sorted(each.path for each in os.scandir(folder) if not each.is_symlink())
            yield from map(Path, found)


def close(path: Path, found: os.stat_result) -> bool:
    """Close a file or folder to others; says whether others could write it.

    Raises:
        OSError: It could not be closed.
    """
    if found.st_mode & OTHERS:
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    return bool(found.st_mode & OTHERS_WRITE)


def find_owner(path: Path) -> str:
    """Find who owns a file or folder: a name, else a number; empty if that cannot be known."""
    try:
        return path.owner()
    except KeyError:
        return str(path.stat().st_uid)
    except (OSError, NotImplementedError):
        return ""


def resolve_config_folder() -> Path:
    """Resolve the folder of the user's own policy."""
    return _resolve("config", "XDG_CONFIG_HOME", "~/.config")


def resolve_site_config_folder() -> Path:
    """Resolve the folder of an organisation's policy."""
    if HAS_XDG:
        named = os.environ.get("XDG_CONFIG_DIRS", "").split(os.pathsep)
        return Path(next(filter(os.path.isabs, named), "/etc/xdg"), "xrun")
    import platformdirs

    return platformdirs.site_config_path("xrun", appauthor=False)


def _resolve(kind: str, variable: str, usual: str) -> Path:
    """Resolve a folder; below an unknown home it is nowhere (never a folder named `~`)."""
    if HAS_XDG:
        return Path(resolve_folder(variable, usual))
    import platformdirs

    try:
        folder = Path(getattr(platformdirs, f"user_{kind}_dir")("xrun", appauthor=False))
    except RuntimeError:  # newer ones of platformdirs say so, older ones leave the `~`
        return Path(NOWHERE)
    return folder if folder.is_absolute() else Path(NOWHERE)
