"""What 200 runs, 20 at once, come to while all else changes: how many fail, and how long they take.

`python tests/benchmarks/load.py`, with uv on PATH and xrun beside this Python; by hand, because it
needs all of a machine for a few minutes. What it needs to say is a ratio: `xrun` to
`uv run --exact`, with the same beside them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from support.load import OLD, Loaded, put_under_load  # noqa: E402 - found by the line above
from support.projects import Project  # noqa: E402
from support.sandbox import Sandbox, make_sandbox  # noqa: E402
from support.wheels import build_index  # noqa: E402

HERE = Path(sys.executable).parent


def main() -> int:
    """Put both under load.

    Returns:
        1 if a run of xrun failed.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        sandbox = make_sandbox(root / "sandbox", build_index(root / "wheels"))
        exact = load(sandbox, root / "uv", str(sandbox.uv), "run", "--exact", asked=asked)
        ours = load(sandbox, root / "xrun", str(HERE / "xrun"), asked=asked)
    print(f"xrun / uv run --exact: {ours.seconds / exact.seconds:.2f} times the wall time")
    for each in ours.failed:
        print(each.stderr.decode())
    return 1 if ours.failed else 0


def load(sandbox: Sandbox, folder: Path, *command: str, asked: argparse.Namespace) -> Loaded:
    """Put one of them under load, in a project of its own, and print what came of it."""
    folder.mkdir()
    project = Project(sandbox, folder)
    project.declare(OLD)
    project.sync()
    xrunctl = (str(HERE / "xrunctl"),)
    loaded = put_under_load(project, command, xrunctl, asked.runs, asked.at_once)
    failed, seconds = len(loaded.failed), loaded.seconds
    print(f"{folder.name}: {failed} of {asked.runs} failed, {seconds:.1f} s", flush=True)
    return loaded


if __name__ == "__main__":
    sys.exit(main())
