"""What a policy of six layers with 200 rules costs: resolved, and when all is as last time.

    python tests/benchmarks/policy.py

Prints milliseconds within one process; needs no uv and no network.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from xrun.policy.load import load_policy
from xrun.policy.rules import read_circumstances
from xrun.project.workspace import find_workspace
from xrun.proxy.command_line import parse_invocation
from xrun.proxy.stamp import (
    find_stamp,
    list_deciding,
    point_to_rules,
    render_key,
    take_identities,
    write_stamp,
)

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 30
RULE = '[[rules]]\ncommand = ["tool{0}", "python -m tool{0}"]\nmode = "refuse"\n'
PROJECT = '[project]\nname = "{}"\nversion = "1"\nrequires-python = ">=3.10"\n'
# Where a file goes, what heads it, and its rules: 200 in all.
FILES = {
    "system/xrun/xrun.toml": ('lock = "frozen"\nenforce = ["lock"]\n', range(40)),
    "user/xrun/xrun.toml": ('keep = ["ipdb"]\n', range(40, 80)),
    "base.toml": ("", range(80, 120)),
    "project/xrun.toml": ('extends = "../base.toml"\n', range(120, 160)),
    "project/member/xrun.toml": ("", range(160, 190)),
    "project/xrun.local.toml": ("", range(190, 200)),
    "project/pyproject.toml": (
        PROJECT.format("app") + '[tool.uv.workspace]\nmembers = ["member"]\n',
        range(0),
    ),
    "project/member/pyproject.toml": (PROJECT.format("member"), range(0)),
}


def measure(what: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of the first call, and the median of all."""
    found = []
    for _ in range(RUNS):
        start = time.perf_counter()
        what()
        found.append((time.perf_counter() - start) * 1000)
    return found[0], statistics.median(found)


def main() -> None:
    """Make the files, measure and print."""
    invocation = parse_invocation(["python", "-m", "tool150"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(os.path.realpath(name))
        for path, (head, numbers) in FILES.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(head + "".join(RULE.format(each) for each in numbers))
        variables = {"XDG_CONFIG_DIRS": "system", "XDG_CONFIG_HOME": "user", "XDG_CACHE_HOME": "c"}
        os.environ.update({key: str(folder / value) for key, value in variables.items()})
        os.environ["XRUN_KEEP"] = "delta"
        here = folder / "project" / "member"
        os.chdir(here)
        seen = read_circumstances(invocation, os.environ, is_terminal=False)
        workspace = find_workspace(here)
        first, median = measure(lambda: load_policy(workspace, here, os.environ, seen))
        policy = load_policy(workspace, here, os.environ, seen)
        print(
            f"{len(policy.rules)} rules read and resolved: first {first:.1f}, then {median:.1f} ms"
        )
        time.sleep(2.1)  # younger files are not relied on
        key = render_key(invocation, "uv", list_deciding())
        pointed = point_to_rules(key, policy.rule_words or 0, invocation.command)
        write_stamp(str(pointed), ["--exact"], take_identities(map(str, policy.places)))
        assert find_stamp(key, invocation.command) is not None
        first, median = measure(lambda: find_stamp(key, invocation.command))
        print(f"as last time: first {first:.2f}, then {median:.2f} ms")


if __name__ == "__main__":
    main()
