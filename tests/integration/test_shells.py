"""`xrunctl shell-init`: what real shells complete, and which `uv` lines go to xrun."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.processes import Place, run
from support.projects import Pyproject
from support.terminals import Typed, run_on_terminal

if TYPE_CHECKING:
    from support.projects import Project

    from .conftest import ProjectFactory

STARTS = {
    "bash": ("bash", "--noprofile", "--norc", "-i"),
    "zsh": ("zsh", "-f", "-i"),
    "fish": ("fish", "--no-config", "-i"),
}
LOADS = {
    "bash": ". <(xrunctl shell-init bash)",
    "zsh": "autoload -Uz compinit; compinit -u; . <(xrunctl shell-init zsh)",
    "fish": "xrunctl shell-init fish | source",
}
SHELLS = [
    pytest.param(
        name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"there is no {name}")
    )
    for name in STARTS
]
# Each is typed up to its end and a tab; then the line is shown by `echo`.
LINES = {
    "xrun --extra plo": "xrun --extra plots",
    "xrun --extra=plo": "xrun --extra=plots",
    "xrun alpha-too": "xrun alpha-tool",
    "xrun ls pyproj": "xrun ls pyproject.toml",
    "xrunctl rest": "xrunctl restore",
}


@pytest.fixture
def project(make_project: ProjectFactory) -> Project:
    """A project with an extra, and a program in its environment."""
    made = make_project(
        Pyproject(
            dependencies=("alpha",),
            extras={"plots": ("beta",), "web": ("gamma",)},
            groups={"dev": (), "docs": ()},
        )
    )
    made.write(".venv/bin/alpha-tool", "#!/bin/sh\n", mode=0o755)
    return made


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A folder for PATH with this xrun, and a uv and an xrun that only say what they got."""
    folder = tmp_path / "commands"
    folder.mkdir()
    for name in ("xrun", "xrunctl"):
        (folder / name).symlink_to(Path(sys.executable).with_name(name))
    return folder


@pytest.mark.parametrize("shell", SHELLS)
def test_a_tab_completes_the_line_in_every_shell(
    project: Project, commands: Path, shell: str
) -> None:
    path = f"{commands}:{project.sandbox.environ()['PATH']}"
    environ = project.sandbox.environ(PATH=path, TERM="xterm", PS1="$ ", LANG="C.UTF-8")
    prompt = b"" if shell == "fish" else b"$ "
    events = [Typed(f"{LOADS[shell]}; echo 0d''one\r".encode(), after=prompt)]
    for number, (begun, whole) in enumerate(LINES.items()):
        end = whole.removeprefix(begun).encode()
        events += [
            Typed(f"{begun}\t".encode(), after=f"{number}done".encode()),
            Typed(f"\x01echo {number + 1}d''one: \x05\r".encode(), after=end),
        ]
    events.append(Typed(b"exit\r", after=f"{len(LINES)}done".encode()))
    shown = run_on_terminal(STARTS[shell], Place(project.folder, environ), events)
    for number, whole in enumerate(LINES.values(), 1):
        assert f"{number}done: {whole}" in shown.stdout.decode()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("xrun --group d", ["dev", "docs"]),
        ("xrun --no-extra=w", ["--no-extra=web"]),
        ("xrun --package ", ["project"]),
        ("xrun --resolution low", ["lowest", "lowest-direct"]),
        ("xrun --with-requirements req", [":files"]),
        ("xrun -q --exa", ["--exact"]),
        ("xrun -- alpha-", ["alpha-tool", ":files"]),
        ("xrun --extra web pytest -", [":command 3"]),
        ("xrun --extra web -- pytest ", [":command 4"]),
        ("xrunctl explain --extra web pytest -", [":command 4"]),
        ("xrunctl check --output-format j", ["json"]),
        ("xrunctl check --output-format=j", ["--output-format=json"]),
        ("xrunctl init --mode ref", ["refuse"]),
        ("xrunctl shell-init z", ["zsh"]),
        ("xrunctl select --extra p", ["plots"]),
        ("xrunctl keep al", ["alpha"]),
        ("xrunctl why b", ["beta"]),
        ("xrunctl restore ", ["beta", "gamma"]),
        ("xrunctl help mo", ["modes"]),
        ("xrunctl env pr", ["prune"]),
        ("xrunctl no-verb ", []),
        ("xrun --no-such-option x", []),
    ],
)
def test_each_place_in_a_line_is_offered_what_fits_there(
    project: Project, words: str, offered: list[str]
) -> None:
    if words.startswith(("xrunctl why", "xrunctl restore")):
        project.install("beta")
        project.run(str(Path(sys.executable).with_name("xrun")), "true")
    xrunctl = str(Path(sys.executable).with_name("xrunctl"))
    result = project.run(xrunctl, "--complete", *words.split(" "))
    assert result.status == 0
    lines = [line.partition("\t")[0] for line in result.stdout.decode().splitlines()]
    assert lines[: len(offered)] == offered
    assert len(lines) == len(offered) or "--exa" in words


def test_nothing_is_offered_and_nothing_said_without_a_project(
    project: Project, tmp_path: Path
) -> None:
    place = Place(tmp_path, project.sandbox.environ())
    xrunctl = str(Path(sys.executable).with_name("xrunctl"))
    result = run((xrunctl, "--complete", "xrun", "--extra", "p"), place)
    assert (result.status, result.stdout, result.stderr) == (0, b"", b"")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("uv run pytest -q", "xrun: pytest -q"),
        ("uv --offline run pytest", "xrun: --offline pytest"),
        ("uv --directory run run x", "xrun: --directory run x"),
        ("uv run", "xrun:"),
        ("uv sync --extra run", "uv: sync --extra run"),
        ("uv --project app lock", "uv: --project app lock"),
        ("uv tool run ruff", "uv: tool run ruff"),
        ("uv", "uv:"),
        ("uv pip install 'a b'", "uv: pip install a b"),
    ],
)
def test_only_uv_run_goes_to_xrun(
    project: Project, tmp_path: Path, shell: str, typed: str, heard: str
) -> None:
    for name in ("uv", "xrun"):
        stub = tmp_path / "stubs" / name
        stub.parent.mkdir(exist_ok=True)
        stub.write_text(f'#!/bin/sh\necho {name}: "$@"\nexit 7\n')
        stub.chmod(0o755)
    script = tmp_path / f"init.{shell}"
    xrunctl = str(Path(sys.executable).with_name("xrunctl"))
    made = project.run(xrunctl, "shell-init", shell, "--replace-uv-run")
    script.write_bytes(made.stdout)
    path = f"{tmp_path / 'stubs'}:{project.sandbox.environ()['PATH']}"
    program = (*STARTS[shell][:-1], "-c", f". {script}; {typed}")
    result = run(program, Place(project.folder, project.sandbox.environ(PATH=path)))
    assert result.stdout.decode().split() == heard.split()
    assert result.status == 7


@pytest.mark.parametrize("shell", SHELLS)
def test_installed_once_and_read_at_start(project: Project, shell: str, tmp_path: Path) -> None:
    """Twice makes one line; the shell's own start reads the script."""
    environ = project.sandbox.environ(HOME=str(tmp_path), ZDOTDIR=None, XDG_CONFIG_HOME=None)
    xrunctl = str(Path(sys.executable).with_name("xrunctl"))
    for _ in range(2):
        made = run(
            (xrunctl, "shell-init", shell, "--install", "--replace-uv-run"),
            Place(project.folder, environ),
        )
        assert made.status == 0, made.stderr
    start = tmp_path / {"bash": ".bashrc", "zsh": ".zshrc"}.get(shell, ".config/fish/conf.d/x")
    if shell != "fish":
        assert len(start.read_text("utf-8").splitlines()) == 1
    asks = "type uv" if shell != "fish" else "functions uv"
    seen = run((shell, "-i", "-c", asks), Place(project.folder, environ))
    assert b"function" in seen.stdout
