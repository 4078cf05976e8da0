"""What was typed: `uv run`'s own grammar, split without starting anything.

The command of `uv run` starts at the first token that is neither an option nor an option's value,
or right after the first `--`. A line that begins with its command needs no table of options.

Light on purpose: the hot path loads this module.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# xrun's own where they stand first, whatever uv makes of them.
OWN_OPTIONS = ("--version", "-V", "--help", "-h")
# How what uv fetches and runs begins, whatever option stands before it.
REMOTE = ("http:/", "https:/")

# uv looks at the ending whatever its case.
SCRIPT_SUFFIXES = (".py", ".pyw", ".pyc")


class Invocation:
    """One command line, split.

    Attributes:
        options: The words before the command, as typed (a `--` before the command included).
        command: The command and its arguments; empty if there is none.
        typed: Canonical option name and value (`""` for a flag), in the order typed.
        unknown: Options that neither the table nor uv knows, whose value is missing, or flags with
            a value: uv refuses the line.
    """

    __slots__ = ("command", "names", "options", "typed", "unknown")

    def __init__(
        self,
        options: tuple[str, ...],
        command: tuple[str, ...],
        typed: tuple[tuple[str, str], ...],
        unknown: tuple[str, ...] = (),
    ) -> None:
        self.options = options
        self.command = command
        self.typed = typed
        self.names = frozenset(name for name, _ in typed)
        self.unknown = unknown

    def has(self, *names: str) -> bool:
        """Whether any of these options (canonical names) was typed."""
        return not self.names.isdisjoint(names)

    def values(self, name: str) -> tuple[str, ...]:
        """The values typed for an option, in order."""
        return tuple(value for typed, value in self.typed if typed == name)

    def last(self, name: str) -> str | None:
        """Find the last value typed for an option."""
        values = self.values(name)
        return values[-1] if values else None

    def last_of(self, *names: str) -> str | None:
        """Find which of some options that undo each other was typed last, and so holds."""
        found = [name for name, _ in self.typed if name in names]
        return found[-1] if found else None

    def without(self, *names: str) -> list[str]:
        """Render what was typed without some options; the others in their long form."""
        end = ["--"] if self.options[-1:] == ("--",) else []
        return [*self.render_options(frozenset(names)), *end, *self.command]

    def render_options(self, left_out: frozenset[str]) -> list[str]:
        """Render the typed options but for some, a word each, in their long form."""
        from xrun.proxy.options import VALUE_OPTIONS

        return [
            f"{name}={value}" if value or name in VALUE_OPTIONS else name
            for name, value in self.typed
            if name not in left_out
        ]

    def counts(self, name: str) -> int:
        """How often an option was typed."""
        return len(self.values(name))

    @property
    def asks_for_help(self) -> bool:
        """Whether uv only prints something about itself, or nothing is named to run."""
        return self.has("--help", "--version", "--show-settings") or not self.command

    @property
    def is_module(self) -> bool:
        """Whether the command is a module (`-m`)."""
        return self.has("--module")

    @property
    def script(self) -> str | None:
        """Find the path of the script that is run: `--script PATH` or a Python file (uv's rule)."""
        if not self.command or self.is_module:
            return None
        target = self.command[0]
        if self.has("--script", "--gui-script"):
            return target
        return target if target.lower().endswith(SCRIPT_SUFFIXES) else None


def parse_invocation(
    argv: "Sequence[str]", takes_value: "Callable[[str], bool | None] | None" = None
) -> "Invocation":
    """Split the words behind `xrun` into uv's options and the command.

    Args:
        argv: The words, without the program's own name.
        takes_value: Asked for an option that the table does not know: whether its value is the
            next word; `None` if it is not known there either.

    Returns:
        The split; bad usage (a missing value, an unknown option) is left for uv to tell.
    """
    if not argv or not argv[0].startswith("-"):
        return Invocation((), tuple(argv), ())
    from xrun.proxy.options import read_options

    end, typed, unknown = read_options(argv, takes_value)
    return Invocation(tuple(argv[:end]), tuple(argv[end:]), tuple(typed), tuple(unknown))
