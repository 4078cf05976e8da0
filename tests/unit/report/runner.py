"""What GitHub's runner makes of a line of output: a command, or none.

After `ActionCommand.cs` of the runner: `::command key=value,…::data` at the beginning of a line,
or `##[command key=value;…]data` anywhere in it.
"""

from __future__ import annotations

import re

from xrun.proxy.dataclass import dataclass

COMMANDS = (
    *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group"),
    *("notice", "save-state", "set-env", "set-output", "stop-commands", "warning"),
)
NAMES = "|".join(COMMANDS)
NEW = re.compile(rf"\s*::({NAMES})(?: (.*?))?::(.*)", re.DOTALL)
OLD = re.compile(rf".*?##\[({NAMES})(?: (.*?))?\](.*)", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A workflow command, unescaped."""

    name: str
    properties: dict[str, str]
    data: str


def parse_command(line: str) -> Command | None:
    new = NEW.match(line)
    found = new or OLD.match(line)
    if found is None:
        return None
    name, properties, data = found.groups(default="")
    pairs = [pair.partition("=") for pair in properties.split("," if new else ";") if pair]
    return Command(
        name,
        {key: unescape(value).replace("%3A", ":").replace("%2C", ",") for key, _, value in pairs},
        unescape(data),
    )


def unescape(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
