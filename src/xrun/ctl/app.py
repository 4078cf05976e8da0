"""The Typer application: the verbs by name, each imported when it is called or listed."""

from __future__ import annotations

import importlib
import os
import re
import sys
from typing import TYPE_CHECKING, Annotated, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup

from xrun import __version__
from xrun.policy.problems import render_meant
from xrun.project.uv_variables import decide_colour

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typer._click import Context, HelpFormatter

MOST_COLUMNS = 100  # of help, however wide the terminal is
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": MOST_COLUMNS}
HEADING = re.compile(r"^[A-Z][A-Za-z ]*:", re.MULTILINE)
TYPED = re.compile(r"(?<=^  )(?:\S(?:\S| (?! ))*(?=  )|(?:-|xrunctl ).*$)", re.MULTILINE)
NO_CHOICE = re.compile("'(.*?)' is not one of ")
LONGEST = 1000  # letters of a description: none is cut


class Verb(NamedTuple):
    """A verb: where it is, and what its help shows.

    Attributes:
        panel: Under which heading it is listed.
        module: Has a function of the verb's last word, with a `_` behind it if Python needs that.
        page: Where to read on.
        examples: Command lines, with what they do.
        settings: How its words are read.
    """

    panel: str
    module: str
    page: str
    examples: Mapping[str, str]
    settings: Mapping[str, bool] = {}


ABOUT = """\
Check and mend what `xrun` keeps exact. Status: 0 clean, 1 drift or problems found, 2 could not
be done.

`xrunctl VERB --help` shows a verb with examples; `xrunctl help` lists the pages to read on.
"""
LOOK, MEND, POLICY, SEPARATE, MORE = "Look", "Mend", "Policy", "Environments", "More"
GROUPS: Mapping[str, str] = {
    "env": "Look at separate environments and backups; remove unused ones.",
    "policy": "Look at the policy. Status: 0 right, 1 problems found, 2 could not be done.",
}
VERBS: Mapping[str, Verb] = {
    "check": Verb(
        LOOK,
        "xrun.ctl.check",
        "findings",
        {
            "xrunctl check": "how .venv differs from what is declared",
            "xrunctl check --recursive": "every uv project below this folder",
            "xrunctl check --output-format github": "annotations of a workflow",
        },
    ),
    "why": Verb(
        LOOK,
        "xrun.ctl.why",
        "findings",
        {"xrunctl why requests": "who installed it, which lines import it"},
    ),
    "explain": Verb(
        LOOK,
        "xrun.ctl.explain",
        "policy",
        {
            "xrunctl explain -- pytest -x": "what `xrun pytest -x` would do",
            "xrunctl explain": "the policy, and where each value comes from",
        },
        # The words behind the command are the command's, whatever they look like.
        {"allow_interspersed_args": False},
    ),
    "doctor": Verb(
        LOOK,
        "xrun.ctl.doctor.verb",
        "findings",
        {"xrunctl doctor": "this machine, the project here and its .venv"},
    ),
    "sync": Verb(
        MEND, "xrun.ctl.sync", "modes", {"xrunctl sync": "make .venv exact, without a command"}
    ),
    "restore": Verb(
        MEND,
        "xrun.ctl.restore",
        "backups",
        {
            "xrunctl restore": "all that the last run removed",
            "xrunctl restore --list": "what can be brought back",
            "xrunctl restore ipdb --at 2": "ipdb, of the removal before the last",
        },
    ),
    "init": Verb(
        POLICY,
        "xrun.ctl.init",
        "policy",
        {
            "xrunctl init --dry-run": "show what it would write",
            "xrunctl init --mode report": "begin with reports: nothing is removed",
            "xrunctl init --fix --dry-run": "which lines would call xrun, as a diff",
        },
    ),
    "keep": Verb(
        POLICY,
        "xrun.ctl.keep",
        "keep",
        {
            "xrunctl keep ipdb @editors": "ipdb, and what editors install",
            "xrunctl keep 'gdal==3.8.*' --team": "this version, for everyone",
        },
    ),
    "select": Verb(
        POLICY,
        "xrun.ctl.select",
        "keep",
        {"xrunctl select --extra cu128": "each run here has the extra cu128"},
    ),
    "policy check": Verb(
        POLICY,
        "xrun.ctl.policy",
        "policy",
        {"xrunctl policy check": "of this project's policy, with status 1 for CI"},
    ),
    "policy schema": Verb(
        POLICY,
        "xrun.ctl.policy",
        "policy",
        {"xrunctl policy schema > xrun.schema.json": "for an editor"},
    ),
    "env list": Verb(
        SEPARATE,
        "xrun.ctl.env",
        "environments",
        {"xrunctl env list": "their purpose, size and last use"},
    ),
    "env path": Verb(
        SEPARATE,
        "xrun.ctl.env",
        "environments",
        {
            "xrunctl env path": "the folder, as a rule .venv",
            "xrunctl env path --extra plots": "where `xrun --extra plots` runs",
        },
        {"ignore_unknown_options": True},
    ),
    "env prune": Verb(
        SEPARATE,
        "xrun.ctl.env",
        "environments",
        {
            "xrunctl env prune": "those unused for 30 days",
            "xrunctl env prune --all": "all that no command runs in",
        },
    ),
    "env remove": Verb(
        SEPARATE,
        "xrun.ctl.env",
        "environments",
        {"xrunctl env remove app-7d1c9a52e0b34f68": "as `env list` names it"},
    ),
    "help": Verb(
        MORE,
        "xrun.ctl.help",
        "uv",
        {"xrunctl help": "the pages, with a line each", "xrunctl help keep": "a page to read"},
    ),
    "shell-init": Verb(
        MORE,
        "xrun.ctl.shell_init",
        "shells",
        {
            "xrunctl shell-init bash --install": "from the next start of the shell on",
            "xrunctl shell-init zsh --replace-uv-run": "with a `uv run` that is xrun's",
        },
    ),
}


class _Command(TyperCommand):
    """A verb, with examples below its help, and where to read on."""

    def get_help(self, ctx: Context) -> str:
        """Render the help, in colour where that is wanted."""
        return _paint(super().get_help(ctx), ctx)

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse the words behind the verb; a wrong choice is answered with the one that is near."""
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as problem:
            wrong = NO_CHOICE.match(problem.message)
            choices = getattr(problem.param and problem.param.type, "choices", ())
            if wrong:
                problem.message = problem.message.rstrip(".") + render_meant(wrong[1], choices)
            raise

    def format_epilog(self, _: object, formatter: HelpFormatter) -> None:
        verb = VERBS[str(self.name)]
        _write_rows(formatter, "Examples", [*verb.examples.items()])
        formatter.write(f"\nRead on: `xrunctl help {verb.page}`\n")


class _Verbs(TyperGroup):
    """Verbs; the placeholders that typer registers give way to the real ones here."""

    def get_help(self, ctx: Context) -> str:
        """Render the help, in colour where that is wanted."""
        return _paint(super().get_help(ctx), ctx)

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


def _paint(text: str, context: Context) -> str:
    """Paint headings, and what is typed, as uv does; the context takes whether that comes out."""
    context.color = decide_colour(os.environ, is_terminal=sys.stdout.isatty())
    if not context.color:
        return text
    text = HEADING.sub("\033[1;32m\\g<0>\033[0m", text)
    return TYPED.sub("\033[1;36m\\g<0>\033[0m", text)


def _write_rows(formatter: HelpFormatter, heading: str, rows: list[tuple[str, str]]) -> None:
    with formatter.section(heading):
        formatter.write_dl(rows, col_max=40)


def make_command(name: str) -> TyperCommand:
    """Make the command of a verb: its module is imported here."""
    verb, word = VERBS[name], name.rsplit(maxsplit=1)[-1].replace("-", "_")
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

    if lines := render_distrusted(close_folders()):
        from xrun.ctl.output import show

        show(lines)
