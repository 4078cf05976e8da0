"""Writing into policy files: what is added is there; comments, order and meaning stay."""

from __future__ import annotations

import os
import stat
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from unit.make import write
from unit.test_layers import TREES, find_importers, list_imports
from xrun.policy import edit
from xrun.policy.edit import (
    add_keep,
    complete_keep,
    exclude_from_git,
    find_team_file,
    set_key,
)
from xrun.policy.keep import EDITORS, Keep, parse_keep
from xrun.policy.load import load_policy
from xrun.policy.problems import PolicyError
from xrun.project.workspace import find_workspace
from xrun.proxy.dataclass import replace
from xrun.report.notices import render_error

GDAL = Keep(Requirement("gdal>=3"), "libgdal", date(2026, 12, 31))
TABLE = '{name = "gdal>=3", reason = "libgdal", until = 2026-12-31}'
IPDB = Keep(Requirement("ipdb"))

# What a file holds, and what it holds when GDAL and IPDB have been added.
FORMS = {
    "empty": ("", f'keep = [\n    {TABLE},\n    "ipdb",\n]\n'),
    "no entry": ("keep = []\n", f'keep = [\n    {TABLE},\n    "ipdb",\n]\n'),
    "one line": (
        "keep = ['ruff']  # why\n",
        f"keep = [\n    'ruff',\n    {TABLE},\n    \"ipdb\",\n]  # why\n",
    ),
    "no line end": ('mode = "off"', f'mode = "off"\nkeep = [\n    {TABLE},\n    "ipdb",\n]\n'),
    "several lines": (
        'keep = [\n  "ruff", # one\n\n  # on ty\n  "ty",\n]\nmode="off"\n',
        f'keep = [\n  "ruff", # one\n\n  # on ty\n  "ty",\n  {TABLE},\n  "ipdb",\n]\nmode="off"\n',
    ),
    "no comma behind the last": (
        'keep = [\n\t"ruff", # ["a"],\n\t"ty" # b, ]\n]\n',
        f'keep = [\n\t"ruff", # ["a"],\n\t"ty", # b, ]\n\t{TABLE},\n\t"ipdb",\n]\n',
    ),
    "the bracket behind the last": (
        'keep = ["ruff",\n        "ty"]\n',
        f'keep = ["ruff",\n        "ty",\n        {TABLE},\n        "ipdb",]\n',
    ),
    "a space before the bracket": (
        'keep = [\n    "ruff" ]\n',
        f'keep = [\n    "ruff",\n    {TABLE},\n    "ipdb", ]\n',
    ),
    "several in a line": (
        'keep = [\n  "ruff", "ty",\n  "rich"\n]\n',
        f'keep = [\n  "ruff", "ty",\n  "rich",\n  {TABLE},\n  "ipdb",\n]\n',
    ),
    "commas before": (
        'keep = [\n    "ruff"\n  , "ty"\n]\n',
        f'keep = [\n    "ruff"\n  , "ty",\n  {TABLE},\n  "ipdb",\n]\n',
    ),
    "one of them": (
        'keep = [\n    "ipdb", # here\n]\n',
        f'keep = [\n    "ipdb", # here\n    {TABLE},\n]\n',
    ),
    "another of that name": (
        'keep = [\n    { name="GDAL", until=2026-11-01 }, # here\n    "ruff"\n]\n',
        f'keep = [\n    {TABLE}, # here\n    "ruff",\n    "ipdb",\n]\n',
    ),
    "two of that name": (
        'keep = [\n    "gdal", "gdal<4",\n]\n',
        f'keep = [\n    {TABLE}, "gdal<4",\n    "ipdb",\n]\n',
    ),
    "two of that name, the second as it should be": (
        f'keep = [\n    "gdal",\n    {TABLE},\n]\n',
        f'keep = [\n    "gdal",\n    {TABLE},\n    "ipdb",\n]\n',
    ),
    "a table follows": (
        'mode = "off" # c\n\n# on rules\n[[rules]]\nx = "[keep]"\n',
        f'mode = "off" # c\nkeep = [\n    {TABLE},\n    "ipdb",\n]\n\n'
        '# on rules\n[[rules]]\nx = "[keep]"\n',
    ),
    "a table only": (
        "# on rules\n[[rules]]\n",
        f'keep = [\n    {TABLE},\n    "ipdb",\n]\n\n# on rules\n[[rules]]\n',
    ),
    "a head": (
        "# the team's\n# policy\n\n[[rules]]\n",
        f'# the team\'s\n# policy\nkeep = [\n    {TABLE},\n    "ipdb",\n]\n\n[[rules]]\n',
    ),
    "a string of several lines": (
        'x = """\n[[keep]]\nname = "a"\n\\"""" # "\n[[rules]]\n',
        f'x = """\n[[keep]]\nname = "a"\n\\"""" # "\nkeep = [\n    {TABLE},\n    "ipdb",\n]\n'
        "[[rules]]\n",
    ),
    "a date before a brace": (
        'keep = [\n    { name = "a", until = 2026-12-31}, # c\n]\n',
        f'keep = [\n    {{ name = "a", until = 2026-12-31}}, # c\n    {TABLE},\n    "ipdb",\n]\n',
    ),
    "array of tables": (
        '[[keep]]\nname = "ruff" # c\n\n# on rules\n[[rules]]\n',
        '[[keep]]\nname = "ruff" # c\n\n'
        '[[keep]]\nname = "gdal>=3"\nreason = "libgdal"\nuntil = 2026-12-31\n\n'
        '[[keep]]\nname = "ipdb"\n\n# on rules\n[[rules]]\n',
    ),
    "array of tables, another of that name": (
        "[[keep]]\n  name = 'gdal' # c\n  reason = 'libgdal' # d\n\n[[keep]]\nname = 'ipdb'\n"
        "until = 2026-11-01 # e\n",
        "[[keep]]\n  name = \"gdal>=3\" # c\n  reason = 'libgdal' # d\n  until = 2026-12-31\n\n"
        "[[keep]]\nname = 'ipdb'\n",
    ),
    "array of tables, with a field to add and one to change": (
        '[[keep]]\nname = "gdal>=3"\nuntil = 2026-11-01 # u\n\n# r\n[[rules]]\n',
        '[[keep]]\nname = "gdal>=3"\nuntil = 2026-12-31 # u\nreason = "libgdal"\n\n'
        '[[keep]]\nname = "ipdb"\n\n# r\n[[rules]]\n',
    ),
    "CRLF": (
        'mode = "off"\r\n# c\r\nkeep = [\r\n  "ruff"\r\n]\r\n',
        f'mode = "off"\r\n# c\r\nkeep = [\r\n  "ruff",\r\n  {TABLE},\r\n  "ipdb",\r\n]\r\n',
    ),
}
PROJECT_FORMS = {
    "no table": (
        '[project]\nname = "a"\n',
        f'[project]\nname = "a"\n\n[tool.xrun]\nkeep = [\n    {TABLE},\n    "ipdb",\n]\n',
    ),
    "a table": (
        '[tool.a]\n[tool.xrun] # c\n# d\nmode = "off"\n\n# e\n[tool.b]\nx = nan\n',
        f'[tool.a]\n[tool.xrun] # c\n# d\nmode = "off"\nkeep = [\n    {TABLE},\n    "ipdb",\n]\n\n'
        "# e\n[tool.b]\nx = nan\n",
    ),
    "a comment on a table below it": (
        "[tool.a]\n\n# on later\n[tool.xrun.later]\nx = 1\n",
        "[tool.a]\n\n# on later\n[tool.xrun.later]\nx = 1\n\n"
        f'[tool.xrun]\nkeep = [\n    {TABLE},\n    "ipdb",\n]\n',
    ),
    "keys with dots": (
        '[tool]\nxrun.mode = "off" # c\nxrun.lock = "locked"\n\n# d\n[a]\n',
        '[tool]\nxrun.mode = "off" # c\nxrun.lock = "locked"\n'
        f'xrun.keep = [\n    {TABLE},\n    "ipdb",\n]\n\n# d\n[a]\n',
    ),
    "an indented table": (
        '[tool."xrun"]\n  mode = "off"\n',
        f'[tool."xrun"]\n  mode = "off"\n  keep = [\n      {TABLE},\n      "ipdb",\n  ]\n',
    ),
    "a table below it": (
        "[tool.xrun.later]\nx = 1\n",
        f'[tool.xrun.later]\nx = 1\n\n[tool.xrun]\nkeep = [\n    {TABLE},\n    "ipdb",\n]\n',
    ),
    "a key with dots": (
        '[tool]\nxrun.mode = "off"\na.b = 1\n',
        f'[tool]\nxrun.mode = "off"\nxrun.keep = [\n    {TABLE},\n    "ipdb",\n]\na.b = 1\n',
    ),
    "a list under a key with dots": (
        '[tool]\nxrun . "keep" = ["ruff"]\n',
        f'[tool]\nxrun . "keep" = [\n    "ruff",\n    {TABLE},\n    "ipdb",\n]\n',
    ),
    "array of tables": (
        '[[tool.xrun.keep]]\nname = "ipdb"',
        '[[tool.xrun.keep]]\nname = "ipdb"\n\n[[tool.xrun.keep]]\n'
        'name = "gdal>=3"\nreason = "libgdal"\nuntil = 2026-12-31\n',
    ),
}


# Values that are easily misread.
STRINGS = r'''
a = "\"[x]\" # no comment" # one
b = '\' # two
"c.d" = """
[header]
"quotes" ""\"""" # three
d = """[x]"""" # [
e."f = g" = QQQ'two' \QQQ' # four
[ h . "i]" ] # [j]
k = { l = "}", m = [ "]" ] }
n = [ # ]
  [ "o", { p = 1 } ], # ,
  { q = [] },
] # five
r = 1979-05-27 07:32:00 # six
'''.replace("QQQ", "'" * 3)


def tell(error: PolicyError) -> str:
    return "\n".join(render_error(error))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the current folder."""
    made = tmp_path / "project"
    made.mkdir()
    monkeypatch.chdir(made)
    return made


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        *(("xrun.toml", *texts) for texts in FORMS.values()),
        *(("pyproject.toml", *texts) for texts in PROJECT_FORMS.values()),
    ],
    ids=[*FORMS, *(f"pyproject, {form}" for form in PROJECT_FORMS)],
)
def test_entries_are_added_in_the_files_own_style(name: str, before: str, after: str) -> None:
    write(Path(), {name: before})
    assert add_keep(Path(name), [GDAL, IPDB])
    assert Path(name).read_bytes().decode() == after
    inode = Path(name).stat().st_ino
    assert add_keep(Path(name), [GDAL, IPDB]) == ()
    assert Path(name).read_bytes().decode() == after
    assert Path(name).stat().st_ino == inode  # not even written again


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_values_that_are_easily_misread_stay_byte_for_byte(end: str) -> None:
    before = STRINGS.replace("\n", end)
    head, header, rest = before.partition('[ h . "i]" ]')
    write(Path(), {"xrun.toml": before})
    add_keep(Path("xrun.toml"), [IPDB])
    assert Path("xrun.toml").read_bytes().decode() == f'{head}keep = ["ipdb"]{end}{header}{rest}'


def test_of_a_line_that_is_not_touched_only_a_blank_may_go() -> None:
    before = 'keep = [\n  { name = "a", until = 2026-12-31 }, # c\n]\nx = { y = 2026-12-31 } # d\n'
    write(Path(), {"xrun.toml": before})
    add_keep(Path("xrun.toml"), [IPDB])
    after = Path("xrun.toml").read_text()
    assert "".join(after.split()) == "".join(before.replace("]", '"ipdb",]').split())
    assert before.count("\n") + 1 == after.count("\n")


def test_says_the_names_that_are_new_or_changed() -> None:
    write(Path(), {"xrun.toml": 'keep = ["ruff", "ipdb", "gdal"]\n'})
    entries = [GDAL, IPDB, Keep(Requirement("Ruff")), Keep(Requirement("Ty_Ty"))]
    assert add_keep(Path("xrun.toml"), entries) == ("gdal", "ty-ty")


def test_of_one_name_the_last_entry_counts() -> None:
    file = Path("xrun.toml")
    entries = [Keep(Requirement("gdal<3")), Keep(Requirement("Gdal<4"))]
    assert add_keep(file, entries) == ("gdal",)
    assert file.read_text() == 'keep = ["Gdal<4"]\n'
    assert add_keep(file, entries) == ()


def test_nothing_to_add_makes_no_file() -> None:
    assert add_keep(Path("xrun.toml"), []) == ()
    assert not Path("xrun.toml").exists()


def test_a_new_local_policy_says_what_it_is() -> None:
    file = Path("xrun.local.toml")
    add_keep(file, [IPDB])
    assert file.read_text() == (
        '# What this checkout on this machine keeps or selects; not committed.\nkeep = ["ipdb"]\n'
    )


def test_a_new_file_has_its_folders_and_the_mode_of_new_files(folder: Path) -> None:
    add_keep(folder / "config" / "xrun" / "xrun.toml", [IPDB])
    write(folder, {"other": ""})
    new = folder / "config" / "xrun" / "xrun.toml"
    assert new.stat().st_mode == (folder / "other").stat().st_mode


def test_what_editors_need_is_written_as_the_one_word() -> None:
    file = Path("xrun.toml")
    editors = parse_keep(["@editors"])
    assert add_keep(file, [IPDB, *editors]) == ("ipdb", *EDITORS)
    assert file.read_text() == 'keep = [\n    "ipdb",\n    "@editors",\n]\n'
    assert add_keep(file, editors) == ()


def test_a_word_takes_a_reason_and_an_end_and_holds_what_is_not_typed() -> None:
    file = Path("xrun.toml")
    for reason, until in (("notebooks", None), ("", "2099-01-01")):
        fields = {"name": "@editors", "reason": reason, **({"until": until} if until else {})}
        add_keep(file, complete_keep(file, parse_keep([fields])))
    written = '{name = "@editors", reason = "notebooks", until = 2099-01-01}'
    assert file.read_text() == f"keep = [{written}]\n"
    add_keep(file, complete_keep(file, parse_keep(["pip", "debugpy", "ipykernel"])))
    assert file.read_text().count("@editors") == 1
    assert '"ipykernel"' in file.read_text()


def test_a_word_in_the_file_is_not_taken_for_an_entry_of_the_same_name() -> None:
    write(Path(), {"xrun.toml": 'keep = [{ name = "@editors", reason = "notebooks" }]\n'})
    assert add_keep(Path("xrun.toml"), [Keep(Requirement("pip"), "pip")]) == ("pip",)
    assert '{ name = "@editors", reason = "notebooks" },' in Path("xrun.toml").read_text()


@pytest.mark.parametrize(
    ("requirement", "written"),
    [
        ('gdal; python_version < "3.13"', """'gdal; python_version < "3.13"'"""),
        ("gdal", '"gdal"'),
    ],
)
def test_quotes_are_those_that_need_no_backslash(requirement: str, written: str) -> None:
    add_keep(Path("xrun.toml"), [Keep(Requirement(requirement))])
    assert Path("xrun.toml").read_text() == f"keep = [{written}]\n"


def test_where_both_quotes_stand_in_a_reason_a_backslash_does() -> None:
    add_keep(Path("xrun.toml"), [Keep(Requirement("gdal"), """the system's "libgdal\\\"""")])
    written = r"""keep = [{name = "gdal", reason = "the system's \"libgdal\\\""}]"""
    assert Path("xrun.toml").read_text() == f"{written}\n"


ENTRIES = st.lists(
    st.builds(
        lambda name, more, reason, until: Keep(Requirement(name + more), reason, until),
        st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,6}[A-Za-z0-9])?", fullmatch=True),
        st.sampled_from(["", ">=3,<4", "[a,b]~=1.0", "; python_version < '3.13'", "==1.*"]),
        st.text(),
        st.none() | st.dates(min_value=date(2000, 1, 1)),
    ),
    unique_by=lambda entry: canonicalize_name(entry.requirement.name),
    max_size=5,
)
POLICIES = [
    before for before, _ in FORMS.values() if "x = " not in before and "rules" not in before
]


@settings(max_examples=100)
@given(first=ENTRIES, then=ENTRIES, form=st.sampled_from(POLICIES))
def test_what_is_added_is_read_back(first: list[Keep], then: list[Keep], form: str) -> None:
    with TemporaryDirectory() as place:
        folder = write(Path(place), {"pyproject.toml": "[project]\n", "xrun.toml": form})
        add_keep(folder / "xrun.toml", first)
        add_keep(folder / "xrun.toml", then)
        written = (folder / "xrun.toml").read_bytes()
        policy = load_policy(find_workspace(folder), folder, {}, today=date(1999, 1, 1))
        found = [replace(entry, origin="") for entry in policy.keep]
        expected = {canonicalize_name(entry.requirement.name): entry for entry in first + then}
        assert [entry for entry in expected.values() if entry not in found] == []
        assert add_keep(folder / "xrun.toml", list(expected.values())) == ()
        assert (folder / "xrun.toml").read_bytes() == written


@pytest.mark.parametrize(
    ("before", "names", "after"),
    [
        (None, ["docs", "test"], 'groups = ["docs", "test"]\n'),
        (None, "all", 'groups = "all"\n'),
        ("", [], "groups = []\n"),
        ('groups = "all" # c\n', ["test"], 'groups = ["test"] # c\n'),
        ('groups = ["a"]\n', ["test", "docs"], 'groups = ["test", "docs"]\n'),
        ('groups = [\n  "a"]\n', ["test"], 'groups = [\n  "test"]\n'),
        ("groups = [\n  1\n]\n", ["test"], 'groups = [\n  "test",\n]\n'),
        ('groups = ["a"] # c\n', ["test"], 'groups = ["test"] # c\n'),
        ("groups = ['test', 'docs']", ["docs", "Test"], "groups = ['test', 'docs']"),
        ('groups = [ "test" ]\n', "all", 'groups = "all"\n'),
        ("groups = 1\n", ["test"], 'groups = ["test"]\n'),
        (
            'groups = [\n  "old", # o\n  # on test\n  "Test", # t\n  "docs" # d\n]\n',
            ["test", "lint"],
            'groups = [\n  # on test\n  "Test", # t\n  "lint",\n]\n',
        ),
    ],
)
def test_names_are_set_and_those_that_stay_are_not_touched(
    before: str | None, names: list[str] | Literal["all"], after: str
) -> None:
    write(Path(), {} if before is None else {"xrun.toml": before})
    set_key(Path("xrun.toml"), "groups", names)
    assert Path("xrun.toml").read_text() == after
    set_key(Path("xrun.toml"), "groups", names)
    assert Path("xrun.toml").read_text() == after


@pytest.mark.parametrize(
    ("before", "names", "after"),
    [
        ('groups = [\n  "a", "b",\n  "c", "d" ]\n', ["b", "d"], 'groups=["b","d"]'),
        ('groups = [\n  "a", "b"]\n', ["a"], 'groups=["a"]'),
        ('groups = [\n  "a", "b", # c\n  "d", # e\n]\n', ["a", "d"], 'groups=["a","d",#e]'),
    ],
)
def test_names_that_share_a_line_are_set_but_for_the_blanks(
    before: str, names: list[str], after: str
) -> None:
    write(Path(), {"xrun.toml": before})
    set_key(Path("xrun.toml"), "groups", names)
    assert "".join(Path("xrun.toml").read_text().split()) == after


def test_a_word_is_set_in_its_place() -> None:
    write(Path(), {"pyproject.toml": "[tool.xrun]\npackages = 'current' # c\nlock = 'locked'\n"})
    set_key(Path("pyproject.toml"), "packages", "all")
    assert Path("pyproject.toml").read_text() == (
        "[tool.xrun]\npackages = \"all\" # c\nlock = 'locked'\n"
    )
    set_key(Path("pyproject.toml"), "mode", "ask")
    assert Path("pyproject.toml").read_text().endswith("lock = 'locked'\nmode = \"ask\"\n")


def test_what_a_key_does_not_take_is_not_written() -> None:
    with pytest.raises(PolicyError) as caught:
        set_key(Path("xrun.toml"), "extras", ["two words"])
    assert tell(caught.value).endswith("xrun: 1 problem in xrun.toml; nothing was written")
    with pytest.raises(PolicyError, match="1 problem"):
        set_key(Path("xrun.toml"), "packages", "none")
    with pytest.raises(PolicyError) as caught:
        add_keep(Path("xrun.toml"), [Keep(Requirement("a @ https://example.org/a.whl"))])
    assert "a URL cannot be kept" in tell(caught.value)
    assert not Path("xrun.toml").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xef\xbb\xbfkeep = []\n", "starts with a byte order mark"),
        (b"keep = ['\xe9']\n", "not UTF-8 (byte 9)"),
        (b"keep = [\n", "xrun.toml:2:1: "),
        (b"keep = ['a']\nkeep = []\n", "xrun.toml:2:1: not TOML: keep stands here twice"),
        (b"keep = 'a'\n", "xrun.toml:1:8: expected an array of requirements and tables"),
        (b"keep = ''\n", "xrun.toml:1:8: expected an array of requirements and tables"),
        (b"keep = ['a', 'b b']\n", "xrun.toml:1:14: expected a requirement"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_not_written(content: bytes, told: str) -> None:
    write(Path(), {"xrun.toml": content})
    with pytest.raises(PolicyError) as caught:
        add_keep(Path("xrun.toml"), [IPDB])
    (row,) = caught.value.details
    assert told in row
    assert Path("xrun.toml").read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        '[tool]\nxrun = { mode = "off" }\n',
        "[tool]\nxrun = { keep = [] }\n",
        'tool = { xrun = { mode = "off" } }\n',
        "[tool]\nxrun = 1\n",
        "tool = 1\n",
    ],
)
def test_a_form_that_cannot_be_written_into_is_told_and_left_alone(content: str) -> None:
    write(Path(), {"pyproject.toml": content})
    with pytest.raises(PolicyError) as caught:
        add_keep(Path("pyproject.toml"), [IPDB])
    assert "pyproject.toml has a form that xrun cannot write `keep` into" in tell(caught.value)
    assert Path("pyproject.toml").read_text() == content


def test_tables_that_would_change_places_are_told_and_left_alone() -> None:
    content = '[[keep]]\nname = "a"\n[[rules]] # c\n[[keep]]\nname = "b"\n'
    write(Path(), {"xrun.toml": content})
    with pytest.raises(PolicyError, match="form that xrun cannot write `keep` into"):
        add_keep(Path("xrun.toml"), [IPDB])
    assert Path("xrun.toml").read_text() == content


@pytest.mark.parametrize(
    "written",
    [
        "mode = 'ask'\nkeep = ['ipdb']\n",
        "mode = 'off'\nkeep = ['ruff']\n",
        "keep = ['ipdb']\n",
        "mode = 'off'\nkeep = [\n",
    ],
)
def test_what_would_not_mean_what_it_should_is_not_written(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = "mode = 'off'\nkeep = []\n"
    write(Path(), {"xrun.toml": content})
    monkeypatch.setattr(edit, "rewrite", lambda *_: written)
    with pytest.raises(PolicyError, match="form that xrun cannot write `keep` into"):
        add_keep(Path("xrun.toml"), [IPDB])
    assert Path("xrun.toml").read_text() == content


def test_what_is_no_text_is_not_written() -> None:
    with pytest.raises(PolicyError) as caught:
        add_keep(Path("xrun.toml"), [Keep(Requirement("a"), reason="\udce9")])
    assert "holds what is no text" in tell(caught.value)
    assert not Path("xrun.toml").exists()


def test_line_ends_of_both_kinds_stay_as_they_are() -> None:
    write(Path(), {"xrun.toml": 'mode = "off"\r\nkeep = [\r\n  "ruff"\n]\r\n'})
    add_keep(Path("xrun.toml"), [IPDB])
    assert Path("xrun.toml").read_bytes() == (
        b'mode = "off"\r\nkeep = [\r\n  "ruff",\n  "ipdb",\n]\r\n'
    )


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_the_mode_stays_and_a_link_is_followed(folder: Path) -> None:
    write(folder, {"shared/policy.toml": 'mode = "off"\n'})
    (folder / "shared" / "policy.toml").chmod(0o640)
    (folder / "xrun.toml").symlink_to("shared/policy.toml")
    add_keep(folder / "xrun.toml", [IPDB])
    assert (folder / "xrun.toml").is_symlink()
    written = folder / "shared" / "policy.toml"
    assert written.read_text() == 'mode = "off"\nkeep = ["ipdb"]\n'
    assert stat.S_IMODE(written.stat().st_mode) == 0o640
    assert [path.name for path in written.parent.iterdir()] == ["policy.toml"]


def test_a_link_to_nowhere_yet_is_followed_too(folder: Path) -> None:
    (folder / "xrun.toml").symlink_to("elsewhere.toml")
    add_keep(folder / "xrun.toml", [IPDB])
    assert (folder / "elsewhere.toml").read_text() == 'keep = ["ipdb"]\n'


def test_what_cannot_be_written_is_told_by_its_name_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write(folder, {"xrun.toml": "keep = []\n"})
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PolicyError) as caught:
        add_keep(folder / "xrun.toml", [IPDB])
    assert render_error(caught.value) == [
        "error: cannot be written: No space left on device",
        "  --> xrun.toml",
        "xrun: 1 problem in xrun.toml; nothing was written",
    ]
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [
        ("xrun.toml", "keep = []\n")
    ]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("has_file", [False, True])
def test_a_folder_that_is_read_only_is_told(folder: Path, *, has_file: bool) -> None:
    write(folder, {"xrun.toml": "keep = []\n"} if has_file else {})
    folder.chmod(0o500)
    with pytest.raises(PolicyError) as caught:
        add_keep(folder / "xrun.toml", [IPDB])
    folder.chmod(0o700)
    assert tell(caught.value).endswith("xrun: 1 problem in xrun.toml; nothing was written")
    assert "cannot be written: Permission denied" in tell(caught.value)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_is_read_only_is_told(folder: Path) -> None:
    write(folder, {"xrun.toml": "keep = []\n"})
    (folder / "xrun.toml").chmod(0o400)
    with pytest.raises(PolicyError, match="nothing was written"):
        add_keep(folder / "xrun.toml", [IPDB])
    assert (folder / "xrun.toml").read_text() == "keep = []\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "xrun.local.toml\n"),
        ("", "xrun.local.toml\n"),
        ("# c\n*.log", "# c\n*.log\nxrun.local.toml\n"),
        ("xrun.local.toml\n*.log\n", "xrun.local.toml\n*.log\n"),
        ("  xrun.local.toml", "  xrun.local.toml"),
        ("xrun.local.toml.old\n", "xrun.local.toml.old\nxrun.local.toml\n"),
    ],
)
def test_a_file_is_excluded_from_git_once(
    before: str | None, after: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / ".git" / "info" / "exclude"
    write(folder, {} if before is None else {".git/info/exclude": before})
    monkeypatch.setattr(edit, "find_exclude_file", lambda _: file)
    assert exclude_from_git(folder / "xrun.local.toml")
    assert exclude_from_git(folder / "xrun.local.toml")
    assert file.read_text() == after
    assert not (folder / ".gitignore").exists()


def test_outside_a_repository_nothing_is_excluded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edit, "find_exclude_file", lambda _: None)
    assert not exclude_from_git(folder / "xrun.local.toml")
    assert list(folder.iterdir()) == []


def test_where_the_list_cannot_be_written_nothing_is_raised(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, {".git": "gitdir: elsewhere\n"})
    monkeypatch.setattr(edit, "find_exclude_file", lambda _: folder / ".git" / "info" / "exclude")
    assert not exclude_from_git(folder / "xrun.local.toml")
    monkeypatch.setattr(edit, "find_exclude_file", lambda _: folder)
    assert not exclude_from_git(folder / "xrun.local.toml")


def test_the_teams_policy_is_written_where_it_stands(folder: Path) -> None:
    member = '[project]\nname = "b"\n[tool.xrun]\n'
    root = '[project]\nname = "a"\n[tool.uv.workspace]\nmembers = ["b"]\n'
    write(folder, {"pyproject.toml": root, "b/pyproject.toml": member})
    workspace = find_workspace(folder / "b")
    assert workspace is not None
    assert find_team_file(workspace) == folder / "xrun.toml"
    write(folder, {"pyproject.toml": root + "[tool.xrun]\n"})
    workspace = find_workspace(folder / "b")
    assert workspace is not None
    assert find_team_file(workspace) == folder / "pyproject.toml"


def test_no_run_loads_what_writes_policies_unless_it_writes() -> None:
    loading = {
        name for name, tree in TREES.items() if "xrun.policy.edit" in list_imports(tree.body)
    }
    assert loading == set()
    assert find_importers("tomlkit") == {"xrun.policy.edit", "xrun.policy.rewrite"}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (Keep(Requirement("GDAL")), GDAL),
        (Keep(Requirement("gdal"), "why"), replace(GDAL, reason="why")),
        (Keep(Requirement("gdal<3")), replace(GDAL, requirement=Requirement("gdal<3"))),
        (Keep(Requirement("ipykernel")), Keep(Requirement("ipykernel"))),
        (IPDB, IPDB),
    ],
)
def test_what_is_not_typed_of_an_entry_stays_as_it_is_written(
    typed: Keep, expected: Keep, tmp_path: Path
) -> None:
    path = write(tmp_path, {"xrun.toml": f'keep = ["@editors", {TABLE}, "gdal<1"]\n'}) / "xrun.toml"
    (entry,) = complete_keep(path, [typed])
    found = [(str(each.requirement), each.reason, each.until) for each in (entry, expected)]
    assert found[0] == found[1]
