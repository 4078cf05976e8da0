"""Many files read by several processes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

from xrun.drift.imports.parse import Import, read_imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNK = 50  # files: a tenth of a second or so
MOST = 8  # processes: more gain little, as this one has to take in what they read


def read_in_processes(
    paths: Sequence[str], tops: Sequence[str]
) -> Iterator[tuple[str, list[Import] | None]]:
    """Read what files import, each with its path, in the order given.

    Where no process can be started, this one reads them. If one dies, the files that are left
    count as unreadable: it may have been one of them that killed it.
    """
    workers = min(_count_processors(), MOST)
    chunks = [paths[at : at + CHUNK] for at in range(0, len(paths), CHUNK)]
    done = 0
    pool = None
    try:
        if workers > 1:
            context = multiprocessing.get_context(_choose_method())
            pool = ProcessPoolExecutor(workers, context, _prepare)
            for read in pool.map(_read_chunk, chunks, [tops] * len(chunks)):
                yield from zip(chunks[done], read, strict=True)
                done += 1
    except BrokenExecutor:
        yield from ((path, None) for chunk in chunks[done:] for path in chunk)
        done = len(chunks)
    except (OSError, ImportError, NotImplementedError):  # no semaphores, no more processes
        pass
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)
    for chunk in chunks[done:]:
        yield from ((path, read_imports(path, tops)) for path in chunk)


def _read_chunk(paths: Sequence[str], tops: Sequence[str]) -> list[list[Import] | None]:
    return [read_imports(path, tops) for path in paths]


def _choose_method() -> str:
    """Choose how processes start: by a fork where that is safe, which is at once."""
    is_safe = sys.platform == "linux" and threading.active_count() == 1
    return "fork" if is_safe else "spawn"


def _count_processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # those that this process may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _prepare() -> None:
    """Prepare a process: an interrupt is the first process's to handle, and both end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # a syntax tree has no cycles
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
