"""What `xrunctl` does where what it says cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unit.make import write

FULL = Path("/dev/full")
CODE = "import sys; from xrun.ctl import main; sys.argv[0] = 'xrunctl'; main()"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("verb", ["check", "schema"])
@pytest.mark.parametrize("is_at_once", ["1", ""])
def test_what_cannot_be_written_is_told(verb: str, is_at_once: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "app", {"pyproject.toml": '[project]\nname = "app"\n'})
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", CODE, "policy", verb],
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": is_at_once},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    told = "xrun: the answer cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, told)


@pytest.mark.parametrize("verb", ["policy schema", "env list", "--version"])
def test_a_closed_standard_output_is_nothing_to_tell(verb: str, tmp_path: Path) -> None:
    words = ["sh", "-c", '"$@" >&-', "sh", sys.executable, "-c", CODE, *verb.split()]
    done = subprocess.run(words, cwd=tmp_path, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("errors", ["/dev/full", "&-"])
@pytest.mark.parametrize("words", ["why", "why x", "restore", "env prune"])
def test_no_status_depends_on_standard_error(words: str, errors: str, tmp_path: Path) -> None:
    if errors == "/dev/full" and not FULL.exists():
        pytest.skip("this system has no /dev/full")
    command = [sys.executable, "-c", CODE, *words.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    silenced = ["sh", "-c", f'"$@" 2>{errors}', "sh", *command]
    silent = subprocess.run(silenced, cwd=tmp_path, capture_output=True, check=False)
    assert done.stderr
    assert (silent.returncode, silent.stdout) == (done.returncode, done.stdout)


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
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
