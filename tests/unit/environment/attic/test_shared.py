"""What shares files with what went is found, however its RECORD spells them."""

from __future__ import annotations

import base64
import csv
import hashlib
from typing import TYPE_CHECKING

import pytest

from unit.make import Installed, make_environment, write
from xrun.environment.attic.shared import find_sharers, link_back
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


@pytest.mark.parametrize("content", [b"", b"two's", None], ids=["same", "other", "not there"])
def test_only_files_of_its_own_content_are_linked_back(
    tmp_path: Path, content: bytes | None
) -> None:
    environment = make_environment(tmp_path / ".venv")
    site = environment.site_packages[0]
    own = base64.urlsafe_b64encode(hashlib.sha256(b"").digest()).decode().rstrip("=")
    for name in ("one", "two"):
        folder = Installed(name).install(environment)
        rows = f"nvidia/__init__.py,sha256={own},0\n{folder.name}/RECORD,,\n"
        write(folder, {"RECORD": rows, "METADATA": f"Name: {name}\n"})
    if content is not None:
        write(site, {"nvidia/__init__.py": content})
    removal = stow(environment, {"one": None})
    assert removal is not None
    (site / "nvidia" / "__init__.py").unlink(missing_ok=True)
    link_back(replace(environment), removal, ["two"], only_own=True)
    assert (site / "nvidia" / "__init__.py").exists() is (content == b"")
    link_back(replace(environment), removal, ["two"])
    assert (site / "nvidia" / "__init__.py").exists() is (content is not None)
