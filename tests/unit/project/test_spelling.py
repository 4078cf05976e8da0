"""Paths as they are spelled on disk, where upper and lower case are the same."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from support.platforms import fold_case
from unit.make import Installed, make_environment, make_workspace, write
from xrun.environment.attic.own_files import Folders, list_files
from xrun.environment.attic.restore import restore
from xrun.environment.attic.shared import find_sharers
from xrun.environment.attic.stow import stow
from xrun.environment.damage import find_broken
from xrun.environment.environment import find_environment
from xrun.project.spelling import folds_case, spell, spell_folder
from xrun.project.workspace import find_workspace
from xrun.proxy.dataclass import replace

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment


@pytest.fixture
def folding(monkeypatch: pytest.MonkeyPatch) -> None:
    fold_case(monkeypatch.setattr)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """One in which two distributions share a file, and one RECORD has all in other case."""
    made = make_environment(tmp_path / "App" / ".venv")
    site = made.site_packages[0]
    for name, file in (("six", "six/__init__.py"), ("other", "Six/Both.py")):
        info = Installed(name).install(made)
        own = os.path.relpath(info, site)
        rows = [file, "SIX/both.py", f"{own}/METADATA".upper(), f"{own}/RECORD"]
        write(info, {"RECORD": "".join(f"{row},,\n" for row in dict.fromkeys(rows))})
    write(site, {"six/__init__.py": "", "six/both.py": ""})
    return replace(made)


def test_where_case_counts_nothing_is_spelled_otherwise(tmp_path: Path) -> None:
    file = write(tmp_path, {"Here": ""}) / "Here"
    if (tmp_path / "HERE").exists():
        pytest.skip("case does not count here")
    assert not folds_case(str(file))
    assert spell_folder(tmp_path, "Here") == tmp_path
    write(tmp_path, {"here": ""})
    assert spell(str(file), {}) == str(file)
    assert spell(str(tmp_path / "HERE"), {}) == str(tmp_path / "HERE")


@pytest.mark.usefixtures("folding")
def test_a_name_in_an_open_folder_is_no_name_in_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"here/README.md": "", "there/readme.md": ""})
    monkeypatch.chdir(tmp_path / "here")
    shutil.rmtree(tmp_path / "there")
    assert not (tmp_path / "there").exists()


@pytest.mark.usefixtures("folding")
def test_a_path_is_spelled_as_far_as_it_is_there(tmp_path: Path) -> None:
    write(tmp_path, {"Here/There/file": ""})
    assert folds_case(str(tmp_path / "here" / "there" / "file"))
    path = f"{tmp_path}/HERE/there/NOWHERE"
    assert spell(path, {}) == f"{tmp_path}/Here/There/NOWHERE"


@pytest.mark.usefixtures("folding")
def test_a_project_is_one_however_it_is_spelled(tmp_path: Path) -> None:
    make_workspace(tmp_path / "App", "")
    make_environment(tmp_path / "App" / ".venv")
    found = find_workspace(tmp_path / "aPP" / "src")
    assert found is not None
    assert found.root.folder == tmp_path / "App"
    for is_active in (True, False):
        variables = dict.fromkeys(
            ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"), f"{tmp_path}/APP/.VENV"
        )
        environment = find_environment(found.root.folder, variables, is_active=is_active)
        assert environment.folder == tmp_path / "App" / ".venv"


@pytest.mark.usefixtures("folding")
def test_a_record_in_other_case_names_the_same_files(environment: Environment) -> None:
    six = environment.distributions["six"]
    assert sorted(six.files) == [
        *("six-1.0.dist-info/METADATA", "six-1.0.dist-info/RECORD"),
        *("six/__init__.py", "six/both.py"),
    ]
    unlisted = "six-1.0.dist-info/INSTALLER"
    assert len(list_files(Folders(environment), six)) == len({*six.files, unlisted})
    assert find_broken(environment) == ()


@pytest.mark.usefixtures("folding")
def test_what_is_shared_is_known_and_comes_back(environment: Environment) -> None:
    removal = stow(environment, {"six": None})
    assert removal is not None
    assert find_sharers(environment, removal) == ("other", "six")
    for file in removal.distributions[0].files:
        (environment.folder / file).unlink()
    environment.distributions["six"].folder.rmdir()
    assert find_broken(replace(environment)) == ("other",)
    restore(replace(environment), removal, removal.distributions)
    assert find_broken(replace(environment)) == ()
    assert {*replace(environment).distributions} == {"other", "six"}
