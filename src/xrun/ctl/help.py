"""`xrunctl help`: the pages to read, which lie beside this file, and the help of verbs."""

from __future__ import annotations

import sys
from pathlib import Path

from xrun.ctl.output import find_columns
from xrun.ctl.target import fail
from xrun.ctl.verbs import GROUPS, VERBS, Argument
from xrun.errors import XrunError
from xrun.policy.problems import render_meant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Annotated

PAGES = Path(__file__).with_name("pages")
MOST_COLUMNS = 100  # of text that is to be read


def help_(
    topic: Annotated[
        list[str] | None,
        Argument(
            metavar="[TOPIC]",
            help="A page, or a verb of `xrunctl`; without one, all pages are listed.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show a page to read, or the help of a verb."""
    name, pages = " ".join(topic or ()), list_pages()
    if not name:
        print("\n".join(_list_topics(pages)))
    elif name in pages:
        _show(pages[name])
    elif name in VERBS or name in GROUPS:
        from xrun.ctl.app import app  # which is only needed here

        app([*name.split(), "--help"], prog_name="xrunctl")
    else:
        meant = render_meant(name, [*pages, *VERBS, *GROUPS])
        message = f'no page and no verb is named "{name}"{meant}'
        raise fail(
            XrunError(message, hint="`xrunctl help` lists the pages, `xrunctl --help` verbs")
        )


def list_pages() -> dict[str, Path]:
    """List the pages by name, in the order of their names."""
    return {each.stem: each for each in sorted(PAGES.glob("*.md"))}


def read_title(page: Path) -> str:
    """Read what a page is about: its first line is `# NAME: TITLE`."""
    with page.open(encoding="utf-8") as lines:
        return next(lines).partition(": ")[2].strip()


def _list_topics(pages: dict[str, Path]) -> list[str]:
    width = max(map(len, pages))
    rows = [f"  {name:{width}}  {read_title(page)}" for name, page in pages.items()]
    return ["Pages, shown by `xrunctl help TOPIC`:", *rows, "Verbs: `xrunctl --help`"]


def _show(page: Path) -> None:
    """Print a page: as a terminal shows it best, or as it is."""
    text = page.read_text(encoding="utf-8")
    columns = find_columns()
    if columns is None:
        sys.stdout.write(text)
        return
    from rich.console import Console  # not needed in a pipe
    from rich.markdown import Markdown
    from rich.theme import Theme

    theme = Theme({"markdown.code": "bold cyan"})
    console = Console(width=min(columns, MOST_COLUMNS), highlight=False, theme=theme)
    console.print(Markdown(text, code_theme="ansi_dark", hyperlinks=False))
