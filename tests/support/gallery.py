"""Screens of every kind of message: the real xrun on small projects, on a pseudo-terminal.

`python -m support.gallery FOLDER` (in `tests`) writes each screen at 80 and 120 columns as text,
and as SVG beside it; names behind the folder choose some. It is for eyes: no test runs it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from .processes import Place
from .projects import Project, Pyproject
from .sandbox import Sandbox, make_sandbox
from .terminals import Size, Typed, run_on_terminal
from .wheels import Wheel, build_index

WIDTHS = (80, 120)
REQUESTS = ("certifi", "charset-normalizer", "idna", "urllib3")
WHEELS = (
    Wheel("requests", "2.34.2", requires=REQUESTS),
    *(Wheel(name, "3.1") for name in REQUESTS),
    *(Wheel(f"plugin-{number:02}", "0.9") for number in range(40)),
    *(Wheel(name, "25.3.0") for name in ("attrs", "rich", "six", "ruff", "numpy", "matplotlib")),
    *(Wheel("gdal", version) for version in ("3.8.4", "3.9.1")),
    Wheel("flask", "3.1.2", requires=("six",)),
)
WRONG = "requires = [\n"
SERVE = "python -c 'import time; time.sleep(20)'"
BACKGROUND = f"XRUN_MODE=report setsid xrun {SERVE} >/dev/null 2>&1 & sleep 2"


@dataclass(frozen=True)
class Scene:
    """One screen.

    Attributes:
        shown: What is typed, and what comes of it shown.
        before: What a shell does first, unseen; a line that begins with `!` may fail.
        policy: `xrun.toml`.
        dependencies: What the project declares, beside its group `dev` and its extra `plots`.
        answers: Keys for each question.
        environ: Variables.
    """

    shown: tuple[str, ...]
    before: tuple[str, ...] = ()
    policy: str = ""
    dependencies: tuple[str, ...] = ("attrs",)
    answers: tuple[str, ...] = ()
    environ: tuple[tuple[str, str], ...] = ()


BY_HAND = "uv pip install -q --no-config --no-index --find-links $INDEX"
MANY = f"{BY_HAND} {' '.join(f'plugin-{number:02}' for number in range(40))}"
ADD = 'sed -i \'s/"attrs"/"attrs", "{}"/\' pyproject.toml'
DROP = "sed -i 's/, \"{}\"//' pyproject.toml"
KEEP = '[[keep]]\nname = "gdal==3.8.*"\nreason = "must match the system\'s libgdal"\n'
SCENES = {
    "removed-one": Scene(("xrun python -c pass",), (f"{BY_HAND} six",)),
    "removed-five": Scene(("xrun python -c 'import requests'",), (f"{BY_HAND} requests",)),
    "removed-many": Scene(("xrun python -c pass",), (MANY,)),
    "unselected": Scene(("xrun python -c pass",), ("uv sync -q --extra plots --group lint",)),
    "no-longer": Scene(
        ("xrun python -c pass",),
        ("xrun -q true", DROP.format("flask"), DROP.format("six")),
        dependencies=("attrs", "rich", "flask", "six"),
    ),
    "replaced": Scene(("xrun python -c pass",), (f"{BY_HAND} gdal==3.8.4",), "", ("gdal",)),
    "held": Scene(("xrun python -c pass",) * 2, (f"{BY_HAND} gdal==3.8.4",), KEEP, ("gdal",)),
    "mixed": Scene(
        ("xrun python -c pass",),
        ("uv sync -q --extra plots", f"{BY_HAND} requests gdal==3.8.4"),
        "",
        ("attrs", "gdal"),
    ),
    "report": Scene(("xrun python -c pass",), (f"{BY_HAND} requests",), 'mode = "report"'),
    "no-sync": Scene(("xrun --no-sync python -c pass",), (f"{BY_HAND} requests",)),
    "refuse": Scene(("xrun python -c pass",), (f"{BY_HAND} requests",), 'mode = "refuse"'),
    "ask": Scene(
        ("xrun python -c pass",), (f"{BY_HAND} requests",), 'mode = "ask"', answers=("?\n", "s\n")
    ),
    "ask-keep": Scene(
        ("xrun python -c pass",), (f"{BY_HAND} requests",), 'mode = "ask"', answers=("k\n",)
    ),
    "ask-stop": Scene(
        ("xrun python -c pass",), (f"{BY_HAND} requests",), 'mode = "ask"', answers=("s\n",)
    ),
    "in-use": Scene(("xrun python -c pass",) * 2, (f"{BY_HAND} six", BACKGROUND)),
    "in-use-beside": Scene(
        ("xrun python -c pass",) * 2,
        (f"{BY_HAND} six", BACKGROUND),
        'other-selection = "rebuild"',
    ),
    "separate": Scene(("xrun --extra plots python -c pass",) * 2),
    "separate-mode": Scene(("xrun python -c pass",), policy='mode = "separate"'),
    "first": Scene(("xrun python -c pass",), ("rm -rf .venv uv.lock",)),
    "overtaken": Scene(
        ("xrun python -c pass",), (f"{BY_HAND} gdal==3.8.4", ADD.format("gdal")), 'keep = ["gdal"]'
    ),
    "rebuilt": Scene(
        ("xrun python -c pass",),
        (f"{BY_HAND} six", "sed -i 's/^version_info.*/version_info = 3.9.1/' .venv/pyvenv.cfg"),
    ),
    "deny": Scene(
        ("xrun pip install six",),
        policy='[[rules]]\ncommand = "pip install"\ndeny = "Declare it instead: uv add NAME"',
    ),
    "usage": Scene(("xrun --nosuch python",)),
    "no-extra": Scene(("xrun --extra nope python",), (f"{BY_HAND} six",)),
    "unsolvable": Scene(("xrun python",), (f"{BY_HAND} six", ADD.format("nosuch"))),
    "unsolvable-separate": Scene(("xrun python",), (ADD.format("nosuch"),), 'mode = "separate"'),
    "locked": Scene(("xrun python -c pass",), (ADD.format("six"),), 'lock = "locked"'),
    "enforced": Scene(("xrun --inexact true",), policy='mode = "exact"\nenforce = ["mode"]'),
    "verb": Scene(("xrun check",)),
    "failed": Scene(("xrun python -c 'import six'",), (f"{BY_HAND} six",)),
    "verbose": Scene(("xrun -v python -c pass",), (f"{BY_HAND} six",)),
    "isolated": Scene(("xrun --isolated python -c pass",), (f"{BY_HAND} six",), 'keep = ["six"]'),
    "why": Scene(
        ("xrunctl why requests", "xrunctl why certifi", "xrunctl why attrs", "xrunctl why nosuch"),
        (f"{BY_HAND} requests", "xrun -q python -c pass"),
    ),
    "restore": Scene(
        ("xrunctl restore --list", "xrunctl restore requests", "xrunctl restore --list"),
        (
            f"{BY_HAND} six",
            "xrun -q python -c pass",
            f"{BY_HAND} requests",
            "xrun -q python -c 'pass # a longer command'",
            MANY,
            "xrunctl sync",
        ),
    ),
    "keep": Scene(
        ("xrunctl keep six", "xrunctl keep nosuch", "xrunctl keep attrs", "xrunctl keep six==2"),
        (f"{BY_HAND} six",),
    ),
    "env": Scene(
        (
            "xrunctl env path --group nope",
            "xrunctl env path --extra plot",
            "xrunctl env path --extra plots",
            "xrunctl env list",
            "xrunctl env prune",
        ),
        ("xrun -q --extra plots true", f"{BY_HAND} six", "xrun -q true"),
    ),
    "sync": Scene(("xrunctl sync", "xrunctl sync"), (f"{BY_HAND} requests",)),
    "check": Scene(("xrunctl check",), (f"{BY_HAND} requests",)),
    "interrupted": Scene(
        ("xrun python -c pass",),
        (
            "rm .venv/lib/python3*/site-packages/attrs/__init__.py",
            "python - <<'E'\nfrom pathlib import Path\nfrom xrun.environment import Environment\n"
            "from xrun.environment.marker import begin_step\n"
            "begin_step(Environment(Path('.venv').resolve(), '.venv'))\nE",
        ),
    ),
}


def make_project(sandbox: Sandbox, name: str, scene: Scene) -> Project:
    """Make the project of a scene, and do what goes before."""
    folder = sandbox.home / name
    folder.mkdir(parents=True)
    project = Project(sandbox, folder)
    declared = Pyproject(
        name="shop",
        dependencies=scene.dependencies,
        extras={"plots": ("numpy", "matplotlib")},
        groups={"lint": ("ruff",)},
    )
    project.declare(declared)
    project.sync()
    if scene.policy:
        project.write("xrun.toml", scene.policy + "\n")
    for line in scene.before:
        done = project.run("sh", "-c", line, PATH=make_path(sandbox), INDEX=str(sandbox.index))
        if done.status:
            raise AssertionError((name, line, done.stderr.decode()))
    return project


def make_path(sandbox: Sandbox) -> str:
    """Make the PATH of a screen: with the xrun under test."""
    return f"{Path(sys.executable).parent}:{sandbox.path}"


def record(project: Project, scene: Scene, width: int) -> str:
    """Record what a terminal shows of a scene."""
    path = make_path(project.sandbox)
    environ = {"PATH": path, "TERM": "xterm-256color", **dict(scene.environ)}
    place = Place(project.folder, project.sandbox.environ(**environ))
    text = ""
    for line in scene.shown:
        keys = [Typed(answer.encode(), after=b"or [?] ") for answer in scene.answers]
        done = run_on_terminal(("sh", "-c", line), place, keys, Size(33, width))
        shown = done.stdout.decode(errors="replace").replace("\r\n", "\n")
        text += f"\x1b[1m$ {line}\x1b[0m\n{shown}"
    return text


def main() -> None:
    """Write the screens that are asked for."""
    from rich.console import Console
    from rich.text import Text

    folder, *names = sys.argv[1:]
    out = Path(folder).resolve()
    out.mkdir(parents=True, exist_ok=True)
    index = build_index(out / "wheels", WHEELS)
    for width in WIDTHS:
        machine = out / f"machine-{width}"
        sandbox = make_sandbox(machine, index)
        for name in names or SCENES:
            text = record(make_project(sandbox, name, SCENES[name]), SCENES[name], width)
            (out / f"{name}-{width}.txt").write_text(text)
            console = Console(record=True, width=width, file=(out / "log").open("w"))
            console.print(Text.from_ansi(text), no_wrap=True, overflow="ignore")
            console.save_svg(str(out / f"{name}-{width}.svg"), title=name)


if __name__ == "__main__":
    main()
