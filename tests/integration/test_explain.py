"""`xrunctl explain` says what `xrun` then does, and changes nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from support.clock import LATER
from support.here import being_in
from support.processes import Place
from support.projects import Project
from support.sayings import line_with
from support.terminals import Typed, run_on_terminal
from xrun.ctl.explain import _explain as explain_run
from xrun.ctl.explain_json import load_explain_schema
from xrun.proxy.command_line import parse_invocation
from xrun.run.usage import is_misused

from .situations import DECLARED, SITUATIONS, WHERE, Situation
from .test_in_use import running

if TYPE_CHECKING:
    from support.processes import Result

    from .conftest import ProjectFactory

Xrun = tuple[str, ...]
MARK = "xrun: runs `"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
REPORTED = ("undeclared", "unselected", "missing", "other", "stale")
VALIDATOR = Draft202012Validator(json.loads(load_explain_schema()))


def read_all(*folders: Path) -> dict[str, str]:
    """Read all that is there: what each path is, and what is in it."""
    found: dict[str, str] = {}
    for folder in folders:
        for parent, names, files in os.walk(folder):
            found |= {str(Path(parent, name)): "folder" for name in names}
            for path in (Path(parent, name) for name in files):
                is_link = path.is_symlink()
                content = str(path.readlink()).encode() if is_link else path.read_bytes()
                found[str(path)] = hashlib.sha256(content).hexdigest()
    return found


def list_xruns_folders(project: Project) -> list[Path]:
    home = project.sandbox.home
    return [home / each / "xrun" for each in (".cache", ".config", ".local/share", ".local/state")]


def read_state(project: Project) -> tuple[dict[str, str], list[tuple[str, int]]]:
    """Read the project's folder, xrun's own, and when the latter were touched."""
    own = list_xruns_folders(project)
    times = [(str(path), path.stat().st_mtime_ns) for each in own for path in each.rglob("*")]
    return read_all(project.folder, *own), sorted(times)


def run_in(situation: Situation, project: Project, *command: str) -> Result:
    """Run something in a situation, at a terminal if that is a part of it."""
    folder = (project.folder / situation.folder).resolve()
    environ = project.sandbox.environ(**situation.environ)
    if not situation.is_at_terminal:
        return Project(project.sandbox, folder).run(*command, **situation.environ)
    return run_on_terminal(command, Place(folder, environ), [Typed(b"r\n", b"or [?] ")])


def explain_in(situation: Situation, project: Project, xrunctl: str, *typed: str) -> Any:
    """Explain a run in a situation: in this process, as there are many, but not at a terminal."""
    if situation.is_at_terminal:
        verb = (xrunctl, "explain", "--output-format=json", "--")
        return read_explanation(run_in(situation, project, *verb, *typed))
    with being_in(project, situation.folder, **situation.environ):
        return read_document(explain_run([*typed], "json", is_run=True))


def read_explanation(result: Result) -> Any:
    assert result.status == 0, result
    return read_document(result.stdout)


def read_document(text: str | bytes) -> Any:
    document = json.loads(text)
    VALIDATOR.validate(document)
    assert document["error"] is None
    return document["run"]


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_is_foreseen_is_what_happens_and_nothing_happens_before(
    make_project: ProjectFactory, xrun: Xrun, xrunctl: str, name: str
) -> None:
    situation = SITUATIONS[name]
    project = make_project(DECLARED)
    project.sandbox.forget()
    situation.set_up(project, project.sandbox.index)
    for words in situation.before:
        assert project.run(*xrun, *words).status == 0
    typed = ("-v", *situation.typed, *situation.command)
    with contextlib.ExitStack() as stack:
        if situation.is_in_use:
            stack.enter_context(running(project, *xrun, XRUN_MODE="report"))
        before = read_state(project)
        run = explain_in(situation, project, xrunctl, *typed)
        assert read_state(project) == before
        result = run_in(situation, project, *xrun, *typed)
    shown = (result.stdout if result.merged else result.stderr).decode()
    said = COLOUR.sub("", shown).replace("\r\n      ", " ").splitlines()  # what was wrapped
    runs = [line.removeprefix(MARK)[:-1] for line in said if line.startswith(MARK)]
    is_misuse = is_misused(parse_invocation(typed))  # which is left to uv, with all that was typed
    is_said = run["command"] and not is_misuse
    assert runs == ([shlex.join(run["command"])] if is_said else [])
    is_left_to_uv = is_misuse or parse_invocation(typed).asks_for_help
    refused = {125} if is_left_to_uv else {125, 2}  # the latter with uv's words
    assert (run["refusal"] is not None) == (result.status in refused)
    assert (run["command"] is None) == (result.status in refused)
    assert run["typed"] == list(typed if is_misuse else typed[1:])
    if result.status == 0 and not result.merged and run["environment"] is not None:
        assert result.stdout.decode().strip() == run["environment"]
    assert bool(run["variables"]) == any(step["act"] == "separate" for step in run["before"])
    check_steps(run, said)


def check_steps(run: Any, said: list[str]) -> None:
    """What is foreseen to be removed, replaced, reported is told by the run itself."""
    acts = {step["act"]: step for step in [*run["before"], *run["after"]]}
    text = "\n".join(line for line in said if not line.startswith(("DEBUG", "TRACE")))
    assert ("remove" in acts) == ("xrun: removed " in text)
    for finding in acts.get("remove", {"distributions": []})["distributions"]:
        assert finding["name"] in text
    assert ("replace" in acts) == ("xrun: replaced " in text)
    is_new = "make " in acts.get("separate", {"text": ""})["text"]
    assert is_new == bool(
        re.search(r"^xrun: (made|\.venv is in use).*separate", text, re.MULTILINE)
    )
    is_reported = any(f"  {word}  " in text for word in REPORTED)
    is_asked = "ask" in acts
    assert is_reported == ("report" in acts or is_asked or has_drift(run["refusal"]))


def has_drift(refusal: Any) -> bool:
    """Whether a refusal tells rows of drift."""
    return refusal is not None and any(": " in line for line in refusal["details"])


def explain(project: Project, xrunctl: str, *typed: str, **environ: str) -> Any:
    """Explain a run; nothing may change by that."""
    before = read_state(project)
    told = project.run(xrunctl, "explain", "--output-format=json", "--", *typed, **environ)
    assert read_state(project) == before
    return read_explanation(told)


def read_command(project: Project, xrun: Xrun, *typed: str) -> list[str]:
    """Read the uv command line that a run has, without the `-v` that shows it."""
    said = project.run(*xrun, "-v", *typed).stderr.decode().splitlines()
    (line,) = [line.removeprefix(MARK)[:-1] for line in said if line.startswith(MARK)]
    return shlex.split(line)


@pytest.mark.parametrize("mode", ["exact", "refuse", "separate", "off"])
def test_an_unchanged_run_is_foreseen_as_such(
    project: Project, xrun: Xrun, xrunctl: str, mode: str
) -> None:
    project.write("xrun.toml", f'mode = "{mode}"\n')
    if mode == "separate":
        project.run(*xrun, *WHERE)
    prefix = project.run(*LATER, *WHERE).stdout.decode().strip()
    run = explain(project, xrunctl, *WHERE)
    assert [step["act"] for step in run["before"]] == ["recall"]
    assert run["mode"] == mode
    assert run["environment"] == prefix
    assert run["variables"] == ({"VIRTUAL_ENV": prefix} if mode == "separate" else {})
    assert run["command"] == read_command(project, xrun, *WHERE)


def test_one_v_is_xruns_and_the_next_is_uvs(project: Project, xrun: Xrun) -> None:
    for option, is_uvs in (("-v", False), ("--verbose", False), ("-vv", True)):
        result = project.run(*xrun, option, "true")
        assert b"xrun: started in " in result.stderr
        assert (b"DEBUG" in result.stderr) == is_uvs
    refused = project.run(*xrun, "-qv", "true")
    assert refused.stderr == project.run("uv", "run", "-qv", "true").stderr


def test_a_quiet_run_reports_and_reminds_of_nothing(project: Project, xrunctl: str) -> None:
    project.install("beta")
    for mode in ("exact", "report"):
        assert explain(project, xrunctl, "-q", "true", XRUN_MODE=mode)["after"] == []
        assert explain(project, xrunctl, "true", XRUN_MODE=mode)["after"] != []


def test_a_policy_that_cannot_be_read_is_status_2(project: Project, xrunctl: str) -> None:
    project.write("xrun.toml", 'mod = "exact"\n')
    result = project.run(xrunctl, "explain", "--", "true")
    assert (result.status, result.stdout) == (2, b"")
    assert b"--> xrun.toml:1:1" in result.stderr
    result = project.run(xrunctl, "explain", "--output-format", "json", "--", "true")
    assert result.status == 2
    document = json.loads(result.stdout)
    VALIDATOR.validate(document)
    assert "xrun.toml" in document["error"]["message"]


def test_the_way_out_reads_nothing_and_is_explained_too(
    project: Project, xrun: Xrun, xrunctl: str
) -> None:
    project.write("xrun.toml", 'mod = "exact"\n')
    run = explain(project, xrunctl, "true", XRUN="0")
    assert run["command"] == [str(project.sandbox.uv), "run", "true"]
    result = project.run(xrunctl, "explain", "--", "true", XRUN="0")
    assert result.status == 0
    _, mode, before, runs, _, _ = result.stdout.decode().splitlines()
    assert "XRUN=0" in line_with([mode], "  mode  ")
    assert before.startswith("  before   nothing")
    assert runs == "  runs     uv run true"
    assert project.run(*xrun, "true", XRUN="0").status == 0


def test_without_a_command_it_is_the_policy(project: Project, xrunctl: str) -> None:
    project.write("xrun.toml", 'lock = "frozen"\n[[rules]]\ncommand = "true"\nmode = "off"\n')
    before = read_state(project)
    result = project.run(xrunctl, "explain", "--output-format", "json")
    text = project.run(xrunctl, "explain")
    assert read_state(project) == before
    document = json.loads(result.stdout)
    VALIDATOR.validate(document)
    assert document["run"] is None
    assert document["policy"]["keys"]["lock"]["from"] == [
        {
            "file": str(project.folder / "xrun.toml"),
            "key": "lock",
            "layer": "workspace",
            "value": "frozen",
            "why_ignored": None,
        }
    ]
    assert [rule["matches"] for rule in document["policy"]["rules"]] == [False]
    assert "  lock             frozen    xrun.toml (workspace)" in text.stdout.decode().splitlines()


def test_what_stands_behind_the_command_is_the_commands(project: Project, xrunctl: str) -> None:
    for words in (("--", "echo", "--help"), ("echo", "--help"), ("--", "--", "echo", "--help")):
        result = project.run(xrunctl, "explain", "--output-format=json", *words)
        run = read_explanation(result)
        typed = list(words[1:] if words[0] == "--" else words)
        assert run["typed"] == typed
        assert run["command"][2:] == [*typed]


def test_the_text_fits_eighty_columns_and_the_command_can_be_copied(
    project: Project, xrunctl: str
) -> None:
    words = ["word"] * 30
    rule = f'[[rules]]\ncommand = "echo"\ndeny = "{" ".join(words)}"\n[[rules]]\n'
    lift = 'command = "echo"\ndeny = false\n'
    keep = f'[[keep]]\nname = "beta"\nreason = "{" ".join(words)}"\n'
    project.write("xrun.toml", f"{rule}{lift}{keep}")
    project.install("beta", "epsilon")
    lines = project.run(xrunctl, "explain", "--", "echo", *words).stdout.decode().splitlines()
    (command,) = [line for line in lines if line.startswith("  runs  ")]
    assert command.split(maxsplit=1)[1] == f"uv run echo {' '.join(words)}"
    assert all(len(line) <= 80 for line in lines if line != command)


def test_a_policy_steers_no_terminal(project: Project, xrunctl: str) -> None:
    project.write(
        "xrun.toml",
        'keep = [{ name = "beta", reason = "a\\u001b[2Jb\\nc" }]\n'
        '[[rules]]\ncommand = "true\\u001b[2J"\ndeny = "a\\u001b[2Jb"\n',
    )
    result = project.run(xrunctl, "explain", "--", "true\x1b[2J")
    assert result.status == 0
    assert b"\x1b" not in result.stdout + result.stderr
    assert "  not run  a[2Jb" in result.stdout.decode().splitlines()
