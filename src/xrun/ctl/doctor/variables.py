"""Variables that change what a run does, and are easily forgotten."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xrun.ctl.doctor.diagnosis import mend, note
from xrun.words import render_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xrun.ctl.doctor.diagnosis import Diagnosis
    from xrun.ctl.doctor.scene import Scene

POLICY = ("XRUN_MODE", "XRUN_KEEP", "XRUN_EXTRAS", "XRUN_GROUPS", "XRUN_POLICY")
LINK_MODES = {
    "copy": "Separate environments are copied as a whole.",
    "symlink": "Environments, and what is put away of them, last as long as uv's cache.",
}


def check_off(scene: Scene) -> Iterator[Diagnosis]:
    """Check that xrun is not switched off in this shell."""
    value = scene.environ.get("XRUN")
    if value == "0":
        yield mend("XRUN=0 is set", "xrun does nothing: all is run by `uv run`.", "`unset XRUN`")
    elif value is not None:
        yield note(f"XRUN={value} is set", "It says nothing: only XRUN=0 does.", "`unset XRUN`")


def check_policy_variables(scene: Scene) -> Iterator[Diagnosis]:
    """Say which variables change the policy in this shell."""
    found = [name for name in POLICY if name in scene.environ]
    if found:
        told = render_names([f"{name}={scene.environ[name]}" for name in found])
        yield note(
            f"{told} {'is' if len(found) == 1 else 'are'} set",
            "That is stronger than the policy's files, in each run of this shell.",
            f"`unset {' '.join(found)}`, if it was for one run",
        )


def check_environment_variables(scene: Scene) -> Iterator[Diagnosis]:
    """Check the variables by which environments are chosen."""
    chosen = scene.environ.get("UV_PROJECT_ENVIRONMENT", "")
    if os.path.isabs(chosen):  # noqa: PTH117 - a str
        yield note(
            f"UV_PROJECT_ENVIRONMENT={chosen} is set",
            "It is the environment of all projects: a run in one removes what another needs.",
            "set it where there is one project only (a container); a relative path is for each",
        )
    active, environment = scene.environ.get("VIRTUAL_ENV"), scene.environment
    if active and environment and os.path.realpath(active) != os.path.realpath(environment.folder):
        yield note(
            f"VIRTUAL_ENV={active} is not this project's environment ({environment.folder})",
            "uv passes it by with a warning at each run; what is not run by xrun uses it.",
            "`deactivate`",
        )


def check_link_mode(scene: Scene) -> Iterator[Diagnosis]:
    """Check how uv brings files from its cache."""
    mode = scene.environ.get("UV_LINK_MODE", "")
    if mode in LINK_MODES:
        yield note(f"UV_LINK_MODE={mode} is set", LINK_MODES[mode], "`unset UV_LINK_MODE`")
