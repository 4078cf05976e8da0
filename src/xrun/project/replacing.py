"""Files that are replaced whole, or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def replace_file(file: Path, content: bytes) -> None:
    """Replace a file so that a reader sees the old one or the new, never a part; its mode stays.

    Nothing is written through a link into a cache: the file itself becomes another.

    Raises:
        OSError: It could not be replaced; it is as it was.
    """
    if file.is_dir():  # "." has no name
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        if file.exists():
            draft.chmod(stat.S_IMODE(file.stat().st_mode))
        draft.replace(file)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
