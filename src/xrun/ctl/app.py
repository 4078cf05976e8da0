"""The Typer application: the verbs by name, each imported when it is called or listed."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Annotated, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup

from xrun import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typer._click import HelpFormatter

MOST_COLUMNS = 100  # of help, however wide the terminal is
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": MOST_COLUMNS}
LONGEST = 1000  # letters of a description: none is cut


class Verb(NamedTuple):
    """A verb: where it is, and what its help shows.

    Attributes:
        panel: Under which heading it is listed.
        module: Has a function of the verb's last word, with a `_` behind it if Python needs that.
        examples: Command lines, with what they do.
        settings: How its words are read.
    """

    panel: str
    module: str
    examples: Mapping[str, str]
    settings: Mapping[str, bool] = {}


ABOUT = """\
Check and mend what `xrun` keeps exact. Status: 0 clean, 1 drift or problems found, 2 could not
be done.

`xrunctl VERB --help` shows a verb with examples; `xrunctl help` lists the pages to read on.
"""
LOOK, MEND, POLICY, SEPARATE = "Look", "Mend", "Policy", "Environments"
GROUPS: Mapping[str, str] = {
    "env": "Look at separate environments and backups, and remove what is not needed.",
    "policy": "Look at the policy. Status: 0 right, 1 problems found, 2 could not be done.",
}
VERBS: Mapping[str, Verb] = {
    "check": Verb(
        LOOK,
        "xrun.ctl.check",
        {
            "xrunctl check": "how .venv differs from what is declared",
            "xrunctl check --output-format github": "the same as annotations of a workflow",
            "xrunctl check --recursive --project ~/src": "every uv project below ~/src",
        },
    ),
    "why": Verb(LOOK, "xrun.ctl.why", {"xrunctl why requests": "who installed it, who needs it"}),
    "explain": Verb(
        LOOK,
        "xrun.ctl.explain",
        {
            "xrunctl explain -- pytest -x": "what `xrun pytest -x` would do, and why",
            "xrunctl explain": "the policy, and where each value comes from",
        },
        # The words behind the command are the command's, whatever they look like.
        {"allow_interspersed_args": False},
    ),
    "doctor": Verb(LOOK, "xrun.ctl.doctor.verb", {"xrunctl doctor": "all checks of this machine"}),
    "help": Verb(
        LOOK,
        "xrun.ctl.help",
        {"xrunctl help": "the topics", "xrunctl help keep": "a page to read"},
    ),
    "sync": Verb(MEND, "xrun.ctl.sync", {"xrunctl sync": "make .venv exact, run nothing"}),
    "restore": Verb(
        MEND,
        "xrun.ctl.restore",
        {
            "xrunctl restore": "all that the last run removed",
            "xrunctl restore --list": "what can be brought back",
            "xrunctl restore ipdb --at 2": "ipdb, of the removal before the last",
        },
    ),
    "init": Verb(
        POLICY,
        "xrun.ctl.init",
        {
            "xrunctl init --dry-run": "what it would write",
            "xrunctl init --mode report": "begin with reports; nothing is removed",
        },
    ),
    "keep": Verb(
        POLICY,
        "xrun.ctl.keep",
        {
            "xrunctl keep ipdb @editors": "ipdb, and what editors install, on this machine",
            "xrunctl keep 'gdal==3.8.*' --team --reason \"the system's libgdal\"": "for everyone",
        },
    ),
    "select": Verb(
        POLICY, "xrun.ctl.select", {"xrunctl select --extra cu128": "belongs to .venv here"}
    ),
    "policy check": Verb(
        POLICY, "xrun.ctl.policy", {"xrunctl policy check": "all problems of all policy files"}
    ),
    "policy schema": Verb(
        POLICY,
        "xrun.ctl.policy",
        {"xrunctl policy schema > xrun.schema.json": "for an editor"},
    ),
    "env list": Verb(SEPARATE, "xrun.ctl.env", {"xrunctl env list": "all, by project"}),
    "env path": Verb(
        SEPARATE,
        "xrun.ctl.env",
        {
            "xrunctl env path": "the folder, as a rule .venv",
            "xrunctl env path --extra plots": "that of `xrun --extra plots`",
        },
        {"ignore_unknown_options": True},
    ),
    "env prune": Verb(
        SEPARATE,
        "xrun.ctl.env",
        {
            "xrunctl env prune": "those that are of no more use",
            "xrunctl env prune --all": "all that no command runs in",
        },
    ),
    "env remove": Verb(
        SEPARATE,
        "xrun.ctl.env",
        {"xrunctl env remove app-7d1c9a52e0b34f68": "as `xrunctl env list` names it"},
    ),
}


class _Command(TyperCommand):
    """A verb, with its examples below its help."""

    def format_epilog(self, _: object, formatter: HelpFormatter) -> None:
        _write_rows(formatter, "Examples", [*VERBS[str(self.name)].examples.items()])


class _Verbs(TyperGroup):
    """Verbs; the placeholders that typer registers give way to the real ones here."""

    def get_command(self, _: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Import a verb by its name; `None` if there is none of that name."""
        name = f"{self.name} {cmd_name}" if self.name in GROUPS else cmd_name
        if name in GROUPS:
            return cast("TyperGroup", typer.main.get_command(_make_group(name, GROUPS[name])))
        return make_command(name) if name in VERBS else None

    def format_commands(self, _: object, formatter: HelpFormatter) -> None:
        """Write the verbs by panel, each with its whole description."""
        names = [name for name in VERBS if self.name not in GROUPS or self.name in name.split()]
        width = max(map(len, names))
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in names:
            about = make_command(name).get_short_help_str(LONGEST)
            panels.setdefault(VERBS[name].panel, []).append((f"{name:{width}}", about))
        for panel, rows in panels.items():
            _write_rows(formatter, panel, rows)


def _write_rows(formatter: HelpFormatter, heading: str, rows: list[tuple[str, str]]) -> None:
    with formatter.section(heading):
        formatter.write_dl(rows, col_max=40)


def make_command(name: str) -> TyperCommand:
    """Make the command of a verb: its module is imported here."""
    verb, word = VERBS[name], name.rsplit(maxsplit=1)[-1]
    module = importlib.import_module(verb.module)
    function = getattr(module, word, None) or getattr(module, f"{word}_")
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, cls=_Command, context_settings={**CONTEXT, **verb.settings})(function)
    return cast("TyperCommand", typer.main.get_command(alone))


def _make_group(name: str, about: str) -> typer.Typer:
    """Make the application of the verbs behind a word, or of all if the word is empty."""
    group = typer.Typer(
        name=name,
        cls=_Verbs,
        add_completion=False,
        no_args_is_help=True,
        subcommand_metavar="VERB [ARGUMENTS]",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=CONTEXT,
        help=about,
    )
    words = {
        each.removeprefix(f"{name} ").split()[0]: None for each in VERBS if each.startswith(name)
    }
    for word in words:
        group.command(word)(lambda: None)
    return group


app = _make_group("", ABOUT)


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
            "-V", "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Take what stands before the verb; close xrun's folders to others first."""
    from xrun.project.user_folders import close_folders
    from xrun.report.notices import render_distrusted

    for line in render_distrusted(close_folders()):
        print(line, file=sys.stderr)
