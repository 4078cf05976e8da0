"""What uv selects only when asked, and what of it can be selected together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.make import make_workspace
from xrun.project.groups import find_default_groups
from xrun.project.offers import Offer, find_offers

if TYPE_CHECKING:
    from pathlib import Path

EXTRAS = "[project.optional-dependencies]\n"
GROUPS = "[dependency-groups]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_extras_and_groups_that_are_no_default_ones_are_offered(folder: Path) -> None:
    workspace = make_workspace(
        folder, f"{EXTRAS}B_c = []\nA = []\n{GROUPS}dev = []\ntest = []\nDocs = []\n"
    )
    assert find_offers(workspace) == (Offer(("a", "b-c")), Offer(("docs", "test")))


def test_what_a_default_group_includes_is_selected_with_it(folder: Path) -> None:
    groups = """\
dev = [{ include-group = "Test" }]
test = ["x", { include-group = "more" }]
more = [{ include-group = "dev" }]
lint = [{ include-group = "test" }]
"""
    workspace = make_workspace(folder, GROUPS + groups)
    assert find_default_groups(workspace) == {"dev", "test", "more"}
    assert find_offers(workspace)[1] == Offer(("lint",))


@pytest.mark.parametrize(
    ("setting", "offered"),
    [("['Lint']", ("dev", "test")), ("'all'", ()), ("[]", ("dev", "lint", "test"))],
)
def test_default_groups_are_what_uv_is_told(
    folder: Path, setting: str, offered: tuple[str, ...]
) -> None:
    tool = f"[tool.uv]\ndefault-groups = {setting}\n"
    workspace = make_workspace(folder, f"{GROUPS}dev = []\nlint = []\ntest = []\n{tool}")
    assert find_offers(workspace)[1].names == offered


def test_extras_and_groups_of_every_member_are_offered(folder: Path) -> None:
    members = {"b": f"{EXTRAS}x = []\n{GROUPS}dev = []\ntest = []\n", "c": f"{EXTRAS}y = []\n"}
    workspace = make_workspace(
        folder, f'{GROUPS}dev = [{{ include-group = "test" }}]\ntest = []\n', members
    )
    # Selecting `dev` does not bring the `test` of the member, which includes it nowhere.
    assert find_offers(workspace) == (Offer(("x", "y")), Offer(("test",)))


def test_what_is_no_name_is_not_offered(folder: Path) -> None:
    workspace = make_workspace(folder, f'{EXTRAS}"x\\n[evil]" = []\n"" = []\n{GROUPS}\'"\' = []\n')
    assert find_offers(workspace) == (Offer(), Offer())


def test_an_extra_that_a_default_group_includes_is_not_offered(folder: Path) -> None:
    extras = f'{EXTRAS}cli = []\nplots = []\nall = ["a[plots]"]\n'
    workspace = make_workspace(folder, f'{extras}{GROUPS}dev = ["a[all]"]\ndocs = ["a[cli]"]\n')
    assert find_offers(workspace) == (Offer(("cli",)), Offer(("docs",)))
