"""What can go wrong before a command runs: one base class, one boundary (`proxy`, `ctl`)."""

from __future__ import annotations

STATUS_NOT_RUN = 125


def render_cause(error: OSError) -> str:
    """Render what the system says, and of which file: `Permission denied: /etc/xrun.toml`."""
    said = error.strerror or str(error)
    return f"{said}: {error.filename}" if error.strerror and error.filename else said


class XrunError(Exception):
    """Something that the user can mend; the command was not run.

    Args:
        message: One line; what was expected and what was found, and where.
        details: Further lines, already aligned, printed indented below the message.
        hint: What to do next, one line.
    """

    def __init__(self, message: str, *, details: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.hint = hint


class NotAllowedError(XrunError):
    """A policy that can be followed, and says that this is not to be run."""


class UvNotFoundError(XrunError):
    """No uv in any of the places where one is looked for."""


class UvTooOldError(XrunError):
    """A uv that cannot do what was asked for; the message names the version that can."""


class UvFailedError(XrunError):
    """uv answered a question of xrun's own with an error.

    Attributes:
        is_usage: Whether it was the command line that uv refused; it will refuse the run's too.
        status: uv's own.
        said: uv's own words, where it would say the same of the run; else empty.
    """

    is_usage = False
    status = 0
    said: tuple[str, ...] = ()


class NoAnswerError(UvFailedError):
    """uv gave no answer to a question of xrun's own: it was killed, or cannot be read."""


class UvKilledError(XrunError):
    """uv was ended by a signal while it changed something."""


class KeptWouldBeLostError(XrunError):
    """The environment would be rebuilt, and what the policy keeps in it would be lost."""


class InUseError(XrunError):
    """Commands run in an environment that something would be taken from."""


class BusyError(XrunError):
    """A lock that someone else holds was waited for, and did not become free."""


class NotAnEnvironmentError(XrunError):
    """The guard: what uv would change is not the virtual environment of this project."""
