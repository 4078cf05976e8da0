"""What `xrunctl` does where what it says cannot be written."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from support.processes import Place, Process, run
from unit.make import write

FULL = Path("/dev/full")
CODE = "import sys; from xrun.ctl import main; sys.argv[0] = 'xrunctl'; main()"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("verb", ["check", "schema"])
@pytest.mark.parametrize("is_at_once", ["1", ""])
def test_what_cannot_be_written_is_told(verb: str, is_at_once: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "app", {"pyproject.toml": '[project]\nname = "app"\n'})
    with FULL.open("w") as full:
        place = Place(folder, {**os.environ, "PYTHONUNBUFFERED": is_at_once})
        with Process([sys.executable, "-c", CODE, "policy", verb], place, stdout=full) as process:
            _, told = process.communicate()
    assert told == b"xrun: the answer cannot be written: No space left on device\n"
    assert process.returncode == 2


@pytest.mark.parametrize("verb", ["policy schema", "env list", "--version"])
def test_a_closed_standard_output_is_nothing_to_tell(verb: str, tmp_path: Path) -> None:
    words = ["sh", "-c", '"$@" >&-', "sh", sys.executable, "-c", CODE, *verb.split()]
    done = run(words, Place(tmp_path, os.environ))
    assert (done.status, done.stderr) == (0, b"")


@pytest.mark.parametrize("errors", ["/dev/full", "&-"])
@pytest.mark.parametrize("words", ["why", "why x", "restore", "env prune"])
def test_no_status_depends_on_standard_error(words: str, errors: str, tmp_path: Path) -> None:
    if errors == "/dev/full" and not FULL.exists():
        pytest.skip("this system has no /dev/full")
    command = [sys.executable, "-c", CODE, *words.split()]
    place = Place(tmp_path, os.environ)
    done = run(command, place)
    silent = run(["sh", "-c", f'"$@" 2>{errors}', "sh", *command], place)
    assert done.stderr
    assert (silent.status, silent.stdout) == (done.status, done.stdout)


INTERRUPT = """\
import sys
class Finder:
    def find_spec(name, *_):
        if name == "{module}":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder)
from xrun.ctl import main
main()
"""


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("xrun.ctl.verbs", "env list"),
        ("xrun.ctl.env", "env list"),
        ("typer", "env"),
        ("xrun.ctl.complete", "--complete bash"),
    ],
)
def test_ctrl_c_while_modules_are_loaded_says_nothing(
    module: str, words: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", INTERRUPT.format(module=module), *words.split()]
    done = run(command, Place(tmp_path, os.environ))
    assert (done.status, done.stdout, done.stderr) == (130, b"", b"")


END = """\
import atexit, sys
class Module:
    def __del__(self):
        print("taken apart")
sys.modules["own"] = Module()
atexit.register(print, "registered", file=sys.stderr)
from xrun.ctl import main
sys.argv[0] = "xrunctl"
main()
"""


@pytest.mark.parametrize(
    ("words", "status"), [("help", 0), ("--complete xrunctl he", 0), ("why", 2), ("env list", 0)]
)
def test_nothing_is_taken_apart_at_the_end(words: str, status: int, tmp_path: Path) -> None:
    done = run([sys.executable, "-c", END, *words.split()], Place(tmp_path, os.environ))
    usual = run([sys.executable, "-c", CODE, *words.split()], Place(tmp_path, os.environ))
    assert (done.status, done.stdout) == (status, usual.stdout)
    assert done.stderr == usual.stderr + b"registered\n"
