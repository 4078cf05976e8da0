"""Situations that a run can be in: a policy, a project, what was done by hand, what is typed."""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.projects import Pyproject, inline_metadata

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.projects import Project

WHERE = ("python", "-c", "import sys; print(sys.prefix)")
DECLARED = Pyproject(
    dependencies=("alpha",), extras={"x": ("zeta",)}, groups={"g": ("probe",), "h": ("delta",)}
)
MORE = dataclasses.replace(DECLARED, dependencies=("alpha", "epsilon"))
UNMANAGED = Pyproject(managed=False)
SCRIPT = "@METADATA@import sys\n\nprint(sys.prefix)\n"
BARE = "[tool.other]\nkey = 1\n"
DENIED = '[[rules]]\ncommand = "python"\ndeny = "Declare it"\n'


@dataclass(frozen=True)
class Situation:
    """What is so before a run.

    Attributes:
        policy: `xrun.toml`; none if empty.
        typed: Options of uv, typed before the command.
        command: The command.
        environ: Variables.
        installed: What was installed by hand.
        synced: Options of a `uv sync` that was done last.
        files: What else was written last, the file of the project among them.
        before: Runs that went before, each what was typed behind `xrun`.
        local: `xrun.local.toml`.
        removed: What was removed by hand last.
        is_fresh: Whether there is no environment yet.
        is_in_use: Whether another command runs in the environment.
        is_at_terminal: Whether all of it happens at a terminal.
        folder: Where the run is.
    """

    policy: str = ""
    typed: tuple[str, ...] = ()
    command: tuple[str, ...] = WHERE
    environ: Mapping[str, str] = field(default_factory=dict)
    installed: tuple[str, ...] = ()
    synced: tuple[str, ...] | None = None
    files: Mapping[str, str | Pyproject] = field(default_factory=dict)
    before: tuple[tuple[str, ...], ...] = ()
    local: str = ""
    removed: tuple[str, ...] = ()
    is_fresh: bool = False
    is_in_use: bool = False
    is_at_terminal: bool = False
    folder: str = "."

    def set_up(self, project: Project, index: Path) -> None:
        """Bring a project of the declared kind into this situation."""
        if self.policy:
            project.write("xrun.toml", self.policy)
        if self.local:
            project.write("xrun.local.toml", self.local)
        if self.installed:
            project.install(*self.installed)
        for name, content in self.files.items():
            text = content.text(index) if isinstance(content, Pyproject) else content
            project.write(name, text.replace("@METADATA@", inline_metadata(("beta",), index)))
        if self.synced is not None:
            project.sync(*self.synced)
        for name in self.removed:
            (project.folder / name).unlink()
        if self.is_fresh:
            shutil.rmtree(project.environment)


def _mode(mode: str, more: str = "") -> str:
    return f'mode = "{mode}"\n{more}'


SITUATIONS: Mapping[str, Situation] = {
    "clean": Situation(),
    "undeclared": Situation(installed=("beta",)),
    "undeclared and missing": Situation(installed=("beta",), files={"pyproject.toml": MORE}),
    "missing": Situation(files={"pyproject.toml": MORE}),
    "unselected": Situation(synced=("--extra", "x")),
    "other than locked": Situation(installed=("alpha==1.0",)),
    "fresh": Situation(is_fresh=True),
    "refuse, clean": Situation(_mode("refuse")),
    "refuse, drifted": Situation(_mode("refuse"), installed=("beta",)),
    "refuse, fresh": Situation(_mode("refuse"), is_fresh=True),
    "report, clean": Situation(_mode("report")),
    "report, drifted": Situation(_mode("report"), installed=("beta",)),
    "report, exact typed": Situation(_mode("report"), ("--exact",), installed=("beta",)),
    "off": Situation(_mode("off"), ("--exact",), installed=("beta",)),
    "off by the variable": Situation(environ={"XRUN_MODE": "off"}, installed=("beta",)),
    "isolated": Situation(_mode("isolated"), installed=("beta",)),
    "isolated typed": Situation(typed=("--isolated",)),
    "isolated, kept": Situation(_mode("isolated", 'keep = ["beta"]\n'), installed=("beta",)),
    "ask without a terminal": Situation(_mode("ask"), installed=("beta",)),
    "ask at a terminal": Situation(_mode("ask"), installed=("beta",), is_at_terminal=True),
    "ask at a terminal, clean": Situation(_mode("ask"), is_at_terminal=True),
    "separate, first": Situation(_mode("separate"), installed=("beta",)),
    "separate, again": Situation(_mode("separate"), before=(("true",),)),
    "separate, typed active": Situation(_mode("separate"), ("--active",)),
    "another selection": Situation(typed=("--extra", "x")),
    "another selection, again": Situation(
        typed=("--extra", "x"), before=(("--extra", "x", "true"),)
    ),
    "another selection, rebuild": Situation(
        'other-selection = "rebuild"\n', ("--extra", "x"), installed=("beta",)
    ),
    "another selection, kept": Situation(
        'keep = ["beta"]\n', ("--extra", "x"), installed=("beta", "epsilon")
    ),
    "kept": Situation('keep = ["beta"]\n', installed=("beta",)),
    "kept, and more": Situation('keep = ["beta"]\n', installed=("beta", "epsilon")),
    "held": Situation('keep = ["alpha"]\n', installed=("alpha==1.0",)),
    "held, and missing": Situation(
        'keep = ["alpha"]\n', installed=("alpha==1.0",), files={"pyproject.toml": MORE}
    ),
    "held in refuse": Situation(_mode("refuse", 'keep = ["alpha"]\n'), installed=("alpha==1.0",)),
    "kept in the local file": Situation(local='keep = ["beta"]\n', installed=("beta",)),
    "reinstall typed": Situation(
        'keep = ["beta"]\n', ("--reinstall",), installed=("beta", "epsilon")
    ),
    "inexact typed": Situation(typed=("--inexact",), installed=("beta",)),
    "no-sync typed": Situation(typed=("--no-sync",), installed=("beta",)),
    "no-sync typed, clean": Situation(typed=("--no-sync",)),
    "no-sync by uv's variable": Situation(environ={"UV_NO_SYNC": "1"}, installed=("beta",)),
    "no-sync in refuse": Situation(_mode("refuse"), ("--no-sync",), installed=("beta",)),
    "no-project typed": Situation(typed=("--no-project",), installed=("beta",)),
    "no [project]": Situation(files={"pyproject.toml": BARE}, installed=("beta",)),
    "unmanaged": Situation(files={"pyproject.toml": UNMANAGED}),
    "unmanaged in refuse": Situation(_mode("refuse"), files={"pyproject.toml": UNMANAGED}),
    "no TOML": Situation(files={"pyproject.toml": "[project\n"}),
    "no project": Situation(folder=".."),
    "no project, exact asked for": Situation(folder="..", environ={"XRUN_MODE": "exact"}),
    "a script with metadata": Situation(files={"s.py": SCRIPT}, command=("s.py",)),
    "a script, again": Situation(files={"s.py": SCRIPT}, command=("s.py",), before=(("s.py",),)),
    "a script in refuse": Situation(_mode("refuse"), files={"s.py": SCRIPT}, command=("s.py",)),
    "locked, stale": Situation('lock = "locked"\n', files={"pyproject.toml": MORE}),
    "frozen": Situation('lock = "frozen"\n', installed=("beta",)),
    "upgrade typed": Situation(typed=("-U",), installed=("beta",)),
    "groups of the policy": Situation('groups = ["g"]\n'),
    "groups of the policy, no-dev typed": Situation('groups = ["g"]\n', ("--no-dev",)),
    "denied": Situation(DENIED),
    "a rule that matches": Situation('[[rules]]\ncommand = "python"\nmode = "report"\n'),
    "a rule that does not match": Situation('[[rules]]\ncommand = "pytest"\nmode = "report"\n'),
    "a rule that selects": Situation('[[rules]]\ncommand = "python"\ngroups = ["g"]\n'),
    "a rule for CI": Situation(
        '[[rules]]\nwhen = "ci"\nmode = "refuse"\n', environ={"CI": "1"}, installed=("beta",)
    ),
    "enforced, typed looser": Situation('enforce = ["mode"]\n', ("--inexact",)),
    "enforced, looser in a file": Situation(
        'enforce = ["mode"]\n', local=_mode("report"), installed=("beta",)
    ),
    "enforced lock, typed looser": Situation('lock = "locked"\nenforce = ["lock"]\n', ("-U",)),
    "in use": Situation(installed=("beta",), is_in_use=True),
    "in use, rebuild": Situation(
        'other-selection = "rebuild"\n', installed=("beta",), is_in_use=True
    ),
    "in use, kept": Situation('keep = ["beta"]\n', installed=("beta", "epsilon"), is_in_use=True),
    "in use, nothing to remove": Situation(is_in_use=True),
    "a damaged environment": Situation(removed=(".venv/pyvenv.cfg",)),
    "a damaged environment, no-sync": Situation(
        typed=("--no-sync",), removed=(".venv/pyvenv.cfg",)
    ),
    "unknown option": Situation(typed=("--frobnicate",)),
    "exact typed twice": Situation(typed=("--exact", "--exact")),
    "no command": Situation(command=("--extra", "x")),
}
