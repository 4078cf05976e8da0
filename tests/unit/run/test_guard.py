"""Between two starts of uv an environment is still the one that is changed, or nothing goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment
from xrun.errors import NotAnEnvironmentError
from xrun.run.guard import check_is_same, identify

if TYPE_CHECKING:
    from pathlib import Path


def test_an_environment_that_took_the_place_of_another_is_not_changed(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / ".venv")
    identity = identify(environment)
    check_is_same(environment, identity)
    environment.folder.rename(tmp_path / "former")
    with pytest.raises(NotAnEnvironmentError):  # nothing is there
        check_is_same(environment, identity)
    make_environment(environment.folder)
    with pytest.raises(NotAnEnvironmentError):
        check_is_same(environment, identity)


def test_an_environment_without_its_configuration_is_not_changed(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / ".venv")
    (environment.folder / "pyvenv.cfg").unlink()
    with pytest.raises(NotAnEnvironmentError):
        check_is_same(environment, identify(environment))
