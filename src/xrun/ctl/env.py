"""`xrunctl env`: the environments that xrun knows, and what it has put away of them."""

from __future__ import annotations

import time

import typer

from xrun.ctl.messages import render_attic, render_bounds
from xrun.ctl.target import fail
from xrun.removal.attics import list_attics

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List the environments that xrun has removed something from.",
)


@app.callback()
def _verbs() -> None:
    """Take the verbs below `env`."""


@app.command("list")
def list_environments() -> None:
    """List environments with what the attic has of them, the newest removal first."""
    try:
        attics = list_attics()
    except OSError as problem:
        raise fail(problem) from None
    now = time.time()
    for attic in attics:
        print(render_attic(attic, now))
    print(render_bounds())
