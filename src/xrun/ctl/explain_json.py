"""What a run would do and its policy, as JSON for programs; `explain.schema.json` describes it."""

from __future__ import annotations

import json

from xrun.policy.enforce import render_looser
from xrun.policy.keep import Keep
from xrun.policy.keys import KEYS, MODES
from xrun.policy.policy import UNMERGED, list_accounts
from xrun.policy.rules import RULES
from xrun.report.json import describe_error, read_resource, render_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from xrun.ctl.explanation import Explanation, Step
    from xrun.errors import XrunError
    from xrun.policy.chain import Step as PolicyStep
    from xrun.policy.chain import Verdict
    from xrun.policy.policy import Account, Policy

# Grows by one when a key goes or changes its meaning; a new key alone does not change it.
FORMAT_VERSION = 1


def render_explanation_json(
    policy: Policy | None,
    explanation: Explanation | None,
    *,
    project: Path | None = None,
    uv: str | None = None,
) -> str:
    """Render what a run would do, and the policy.

    Args:
        policy: The policy; `None` where none is read (`XRUN=0`).
        explanation: What the run would do; `None` without a command.
        project: The folder of the project, if there is one.
        uv: The version of uv.
    """
    document = {
        "error": None,
        "policy": _make_policy(policy) if policy is not None else None,
        "project": str(project) if project is not None else None,
        "run": _make_run(explanation) if explanation is not None else None,
        "uv": uv,
    }
    return render_document(document, FORMAT_VERSION)


def render_explanation_error(error: XrunError) -> str:
    """Render why nothing can be explained; the same keys."""
    nothing = dict.fromkeys(("policy", "project", "run", "uv"))
    return render_document({**nothing, "error": describe_error(error)}, FORMAT_VERSION)


def load_explain_schema() -> str:
    """Load the JSON Schema (draft 2020-12) of all that is rendered here."""
    schema = json.loads(read_resource("xrun.ctl", "explain.schema.json"))
    schema["$defs"]["run"]["properties"]["mode"]["enum"] = [*MODES]
    keys = {key.name: {"$ref": "#/$defs/key"} for key in KEYS}
    schema["$defs"]["policy"]["properties"]["keys"] |= {
        "properties": keys,
        "required": sorted(keys),
    }
    return json.dumps(schema, indent=2)


def _make_run(explanation: Explanation) -> dict[str, object]:
    launcher = explanation.launcher
    return {
        "after": [_make_step(step) for step in explanation.after],
        "before": [_make_step(step) for step in explanation.before],
        "clean": explanation.is_clean,
        "command": list(explanation.command) or None,
        "decided_as": explanation.row,
        "environment": str(explanation.environment) if explanation.environment else None,
        "launch": None if launcher is None else "direct" if launcher.text else "uv",
        "launch_because": (launcher.why or None) if launcher is not None else None,
        "mode": explanation.mode,
        "mode_because": explanation.why or None,
        "not_exact_because": explanation.reason or None,
        "notes": list(explanation.notes),
        "refusal": describe_error(explanation.refusal),
        "typed": list(explanation.typed),
        "variables": dict(explanation.variables),
    }


def _make_step(step: Step) -> dict[str, object]:
    return {
        "act": step.act.value,
        "distributions": [
            {"installed": each.installed, "locked": each.locked, "name": each.name}
            for each in step.distributions
        ],
        "folder": str(step.folder) if step.folder else None,
        "text": step.text,
    }


def _make_policy(policy: Policy) -> dict[str, object]:
    return {
        "files": [str(path) for path in policy.files.values()],
        "keys": {each.key: _make_account(each, policy) for each in list_accounts(policy)},
        "rules": [_make_rule(each, policy) for each in policy.rules],
    }


def _make_account(account: Account, policy: Policy) -> dict[str, object]:
    floor = account.floor
    return {
        "enforced_by": _find_path(floor.source, policy) if floor else None,
        "from": [_make_policy_step(step, policy) for step in account.holding],
        "ignored": [_make_policy_step(step, policy) for step in account.ignored],
        "overrides": [_make_policy_step(step, policy) for step in account.overridden],
        "value": _make_whole(account),
    }


def _make_whole(account: Account) -> object:
    """Make the value that holds: of a list that adds up all entries of all steps."""
    values = [make_value(step.value) for step in account.holding]
    if account.key == "keep" or account.key in UNMERGED:
        return [entry for each in values for entry in (each if isinstance(each, list) else [each])]
    return values[-1]


def _make_policy_step(step: PolicyStep, policy: Policy) -> dict[str, object]:
    return {
        "file": _find_path(step.source, policy) if step.source else None,
        "key": step.place,
        "layer": step.layer.word if step.layer else "default",
        "value": make_value(step.value),
        "why_ignored": render_looser(step) or None,
    }


def _find_path(source: str, policy: Policy) -> str:
    """Find the path of a file by the name that messages give it; a variable stays what it is."""
    return str(policy.files.get(source, source))


def make_value(value: object) -> object:
    """Make what JSON has for the value of a key."""
    if isinstance(value, tuple):
        return [_make_keep(each) if isinstance(each, Keep) else str(each) for each in value]
    return None if value is None or value is False else str(value)


def _make_keep(entry: Keep) -> dict[str, object]:
    return {
        "reason": entry.reason or None,
        "requirement": str(entry.requirement),
        "until": str(entry.until) if entry.until else None,
    }


def _make_rule(verdict: Verdict, policy: Policy) -> dict[str, object]:
    rule = verdict.rule
    return {
        "command": [" ".join(pattern) for pattern in rule.command],
        "file": _find_path(verdict.source, policy),
        "key": f"{RULES.name}[{rule.index}]",
        "layer": verdict.layer.word,
        "matches": not verdict.obstacle,
        "sets": {name: make_value(value) for name, value in rule.values.items()},
        "when": list(rule.when),
        "why_not": verdict.obstacle or None,
    }
