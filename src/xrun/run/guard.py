"""The guard: nothing is ever removed from an interpreter that is not a virtual environment.

Without `pyvenv.cfg` uv takes the interpreter behind `.venv` for the environment, installs into it
and uninstalls from it. uv's dry run names that interpreter, or, with a warm cache, still `.venv`
(measured on uv 0.5.31 to 0.13.9): so the file is looked at first, and uv's word counts as well.
"""

from __future__ import annotations

from xrun.drift.compare import find_lost, is_elsewhere
from xrun.drift.kept import find_named
from xrun.errors import KeptWouldBeLostError, NotAnEnvironmentError
from xrun.proxy.dataclass import replace
from xrun.proxy.uv import ask_uv
from xrun.run.decision import list_outgoing
from xrun.run.plan import Target
from xrun.words import render_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from xrun.drift.compare import Comparison
    from xrun.environment.environment import Environment
    from xrun.policy.keep import Keep
    from xrun.run.request import Run

# What uv's settings name where it keeps environments in one place (0.11.25 to 0.13.9).
PREVIEWED = "CentralizedProjectEnvs"
PREVIEW_HINT = (
    "its preview `centralized-project-envs` does: `--no-preview` turns that off, `XRUN=0` lets it, "
    "and what is only in the folder is gone then"
)


def check_is_whole(environment: Environment, keep: Iterable[Keep] = ()) -> None:
    """Check, before uv is asked, that an environment has its folder and its `pyvenv.cfg`.

    Args:
        environment: Which it is.
        keep: What the policy keeps, which would go with it.

    Raises:
        NotAnEnvironmentError: It is a link to what is missing, which uv can neither use nor make;
            or `pyvenv.cfg` is missing, and whatever uv did next, it would do to another Python.
    """
    if environment.dangling:
        raise NotAnEnvironmentError(
            f"not run: {environment.name} is a link to {environment.dangling}, which is missing",
            hint="bring that back, or delete the link, and the next run rebuilds "
            f"{environment.name}",
        )
    if environment.is_damaged:
        kept = sorted(find_named(environment, keep))
        hint = f"delete {environment.name}, and the next run rebuilds it"
        if kept:
            hint = f"move {environment.name} away, and install what is kept into the new one: "
            hint += render_names(kept)
        raise NotAnEnvironmentError(
            f"not run: {environment.name} is damaged: it has no pyvenv.cfg, and uv would change "
            "the Python behind it instead",
            hint=hint,
        )


def is_left_damaged(run: Run) -> bool:
    """Whether the environment of a run is damaged, and used as it is all the same."""
    environment, plan = run.facts.environment, run.plan
    if plan.target is not Target.PROJECT or environment is None or not environment.is_damaged:
        return False
    return plan.is_left


def check_may_change(comparison: Comparison, *, removes: bool = True) -> None:
    """Check that an environment may be changed at all, even if it is in use.

    Args:
        comparison: What uv would do.
        removes: Whether what is extraneous would go.

    Raises:
        NotAnEnvironmentError: What would be changed is not the virtual environment of the project.
        KeptWouldBeLostError: The environment would be rebuilt without what is kept.
    """
    check_is_whole(comparison.drift.environment)
    check_is_meant(comparison, removes=removes)
    check_keeps(comparison)


def check_is_same(environment: Environment, identity: tuple[int, int]) -> None:
    """Check, between two starts of uv, that an environment is still the one that is changed.

    Args:
        environment: Which it is; looked at as it is now.
        identity: From `identify`.

    Raises:
        NotAnEnvironmentError: It is not; whatever uv did next, it would do to another Python.
    """
    if not environment.is_virtual or identify(environment) != identity:
        raise NotAnEnvironmentError(
            f"not run: {environment.name} is no longer the environment that it was before this "
            "step, and uv would change another Python instead",
            hint="the next run looks at it again",
        )


def identify(environment: Environment) -> tuple[int, int]:
    """Read what tells the folder of an environment from one that took its place."""
    try:
        status = environment.folder.stat()
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino


def check_is_meant(comparison: Comparison, *, removes: bool = True) -> None:
    """Check that what uv would change is the virtual environment that is meant.

    Args:
        comparison: What uv would do.
        removes: Whether what is extraneous would go.

    Raises:
        NotAnEnvironmentError: It is not, and something in it would be removed or replaced.
    """
    environment = comparison.drift.environment
    check_is_named(comparison)
    going = list_outgoing(comparison, removes=removes)
    if environment.exists and not environment.is_virtual and going:
        count = len(going)
        raise NotAnEnvironmentError(
            f"not run: {environment.name} is not a virtual environment (no pyvenv.cfg), and "
            f"{count} of its distributions would be removed or replaced",
            hint="`XRUN_MODE=report` runs without removing",
        )


def check_is_named(comparison: Comparison) -> None:
    """Check that the environment that uv speaks of is the one that is meant.

    Raises:
        NotAnEnvironmentError: It is another (a preview of uv 0.13 keeps them all in one place).
    """
    environment = comparison.drift.environment
    named = comparison.answer.environment
    if is_elsewhere(comparison.answer, environment):
        raise NotAnEnvironmentError(
            f"not run: uv would make {named}, and a link to it in place of {environment.name}",
            hint=PREVIEW_HINT,
        )


def check_is_used(run: Run) -> None:
    """Check that uv takes the environment of a run, where its dry run says nothing about that.

    Raises:
        NotAnEnvironmentError: It would delete it: a preview keeps environments in one place.
    """
    environment, request = run.facts.environment, run.request
    if environment is None or request.no_project or not environment.is_uvs_choice:
        return
    settings = ["run", "--show-settings", *request.invocation.render_options(frozenset()), "true"]
    if PREVIEWED in ask_uv(run.facts.uv, settings).stdout:
        raise NotAnEnvironmentError(
            f"not run: uv would put a link in place of {environment.name}", hint=PREVIEW_HINT
        )


def point_to_named(run: Run, comparison: Comparison) -> bool:
    """Point the link `.venv` to the environment that uv takes instead, as uv does.

    Returns:
        Whether that was needed; then the environment of the run is another one.

    Raises:
        KeptWouldBeLostError: What is kept is only in the environment that the link leads to.
    """
    own, named = run.facts.environment, comparison.drift.environment
    if own is None or run.plan.target is not Target.PROJECT or named.folder == own.folder:
        return False
    kept = find_named(replace(own), run.plan.keep)
    lost = sorted(kept.keys() - named.distributions.keys())
    if lost:
        raise KeptWouldBeLostError(
            f"not run: uv would point {own.name} to {named.folder}, which lacks what is kept: "
            f"{render_names(lost)}",
            hint=f"delete the link {own.name}, run again, and install what is kept there",
        )
    own.folder.unlink(missing_ok=True)
    if named.exists:
        own.folder.symlink_to(named.folder, target_is_directory=True)
    return True


def check_keeps(comparison: Comparison, *, is_as_it_is: bool = False) -> None:
    """Check that nothing that the policy keeps goes with the environment that it is in.

    Args:
        comparison: What uv would do.
        is_as_it_is: Whether uv syncs nothing (`--no-sync`): then it takes an environment for
            another Python as it is, but not one without a Python, nor one elsewhere (uv 0.13.9).

    Raises:
        KeptWouldBeLostError: uv would rebuild the environment, without what is kept.
    """
    drift, environment = comparison.drift, comparison.drift.environment
    is_gone = not environment.interpreter.exists()
    if is_as_it_is and not is_gone and not is_elsewhere(comparison.answer, environment):
        return
    lost = find_lost(drift)
    if not lost:
        return
    where = ", ".join(dict.fromkeys(each.origin for each in lost))
    python = "its Python is gone; bring that back" if is_gone else "choose the Python that it has"
    raise KeptWouldBeLostError(
        f"not run: uv would rebuild {environment.name}, and what is kept would be lost",
        details=(render_names([f"{each.name} {each.installed}" for each in lost]),),
        hint=f"kept by {where}; {python}, or move {environment.name} away and install what is kept "
        "into the new one",
    )
