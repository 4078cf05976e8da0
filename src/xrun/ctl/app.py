"""The Typer application: the verbs by name, each imported when it is called or listed."""

from __future__ import annotations

import functools
import inspect
import os
import re
import sys
from typing import Annotated, Literal, cast, get_args

import typer
from typer.core import TyperCommand, TyperGroup

from xrun import __version__
from xrun.ctl.output import warn_of_distrusted
from xrun.ctl.verbs import GROUPS, VERBS, Exit, Option, find_function
from xrun.policy.problems import render_meant
from xrun.project.uv_variables import decide_colour

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from typer._click import Context, HelpFormatter

MOST_COLUMNS = 100  # of help, however wide the terminal is
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": MOST_COLUMNS}
HEADING = re.compile(r"^[A-Z][A-Za-z ]*:", re.MULTILINE)
TYPED = re.compile(r"(?<=^  )(?:\S(?:\S| (?! ))*(?=  )|(?:-|xrunctl ).*$)", re.MULTILINE)
NO_CHOICE = re.compile("'(.*?)' is not one of ")
LONGEST = 1000  # letters of a description: none is cut


ABOUT = """\
Check and mend what `xrun` keeps exact. Status: 0 clean, 1 drift or problems found, 2 could not
be done.

`xrunctl VERB --help` shows a verb with examples; `xrunctl help` lists the pages to read on.
"""


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
            problem.message = problem.message.replace("a valid int range", "a whole number")
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

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse the words behind it; a `--` alone is none."""
        return super().parse_args(ctx, [] if args == ["--"] else args)

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
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    settings = {**CONTEXT, **VERBS[name].settings}
    alone.command(name, cls=_Command, context_settings=settings)(_adapt(find_function(name)))
    return cast("TyperCommand", typer.main.get_command(alone))


def _adapt(function: Callable[..., None]) -> Callable[..., None]:
    """Adapt the function of a verb to typer: what it declares, and how it ends."""

    @functools.wraps(function)
    def adapted(**values: object) -> None:
        try:
            function(**values)
        except Exit as end:
            raise typer.Exit(end.status) from None

    # What the modules of verbs import for type checkers alone.
    words = {"Annotated": Annotated, "Literal": Literal}
    signature = inspect.signature(function, locals=words, eval_str=True)
    parameters = [
        each.replace(annotation=_translate(each.annotation))
        for each in signature.parameters.values()
    ]
    adapted.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    adapted.__annotations__ = {each.name: each.annotation for each in parameters}
    return adapted


def _translate(annotation: object) -> object:
    """Translate what is declared of a parameter into what typer takes."""
    kind, *declared = get_args(annotation)
    [option] = [each for each in declared if isinstance(each, Option)]
    return Annotated[kind, getattr(typer, option.kind)(*option.names, **option.settings)]


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
    """Take what stands before the verb."""
    warn_of_distrusted()
