"""Which modules installed distributions provide, told by their RECORDs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import Installed, write
from xrun.environment.modules import Modules, list_modules, read_modules

if TYPE_CHECKING:
    from pathlib import Path

    from xrun.environment.environment import Environment


def install(environment: Environment, name: str, *files: str, direct_url: object = None) -> Path:
    """Install a distribution whose RECORD lists these files."""
    folder = Installed(name, direct_url=direct_url).install(environment)
    rows = [*files, f"{folder.name}/METADATA", f"{folder.name}/RECORD"]
    return write(folder, {"RECORD": "".join(f"{row},sha256=x,1\n" for row in rows)})


def install_editable(
    environment: Environment, name: str, source: Path, *files: str, pth: str | None = None
) -> Path:
    url = {"url": source.as_uri(), "dir_info": {"editable": True}}
    if pth is not None:
        write(environment.site_packages[0], {f"_{name}.pth": pth})
        files = (*files, f"_{name}.pth")
    return install(environment, name, *files, direct_url=url)


def find(environment: Environment, name: str) -> set[str]:
    return set(read_modules(environment).find_owners(name))


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("a.py", "a"),
        ("a/__init__.py", "a"),
        ("a/b/c.py", "a.b.c"),
        ("a.cpython-311-x86_64-linux-gnu.so", "a"),
        ("a.abi3.so", "a"),
        ("a.pyd", "a"),
        ("a/b.cp311-win_amd64.pyd", "a.b"),
        ("a/__init__.cpython-311-darwin.so", "a"),
        ("é/__init__.py", "é"),
    ],
)
def test_a_module_is_its_files_distributions(
    file: str, module: str, environment: Environment
) -> None:
    install(environment, "One_Two", file)
    assert find(environment, module) == {"one-two"}
    assert read_modules(environment).find_regular(module) == module


@pytest.mark.parametrize(
    "file",
    [
        "a.pyi",
        "a.txt",
        "a.old.py",
        "a-stubs/__init__.py",
        "a.dist-info/a.py",
        "a.libs/liba.so",
        "../../../bin/a.py",
        "/a/a.py",
        "__init__.py",
        "a",
    ],
)
def test_what_cannot_be_imported_is_no_module(file: str, environment: Environment) -> None:
    install(environment, "one", file)
    assert find(environment, "a") == set()
    assert read_modules(environment) == Modules({}, {}, {})


def test_names_with_commas_and_quotes_do_no_harm(environment: Environment) -> None:
    folder = install(environment, "one")
    write(folder, {"RECORD": '"a/x,y.txt",sha256=x,1\n"a/b.py",sha256=x,1\na/c.py,,\n\n'})
    assert (find(environment, "a.b"), find(environment, "a.c")) == ({"one"}, {"one"})


def test_the_deepest_regular_module_decides(environment: Environment) -> None:
    install(environment, "host", "host/__init__.py", "host/plugins/__init__.py")
    install(environment, "guest", "host/plugins/guest.py")
    assert find(environment, "host.plugins.guest") == {"guest"}
    assert find(environment, "host.plugins.guest.Class") == {"guest"}
    assert find(environment, "host.plugins.other") == {"host"}
    assert find(environment, "host") == {"host"}


def test_a_namespace_package_is_told_apart_by_what_lies_in_it(environment: Environment) -> None:
    install(environment, "google-cloud-storage", "google/cloud/storage/__init__.py")
    install(environment, "google-cloud-tasks", "google/cloud/tasks/__init__.py")
    install(environment, "protobuf", "google/protobuf/__init__.py")
    assert find(environment, "google.cloud.storage") == {"google-cloud-storage"}
    assert find(environment, "google.cloud.storage.Client") == {"google-cloud-storage"}
    assert find(environment, "google.cloud") == {"google-cloud-storage", "google-cloud-tasks"}
    assert len(find(environment, "google")) == 3
    assert find(environment, "google.cloud.missing") == set()
    assert read_modules(environment).find_regular("google.cloud") == ""


def test_what_several_distributions_provide_has_several_owners(environment: Environment) -> None:
    for name in ("opencv-python", "opencv-python-headless"):
        install(environment, name, "cv2/__init__.py")
    assert find(environment, "cv2") == {"opencv-python", "opencv-python-headless"}


@pytest.mark.parametrize("name", ["missing", "a.b", "", ".", "a..b", ".a", "one"])
def test_what_is_not_installed_is_no_ones(name: str, environment: Environment) -> None:
    install(environment, "one", "uno.py")
    assert find(environment, name) == set()


def test_lists_the_top_level_names_that_a_distribution_has_a_part_in(
    environment: Environment, tmp_path: Path
) -> None:
    install(environment, "pyyaml", "yaml/__init__.py", "yaml/reader.py", "_yaml.abi3.so")
    install(environment, "google-cloud-storage", "google/cloud/storage/__init__.py")
    install(environment, "six", "six.py")
    write(tmp_path / "lib", {"company/lib/__init__.py": ""})
    install_editable(environment, "lib", tmp_path / "lib", pth=str(tmp_path / "lib"))
    modules = read_modules(environment)
    assert modules.list_top_levels({"pyyaml"}) == {"yaml", "_yaml"}
    assert modules.list_top_levels(["google-cloud-storage", "six"]) == {"google", "six"}
    assert modules.list_top_levels({"lib"}) == {"company"}
    assert modules.list_top_levels({"missing"}) == set()


def test_without_a_record_top_level_txt_tells(environment: Environment) -> None:
    folder = Installed("PyYAML").install(environment)
    write(folder, {"top_level.txt": "_yaml\nyaml\n"})
    assert find(environment, "yaml.reader") == {"pyyaml"}
    Installed("mute").install(environment)
    assert find(environment, "mute") == set()


def test_a_record_without_modules_is_believed(environment: Environment) -> None:
    folder = install(environment, "meta")
    write(folder, {"top_level.txt": "meta\n"})
    assert find(environment, "meta") == set()


def test_an_editable_installation_provides_what_its_path_file_leads_to(
    environment: Environment, tmp_path: Path
) -> None:
    source = write(
        tmp_path / "lib",
        {"src/lib/__init__.py": "", "src/single.py": "", "src/company/x.py": "", "other.py": ""},
    )
    install_editable(environment, "lib", source, pth=f"# a comment\n\n{source / 'src'}\n")
    assert find(environment, "lib.any.thing") == {"lib"}
    assert find(environment, "single") == {"lib"}
    assert find(environment, "other") == set()


def test_a_namespace_in_an_editable_installation_may_hold_anything(
    environment: Environment, tmp_path: Path
) -> None:
    source = write(tmp_path / "lib", {"company/lib/__init__.py": ""})
    install_editable(environment, "company-lib", source, pth=str(source))
    install(environment, "company-core", "company/core/__init__.py")
    assert find(environment, "company.lib") == {"company-lib"}
    assert find(environment, "company.core") == {"company-core"}
    assert find(environment, "company") == {"company-core", "company-lib"}


def test_the_modules_that_an_editable_installation_copied_count_too(
    environment: Environment, tmp_path: Path
) -> None:
    source = write(tmp_path / "lib", {"lib/__init__.py": ""})
    install_editable(environment, "lib", source, "_lib.abi3.so", pth=str(source))
    assert find(environment, "_lib") == {"lib"}
    assert find(environment, "lib") == {"lib"}


def test_a_path_file_may_name_several_folders_also_relative_ones(
    environment: Environment, tmp_path: Path
) -> None:
    write(tmp_path, {"a/one.py": "", "b/two.py": ""})
    text = f"\ufeff{tmp_path / 'a'}\nimport os; os.system('false')\n../../../../b\n/missing\n\0\n"
    install_editable(environment, "lib", tmp_path, pth=text)
    assert find(environment, "one") == {"lib"}
    assert find(environment, "two") == {"lib"}
    assert find(environment, "missing") == set()


@pytest.mark.parametrize(
    ("files", "listed", "expected"),
    [
        ({"pkg/__init__.py": ""}, "named\n", {"named"}),
        ({"src/inner/__init__.py": "", "setup.py": ""}, None, {"inner"}),
        ({"flat/__init__.py": "", "setup.py": ""}, None, {"flat", "setup"}),
    ],
    ids=["top_level.txt", "src", "flat"],
)
def test_behind_a_finder_the_modules_are_in_the_folder_it_was_installed_from(
    files: dict[str, str | bytes],
    listed: str | None,
    expected: set[str],
    environment: Environment,
    tmp_path: Path,
) -> None:
    source = write(tmp_path / "my lib", files)
    finder = "__editable___lib_finder.py"
    pth = f"import {finder[:-3]}; {finder[:-3]}.install()"
    folder = install_editable(environment, "lib", source, finder, pth=pth)
    if listed is not None:
        write(folder, {"top_level.txt": listed})
    found = read_modules(environment).list_top_levels({"lib"})
    assert found - {finder[:-3]} == expected


@pytest.mark.parametrize("info", [{}, {"editable": False}, {"editable": "yes"}, None])
def test_only_an_editable_installation_is_looked_for_elsewhere(
    info: object, environment: Environment, tmp_path: Path
) -> None:
    source = write(tmp_path / "lib", {"lib/__init__.py": ""})
    write(environment.site_packages[0], {"lib.pth": str(source)})
    url = {"url": source.as_uri(), "dir_info": info}
    install(environment, "lib", "lib.pth", direct_url=url)
    assert find(environment, "lib") == set()


def test_an_egg_and_what_is_no_environment_provide_nothing(
    environment: Environment, tmp_path: Path
) -> None:
    write(environment.site_packages[0], {"old.egg-info/top_level.txt": "old\n", "old.py": ""})
    assert find(environment, "old") == set()
    assert find(type(environment)(tmp_path / "missing", ""), "old") == set()


def test_lists_what_is_in_a_folder(tmp_path: Path) -> None:
    names = ("a.py", "b/__init__.py", "c/x.txt", "d.abi3.so", "not-one.py", "not-two/x", "e.txt")
    folder = write(tmp_path / "here", dict.fromkeys(names, ""))
    (folder / "loop").symlink_to(folder / "loop")
    found = list_modules(str(folder))
    assert found.regular == {"a", "b", "d"}
    assert found.namespaces == {"c"}
    assert list_modules(str(tmp_path / "missing")).regular == set()
