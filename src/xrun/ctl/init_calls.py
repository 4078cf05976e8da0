"""Which calls of `uv run` stand in a file of another tool, and which of them xrun can stand in for.

Files are searched without the grammar of their tools. A call is rewritten only where what stands
before it shows that it is a command; the rest is listed with a reason, and left.
"""

from __future__ import annotations

import re
from itertools import islice

from xrun.project.groups import SELECTING
from xrun.proxy.dataclass import dataclass, replace
from xrun.proxy.options import VALUE_OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = re.compile(r"#!.*\b(?:ba|da|k|z)?sh\b")
# Files of many tools, and the tables or sections in them that hold commands.
SHARED = frozenset({"pyproject.toml", "setup.cfg"})
SECTION = re.compile(
    r"tool\.(?:hatch\.envs|pdm|poe|taskipy|tox)(?:\.|$)|tox(?::|$)|testenv(?::|$)",
)
HEADER = re.compile(r"\s*\[{1,2}\s*([A-Za-z_][^\[\],=]*)\]{1,2}\s*(?:[#;].*)?$")

MOST_CALLS = 1000  # of a file
MOST_BEFORE = 1000  # characters before a call in its line

COMMENT = re.compile(r"[\s@+-]*(?:#|;|//)")
_TITLES = "name|description|help|label|title|summary|detail|message|msg|usage|hint|note|text"
# What only speaks of the command: a title, or what is printed.
TITLE = re.compile(rf"([\s-]*)[\"']?(?:{_TITLES})[\"']?\s*[:=]\s*([|>]?)")
PRINTING = re.compile(r"[\s@+-]*(?:-?\s*run:\s*)?(?:echo|printf)\b[^;&|`(]*$")

_VALUED = "|".join(sorted(map(re.escape, VALUE_OPTIONS), key=len, reverse=True))
_MOST = "0,9"  # options before `run`; without an end, a hostile file takes for ever
_GAP = r"(?:[ \t]|\\\r?\n)+"
# In a shell, a variable may stand for uv: $(UV), ${UV}, {{uv}}.
_UV = r"(?:uv(?:\.exe)?|\$[({]?UV[)}]?|\{\{[ \t]*uv[ \t]*\}\})"
_WORDS = (
    rf"{_UV}(?:{_GAP}(?:(?:{_VALUED}){_GAP}[^\s-]\S*|-\S+)){{{_MOST}}}?{_GAP}run"
    r"(?=[\s\"'`)\]};,&|\\]|$)"
)
# The same as a list of strings, over several lines too.
_NEXT = r"\s*,\s*"
_OPTION = rf"[\"'](?:{_VALUED})[\"']{_NEXT}[\"'][^\"'\n-][^\"'\n]*[\"']|[\"']-[^\"'\n]*[\"']"
_LIST = (
    rf"[\"']uv[\"']{_NEXT}(?:(?:{_OPTION}){_NEXT}){{{_MOST}}}?[\"']run[\"']"
    r"|(?<=\[)[ \t]*uv[ \t]*,[ \t]*(?:-[^\s,]+[ \t]*,[ \t]*){0,9}run(?=[ \t]*[,\]])"
)
# The same with the arguments under a key of their own.
_PAIR = (
    r"(?<=\"command\")\s*:\s*\"uv\"\s*,[^{}\[\]]{0,300}?\"args\"\s*:\s*\[\s*\"run\""
    r"(?:\s*,\s*|(?=\s*\]))"
)
CALL = re.compile(rf"(?<![\w.])(?<!\w-){_WORDS}|{_LIST}|{_PAIR}", re.MULTILINE)
# In Python only what a string begins with is a command, and no docstring is one.
PYTHON_CALL = re.compile(rf"(?<=[\"'])(?<![\"'][\"']){_WORDS}|{_LIST}")
PYTHON_RUNNING = re.compile(
    r"(?:run\w*|system|call|check_\w+|popen|=)[\s(]*f?[\"']$", re.IGNORECASE
)

# What may stand before a command: where a shell begins one, or a word that runs the rest.
_ASSIGNED = r"\w+=(?:\"[^\"]*\"|'[^']*'|[^\s\"';&|()]*)\s+"
_RUNS = r"(?:then|do|else|if|elif|while|until|exec|time|nohup|command|env|timeout\s+\d\w*|!)\s+"
_BEGINS = r"^|[;&|({]|\$\(shell\s|^\s*[\w*|\"'-]+\)"
STARTS = re.compile(rf"(?:{_BEGINS})\s*(?:[@+-]+\s*)?(?:{_RUNS}|{_ASSIGNED})*$")
# A key or name whose value is a command: of YAML, JSON, TOML, INI, Make, a recipe of just.
KEY = re.compile(
    r"[\s-]*(?:(?:export|local|override)\s+)?[\"']?[\w./:-]+[\"']?\s*(?::\s|[:+?]?=)\s*[\[{]?\s*"
)
TITLED = re.compile(rf"(?:\b|_)(?:{_TITLES})[\"']?\s*[:=]\s*[\"']?$", re.IGNORECASE)
# What a quoted command may stand behind: nothing, a key, another item, a shell's `-c`.
OWNS = re.compile(r"(?:^[\s-]*|[\[{,:=]|\s-\w*c)\s*$")
FOR_A_SHELL = re.compile(r"\s-\w*c\s*\\?[\"']$")
# What begins a text over several lines, in which nothing tells a command from prose.
TEXT = re.compile(r"<<-?\s*([\"']?)([A-Za-z_]\w*)\1|define\s")
SHELL_TEXTS = re.compile(r"(?<![^\s;])#[^\n]*|'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.", re.DOTALL)

WORD = re.compile(r"[\s:\"']*uv[\s,\"'\\]")
ELSEWHERE = re.compile(r"\b(?:docker|podman|kubectl|ssh|vagrant|wsl)\b")
SEPARATORS = re.compile(r"[\s,\\]+$")
INSTALLING = re.compile(r"[^\n;&|]{0,200}\bpip3?[\"',\s]+install\b")
OWN_OPTION = re.compile(r"[\"',\s]+(?:-h|--help|--version)\b")
CI = re.compile(r"(?:\.\./)*(?:\.github/|\.gitlab-ci\.yml|\.circleci/)")
IMAGE = re.compile(
    r".*(?:docker|Containerfile|compose|\.devcontainer|\.readthedocs)", re.IGNORECASE
)
TOX = re.compile(r".*(?:tox\.ini|tox\.toml|setup\.cfg)$")
ALLOWED = re.compile(r"allowlist_externals[\s=\[]+[^\[\]=]*?(?:\bxrun\b|\*)")
SYNC = re.compile(r"\buv[ \t]+sync\b([^\n;&|]*)|\bxrunctl[ \t]+sync\b")
SELECTS = re.compile(rf"(?<!\S)(?:{'|'.join(sorted(SELECTING))}|-p|--python)\b")


UNCLEAR = "not clearly a command"
AWAY = "it does not run on this machine"
NAMED = "uv is named by a path or a variable"
DENIED = "the rule against pip install would not run it"
OWN = "xrun has this option itself"
UNSYNCED = "in CI xrun needs a step `xrunctl sync`, or a plain `uv sync`, before it"
SELECTING_OTHERWISE = "in CI xrun refuses a selection other than the policy's"
IN_IMAGE = "it runs in an image, which needs xrun too"
NOT_ALLOWED = "`allowlist_externals` does not name xrun"


@dataclass(frozen=True)
class Call:
    """A call of `uv run` in a text.

    Attributes:
        start: Where it begins; `uv` may stand behind a quote there.
        end: Where it ends, behind `run`.
        line: The number of its first line.
        last: The number of its last line.
        why: Why it is left as it is; empty where xrun can stand there.
    """

    start: int
    end: int
    line: int
    last: int
    why: str = ""


def parse_calls(content: str, file: str) -> Iterator[Call]:
    """Parse what calls `uv run` in a file.

    Args:
        content: The file's text.
        file: Its path relative to the workspace root, which decides what counts in it.
    """
    name = file.rpartition("/")[2]
    counting = "\n".join(_select_lines(content.split("\n"), name))
    pattern = PYTHON_CALL if name.endswith(".py") else CALL
    texts = [*_find_texts(content, name)]
    at, number = 0, 1
    for match in islice(pattern.finditer(counting), MOST_CALLS):
        number += counting.count("\n", at, match.start())
        at = match.start()
        first = counting.rfind("\n", 0, at) + 1
        before = counting[max(first, at - MOST_BEFORE) : at]
        if PRINTING.match(before) or TITLED.search(before) or _is_comment(before):
            continue
        call = Call(at, match.end(), number, number + match[0].count("\n"))
        # A program is the first item of a list; `"command": "uv"` matches from its colon on.
        is_first = match[0].startswith(":") or counting[:at].rstrip().endswith(("[", "("))
        is_items = not match[0].startswith(("uv", "$", "{"))
        is_command = is_first if is_items else _is_command(before, name)
        is_text = "$(" not in before and any(start <= at < end for start, end in texts)
        is_clear = is_command and not is_text and at - first <= MOST_BEFORE
        why = _find_why(counting, match, before) or (IN_IMAGE if IMAGE.match(file) else "")
        why = why or (_find_where(counting, call, file) if is_clear else UNCLEAR)
        yield replace(call, why=why)


def _find_texts(content: str, name: str) -> Iterator[tuple[int, int]]:
    """Find the texts over several lines: where each begins and ends."""
    if name.endswith(".sh") or SCRIPT.match(content):
        spans = (each.span() for each in SHELL_TEXTS.finditer(content))
        yield from (each for each in spans if "\n" in content[slice(*each)])
    at, start, last = 0, 0, ""
    for line in content.splitlines(keepends=True):
        at += len(line)
        begun = None if last else TEXT.search(line)
        if begun is not None:
            start, last = at, begun[2] or "endef"
        elif last and (line.strip() == last or at == len(content)):
            yield start, at
            last = ""


def _select_lines(lines: list[str], name: str) -> Iterator[str]:
    """Select the lines that may call something; the others become blanks, as long as they were."""
    counts, titled = name not in SHARED, -1
    for line in lines:
        header = HEADER.match(line) if name in SHARED else None
        if header is not None:
            counts = SECTION.match(header[1].rstrip()) is not None
        depth = len(line) - len(line.lstrip())
        titled = titled if depth > titled or not line.strip() else -1
        title = TITLE.match(line)
        if title is not None and title[2]:
            titled = depth
        is_left = not counts or titled >= 0 or title or COMMENT.match(line)
        yield " " * len(line) if is_left else line


def _is_comment(before: str) -> bool:
    """Whether a line has become a comment before its end, outside of strings."""
    at = before.find(" #")
    return at >= 0 and not _find_quote(before[:at])


def _find_why(text: str, match: re.Match[str], before: str) -> str:
    """Find why a call is left because of its own words."""
    if ELSEWHERE.search(before):
        return AWAY
    if WORD.match(match[0]) is None or before.endswith("/"):
        return NAMED
    if INSTALLING.match(text, match.end()):
        return DENIED
    return OWN if OWN_OPTION.match(text, match.end()) else ""


def _find_where(text: str, call: Call, file: str) -> str:
    """Find why a call is left because of where it runs."""
    section = text.rfind("\n[", 0, call.start) if file.endswith("pyproject.toml") else 0
    if (TOX.match(file) or text.startswith("\n[tool.tox", section)) and not ALLOWED.search(text):
        return NOT_ALLOWED
    if not CI.match(file):
        return ""
    if SELECTS.search(text[call.end : call.end + MOST_BEFORE].partition("\n")[0]):
        return SELECTING_OTHERWISE
    at = text.rfind(" sync", 0, call.start)
    sync = SYNC.search(text, text.rfind("\n", 0, at) + 1, call.start) if at >= 0 else None
    return "" if sync and not SELECTS.search(sync[1] or "") else UNSYNCED


def _is_command(before: str, name: str) -> bool:
    """Whether words are a command, by what stands before them in their line."""
    if name.endswith(".py"):
        return PYTHON_RUNNING.search(before) is not None
    key = KEY.match(before)
    at = _find_quote(before)
    if not at:
        return any(STARTS.search(each) for each in (before, before[key.end() :] if key else before))
    if FOR_A_SHELL.search(before):
        return True
    inner = before[at:]
    if before[at - 1] == '"' and "$(" in inner:
        return STARTS.search(inner[inner.rindex("$(") + 2 :]) is not None
    return bool(OWNS.search(before[: at - 1]) and STARTS.search(inner))


def _find_quote(text: str) -> int:
    """Find where the string begins that is open at the end of a line; 0 where none is."""
    at, mark = 0, ""
    for number, letter in enumerate(text, start=1):
        if letter in "\"'" and mark in {"", letter}:
            at, mark = (0, "") if mark else (number, letter)
    return at


def rewrite_call(call: str, file: str) -> str:
    """Rewrite `uv OPTIONS run`, as words or as a list, so that it calls xrun with these options.

    Args:
        call: Its text.
        file: The file's path relative to the workspace root.
    """
    # In CI nothing has installed xrun, and `uvx` comes with uv.
    words = ("uvx", "xrun") if CI.match(file) else ("xrun",)
    head, _, rest = call.partition("uv")
    quote = head[-1:].strip()
    is_list = rest.startswith(("'", '"', ",")) or rest.lstrip().startswith(",")
    body = rest[: rest.rindex(f"{quote}run")]
    if ":" not in head:  # else the list goes on behind its bracket
        body = SEPARATORS.sub("", body)
    return head + (f"{quote}, {quote}" if is_list else " ").join(words) + body
