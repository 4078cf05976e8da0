"""Any sequence of installing, pruning and restoring ends with the files as they were."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from support.projects import Project, Pyproject

from .test_restore import hashes

if TYPE_CHECKING:
    import pytest

    from support.processes import Result
    from support.sandbox import Sandbox

NAMES = ("beta", "delta", "epsilon", "probe", "zeta")


class Machine(RuleBasedStateMachine):
    """A project whose environment is installed into, pruned by runs, and restored."""

    sandbox: Sandbox
    xrun: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.project = Project(self.sandbox, self.folder)
        self.clean: dict[str, str] = {}
        self.files: dict[str, dict[str, str]] = {}  # of each distribution, when it was installed
        self.removed: list[set[str]] = []  # by each run, the newest first
        self.present: set[str] = set()

    @initialize()
    def begin(self) -> None:
        self.project.declare(Pyproject(dependencies=("alpha",)))
        self.project.sync()
        self.clean = hashes(self.project.environment)

    @rule(name=st.sampled_from(NAMES))
    def install(self, name: str) -> None:
        if name in self.present:
            return
        before = hashes(self.project.environment)
        self.project.install(name)
        site = next(self.project.environment.glob("lib/*/site-packages"))
        (site / name / "unlisted.txt").write_text("came later\n")
        new = hashes(self.project.environment)
        known = self.files.get(name, {})  # what no RECORD lists stays where it lies, as under uv
        is_its = {file for file in new if new[file] != before.get(file)} | known.keys()
        self.files[name] = {file: new[file] for file in new if file in is_its}
        self.present.add(name)

    @rule(mode=st.sampled_from(["exact", "report"]))
    def run(self, mode: str) -> None:
        done = self.project.run(*self.xrun, "true", XRUN_MODE=mode)
        assert done.status == 0, done.stderr
        if mode == "exact" and self.present - self.kept():
            self.removed.insert(0, self.present - self.kept())
            self.present &= self.kept()

    @rule()
    def restore(self) -> None:
        if self.removed and not self.removed[0] & self.present:
            done = self.restoring()
            assert done.status == 0, done.stderr
            self.present |= self.removed[0]

    @rule()
    def keep_nothing(self) -> None:
        (self.folder / "xrun.local.toml").unlink(missing_ok=True)

    def restoring(self, *words: str) -> Result:
        """Call `xrunctl restore`."""
        xrunctl = str(Path(self.xrun[0]).with_name("xrunctl"))
        return self.project.run(xrunctl, "restore", *words)

    def kept(self) -> set[str]:
        """What the local policy keeps."""
        local = self.folder / "xrun.local.toml"
        text = local.read_text() if local.exists() else ""
        return {name for name in NAMES if f'"{name}"' in text}

    def teardown(self) -> None:
        try:
            self.check()
        finally:
            shutil.rmtree(self.folder)

    def check(self) -> None:
        """All that was ever installed comes back by its name, and the files are as they were."""
        for name in sorted(set(self.files) - self.present):
            done = self.restoring(name)
            assert done.status == 0, done.stderr
        now = hashes(self.project.environment)
        expected = dict(self.clean)
        for files in self.files.values():
            expected |= files
        assert now == expected


def test_any_sequence_ends_with_the_files_as_they_were(
    sandbox: Sandbox, xrun: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Machine, "sandbox", sandbox, raising=False)
    monkeypatch.setattr(Machine, "xrun", xrun, raising=False)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=10,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
