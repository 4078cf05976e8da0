"""The marker of a step that changed an environment and did not end well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xrun.proxy.files import resolve_name, write_records

if TYPE_CHECKING:
    from pathlib import Path

    from .sandbox import Sandbox


def mark(sandbox: Sandbox, environment: Path) -> Path:
    """Leave the marker of an interrupted step, as a run in the sandbox does."""
    folder = sandbox.home / ".cache" / "xrun" / "changing"
    path = folder / resolve_name(str(environment))
    write_records(str(path), [str(environment)])
    return path
