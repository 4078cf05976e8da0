"""`xrunctl explain`: what a run would do and why, as a dry run; without a command the policy."""

from __future__ import annotations

import os
import sys

from xrun.ctl.explain_json import (
    load_explain_schema,
    render_explanation_error,
    render_explanation_json,
)
from xrun.ctl.explain_text import render_explanation
from xrun.ctl.explanation import (
    Explanation,
    explain_decision,
    explain_error,
    explain_refused,
    explain_stamp,
)
from xrun.ctl.output import find_columns, make_error, make_schema_option
from xrun.ctl.target import PROJECT, fail
from xrun.ctl.verbs import Argument, Option
from xrun.environment.change_lock import Locks
from xrun.errors import UvFailedError, XrunError
from xrun.project.uv_variables import render_version
from xrun.proxy.command_line import OWN_OPTIONS, parse_invocation
from xrun.proxy.dataclass import replace
from xrun.proxy.stamp import find_stamp, list_deciding, may_have_stamp, render_key
from xrun.run.decide import decide
from xrun.run.facts import find_uv
from xrun.run.launcher import Launcher
from xrun.run.look import look_around, look_at_line, look_elsewhere
from xrun.run.permission import check_allowed
from xrun.run.plan import Response, resolve_plan
from xrun.run.request import Run, read_request
from xrun.run.tell import render_refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Annotated, Literal


def explain(
    command: Annotated[
        list[str] | None,
        Argument(
            metavar="-- COMMAND",
            help="What would stand behind `xrun`, options of uv included.",
            show_default=False,
        ),
    ] = None,
    *,
    project: Annotated[str | None, PROJECT] = None,
    output_format: Annotated[
        Literal["text", "json"], Option("--output-format", help="For people, or for programs.")
    ] = "text",
    _schema: Annotated[bool, make_schema_option(load_explain_schema)] = False,
) -> None:
    """Say what a run would do, and why; change nothing.

    Without a command: the policy, and where each value comes from.
    """
    typed = [*([f"--project={project}"] if project else []), *(command or ())]
    try:
        text = _explain(typed, output_format, is_run=bool(command))
    except (XrunError, OSError) as problem:
        if output_format == "json":
            print(render_explanation_error(make_error(problem)))
        raise fail(problem) from None
    print(text)


def _explain(typed: list[str], output_format: str, *, is_run: bool) -> str:
    """Explain a run, or the policy alone."""
    width = find_columns()
    plain = _explain_plain(find_uv(), typed) if is_run else None
    if plain is not None and output_format == "json":
        return render_explanation_json(None, plain)
    if plain is not None:
        return "\n".join(render_explanation(None, plain, width))
    request = read_request(typed, is_terminal=sys.stderr.isatty(), remembers=False)
    run = Run(request, resolve_plan(request))
    found = explain_run(run) if is_run else None
    if output_format == "text":
        return "\n".join(render_explanation(request.policy, found, width))
    workspace = request.facts.workspace
    return render_explanation_json(
        request.policy,
        found,
        project=workspace.project.folder if workspace else None,
        uv=render_version(request.facts.version),
    )


def _explain_plain(uv: str, typed: list[str]) -> Explanation | None:
    """Explain a run for which xrun reads no policy; `None` for all others."""
    if os.environ.get("XRUN") == "0":
        command = (uv, "run", *typed)
        launcher, why = Launcher(why="XRUN=0 (a variable)"), "XRUN=0 reads nothing"
        return Explanation(tuple(typed), "off", why, command=command, launcher=launcher)
    if typed and typed[0] in OWN_OPTIONS:
        return Explanation(tuple(typed), "off", f"xrun itself answers {typed[0]}")
    return None


def explain_run(run: Run) -> Explanation:
    """Explain what a run would do, by the very decision that it would carry out."""
    plain = parse_invocation(run.request.typed)  # as the hot path does, which asks uv nothing
    deciding = list_deciding()
    if may_have_stamp(plain, deciding) and not run.request.is_verbose:
        last = find_stamp(render_key(plain, run.facts.uv, deciding), plain.command)
        if last is not None:
            return explain_stamp(run, *last)
    locks = Locks(is_peeking=True)
    try:
        check_allowed(run.request, run.plan)
        look = look_around(run, locks)
        if run.plan.response is Response.SEPARATE:  # a run learns it by its step
            look = replace(look, failure=look_at_line(run))
        while (decision := decide(run, look)) is None:
            look = look_elsewhere(run, locks, look)
    except XrunError as error:
        return explain_error(run, error)
    if isinstance(decision.refused, UvFailedError):
        return explain_error(run, decision.refused)
    if decision.refused is not None:
        drift = decision.refused.drift
        return explain_refused(run, drift, render_refusal(run, drift))
    return explain_decision(decision, look)
