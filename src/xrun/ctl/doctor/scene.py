"""What checks look at, and what they say: a scene in, diagnoses out.

Nothing is changed or remembered, and uv is asked for its version, and where
something is kept for what it would do.
"""

from __future__ import annotations

import contextlib
import enum
import os
import shutil
import sys
from functools import cached_property
from pathlib import Path

from xrun.ctl.target import gather_project_facts
from xrun.errors import XrunError
from xrun.policy.load import load_policy
from xrun.policy.problems import PolicyError
from xrun.policy.rules import read_circumstances
from xrun.proxy import EXE, uv
from xrun.proxy.dataclass import dataclass
from xrun.run.elsewhere import find_used
from xrun.run.plan import resolve_plan
from xrun.run.request import Request, Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from xrun.environment.environment import Environment
    from xrun.policy.policy import Policy
    from xrun.proxy.command_line import Invocation
    from xrun.run.facts import Facts
    from xrun.run.plan import Plan


class Severity(enum.Enum):
    """How much it matters."""

    MEND = "mend"  # xrun does not work, is not exact or pays for it at each start
    NOTE = "note"  # it may be meant so
    UNKNOWN = "unknown"  # the look failed


@dataclass(frozen=True)
class Diagnosis:
    """One thing that a check found. Texts may hold names of files: they are not safe to print.

    Attributes:
        severity: How much it matters.
        what: What was found, in one sentence.
        why: Why that matters.
        cure: The setting or command that mends it; empty where there is none to name.
        checks: The names of the checks that say it; `examine` fills them in.
    """

    severity: Severity
    what: str
    why: str = ""
    cure: str = ""
    checks: tuple[str, ...] = ()


def mend(what: str, why: str = "", cure: str = "") -> Diagnosis:
    """Make a diagnosis of what should be mended."""
    return Diagnosis(Severity.MEND, what, why, cure)


def note(what: str, why: str = "", cure: str = "") -> Diagnosis:
    """Make a diagnosis of what may be meant so."""
    return Diagnosis(Severity.NOTE, what, why, cure)


@dataclass(frozen=True)
class Scene:
    """What the checks look at.

    Attributes:
        facts: Of a run without options; its `uv` is empty where there is none.
        invocation: That run: any plain command.
        environ: All environment variables.
        xrun: The `xrun` that belongs to this xrunctl, if it lies beside it.
        obstacle: Why uv could not be asked for its version; empty where it could.
    """

    facts: Facts
    invocation: Invocation
    environ: Mapping[str, str]
    xrun: Path | None
    obstacle: str = ""

    @cached_property
    def environment(self) -> Environment | None:
        """The environment that a plain run uses; `None` outside any project."""
        with contextlib.suppress(XrunError):
            return find_used(Run(self.request, self.plan)).facts.environment
        return self.facts.environment

    @cached_property
    def policy(self) -> Policy:
        """The policy of a plain run.

        Raises:
            XrunError: It has problems.
        """
        is_terminal = os.isatty(2)
        circumstances = read_circumstances(self.invocation, self.environ, is_terminal=is_terminal)
        facts = self.facts
        return load_policy(facts.workspace, facts.folder, self.environ, circumstances)

    @property
    def request(self) -> Request:
        """The request of a plain run.

        Raises:
            XrunError: The policy has problems.
        """
        return Request(self.invocation, self.facts, self.policy)

    @cached_property
    def plan(self) -> Plan:
        """What a plain run would do.

        Raises:
            XrunError: The policy has problems, or there is no uv.
        """
        if not self.facts.uv or self.obstacle:
            raise XrunError("there is no uv that works")
        try:
            return resolve_plan(self.request)
        except PolicyError:
            raise XrunError("the policy has problems") from None


def gather_scene(project: str | None) -> Scene:
    """Gather what the checks look at.

    Args:
        project: The value of `--project`.

    Raises:
        XrunError: There is no such folder.
        OSError: The current folder is gone.
    """
    found, obstacle = uv.find_uv() or "", ""
    version: tuple[int, ...] = ()
    try:
        version = uv.read_version(found, remembers=False) if found else ()
    except OSError as error:
        obstacle = str(error)
    invocation, facts = gather_project_facts(project, found, version)
    return Scene(facts, invocation, dict(os.environ), find_own_xrun(), obstacle)


def find_own_xrun() -> Path | None:
    """Find the `xrun` beside this xrunctl; `uv tool` links both to where they are."""
    typed = Path(shutil.which(sys.argv[0]) or sys.argv[0])
    folders = (typed.parent, Path(os.path.realpath(typed)).parent, Path(sys.executable).parent)
    candidates = (folder / f"xrun{EXE}" for folder in folders)
    return next((each for each in candidates if each.is_file()), None)
