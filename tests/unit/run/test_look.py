from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.run.test_decide import SEPARATE, make_run, typed
from xrun.environment.change_lock import Locks
from xrun.errors import XrunError
from xrun.run import separate
from xrun.run.look import Look, look_elsewhere

if TYPE_CHECKING:
    from pathlib import Path


def test_a_closed_cache_folder_names_the_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/closed/xrun")

    monkeypatch.setattr(separate, "find_elsewhere", refuse)
    with pytest.raises(XrunError, match="/closed/xrun") as caught:
        look_elsewhere(make_run(typed(**SEPARATE), tmp_path), Locks(), Look())
    assert "XDG_CACHE_HOME" in caught.value.hint
