"""The Typer application: the verbs by name, each imported when it is called or listed."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Annotated, cast

import typer
from typer.core import TyperGroup

from xrun import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typer.core import TyperCommand

# The module of each verb has a function of the verb's name, or an `app` with verbs of its own.
VERBS: Mapping[str, str] = {
    "init": "xrun.ctl.init",
    "check": "xrun.ctl.check",
    "why": "xrun.ctl.why",
    "sync": "xrun.ctl.sync",
    "explain": "xrun.ctl.explain",
    "doctor": "xrun.ctl.doctor.verb",
    "keep": "xrun.ctl.keep",
    "select": "xrun.ctl.select",
    "restore": "xrun.ctl.restore",
    "env": "xrun.ctl.env",
    "policy": "xrun.ctl.policy",
}
# What stands behind the command is the command's, whatever it looks like.
SETTINGS = {"explain": {"allow_interspersed_args": False}}


class _Verbs(TyperGroup):
    """The verbs; the placeholders that typer registers give way to the real ones here."""

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Import a verb by its name; `None` if there is none of that name."""
        del ctx
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(VERBS[cmd_name])
        verbs = getattr(module, "app", None)
        if verbs is None:
            verbs = typer.Typer(add_completion=False, rich_markup_mode=None)
            settings = SETTINGS.get(cmd_name)
            verbs.command(cmd_name, context_settings=settings)(getattr(module, cmd_name))
        return cast("TyperCommand | TyperGroup", typer.main.get_command(verbs))


app = typer.Typer(
    cls=_Verbs,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Check and mend what xrun keeps exact. Status: 0 clean, 1 drift, 2 could not be done.",
)


for _name in VERBS:
    app.command(_name)(lambda: None)


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
    """Take what stands before the verb; close xrun's folders to others first."""
    from xrun.project.user_folders import close_folders
    from xrun.report.notices import render_distrusted

    for line in render_distrusted(close_folders()):
        print(line, file=sys.stderr)
