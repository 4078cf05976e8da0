"""`xrunctl shell-init`: completion for a shell, and `uv run` that is xrun's there."""

from __future__ import annotations

import enum
import os
import shlex
import sys
from pathlib import Path

import platformdirs

from xrun.ctl.output import say
from xrun.ctl.target import failing
from xrun.ctl.verbs import Argument, Option
from xrun.words import shorten_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Annotated

SCRIPTS = Path(__file__).with_name("shells")


class Shell(str, enum.Enum):
    """The shells that xrun knows."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def shell_init(
    shell: Annotated[Shell, Argument(metavar="bash|zsh|fish", help="Your shell.")],
    *,
    replaces: Annotated[
        bool,
        Option("--replace-uv-run", help="A typed `uv run` starts xrun too."),
    ] = False,
    installs: Annotated[
        bool,
        Option("--install", help="Write it to a file that your shell reads at each start."),
    ] = False,
) -> None:
    """Print what a shell needs to complete `xrun` and `xrunctl`."""
    text = read_script(shell, replaces=replaces)
    if not installs:
        sys.stdout.write(text)
        return
    with failing():
        say(install(shell, text))


def read_script(shell: Shell, *, replaces: bool) -> str:
    """Read the script of a shell.

    Args:
        shell: Which one.
        replaces: Whether `uv run` becomes xrun's too.
    """
    names = [f"complete.{shell.value}"]
    if replaces:
        names.append("uv.fish" if shell is Shell.FISH else "uv.sh")
    return "".join((SCRIPTS / name).read_text("utf-8") for name in names)


def install(shell: Shell, text: str) -> list[str]:
    """Write the script to a file, and a line that reads it to the shell's own file.

    Args:
        shell: Which one; fish reads all files of a folder, so there it needs no line.
        text: The script.

    Returns:
        What was written, and how to undo it.

    Raises:
        OSError: A file could not be written.
    """
    if shell is Shell.FISH:
        script = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        script /= "fish/conf.d/xrun.fish"
        _write(script, text)
        name = shorten_home(str(script))
        return [f"wrote {name}, which fish reads at its start; delete it to undo this"]
    script = Path(platformdirs.user_data_dir("xrun")) / f"shell-init.{shell.value}"
    _write(script, text)
    start = _find_start(shell)
    quoted = shlex.quote(str(script))
    line = f"[ ! -r {quoted} ] || . {quoted}  # xrun"
    before = start.read_text("utf-8", "surrogateescape") if start.exists() else ""
    names = shorten_home(str(script)), shorten_home(str(start))
    if line in before.splitlines():
        return [f"wrote {names[0]}, which {names[1]} reads"]
    end = "" if before.endswith("\n") or not before else "\n"
    with start.open("a", encoding="utf-8") as file:
        file.write(f"{end}{line}\n")
    return [f"wrote {names[0]}, and the line in {names[1]} that reads it; delete that line to undo"]


def _write(script: Path, text: str) -> None:
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(text, "utf-8")


def _find_start(shell: Shell) -> Path:
    """Find the file that an interactive shell reads at its start."""
    if shell is Shell.BASH:
        return Path.home() / ".bashrc"
    return Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zshrc"
