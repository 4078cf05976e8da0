"""Distributions that are copied into another environment are whole there, and its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment, write
from xrun.environment import copies
from xrun.environment.attic.file_operations import link_or_copy
from xrun.environment.copies import copy, fits
from xrun.environment.environment import Environment
from xrun.proxy import BIN

if TYPE_CHECKING:
    from pathlib import Path

RECORD = """\
six.py,sha256=abc,4
six-1.0.dist-info/METADATA,,
six-1.0.dist-info/RECORD,,
../../../{bin}/six,sha256=def,40
"""


@pytest.fixture
def source(tmp_path: Path) -> Environment:
    made = make_environment(tmp_path / "source")
    record = RECORD.format(bin=BIN)
    files = {"six.py": "x=1\n", "six-1.0.dist-info/METADATA": "Name: six\n"}
    write(made.site_packages[0], {**files, "six-1.0.dist-info/RECORD": record})
    program = write(made.folder, {f"{BIN}/six": f"#!{made.folder}/{BIN}/python\nimport six\n"})
    (program / BIN / "six").chmod(0o755)
    return Environment(made.folder, ".venv")


def test_what_is_copied_is_whole(source: Environment, tmp_path: Path) -> None:
    target = make_environment(tmp_path / "target")
    copy(source, target, ["six", "missing"])
    there = Environment(target.folder, "copy").distributions["six"]
    assert [*zip(there.files, there.sizes.values(), strict=True)] == [
        ("six.py", 4),
        ("six-1.0.dist-info/METADATA", 0),
        ("six-1.0.dist-info/RECORD", 0),
        (f"../../../{BIN}/six", 0),
    ]
    assert (there.folder.parent / "six.py").samefile(source.site_packages[0] / "six.py")
    program = target.folder / BIN / "six"
    assert program.read_text() == f"#!{target.folder}/{BIN}/python\nimport six\n"
    assert program.stat().st_mode & 0o777 == 0o755


def test_a_file_that_is_there_stays(source: Environment, tmp_path: Path) -> None:
    target = make_environment(tmp_path / "target")
    write(target.site_packages[0], {"six.py": "mine\n"})
    copy(source, target, ["six"])
    assert (target.site_packages[0] / "six.py").read_text() == "mine\n"


def test_what_is_removed_meanwhile_is_not_copied(
    source: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = make_environment(tmp_path / "target")
    record = source.distributions["six"].folder / "RECORD"

    def copy_and_lose(file: Path, place: Path) -> None:
        link_or_copy(file, place)
        record.unlink(missing_ok=True)

    monkeypatch.setattr(copies, "link_or_copy", copy_and_lose)
    copy(source, target, ["six"])
    assert "six" not in Environment(target.folder, "copy").distributions
    assert not (target.site_packages[0] / "six.py").exists()
    assert not (target.folder / BIN / "six").exists()


def test_another_python_has_no_use_for_it(source: Environment, tmp_path: Path) -> None:
    assert fits(source, make_environment(tmp_path / "same", python="3.12.9"))
    assert not fits(source, make_environment(tmp_path / "other", python="3.13.0"))
