"""What is being done, on a terminal, where that takes longer than half a second."""

from __future__ import annotations

import contextlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 0.5  # seconds without a word


@contextlib.contextmanager
def show_progress(what: str, *, is_terminal: bool) -> Iterator[Callable[[int, int], None]]:
    """Show on standard error that something is done; nothing is left of it at the end.

    Args:
        what: What is done (`removing 90 distributions`).
        is_terminal: Whether there is a terminal to show it on.

    Yields:
        A function that takes how much is done, and of how much, where that can be known.
    """
    if not is_terminal or os.environ.get("TERM") == "dumb" or os.environ.get("UV_NO_PROGRESS"):
        yield lambda _done, _total: None
        return
    from threading import Timer

    shown = _Shown(what)
    timer = Timer(PATIENCE, shown.open)
    timer.daemon = True
    timer.start()
    try:
        yield shown.tell
    finally:
        timer.cancel()
        timer.join()
        shown.stack.close()


class _Shown:
    """A line of progress, once it is open."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.stack = contextlib.ExitStack()
        self.counts: tuple[int, int | None] = (0, None)
        self.update: Callable[[], None] = lambda: None

    def open(self) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        text = TextColumn("[bold cyan]xrun:[/] {task.description} {task.fields[count]}")
        columns = (SpinnerColumn(), text, TimeElapsedColumn())
        progress = Progress(*columns, console=Console(stderr=True), transient=True)
        task = progress.add_task(self.what, total=None, count="")

        def update() -> None:
            done, total = self.counts
            count = f"{done}/{total}" if total else ""
            progress.update(task, completed=done, total=total, count=count)

        self.update = update
        update()
        self.stack.enter_context(progress)

    def tell(self, done: int, total: int) -> None:
        self.counts = (done, total)
        self.update()
