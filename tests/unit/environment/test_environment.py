"""What is installed, read from disk; and which environment uv would use."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from unit.make import Installed, make_environment, write
from xrun.environment.distribution import Distribution, strip_credentials
from xrun.environment.environment import MADE, Environment, find_environment, is_made_folder
from xrun.environment.needs import find_extras, find_needs, name_needs
from xrun.proxy import BIN
from xrun.proxy.dataclass import replace


def read_needed(environment: Environment, name: str) -> set[str]:
    found = environment.distributions[name].read_requirements(lambda: environment.markers)
    return {canonicalize_name(each.name) for each in found}


def test_reads_what_is_installed_by_normalised_name(environment: Environment) -> None:
    Installed("six", "1.17.0").install(environment)
    Installed("Zope.Interface", "7.0").install(environment)
    Installed("old-name-thing", "2.0+local.1").install(environment)
    found = {name: entry.version for name, entry in environment.distributions.items()}
    assert found == {"six": "1.17.0", "zope-interface": "7.0", "old-name-thing": "2.0+local.1"}
    assert all(entry.folder.is_dir() for entry in environment.distributions.values())


def test_what_is_no_distribution_is_passed_by(environment: Environment) -> None:
    names = ("six.py", "six-1.0.egg-info", "dist-info", "six.dist-info", "a-1.dist-info.bak")
    write(environment.site_packages[0], {f"{name}/file": "" for name in names})
    assert environment.distributions == {}


def test_old_forms_are_known_by_name(environment: Environment) -> None:
    names = ("A_b-1.0-py3.11.egg-info", "c.egg-info", "d-E.egg-link", "f-1.0-py3.11.egg")
    write(environment.site_packages[0], dict.fromkeys(names, "Name: any\nVersion: 1.0\n"))
    write(environment.site_packages[0], {names[2]: "/nonexistent\n."})
    forms = environment.old_forms.values()
    assert sorted((each.name, each.version, each.folder.name) for each in forms) == [
        ("a-b", "1.0", names[0]),
        ("c", "1.0", names[1]),
        ("d-e", "", names[2]),  # the folder that it names says it
    ]


def test_a_folder_that_an_uninstallation_left_counts_as_uv_counts_it(
    environment: Environment,
) -> None:
    site_packages = environment.site_packages[0]
    write(site_packages, {"six-1.0.dist-info/notes.txt": "", "idna-9.dist-info/notes.txt": ""})
    Installed("idna", "3.6").install(environment)
    assert environment.distributions["six"].is_ghost
    assert environment.distributions["idna"].version == "3.6"
    assert [each.version for each in environment.every_distribution] == ["3.6", "9", "1.0"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("six.py,,\n", ["six.py"]),
        ("\ufeffsix.py,,\r\na.py,,\r\n", ["six.py", "a.py"]),
        ('"a\nb.txt",,\n"a,""c"".txt",,\n', ["a\nb.txt", 'a,"c".txt']),
        ("a\0b.py,,\n", ["ab.py"]),
        ("\n,,\nsix.py", ["six.py"]),
        ("a\x0bb.py,,\na\u2028b.py,,\n", ["a\x0bb.py", "a\u2028b.py"]),
        ("x" * 200_000 + ",,\nsix.py,,\n", ["x" * 200_000, "six.py"]),
        ('six.py,,\n"open,,\n' + "y,,\n" * 50_000, ["six.py", "open,,\n" + "y,,\n" * 50_000]),
        ("\r\r\r", []),
    ],
)
def test_no_record_is_too_odd_to_be_read(
    record: str, expected: list[str], environment: Environment
) -> None:
    write(Installed("six").install(environment), {"RECORD": record})
    assert list(environment.distributions["six"].files) == expected


def test_an_environment_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert Environment(tmp_path / "missing", ".venv").distributions == {}


def test_reads_where_a_distribution_came_from(environment: Environment) -> None:
    url = {"url": "file:///a", "dir_info": {"editable": True}}
    made = Installed("six", installer="pip\n", is_requested=True, direct_url=url)
    folder = made.install(environment)
    os.utime(folder / "METADATA", (1, 1))  # as old as in the cache that it is linked from
    os.utime(folder / "INSTALLER", (1_700_000_000, 1_700_000_000))
    found = environment.distributions["six"].provenance
    assert (found.installer, found.installed_at) == ("pip", 1_700_000_000)
    assert (found.is_requested, found.is_editable) == (True, True)
    assert found.direct_url == url


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000])
def test_a_damaged_direct_url_says_nothing(environment: Environment, text: str) -> None:
    folder = Installed("six").install(environment)
    write(folder, {"direct_url.json": text})
    assert environment.distributions["six"].provenance.direct_url == {}


def test_uvs_mark_of_what_was_asked_for_says_nothing(environment: Environment) -> None:
    Installed("six", installer="uv", is_requested=True).install(environment)
    assert not environment.distributions["six"].provenance.is_requested


def test_where_no_installer_is_named_the_age_is_that_of_the_record(
    environment: Environment,
) -> None:
    folder = Installed("six", installer=None).install(environment)
    assert environment.distributions["six"].provenance.installed_at is None
    write(folder, {"RECORD": ""})
    os.utime(folder / "RECORD", (1_700_000_000, 1_700_000_000))
    assert replace(environment).distributions["six"].provenance.installed_at == 1_700_000_000


@pytest.mark.parametrize("moment", [-1, 0, 315_532_800])
def test_the_time_of_an_archive_is_no_age(environment: Environment, moment: int) -> None:
    folder = Installed("six", installer="pip\n").install(environment)
    os.utime(folder / "INSTALLER", (moment, moment))
    assert environment.distributions["six"].provenance.installed_at is None


def test_what_nothing_is_said_about_has_no_provenance(tmp_path: Path) -> None:
    found = Distribution("six", "1", tmp_path / "missing").provenance
    assert (found.installer, found.installed_at, found.is_requested) == ("", None, False)
    assert (found.direct_url, found.is_editable) == ({}, False)


@pytest.mark.parametrize(
    ("content", "url", "is_editable"),
    [
        (b"", {}, False),
        (b"{", {}, False),
        (b"[1]", {}, False),
        (b'"text"', {}, False),
        (b"null", {}, False),
        (b"\xff\xfe", {}, False),
        (b'{"url": "u", "archive_info": {}}', {"url": "u", "archive_info": {}}, False),
        (b'{"url": "u", "vcs_info": {}}', {"url": "u", "vcs_info": {}}, False),
        (b'{"url": "u", "dir_info": {}}', {"url": "u", "dir_info": {}}, False),
        (b'{"dir_info": {"editable": true}}', {"dir_info": {"editable": True}}, True),
        (b'{"dir_info": ["editable"]}', {"dir_info": ["editable"]}, False),
    ],
)
def test_reads_direct_url_and_passes_by_what_is_malformed(
    content: bytes, url: object, environment: Environment, *, is_editable: bool
) -> None:
    folder = Installed("six").install(environment)
    write(folder, {"direct_url.json": content})
    found = environment.distributions["six"].provenance
    assert (found.direct_url, found.is_editable) == (url, is_editable)


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        (["idna", "Zope.Interface>=7"], {"idna", "zope-interface"}),
        (["urllib3 (<3,>=1.21.1)"], {"urllib3"}),
        (['tomli; python_version < "3.11"'], set()),
        (['tomli; python_version >= "3.12"'], {"tomli"}),
        (['tomli; python_full_version >= "3.12.4"'], {"tomli"}),
        (['tomli; python_full_version >= "3.12.5"'], set()),
        (['socks; extra == "socks"'], set()),
        (['idna; extra == "socks" or python_version > "3"'], {"idna"}),
        (['colorama; sys_platform == "no-such"'], set()),
        (["httpx[http2]"], {"httpx"}),
        (["foo @ file:///a/foo"], {"foo"}),
        (["not a requirement !", "idna; nonsense == 1", "six"], {"six"}),
    ],
)
def test_reads_what_a_distribution_needs_there(
    needs: list[str], expected: set[str], environment: Environment
) -> None:
    Installed("one", needs=tuple(needs)).install(environment)
    assert read_needed(environment, "one") == expected


@pytest.mark.parametrize(
    ("python", "expected"),
    [("3.10.2", {"tomli"}), ("3.9", {"tomli"}), ("3.12.1.final.0", set()), ("3.13.0a1", set())],
)
def test_markers_are_those_of_the_environments_own_python(
    python: str, expected: set[str], tmp_path: Path
) -> None:
    environment = make_environment(tmp_path / ".venv", python=python)
    Installed("one", needs=('tomli; python_version < "3.11"',)).install(environment)
    assert read_needed(environment, "one") == expected
    assert environment.markers["python_full_version"] == ".".join(python.split(".")[:3])


@pytest.mark.parametrize(
    ("config", "expected"),
    [("version = 3.12.1", "3.12"), ("VERSION_INFO=3.9.1", "3.9"), ("version = \nhome", None)],
)
def test_reads_the_version_out_of_any_pyvenv_cfg(
    config: str, expected: str | None, environment: Environment
) -> None:
    own = Environment(environment.folder / "missing", "").markers["python_version"]
    write(environment.folder, {"pyvenv.cfg": config})
    assert environment.markers["python_version"] == (expected or own)


def test_a_description_is_not_taken_for_metadata(environment: Environment) -> None:
    folder = Installed("one", needs=("idna",)).install(environment)
    with (folder / "METADATA").open("a") as file:
        file.write("\nRequires-Dist: six\n")
    assert read_needed(environment, "one") == {"idna"}


def test_metadata_that_is_not_utf_8_is_read_as_far_as_it_goes(environment: Environment) -> None:
    folder = Installed("one").install(environment)
    write(folder, {"METADATA": b"Author: \xe9\nRequires-Dist: idna\n"})
    assert read_needed(environment, "one") == {"idna"}


BASE = "lib/python3.12/os.py"

# Files below the folder; then: exists, is virtual, is damaged, is a base Python.
STATES: dict[str, tuple[tuple[str, ...], tuple[bool, bool, bool, bool]]] = {
    "virtual": (("pyvenv.cfg", f"{BIN}/python"), (True, True, False, False)),
    "no pyvenv.cfg": ((f"{BIN}/python",), (True, False, True, False)),
    "a folder of that name": (("pyvenv.cfg/x", f"{BIN}/python"), (True, False, True, False)),
    "only pyvenv.cfg": (("pyvenv.cfg",), (True, True, False, False)),
    "base Python": ((f"{BIN}/python", BASE), (True, False, False, True)),
    "virtual with a library": (("pyvenv.cfg", f"{BIN}/python", BASE), (True, True, False, False)),
    "junk": (("notes.txt",), (True, False, False, False)),
}


@pytest.mark.parametrize("name", STATES)
def test_tells_the_states_of_an_environment_apart(name: str, tmp_path: Path) -> None:
    files, expected = STATES[name]
    found = Environment(write(tmp_path / ".venv", dict.fromkeys(files, "")), ".venv")
    told = (found.exists, found.is_virtual, found.is_damaged, found.is_base)
    assert told == expected


def test_what_is_not_there_or_empty_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "dangling").symlink_to("missing")
    for name in ("missing", "empty", "dangling"):
        found = Environment(tmp_path / name, ".venv")
        assert (found.exists, found.is_virtual, found.is_damaged) == (False, False, False), name
    (tmp_path / "file").touch()
    assert Environment(tmp_path / "file", ".venv").exists


def test_a_link_to_a_pyvenv_cfg_elsewhere_makes_no_environment(tmp_path: Path) -> None:
    other = make_environment(tmp_path / "other")
    found = make_environment(tmp_path / ".venv")
    (found.folder / "pyvenv.cfg").unlink()
    (found.folder / "pyvenv.cfg").symlink_to(other.folder / "pyvenv.cfg")
    assert (found.is_virtual, found.is_damaged) == (False, True)


def test_a_link_to_a_whole_environment_is_one(tmp_path: Path) -> None:
    other = make_environment(tmp_path / "other")
    Installed("six").install(other)
    (tmp_path / ".venv").symlink_to(other.folder)
    found = Environment(tmp_path / ".venv", ".venv")
    assert (found.exists, found.is_virtual, list(found.distributions)) == (True, True, ["six"])
    assert (found.dangling, found.is_uvs_choice, other.is_uvs_choice) == ("", False, True)


def test_a_link_to_what_is_missing_says_where_it_leads_unless_uv_makes_that(tmp_path: Path) -> None:
    found = Environment(tmp_path / ".venv", ".venv")
    assert found.dangling == ""
    for target, expected in (("gone", "gone"), ("/cache/environments-v2/demo-cp3.12.4", "")):
        found.folder.unlink(missing_ok=True)
        found.folder.symlink_to(target)
        assert found.dangling == expected


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("part", ["folder", "site-packages"])
def test_an_environment_is_writable_if_all_of_it_is(part: str, environment: Environment) -> None:
    assert environment.is_writable
    folder = environment.folder if part == "folder" else environment.site_packages[0]
    folder.chmod(0o555)
    try:
        assert not environment.is_writable
    finally:
        folder.chmod(0o755)


# Variables, --active, what .venv is; then: the folder and how messages name it.
CHOICES: dict[str, tuple[dict[str, str], bool, str | None, str, str]] = {
    "nothing said": ({}, False, None, "root/.venv", ".venv"),
    "empty": ({"UV_PROJECT_ENVIRONMENT": "", "VIRTUAL_ENV": ""}, True, None, "root/.venv", ".venv"),
    "relative": ({"UV_PROJECT_ENVIRONMENT": "../envs/x"}, False, None, "envs/x", "../envs/x"),
    "absolute": ({"UV_PROJECT_ENVIRONMENT": "/e/x"}, False, None, "/e/x", "/e/x"),
    "active": ({"VIRTUAL_ENV": "/e/v"}, True, None, "/e/v", "/e/v"),
    "active, relative": ({"VIRTUAL_ENV": "v"}, True, None, "here/v", "v"),
    "not active": ({"VIRTUAL_ENV": "/e/v"}, False, None, "root/.venv", ".venv"),
    "active beats": (
        {"VIRTUAL_ENV": "/e/v", "UV_PROJECT_ENVIRONMENT": "x"},
        *(True, None, "/e/v", "/e/v"),
    ),
    "a file": ({}, False, "../other\n", "other", ".venv"),
    "a file, absolute": ({}, False, "/e/other", "/e/other", ".venv"),
    "a file beaten": ({"UV_PROJECT_ENVIRONMENT": "x"}, False, "../other", "root/x", "x"),
}


@pytest.mark.parametrize("name", CHOICES)
def test_finds_the_environment_that_uv_uses(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ, is_active, redirect, folder, shown = CHOICES[name]
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    root = write(tmp_path / "root", {} if redirect is None else {".venv": redirect})
    root.mkdir(exist_ok=True)
    found = find_environment(root, environ, is_active=is_active)
    assert (found.folder, found.name) == (Path(tmp_path / folder), shown)
    is_redirected = name in {"a file", "a file, absolute"}
    assert found.place == (root / ".venv" if is_redirected else found.folder)


def test_a_licence_with_lines_of_spaces_does_not_end_the_fields(tmp_path: Path) -> None:
    folder = tmp_path / "one-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Name: one\nLicense: Text\n        \n        more\n"
        "Requires-Dist: two\n\nRequires-Dist: no\n"
    )
    assert [each.name for each in Distribution("one", "1.0", folder).read_requirements(dict)] == [
        "two"
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:secret@host.test/a.whl", "https://host.test/a.whl"),
        ("https://token@host.test:8080/a?b#c", "https://host.test:8080/a?b#c"),
        ("https://host.test/a@1", "https://host.test/a@1"),
        ("ssh://git@host.test/repo.git", "ssh://git@host.test/repo.git"),
        ("ssh://git:secret@host.test/repo.git", "ssh://host.test/repo.git"),
        ("http://user:****@host.test/a", "http://host.test/a"),
        ("file:///home/a%20b", "file:///home/a%20b"),
        ("http://[broken", ""),
    ],
)
def test_no_credentials_come_out_of_a_url(
    url: str, expected: str, environment: Environment
) -> None:
    assert strip_credentials(url) == expected
    Installed("one", direct_url={"url": url, "archive_info": {}}).install(environment)
    provenance = environment.distributions["one"].provenance
    assert provenance.direct_url == {"url": expected, "archive_info": {}}


def test_the_closure_asks_for_the_extras_that_its_members_ask_for(
    environment: Environment,
) -> None:
    Installed(
        "app", needs=("Web[fast]; python_version >= '3'", "old; python_version < '3'")
    ).install(environment)
    Installed("web", needs=("loop; extra == 'fast'", "slow; extra == 'Slow_One'", "app")).install(
        environment
    )
    for name in ("loop", "slow", "old"):
        Installed(name).install(environment)
    assert name_needs(find_needs(environment, [("app", ())])) == {
        "app": {"web"},
        "web": {"loop", "app"},
        "loop": set(),
    }
    wider = find_needs(environment, [("web", ("slow-one",)), ("app", ())])
    assert set(wider) == {"app", "web", "loop", "slow"}
    assert find_needs(environment, [("missing", ())]) == {}


def test_the_closure_names_what_is_missing_only_where_that_matters(
    environment: Environment,
) -> None:
    Installed("app", needs=("web", "missing>=2", "other")).install(environment)
    Installed("web").install(environment)
    assert name_needs(find_needs(environment, [("app", ())]))["app"] == {"web"}
    more = find_needs(environment, [("app", ())], besides=["missing"])
    assert [need.text for need in more["app"]] == ["web", "missing>=2"]


def test_markers_are_those_of_the_environments_own_implementation(
    environment: Environment,
) -> None:
    write(environment.folder, {"pyvenv.cfg": "implementation = PyPy\nversion_info = 3.10.14\n"})
    fresh = Environment(environment.folder, ".venv")
    assert fresh.markers["implementation_name"] == "pypy"
    assert fresh.markers["platform_python_implementation"] == "PyPy"


def test_which_extras_were_asked_for_is_told_by_what_they_bring(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / ".venv")
    needs = (
        "http",
        "loop; extra == 'standard'",
        "watch>=1; extra == 'standard'",
        "colour; extra == 'standard' and sys_platform == 'win32'",
        "loop; extra == 'less'",
        "loop; extra == 'all'",
        "absent; extra == 'all'",
        "http; extra == 'none'",
    )
    extras = ("all", "less", "none", "standard")
    Installed("server", needs=needs, extras=extras).install(environment)
    Installed("other", needs=("watch; extra == 'x'",), extras=("x",)).install(environment)
    Installed("odd", needs=("loop; extra == 'a b'",), extras=("a b",)).install(environment)
    for name in ("http", "loop", "watch"):
        Installed(name).install(environment)
    assert find_extras(environment, ["odd"], ["loop"]) == {}
    assert find_extras(environment, ["server", "absent"], ["loop"]) == {
        "server": frozenset({"standard"})
    }
    assert find_extras(environment, ["other", "server"], ["watch"]) == {"other": frozenset({"x"})}
    assert find_extras(environment, ["other", "server"], ["watch", "loop"]) == {
        "other": frozenset({"x"}),
        "server": frozenset({"standard"}),
    }
    assert find_extras(environment, ["server"], ["server"]) == {}


def make_half(folder: Path, *names: str) -> Environment:
    """Make what `uv venv` has made until it is killed; a name with an arrow is a link."""
    for name in names:
        path, arrow, target = name.partition(" -> ")
        if path.endswith("/"):
            (folder / path).mkdir(parents=True, exist_ok=True)
        elif arrow:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).symlink_to(target)
        else:
            write(folder, {path: "*" if path != "pyvenv.cfg" else "home = /usr/bin\n"})
    return Environment(folder, ".venv")


BEGUN = ("CACHEDIR.TAG", ".gitignore")
PYTHON = ("bin/python -> /usr/bin/python3.12", "bin/python3 -> python", "bin/python3.12 -> python")
ACTIVATE = ("bin/activate", "bin/activate.fish", "bin/activate_this.py", "bin/deactivate.bat")
LIBRARY = ("lib/python3.12/site-packages/", "lib64 -> lib")


@pytest.mark.parametrize(
    "names",
    [
        BEGUN[:1],
        BEGUN,
        (*BEGUN, "bin/"),
        (*BEGUN, *PYTHON[:1]),
        (*BEGUN, *PYTHON, *ACTIVATE, "bin/pydoc.bat"),
        (*BEGUN, ".lock", "bin/", "pyvenv.cfg", *LIBRARY),
        ("include/python3.12/", *LIBRARY, "pyvenv.cfg"),  # as `python -m venv`, before its Python
        (*PYTHON, *ACTIVATE, "lib/python3.12/site-packages/_virtualenv.pth"),
        ("Scripts/python.exe", "Lib/site-packages/_virtualenv.py", "bin/pypy3.10", "bin/python3t"),
    ],
)
def test_what_a_maker_that_was_killed_left_may_go(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert make_half(tmp_path / "half", *names).is_half_made


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "src/",
        ".xrun/",
        "bin/serve",
        "bin/python.sh",
        "bin/activate -> /home/me/activate",
        "bin/sub/",
        "pyvenv.cfg -> ../other.cfg",
        "lib64 -> /srv/lib",
        "lib/python3.12/site-packages/six.py",
        "lib/python3.12/site-packages/six -> /home/me/six",
        "lib/python3.12/site-packages/six-1.0.dist-info/",
        "lib/python3.12/site-packages/x_virtualenv.py",
        "include/a.h",
        "share/",
    ],
)
def test_what_someone_has_put_there_stays(tmp_path: Path, name: str) -> None:
    half = make_half(tmp_path / "half", *BEGUN, *PYTHON, name)
    assert not half.is_half_made
    (half.folder / name.partition(" -> ")[0]).rename(tmp_path / "away")
    assert replace(half).is_half_made


def test_what_works_or_is_a_whole_python_is_not_half_made(tmp_path: Path) -> None:
    half = make_half(tmp_path / "half", *BEGUN, *PYTHON, "pyvenv.cfg")
    seen = [half.is_half_made]
    (half.folder / "pyvenv.cfg").write_text("")  # killed before it was written
    assert [*seen, half.is_half_made] == [False, True]
    (tmp_path / "linked").symlink_to(half.folder)
    assert not Environment(tmp_path / "linked", ".venv").is_half_made
    assert not make_half(tmp_path / "base", *PYTHON, "lib/python3.12/os.py").is_half_made


def test_what_is_not_there_or_empty_is_not_half_made(tmp_path: Path) -> None:
    assert not Environment(tmp_path / "none", ".venv").is_half_made
    assert not make_half(tmp_path / "empty", "./").is_half_made
    write(tmp_path, {"redirect": "x"})
    assert not Environment(tmp_path / "redirect", ".venv").is_half_made


def test_what_no_one_may_look_into_is_not_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = make_half(tmp_path / "half", *BEGUN, "bin/", "lib/")
    assert half.is_half_made

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "scandir", refuse)
    assert not replace(half).is_half_made


@pytest.mark.parametrize("name", ["RECORD", "METADATA", "INSTALLER", "direct_url.json"])
def test_a_named_pipe_is_not_waited_for(environment: Environment, name: str) -> None:
    folder = Installed("alpha").install(environment)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    distribution = replace(environment).distributions["alpha"]
    assert distribution.is_read_by_uv
    assert isinstance(distribution.files, tuple)
    assert distribution.read_extras() == ()
    assert distribution.provenance.direct_url == {}


@pytest.mark.parametrize(
    "folder",
    ["bin", "Scripts", "bin/inner", "lib", "LIB64/python3.12", "include/site", "share", "library"],
)
def test_folders_that_an_environment_is_made_with_are_known_without_a_pattern(folder: str) -> None:
    assert is_made_folder(folder) == bool(re.fullmatch(MADE, f"{folder}/"))
