"""How a run speaks: lines on standard error, and a question at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.proxy.dataclass import dataclass
from xrun.report.notices import render_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Voice:
    """What a run says, and where.

    Attributes:
        say: Prints lines on standard error.
        ask: Prints a question at the terminal and gives the line that is typed; empty at its end.
        is_terminal: Whether standard error is a terminal.
        is_quiet: Whether notices are left out; refusals and errors are not.
    """

    say: Callable[[Sequence[str]], None]
    ask: Callable[[str], str] = lambda _: ""
    is_terminal: bool = False
    is_quiet: bool = False

    def tell(self, lines: Sequence[str]) -> None:
        """Say a notice, unless `-q` was typed."""
        if lines and not self.is_quiet:
            self.say(lines)

    def tell_waiting(self, holder: str) -> None:
        """Say who holds a lock that is waited for."""
        self.tell(render_waiting(holder))
