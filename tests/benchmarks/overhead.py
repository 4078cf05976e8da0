"""What xrun costs over `uv run --exact`, in bare starts of Python.

    python tests/benchmarks/overhead.py [RUNS]

makes a small project, then runs `xrun true`, `uv run --exact true` and `python -c pass` in turn and
prints the medians. Only the ratio travels between machines. Needs xrun and uv on PATH, and no
network.
"""

from __future__ import annotations

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xrun

RUNS = 30
PYPROJECT = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10"\n'


def find_python(script: Path) -> str:
    """The interpreter that starts xrun: the one its console script names."""
    first = script.read_bytes().splitlines()[0]
    return first.removeprefix(b"#!").decode().strip()


def measure(commands: dict[str, list[str]], folder: Path, runs: int) -> dict[str, float]:
    """Median milliseconds of each command, run in turn; the first three rounds do not count."""
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 3):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, cwd=folder, env=environ, check=True)
            if turn >= 3:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) * 1000 for name, found in seconds.items()}


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    program, uv = shutil.which("xrun"), shutil.which("uv")
    if program is None or uv is None:
        raise SystemExit("xrun and uv have to be on PATH")
    compileall.compile_dir(str(Path(xrun.__file__).parent), quiet=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text(PYPROJECT)
        subprocess.run([uv, "sync", "-q"], cwd=folder, check=True)
        time.sleep(2.1)  # younger files are not relied on
        commands = {
            "xrun true": [program, "true"],
            "uv run --exact true": [uv, "run", "--exact", "true"],
            "python -c pass": [find_python(Path(program)), "-c", "pass"],
        }
        medians = measure(commands, folder, runs)
    for name, median in medians.items():
        print(f"{name:22} {median:6.1f} ms")
    over = medians["xrun true"] - medians["uv run --exact true"]
    print(f"xrun costs {over / medians['python -c pass']:.2f} bare starts of Python over uv run")


if __name__ == "__main__":
    main()
