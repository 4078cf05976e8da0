"""What xrun does, done in the tests' own process: cheaper where it is asked many times."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import pytest

from xrun.proxy import uv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .projects import Project


@contextlib.contextmanager
def being_in(project: Project, folder: str = ".", **changes: str | None) -> Iterator[None]:
    """Have, for a while, the folder and the variables that `project.run` would give a command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uv, "watch", uv.watch)
        for name in [*os.environ]:
            patch.delenv(name)
        for name, value in project.sandbox.environ(**changes).items():
            patch.setenv(name, value)
        patch.chdir((project.folder / folder).resolve())
        yield
