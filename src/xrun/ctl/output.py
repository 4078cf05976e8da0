"""What verbs share: the formats, the option `--schema`, how wide a terminal is, what is said."""

from __future__ import annotations

import sys

from xrun.ctl.verbs import Option
from xrun.errors import XrunError
from xrun.project.user_folders import close_folders
from xrun.report.notices import render_distrusted
from xrun.report.width import find_width, wrap
from xrun.words import PREFIX, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

UNLIMITED = 10_000  # columns, where no person looks at them


def make_schema_option(load: Callable[[], str]) -> Option:
    """Make the option that prints the JSON Schema which `load` returns, and ends."""

    def print_schema(is_asked: bool) -> None:  # noqa: FBT001 - typer calls it so
        if is_asked:
            import typer

            print(load())
            raise typer.Exit

    about = "Print the schema of the JSON."
    return Option("--schema", callback=print_schema, is_eager=True, help=about)


def find_columns() -> int | None:
    """Find how wide standard output is; `None` where no person looks at it as it comes out."""
    return find_width() if sys.stdout.isatty() else None


def show(lines: Iterable[str]) -> None:
    """Print lines on standard error, those of xrun's own coloured and wrapped."""
    said = [*lines]
    if not said:  # as a rule
        return
    from xrun.report.style import find_style

    for line in find_style().dress(said):
        print(line, file=sys.stderr)


def say(lines: Iterable[str]) -> None:
    """Print lines on standard error, each behind `xrun: `; nothing in them steers a terminal."""
    show(render_safe(PREFIX + line) for line in lines)


def render_entry(label: str, text: str, width: int | None) -> list[str]:
    """Render a text behind a label, and wrapped below itself.

    Args:
        label: Padded; it begins the first line.
        text: Nothing in it steers a terminal then.
        width: Of the terminal; `None` where there is none.
    """
    from xrun.report.layout import LEAST  # with what only rows need

    room = None if width is None else max(width - len(label), LEAST)
    lines = [render_safe(text)] if room is None else wrap(render_safe(text), room, breaks=False)
    return [(label + lines[0]).rstrip(), *(" " * len(label) + line for line in lines[1:])]


def warn_of_distrusted() -> None:
    """Close xrun's folders to others; say on standard error what in them is not believed."""
    show(render_distrusted(close_folders()))


def tell_waiting(holder: str) -> None:
    """Say who holds a lock that is waited for."""
    say([f"waiting for {holder}"])


def make_error(problem: XrunError | OSError) -> XrunError:
    """Make an error of xrun's own of what went wrong, if it is none."""
    return problem if isinstance(problem, XrunError) else XrunError(str(problem))
