"""Policies as data: each file of `tests/data/policy`, with what it means or why it is refused.

To add a case, add NAME.toml and NAME.expected; `{version}` stands for the version of xrun.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unit.make import write
from xrun import __version__
from xrun.errors import PolicyError
from xrun.messages import render_error
from xrun.policy import Keep, Policy, load_policy
from xrun.workspace import find_workspace

DATA = Path(__file__).parents[2] / "data" / "policy"

PROJECT = """\
[project]
name = "team"
version = "1"
[project.optional-dependencies]
plots = []
Web-Server = []
[dependency-groups]
docs = []
test = []
type_check = []
"""

KEYS = ("mode", "lock", "extras", "groups", "packages", "keep", "other-selection")


def list_cases(kind: str) -> list[str]:
    """List the names of the cases of one kind."""
    return sorted(path.stem for path in (DATA / kind).glob("*.toml"))


def read_case(kind: str, name: str) -> tuple[str, str]:
    """Read a policy, and what is expected of it."""
    texts = [(DATA / kind / f"{name}{end}").read_text("utf-8") for end in (".toml", ".expected")]
    return texts[0], texts[1]


def load(folder: Path, policy: str, project: str = PROJECT) -> Policy:
    """Load a policy for a project."""
    write(folder, {"pyproject.toml": project, **({"xrun.toml": policy} if policy else {})})
    return load_policy(find_workspace(folder), folder, os.environ)


def show(policy: Policy) -> str:
    """Show a policy: each key with its value, marked where the file is where it came from."""
    lines = []
    for key in KEYS:
        value = getattr(policy, key.replace("-", "_")) if key != "keep" else ()
        text = value if isinstance(value, str) else ", ".join(value)
        mark = "  (here)" if policy.origins.get(key) else ""
        lines.append(f"{key} = {text}".rstrip() + mark + "\n")
        lines += map(show_entry, policy.keep if key == "keep" else ())
    return "".join(lines)


def show_entry(entry: Keep) -> str:
    """Show an entry of `keep`, with its place in the file."""
    until = f" until {entry.until}" if entry.until else ""
    reason = f" because {entry.reason}" if entry.reason else ""
    return f"  {entry.origin.partition(', ')[2]}: {entry.requirement}{until}{reason}\n"


@pytest.fixture(autouse=True)
def project_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("name", list_cases("valid"))
def test_a_valid_policy_means_what_is_expected(name: str, project_folder: Path) -> None:
    text, expected = read_case("valid", name)
    policy = load(project_folder, text)
    assert show(policy) == expected
    assert set(policy.origins.values()) <= {"xrun.toml"}


@pytest.mark.parametrize("name", list_cases("valid"))
def test_a_valid_policy_means_the_same_in_pyproject(name: str, project_folder: Path) -> None:
    text, expected = read_case("valid", name)
    text = text.replace("[[", "[[tool.xrun.")
    policy = load(project_folder, "", f"{PROJECT}[tool.xrun]\n{text}")
    assert show(policy) == expected
    assert set(policy.origins.values()) <= {"pyproject.toml"}


@pytest.mark.parametrize("name", list_cases("invalid"))
def test_an_invalid_policy_is_refused_with_what_is_expected(
    name: str, project_folder: Path
) -> None:
    text, expected = read_case("invalid", name)
    with pytest.raises(PolicyError) as caught:
        load(project_folder, text)
    *told, last = render_error(caught.value)
    assert "\n".join(told) + "\n" == expected.replace("{version}", __version__)
    assert "XRUN=0" in last


@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_every_case_has_both_files(kind: str) -> None:
    paths = [*(DATA / kind).iterdir()]
    assert sorted(path.stem for path in paths) == sorted(list_cases(kind) * 2)
    assert {path.suffix for path in paths} == {".toml", ".expected"}
