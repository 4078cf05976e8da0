"""What a separate environment costs, beside `uv run --exact` and `uv run --isolated`.

    python tests/benchmarks/separate.py [REQUIREMENT...]

makes a project that declares the requirements (or 160 distributions made here, without network),
then runs the three in turn and prints the medians and their ratios, which alone travel between
machines. Needs xrun and uv on PATH.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from overhead import measure

import xrun

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.wheels import Wheel

DISTRIBUTIONS, RUNS, FILES = 160, 10, 100


HEAD = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10"\n'
INDEX = '[[tool.uv.index]]\nname = "local"\nformat = "flat"\ndefault = true\nurl = "{}"\n'


def make_project(folder: Path, requirements: list[str]) -> None:
    """Make a project that declares requirements, or distributions that are made here."""
    text = HEAD + f"dependencies = {json.dumps(requirements or make_index(folder / 'index'))}\n"
    text += "" if requirements else INDEX.format((folder / "index").as_uri())
    (folder / "app").mkdir()
    (folder / "app" / "pyproject.toml").write_text(text)
    (folder / "app" / "xrun.toml").write_text('mode = "separate"\n')


def make_index(folder: Path) -> list[str]:
    """Make distributions, each with some files; give their names."""
    names = [f"dist{number:04}" for number in range(DISTRIBUTIONS)]
    for name in names:
        modules = {f"{name}/m{number}.py": "x = 1\n" for number in range(FILES)}
        Wheel(name, modules={f"{name}/__init__.py": "", **modules}).build(folder)
    return names


def main() -> None:
    """Measure and print."""
    program, uv = shutil.which("xrun"), shutil.which("uv")
    if program is None or uv is None:
        raise SystemExit("xrun and uv have to be on PATH")
    compileall.compile_dir(str(Path(xrun.__file__).parent), quiet=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        make_project(folder, sys.argv[1:])
        subprocess.run([uv, "sync", "-q"], cwd=folder / "app", check=True)
        subprocess.run([program, "-q", "true"], cwd=folder / "app", check=True)
        time.sleep(2.1)  # younger files are not relied on
        commands = {
            "xrun, separate": [program, "true"],
            "uv run --exact": [uv, "run", "--exact", "true"],
            "uv run --isolated": [uv, "run", "-q", "--isolated", "true"],
        }
        site_packages = next((folder / "app").glob(".venv/lib/*/site-packages"))
        print(len([*site_packages.glob("*.dist-info")]), "distributions")
        medians = measure(commands, folder / "app", RUNS)
    for what, median in medians.items():
        print(f"{what:18} {median:8.1f} ms")
    ours = medians["xrun, separate"]
    print(f"xrun, separate / uv run --exact: {ours / medians['uv run --exact']:.2f}")
    print(f"uv run --isolated / xrun, separate: {medians['uv run --isolated'] / ours:.1f}")


if __name__ == "__main__":
    main()
