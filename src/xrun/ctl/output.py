"""What verbs share: the formats, the option `--schema`, how wide a terminal is, what is said."""

from __future__ import annotations

import enum
import sys
from typing import TYPE_CHECKING

import typer

from xrun.errors import XrunError
from xrun.report.notices import PREFIX
from xrun.report.text import find_width
from xrun.words import render_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typer.models import OptionInfo

UNLIMITED = 10_000  # columns, where no person looks at them
LEAST = 20  # columns that a text has, however narrow the terminal is


class OutputFormat(str, enum.Enum):
    """For whom the result is."""

    TEXT = "text"
    JSON = "json"


def make_schema_option(load: Callable[[], str]) -> OptionInfo:
    """Make the option that prints the JSON Schema which `load` returns, and ends."""

    def print_schema(is_asked: bool) -> None:  # noqa: FBT001 - typer calls it so
        if is_asked:
            print(load())
            raise typer.Exit

    about = "Print the schema of the JSON."
    option: OptionInfo = typer.Option("--schema", callback=print_schema, is_eager=True, help=about)
    return option


def find_columns() -> int | None:
    """Find how wide standard output is; `None` where no person looks at it as it comes out."""
    return find_width() if sys.stdout.isatty() else None


def say(lines: Iterable[str]) -> None:
    """Print lines on standard error, each behind `xrun: `; nothing in them steers a terminal."""
    for line in lines:
        print(render_safe(PREFIX + line), file=sys.stderr)


def tell_waiting(holder: str) -> None:
    """Say who holds a lock that is waited for."""
    say([f"waiting for {holder}"])


def make_error(problem: XrunError | OSError) -> XrunError:
    """Make an error of xrun's own of what went wrong, if it is none."""
    return problem if isinstance(problem, XrunError) else XrunError(str(problem))
