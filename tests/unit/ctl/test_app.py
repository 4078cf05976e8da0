"""The verbs of `xrunctl`: all are there by name, and only the one that is called is imported."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from xrun.ctl.app import VERBS, app
from xrun.proxy import stamp

if TYPE_CHECKING:
    from pathlib import Path

# What a verb takes from another: how it compares, and how a removal is told.
BORROWS = {"why": ["check", "restore"]}
CODE = """
import sys
from xrun.ctl.app import VERBS, app
status = 0
try:
    app(sys.argv[1:], prog_name="xrunctl")
except SystemExit as end:
    status = end.code
loaded = [verb for verb, module in VERBS.items() if module in sys.modules]
print(*loaded, file=sys.stderr)
sys.exit(status)
"""


def list_loaded(*words: str, folder: Path) -> list[str]:
    """List the verbs whose modules a call imports."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stderr.split()


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_verb_imports_no_other_verb(verb: str, tmp_path: Path) -> None:
    assert {*list_loaded(verb, "--help", folder=tmp_path)} == {verb, *BORROWS.get(verb, ())}


def test_the_version_imports_no_verb(tmp_path: Path) -> None:
    assert list_loaded("--version", folder=tmp_path) == []


def test_the_help_lists_all_verbs_in_their_order() -> None:
    _, _, told = CliRunner().invoke(app, ["--help"]).stdout.partition("Commands:\n")
    assert [line.split()[0] for line in told.splitlines()] == [*VERBS]
    assert all(len(line.split()) > 3 for line in told.splitlines()), told


def test_the_proxy_knows_every_verb() -> None:
    assert {verb.split()[0] for verb in stamp.VERBS} == {*VERBS}


def test_a_slip_is_answered_by_the_verb_that_is_meant() -> None:
    result = CliRunner().invoke(app, ["chekc"])
    assert result.exit_code == 2
    assert "No such command 'chekc'. Did you mean 'check'?" in result.stderr


def test_the_verbs_that_a_run_names_are_these() -> None:
    """The hot path has a list of its own, because it cannot load this package."""
    assert {verb.split()[0] for verb in stamp.VERBS} == {*VERBS}
