"""Which uv is started: never one that only leads back to xrun."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from unit.make import write
from xrun.proxy import launch, uv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Put = Callable[[str, str], str]

SHELL = '#!/bin/sh\ncase $1 in run) shift; exec {xrun} "$@" ;; *) exec {uv} "$@" ;; esac\n'
PYTHON = """#!/usr/bin/env python3
import subprocess, sys
sys.exit(subprocess.call([['xrun', *sys.argv[2:]], ['{uv}', *sys.argv[1:]]][sys.argv[1] != 'run']))
"""
CONSOLE_SCRIPT = "#!/opt/bin/python\nfrom xrun.proxy.main import main\nmain()\n"
VERSION_MANAGER = '#!/usr/bin/env bash\nexec "/home/xrun/.pyenv/libexec/pyenv" exec uv "$@"\n'


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Puts a program somewhere; PATH is `first` and `next`, and there is no uv beside xrun."""
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / name) for name in ("first", "next")))
    monkeypatch.setattr(launch, "_find_uv_beside_xrun", lambda: None)
    monkeypatch.setenv(uv.THROUGH, "")

    def put(name: str, content: str) -> str:
        path = write(tmp_path, {name: content}) / name
        path.chmod(0o755)
        return str(path)

    return put


@pytest.mark.parametrize("shim", [SHELL, SHELL.replace("{uv}", '"{uv}"'), PYTHON])
@pytest.mark.parametrize("xrun", ["xrun", '"$HOME/.local/bin/xrun"', "/opt/bin/xrun"])
def test_a_shim_to_xrun_names_the_real_one(put: Put, shim: str, xrun: str) -> None:
    real = put("opt/uv", "a program")
    put("first/uv", shim.format(xrun=xrun, uv=real))
    put("next/uv", "another program")
    assert uv.find_uv() == real


@pytest.mark.parametrize(
    "named", ["$HOME/opt/uv-real", "~/opt/uv-real", "${UV_REAL:-$HOME/opt/uv-real}"]
)
def test_what_a_shim_names_is_expanded(put: Put, named: str) -> None:
    real = put("opt/uv-real", "a program")
    put("first/uv", SHELL.format(xrun="xrun", uv=named))
    assert uv.find_uv() == real


def test_the_real_one_lies_beside_a_shim(put: Put) -> None:
    real = put("first/uv.orig", "a program")
    put("first/uv", SHELL.format(xrun="xrun", uv='"${0%/*}"/uv.orig'))
    assert uv.find_uv() == real


@pytest.mark.parametrize("shim", [SHELL.format(xrun="xrun", uv="$(which uv)"), CONSOLE_SCRIPT])
def test_the_next_one_on_path_is_the_real_one(put: Put, shim: str) -> None:
    put("first/uv", shim)
    following = put("next/uv", "a program")
    assert uv.find_uv() == following


def test_a_script_of_a_version_manager_is_started(put: Put) -> None:
    first = put("first/uv", VERSION_MANAGER)
    put("next/uv", "a program")
    assert uv.find_uv() == first


def test_what_led_here_is_not_started_again(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a script does: `XRUN_THROUGH` tells the xrun that it leads to."""
    for expected in (put("first/uv", VERSION_MANAGER), put("next/uv", CONSOLE_SCRIPT), None):
        assert uv.find_uv() == expected
        monkeypatch.setattr(uv, "TRIED", frozenset(os.environ[uv.THROUGH].split(os.pathsep)))
    assert put("next/uv", "a program") == uv.find_uv()
