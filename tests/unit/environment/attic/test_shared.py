"""What shares files with what went is found, however its RECORD spells them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from unit.make import Installed, make_environment, write
from xrun.environment.attic.shared import find_sharers
from xrun.environment.attic.stow import stow
from xrun.proxy import BIN
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "file", ["cv2/data.txt", "six.py", 'we"ird, one/a.py', "é/a.py", f"../../../{BIN}/tool", "A/b"]
)
def test_a_shared_file_is_found(tmp_path: Path, file: str) -> None:
    environment = make_environment(tmp_path / ".venv")
    site = environment.site_packages[0]
    write(site, {file: "x"})
    for name, files in (("one", [file]), ("two", [file]), ("three", ["cv3/data.txt"])):
        folder = Installed(name).install(environment)
        rows = [[each, "", ""] for each in (*files, f"{folder.name}/RECORD")]
        with (folder / "RECORD").open("w", newline="", encoding="utf-8") as record:
            csv.writer(record).writerows(rows)
    removal = stow(environment, {"one": None})
    assert removal is not None
    assert find_sharers(replace(environment), removal) == ("one", "two")
