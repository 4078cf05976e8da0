"""What `xrun --help` and `xrun --version` print."""

from __future__ import annotations

from xrun import __version__
from xrun.policy.keys import MODES

ABOUT = """\
xrun {version}: uv run, in an environment that holds exactly what is declared

Usage: xrun [OPTIONS OF UV RUN] COMMAND [ARGUMENTS]

Options and commands are those of `uv run` (`uv run --help`). Before the
command, xrun removes what the project does not declare: by name, and with a
backup.

Examples:
  xrun pytest -x                as `uv run pytest -x`, with what is declared
  xrun --extra plots draw.py    another selection: in a separate environment
  XRUN_MODE=report xrun pytest  removes nothing this time, reports afterwards

Options and variables:
  XRUN=0          run `uv run` as typed, and do nothing else
  XRUN_MODE=MODE  this time: {modes}
  -v              say what xrun decides (-vv: with uv's own debug lines)
  -q              say nothing but refusals
  -V, --version   print the version, if typed first
  -h, --help      print this, if typed first

`xrunctl --help` lists the verbs that check and mend an environment; `xrunctl
help` lists the pages to read: policy, modes, keep, CI, limits and more.
"""


def render_about(option: str) -> str:
    """Render the answer to a leading `--version`, `--help`, or the short form of one."""
    if option in {"-V", "--version"}:
        return f"xrun {__version__}"
    return ABOUT.format(version=__version__, modes=", ".join(MODES)).rstrip("\n")
