"""A progress bar on a terminal, for what takes longer than a second."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 1.0  # seconds without a bar


@contextlib.contextmanager
def show_progress(what: str, *, is_terminal: bool) -> Iterator[Callable[[int, int], None]]:
    """Show how far something has come, on standard error; nothing is left of it at the end.

    Args:
        what: What is done with each, in the past tense.
        is_terminal: Whether there is a terminal to show it on.

    Yields:
        A function that takes how many are done, and of how many.
    """
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        bars: list[Callable[[int, int], None]] = []

        def tell(done: int, total: int) -> None:
            if not is_terminal or time.monotonic() - started < PATIENCE:
                return
            if not bars:
                bars.append(_open_bar(stack, what))
            bars[0](done, total)

        yield tell


def _open_bar(stack: contextlib.ExitStack, what: str) -> Callable[[int, int], None]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    progress = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
    task = progress.add_task(what)
    return lambda done, total: progress.update(task, completed=done, total=total)
