"""Policies that build on others: which files count, in which order, and what is told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import pytest

from unit.make import write
from xrun.policy.load import load_policy
from xrun.policy.problems import PolicyError
from xrun.policy.search import find_policy_files
from xrun.project.workspace import find_workspace

if TYPE_CHECKING:
    from xrun.policy.policy import Policy

PROJECT = '[project]\nname = "app"\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project below a folder that others share; the current folder is its root."""
    folder = write(tmp_path / "all" / "app", {"pyproject.toml": PROJECT})
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder in which xrun finds distributions."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(folder: Path, name: str, *files: str) -> None:
    """Install a distribution with files, each a policy of its own mode."""
    title = name.replace("-", "_")
    records = "".join(f"{file},,\n" for file in files)
    info = f"{title}-1.0.dist-info"
    write(folder, {f"{info}/METADATA": f"Name: {name}\nVersion: 1.0\n", f"{info}/RECORD": records})
    write(folder, dict.fromkeys(files, 'mode = "refuse"\n'))


def list_files(folder: Path) -> list[str]:
    """List the files that count, weakest first, as messages name them."""
    found = find_policy_files(find_workspace(folder), folder, os.environ)
    assert found.problems == ()
    assert {file.path for file in found.files} <= set(found.places)
    return [file.source for file in found.files]


def load(folder: Path) -> Policy:
    return load_policy(find_workspace(folder), folder, os.environ)


def load_wrong(folder: Path) -> list[str]:
    """Load a policy that is refused; say each problem behind its place."""
    with pytest.raises(PolicyError) as caught:
        load(folder)
    return [*caught.value.details]


def test_what_is_extended_is_weaker(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = "../xrun.toml"\nmode = "exact"\nkeep = ["gdal"]\n'})
    write(root, {"../xrun.toml": 'mode = "off"\nlock = "locked"\nkeep = ["ruff"]\n'})
    policy = load(root)
    assert (policy.mode, policy.lock) == ("exact", "locked")
    shared = str(root.parent / "xrun.toml")
    assert policy.origins["lock"] == shared
    assert [each.origin for each in policy.keep] == [f"{shared}, keep[0]", "xrun.toml, keep[0]"]


def test_a_path_is_relative_to_the_file_that_names_it(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = "team/base.toml"\n'})
    write(root, {"team/base.toml": 'extends = "more/ci.toml"\n', "team/more/ci.toml": ""})
    assert list_files(root) == ["team/more/ci.toml", "team/base.toml", "xrun.toml"]


def test_later_in_the_list_is_stronger_than_earlier(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = ["a.toml", "b.toml"]\n'})
    write(root, {"a.toml": 'mode = "off"\nlock = "frozen"\n', "b.toml": 'mode = "report"\n'})
    policy = load(root)
    assert (policy.mode, policy.lock) == ("report", "frozen")


def test_what_two_extend_is_weaker_than_both(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = ["a.toml", "b.toml"]\n', "base.toml": 'mode = "off"\n'})
    write(root, {"a.toml": 'extends = "base.toml"\nmode = "report"\n'})
    write(root, {"b.toml": 'extends = "base.toml"\n'})
    assert list_files(root) == ["base.toml", "a.toml", "b.toml", "xrun.toml"]
    assert load(root).mode == "report"


def test_a_pyproject_can_extend_and_be_extended(root: Path) -> None:
    write(root, {"pyproject.toml": f'{PROJECT}[tool.xrun]\nextends = "../pyproject.toml"\n'})
    write(root, {"../pyproject.toml": '[tool.xrun]\nmode = "off"\n'})
    assert load(root).mode == "off"
    write(root, {"../pyproject.toml": ""})
    (row,) = load_wrong(root)
    assert row.startswith(f"{root.parent}/pyproject.toml: ")
    assert "[tool.xrun]" in row


def test_an_own_pyproject_without_a_policy_is_not_passed_by(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = "pyproject.toml"\n'})
    (row,) = load_wrong(root)
    assert row.startswith("pyproject.toml: ")


def test_every_layer_but_the_local_one_extends(root: Path) -> None:
    for place in (platformdirs.site_config_path, platformdirs.user_config_path):
        folder = place("xrun", appauthor=False)
        write(folder, {"xrun.toml": 'extends = "base.toml"\n', "base.toml": ""})
    named = [Path(each).name for each in list_files(root)]
    assert named == ["base.toml", "xrun.toml", "base.toml", "xrun.toml"]
    write(root, {"xrun.local.toml": 'extends = "base.toml"\n'})
    (row,) = load_wrong(root)
    assert row.startswith("xrun.local.toml:1:1: extends cannot stand in a local policy")


@pytest.mark.parametrize("name", ["xrun.toml", "base.toml", "link.toml", "pyproject.toml"])
def test_a_member_extends_what_the_workspace_enforces(name: str, root: Path) -> None:
    enforced = 'mode = "ask"\nlock = "locked"\nenforce = ["mode"]\nrequired-version = ">0"\n'
    workspace = f'{PROJECT}[tool.uv.workspace]\nmembers = ["member"]\n'
    head = {"pyproject.toml": f"[tool.xrun]\n{enforced}", "xrun.toml": enforced}.get(name, "")
    write(root, {"pyproject.toml": workspace + head * (name == "pyproject.toml")})
    if name != "pyproject.toml":
        write(root, {"xrun.toml": head or 'extends = "base.toml"\n', "base.toml": enforced})
        (root / "link.toml").symlink_to("base.toml")
    own = f'extends = "../{name}"\nmode = "report"\nlock = "update"\n'
    write(root, {"member/pyproject.toml": PROJECT, "member/xrun.toml": own})
    policy = load(root / "member")
    assert (policy.mode, policy.lock) == ("ask", "update")
    assert [step.source for step in policy.ignored] == ["member/xrun.toml"]


def test_a_member_extends_nothing_else_that_enforces(root: Path) -> None:
    write(root, {"pyproject.toml": f'{PROJECT}[tool.uv.workspace]\nmembers = ["member"]\n'})
    write(root, {"xrun.toml": "", "other.toml": 'enforce = ["mode"]\n'})
    write(root, {"member/pyproject.toml": PROJECT})
    write(root, {"member/xrun.toml": 'extends = ["../xrun.toml", "../other.toml"]\n'})
    assert load_wrong(root / "member")[0].startswith("other.toml:1:1: enforce cannot stand in")


def test_an_extended_policy_is_of_the_same_layer(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = "base.toml"\n', "base.toml": 'mod = "off"\n'})
    found = find_policy_files(find_workspace(root), root, os.environ)
    assert {file.layer.word for file in found.files} == {"workspace"}
    assert load_wrong(root) == ['base.toml:1:1: unknown key "mod" (did you mean "mode"?)']


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"xrun.toml": 'extends = "xrun.toml"'},
            "xrun.toml:1:11: extends in a circle: xrun.toml -> xrun.toml",
        ),
        (
            {"xrun.toml": 'extends = ["a.toml"]', "a.toml": 'extends = "./b/../xrun.toml"'},
            "a.toml:1:11: extends in a circle: xrun.toml -> a.toml -> xrun.toml",
        ),
        (
            {"xrun.toml": 'extends = "a.toml"', "a.toml": 'extends = ["b.toml", "a.toml"]'},
            "a.toml:1:22: extends in a circle: a.toml -> a.toml",
        ),
        (
            {"xrun.toml": 'extends = ["missing.toml"]'},
            "xrun.toml:1:12: there is no missing.toml",
        ),
        (
            {"xrun.toml": 'extends = "team"', "team/x": ""},
            "xrun.toml:1:11: expected a file, found a folder: team",
        ),
        (
            {"xrun.toml": 'extends = "a.toml"', "a.toml": "mode ="},
            "a.toml:1:7: not TOML: expected a value, found the end of the file",
        ),
        (
            {"xrun.toml": 'extends = "https://a.b/xrun.toml"'},
            "xrun.toml:1:11: a URL is never fetched; put the file into the repository or a "
            "distribution",
        ),
        (
            {"xrun.toml": 'extends = "git+ssh://a.b/x"'},
            "xrun.toml:1:11: a URL is never fetched; put the file into the repository or a "
            "distribution",
        ),
        (
            {"xrun.toml": 'extends = ["a.toml", 1]', "a.toml": ""},
            'xrun.toml:1:22: expected a path, or "package:NAME/FILE", found 1',
        ),
        (
            {"xrun.toml": 'extends = ""'},
            'xrun.toml:1:11: expected a path, or "package:NAME/FILE", found ""',
        ),
        (
            {"xrun.toml": 'extends = "a\\u0000.toml"'},
            "xrun.toml:1:11: there is no a\0.toml",
        ),
    ],
)
def test_what_cannot_be_extended_is_told_where_it_stands(
    files: dict[str, str], told: str, root: Path
) -> None:
    write(root, files)
    missing = {"b.toml": ""} if "b.toml" in str(files) else {}
    write(root, {**missing, "b/x": ""})
    assert load_wrong(root) == [told]


def test_a_file_that_needs_another_xrun_is_not_followed(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = "../missing"\nrequired-version = ">=99"\nnew = 1\n'})
    assert len(load_wrong(root)) == 1
    write(root, {"xrun.toml": 'extends = "base.toml"\n'})
    write(root, {"base.toml": 'extends = "missing"\nrequired-version = ">=99"\nnew = 1\n'})
    (row,) = load_wrong(root)
    assert row.startswith("base.toml:2:20: this policy needs xrun >=99")


def test_what_is_wrong_with_a_file_that_two_extend_is_told_once(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = ["a.toml", "b.toml"]\n', "base.toml": "=\n"})
    write(root, dict.fromkeys(("a.toml", "b.toml"), 'extends = "base.toml"\n'))
    assert len(load_wrong(root)) == 1


@pytest.mark.parametrize(
    ("reference", "file"),
    [
        ("package:acme-policy/xrun.toml", "acme_policy/xrun.toml"),
        ("package:acme-policy/strict/ci.toml", "acme_policy/strict/ci.toml"),
        ("package:acme-policy/acme_policy/xrun.toml", "acme_policy/xrun.toml"),
        ("package:Acme.Policy/shared/xrun.toml", "shared/xrun.toml"),
    ],
)
def test_a_file_of_a_distribution_beside_xrun_is_extended(
    reference: str, file: str, root: Path, beside: Path
) -> None:
    install(beside, "acme-policy", file, "acme_policy/__init__.py")
    write(beside, {"acme_policy/__init__.py": "raise SystemExit"})
    write(root, {"xrun.toml": f'extends = ["{reference}"]\n'})
    policy = load(root)
    assert (policy.mode, policy.origins["mode"]) == ("refuse", reference)
    assert beside / file in policy.places


def test_a_distribution_that_is_installed_editable_is_found(
    root: Path, beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(beside, "acme-editable", "acme_editable.pth")
    source = write(tmp_path / "source", {"acme_editable/__init__.py": "raise SystemExit"})
    write(source, {"acme_editable/xrun.toml": 'mode = "off"\n'})
    monkeypatch.syspath_prepend(str(source))
    write(root, {"xrun.toml": 'extends = "package:acme-editable/xrun.toml"\n'})
    assert load(root).mode == "off"
    assert source / "acme_editable" / "xrun.toml" in load(root).places


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("package:acme-policy/none.toml", "the distribution acme-policy has no file none.toml"),
        ("package:acme-other/xrun.toml", "no distribution acme-other is installed beside xrun"),
        ("package:acme-policy", 'expected "package:NAME/FILE", found "package:acme-policy"'),
        ("package:/xrun.toml", 'expected "package:NAME/FILE", found "package:/xrun.toml"'),
        ("package:os/../x.toml", 'expected "package:NAME/FILE", found "package:os/../x.toml"'),
    ],
)
def test_what_no_distribution_has_is_told(
    reference: str, told: str, root: Path, beside: Path
) -> None:
    install(beside, "acme-policy", "acme_policy/xrun.toml")
    write(root, {"xrun.toml": f'extends = "{reference}"\n'})
    assert load_wrong(root) == [f"xrun.toml:1:11: {told}"]


def test_a_distribution_in_a_pythonpath_or_in_the_project_is_not_found(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    for folder in (elsewhere, root):
        install(folder, "acme-policy", "acme_policy/xrun.toml")
        monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{elsewhere}")
    write(root, {"xrun.toml": 'extends = "package:acme-policy/xrun.toml"\n'})
    assert "no distribution acme-policy" in load_wrong(root)[0]
    monkeypatch.delenv("PYTHONPATH")
    assert load(root).mode == "refuse"


def test_all_problems_of_all_files_are_told_at_once(root: Path) -> None:
    write(root, {"xrun.toml": 'extends = ["a.toml", "missing.toml", "b.toml"]\nmod = 1\n'})
    write(root, {"a.toml": "=\n", "b.toml": "lock = 1\n"})
    assert [row.split()[0] for row in load_wrong(root)] == [
        *("a.toml:1:1:", "xrun.toml:1:22:", "xrun.toml:2:1:", "b.toml:1:8:"),
    ]
