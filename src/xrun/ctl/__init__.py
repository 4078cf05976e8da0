"""The `xrunctl` application: one file a verb."""

from __future__ import annotations


def main() -> None:
    """Run `xrunctl`."""
    from xrun.ctl.app import app

    app()
