"""The Typer application: verbs, and what they share."""

from __future__ import annotations

from typing import Annotated

import typer

from xrun import __version__
from xrun.ctl import check, env, explain, init, keep, policy, restore, select, sync, why
from xrun.ctl.doctor import verb

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Check and mend what xrun keeps exact. Status: 0 clean, 1 drift, 2 could not be done.",
)
app.command("init")(init.init)
app.command("check")(check.check)
app.command("why")(why.why)
app.command("sync")(sync.sync)
# What stands behind the command is the command's, whatever it looks like.
app.command("explain", context_settings={"allow_interspersed_args": False})(explain.explain)
app.command("doctor")(verb.doctor)
app.command("keep")(keep.keep)
app.command("select")(select.select)
app.command("restore")(restore.restore)
app.add_typer(env.app, name="env")
app.add_typer(policy.app, name="policy")


def _print_version(is_asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if is_asked:
        print(f"xrunctl {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Take what stands before the verb."""
