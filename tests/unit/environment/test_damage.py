"""What an installer that was killed left is found, and nothing else."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from unit.make import make_environment, write
from xrun.environment.damage import find_broken, list_lacking
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment

MODULE = "x = 1\n"


def install(environment: Environment, name: str, version: str = "1.0", *more: str) -> Path:
    """Install a distribution with a package and a script; more is rows of its RECORD."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Name: {name}\n"
    rows = [
        f"{name}/__init__.py,sha256=x,{len(MODULE)}",
        f"{name}/data/a.txt,sha256=x,{len(MODULE)}",
        f"{info}/METADATA,sha256=x,{len(metadata)}",
        f"{info}/RECORD,,",
        f"../../../bin/{name},sha256=x,{len(MODULE)}",
        *more,
    ]
    files = {f"{name}/__init__.py": MODULE, f"{name}/data/a.txt": MODULE}
    files |= {f"{info}/METADATA": metadata, f"{info}/RECORD": "".join(f"{row}\n" for row in rows)}
    site_packages = environment.site_packages[0]
    write(site_packages, files)
    write(environment.folder, {f"bin/{name}": MODULE})
    return site_packages


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    found = make_environment(tmp_path / ".venv")
    install(found, "one")
    install(found, "two")
    return found


def list_relative(environment: Environment, name: str = "one", *, sizes: bool = False) -> list[str]:
    distribution = replace(environment).distributions[name]
    lacking = list_lacking(distribution, sizes=sizes)
    return [os.path.relpath(path, environment.site_packages[0]) for path in lacking]


def test_what_is_whole_lacks_nothing(environment: Environment) -> None:
    assert find_broken(environment, sizes=True) == ()
    assert list_relative(environment, sizes=True) == []


@pytest.mark.parametrize(
    "file", ["one/__init__.py", "one/data/a.txt", "one-1.0.dist-info/METADATA", "../../../bin/one"]
)
def test_what_record_lists_and_is_gone(environment: Environment, file: str) -> None:
    (environment.site_packages[0] / file).unlink()
    assert list_relative(environment) == [file]
    assert find_broken(environment) == find_broken(environment, ["one", "none"]) == ("one",)
    assert find_broken(environment, ["two"]) == ()


def test_of_a_folder_that_is_gone_all_files_are_lacking(environment: Environment) -> None:
    shutil.rmtree(environment.site_packages[0] / "one")
    assert list_relative(environment) == ["one/__init__.py", "one/data/a.txt"]


@pytest.mark.parametrize("file", ["METADATA", "RECORD"])
@pytest.mark.parametrize("content", [None, ""])
def test_without_its_own_files_it_is_broken(
    environment: Environment, file: str, content: str | None
) -> None:
    path = environment.site_packages[0] / "one-1.0.dist-info" / file
    path.unlink()
    if content is not None:
        path.write_text(content)
    assert list_relative(environment) == [f"one-1.0.dist-info/{file}"]
    assert find_broken(environment) == ("one",)


def test_what_has_no_record_at_all_can_be_left_out(environment: Environment) -> None:
    for name in ("one", "two"):
        (environment.site_packages[0] / name / "__init__.py").unlink()
    (environment.site_packages[0] / "one-1.0.dist-info" / "RECORD").write_text("\n")
    assert find_broken(environment) == ("one", "two")
    assert find_broken(environment, only_listed=True) == ("two",)


def test_a_folder_that_an_uninstallation_left_is_broken(environment: Environment) -> None:
    info = environment.site_packages[0] / "three-1.0.dist-info"
    write(info, {"notes.txt": ""})
    assert find_broken(environment) == ("three",)
    assert find_broken(environment, only_listed=True) == ()


@pytest.mark.parametrize("target", ["one", "one/__init__.py"])
def test_a_link_to_nothing_is_no_file(environment: Environment, target: str) -> None:
    path = environment.site_packages[0] / target
    path.rename(environment.folder.parent / "cache")
    path.symlink_to(environment.folder.parent / "cache")
    assert list_relative(environment, sizes=True) == []
    (environment.folder.parent / "cache").rename(environment.folder.parent / "gone")
    assert "one/__init__.py" in list_relative(environment)


def test_byte_code_may_be_gone_and_what_is_outside_does_not_count(
    environment: Environment,
) -> None:
    rows = ["three/__pycache__/a.cpython-312.pyc,,", "three/__pycache__,,", "three/b.pyo,,9"]
    install(environment, "three", "1.0", *rows, "../../../../outside.txt,,", "/outside/a.py,,3")
    assert list_relative(environment, "three", sizes=True) == []


def test_only_what_is_shorter_than_its_record_says_was_cut_off(environment: Environment) -> None:
    site_packages = environment.site_packages[0]
    many = "9" * 5000
    install(environment, "three", "1.0", "three/a.py,,", f"three/b.py,,{many}", "three/c.py,,-1")
    write(site_packages, dict.fromkeys(("three/a.py", "three/b.py", "three/c.py"), ""))
    (site_packages / "one/__init__.py").write_text(f"{MODULE}y = 2\n")
    (site_packages / "one/data/a.txt").write_text("x = 2\n")
    (site_packages / "two/__init__.py").write_text(MODULE[:-1])
    assert find_broken(environment) == ()
    assert find_broken(environment, sizes=True) == ("two",)
    assert list_relative(environment, "two", sizes=True) == ["two/__init__.py"]


@pytest.mark.parametrize("lacking", ["1.0", "2.0"])
def test_after_an_upgrade_that_was_interrupted_either_folder_counts(
    environment: Environment, lacking: str
) -> None:
    for version in ("1.0", "2.0"):
        install(environment, "one", version, f"one/of_{version}.py,,")
        write(environment.site_packages[0], {f"one/of_{version}.py": ""})
    assert find_broken(environment) == ()
    (environment.site_packages[0] / "one" / f"of_{lacking}.py").unlink()
    assert find_broken(replace(environment)) == ("one",)


def test_a_file_that_a_folder_does_not_list_may_be_there_all_the_same(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    assert environment.every_distribution
    monkeypatch.setattr(os, "scandir", refuse)
    assert find_broken(environment) == ()


def test_what_another_one_has_written_over_was_not_cut_off(environment: Environment) -> None:
    site_packages = install(environment, "three", "1.0", "both.py,sha256=x,9")
    install(environment, "four", "1.0", "both.py,sha256=x,6")
    write(site_packages, {"both.py": "x" * 6})
    assert find_broken(replace(environment), sizes=True) == ()
    write(site_packages, {"both.py": "x" * 5})
    assert find_broken(replace(environment), sizes=True) == ("four", "three")
    (site_packages / "both.py").unlink()
    assert find_broken(replace(environment), sizes=True) == ("four", "three")
