"""Many runs at once, of several selections, while all else changes beside them."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .projects import Pyproject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .processes import Result
    from .projects import Project

PROGRAM = "import time; time.sleep(0.02); import alpha, {module}"
SELECTIONS: dict[tuple[str, ...], str] = {
    (): "alpha",
    ("--extra", "x"): "zeta",
    ("--group", "g"): "probe",
}
"""What is typed, and the module that it brings."""
EXTRAS = {"x": ("zeta",)}
GROUPS = {"g": ("probe",), "dev": ()}
OLD = Pyproject(dependencies=("alpha",), extras=EXTRAS, groups=GROUPS)
NEW = Pyproject(dependencies=("alpha<2", "epsilon"), extras=EXTRAS, groups=GROUPS)
VERBS = (("restore",), ("keep", "delta"), ("sync",), ("env", "prune"), ("check",))


@dataclass(frozen=True)
class Loaded:
    """What came of it: the runs that failed, and how long all of them took, in seconds."""

    failed: tuple[Result, ...]
    seconds: float


def put_under_load(
    project: Project, command: Sequence[str], xrunctl: Sequence[str], runs: int, at_once: int
) -> Loaded:
    """Run again and again in a project of `OLD`, so many at once, while it changes.

    Args:
        project: Where.
        command: What starts a run.
        xrunctl: What starts a verb.
        runs: How many.
        at_once: How many at the same time.
    """
    states = [(each, lock(project, each)) for each in (NEW, OLD)]
    ended = threading.Event()
    disturbing = (
        (install_and_remove, project, ended),
        (change_the_lock, project, states, ended),
        (call_verbs, project, xrunctl, ended),
    )

    def run(options: tuple[str, ...]) -> Result:
        program = PROGRAM.format(module=SELECTIONS[options])
        return project.run(*command, *options, "python", "-c", program)

    with ThreadPoolExecutor(len(disturbing)) as beside, ThreadPoolExecutor(at_once) as pool:
        others = [beside.submit(*each) for each in disturbing]
        begun = time.monotonic()
        try:
            results = [*pool.map(run, itertools.islice(itertools.cycle(SELECTIONS), runs))]
        finally:
            ended.set()
        seconds = time.monotonic() - begun
    for other in others:
        other.result()  # or what failed there
    return Loaded(tuple(each for each in results if each.status != 0), seconds)


def lock(project: Project, pyproject: Pyproject) -> str:
    """What is locked for what is declared."""
    project.declare(pyproject)
    project.uv("lock")
    return (project.folder / "uv.lock").read_text()


def install_and_remove(project: Project, ended: threading.Event) -> None:
    """Install a stray by hand and remove it, again and again."""
    source = ("--no-config", "--no-index", "--find-links", str(project.sandbox.index))
    while not ended.wait(0.2):
        project.run(str(project.sandbox.uv), "pip", "install", "-p", ".venv", *source, "delta")
        ended.wait(0.2)
        project.run(str(project.sandbox.uv), "pip", "uninstall", "-p", ".venv", "delta")


def change_the_lock(
    project: Project, states: list[tuple[Pyproject, str]], ended: threading.Event
) -> None:
    """Change what is declared and what is locked back and forth, each file at once."""
    for pyproject, locked in itertools.cycle(states):
        texts = {"uv.lock": locked, "pyproject.toml": pyproject.text(project.sandbox.index)}
        for name, text in texts.items():
            project.write(f".{name}.draft", text).rename(project.folder / name)
        if ended.wait(0.7):
            return


def call_verbs(project: Project, xrunctl: Sequence[str], ended: threading.Event) -> None:
    """Bring back, keep, sync, prune and check, again and again; what is kept is not for long."""
    for verb in itertools.cycle(VERBS):
        if ended.wait(0.3):
            return
        project.run(*xrunctl, *verb)
        (project.folder / "xrun.local.toml").unlink(missing_ok=True)
