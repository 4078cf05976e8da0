"""Write into policy files: comments and the order of keys stay.

What is to be written is read back first: only the one key may mean something else than before.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from pathlib import Path

import tomli
from packaging.requirements import Requirement
from tomlkit.exceptions import TOMLKitError

from xrun.policy.files import LOCAL_FILE, POLICY_FILE, list_tables, load_text, render_path
from xrun.policy.forms import cast
from xrun.policy.keep import WORDS, parse_keep
from xrun.policy.keys import Layer
from xrun.policy.layers import parse_table
from xrun.policy.positions import locate
from xrun.policy.problems import PolicyError, Problem, Wrong, make_policy_error
from xrun.policy.rewrite import rewrite
from xrun.project.git import find_exclude_file
from xrun.project.names import canonicalize_name
from xrun.project.replacing import replace_file
from xrun.project.workspace import follow
from xrun.proxy.dataclass import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from xrun.policy.keep import Keep
    from xrun.policy.rewrite import Changes
    from xrun.project.workspace import Workspace

LOCAL_HEAD = "# What this checkout on this machine keeps or selects; not committed.\n"


def find_team_file(workspace: Workspace) -> Path:
    """Find where the team's policy is written: the root's `pyproject.toml` if it stands there."""
    root = workspace.root
    return root.folder / POLICY_FILE if root.find_table("tool", "xrun") is None else root.file


def add_keep(path: Path, entries: Sequence[Keep]) -> tuple[str, ...]:
    """Add entries to `keep` of a policy file; one of the same name is replaced if it differs.

    Args:
        path: The file; it is made if it is not there.
        entries: Of one name only the last counts.

    Returns:
        The names that are new or changed, normalised.

    Raises:
        PolicyError: The file is not what it should be, or cannot be written; it is as it was.
    """
    text, found = _load(path, "keep")
    items = cast("list[object]", [] if found is None else found)
    _check(path, "keep", items)
    wanted = _make_fields(entries)
    _check(path, "keep", [*wanted.values()])
    titles = [_read_title(item) for item in items]
    changes: dict[int, object] = {}
    names: list[str] = []
    for title, fields in wanted.items():
        same = [number for number, there in enumerate(titles) if there == title]
        if all(parse_keep([items[number]]) != parse_keep([fields]) for number in same):
            changes[same[0] if same else len(items) + len(changes)] = fields
            names += WORDS.get(title, (title,))
    if changes:
        _save(path, text, "keep", [*{**dict(enumerate(items)), **changes}.values()], changes)
    return tuple(names)


def complete_keep(path: Path, entries: Sequence[Keep]) -> list[Keep]:
    """Complete entries by what a policy file has of the same name: what they leave open stays.

    Args:
        path: The file, there or not.
        entries: As typed: a name alone leaves the specifier open; a reason and an end may be.

    Raises:
        PolicyError: The file is not what it should be.
    """
    _, found = _load(path, "keep")
    written = cast("Sequence[Keep]", _check(path, "keep", [] if found is None else found))
    words = _find_words(written)
    # A word completes a word, a name a name.
    first = {(each.name, each.origin in words): each for each in reversed(written)}
    typed = _find_words(entries)
    return [_complete(each, first.get((each.name, each.origin in typed), each)) for each in entries]


def _find_words(entries: Sequence[Keep]) -> frozenset[str]:
    """Find the origins of words: only a word stands for several entries."""
    counts = Counter(each.origin for each in entries)
    return frozenset(origin for origin, count in counts.items() if origin and count > 1)


def _complete(entry: Keep, written: Keep) -> Keep:
    is_name = str(entry.requirement) == entry.requirement.name
    is_reasoned = entry.reason not in {"", *WORDS}
    return replace(
        entry,
        requirement=written.requirement if is_name else entry.requirement,
        reason=entry.reason if is_reasoned else written.reason,
        until=entry.until or written.until,
    )


def set_key(path: Path, key: str, value: str | Sequence[str]) -> None:
    """Set a key of a policy file to a word, or to names; names that stay keep their comments.

    Raises:
        PolicyError: The file is not what it should be, or cannot be written; it is as it was.
    """
    value = value if isinstance(value, str) else list(value)
    text, found = _load(path, key)
    wanted = _check(path, key, value)
    with suppress(PolicyError):
        if _check(path, key, found) == wanted:
            return
    written = [canonicalize_name(str(item)) for item in found] if isinstance(found, list) else []
    names = {} if isinstance(value, str) else {canonicalize_name(name): name for name in value}
    gone = {number: None for number, name in enumerate(written) if name not in names}
    added = [name for title, name in names.items() if title not in written]
    _save(path, text, key, value, {**gone, **dict(enumerate(added, len(written)))})


def exclude_from_git(path: Path) -> bool:
    """Exclude a file from git for this checkout alone (`info/exclude`, never a `.gitignore`).

    Returns:
        Whether its name stands there now; not so outside a repository, or where it cannot be
        written.
    """
    name = os.fsencode(path.name)
    try:
        file = find_exclude_file(path.parent)
        if file is None:
            return False
        content = file.read_bytes() if file.exists() else b""
        if name not in (line.strip() for line in content.splitlines()):
            file.parent.mkdir(parents=True, exist_ok=True)
            gap = b"" if content.endswith(b"\n") or not content else b"\n"
            with file.open("ab") as stream:
                stream.write(gap + name + b"\n")
    except OSError:
        return False
    return True


def _load(path: Path, key: str) -> tuple[str, object]:
    """Load a file's text and a key's value; one that is not there is empty, but for its head."""
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where it may not look
        return LOCAL_HEAD if path.name == LOCAL_FILE else "", None
    try:
        text, found = load_text(path)
    except Wrong as wrong:
        raise _refuse(path, wrong) from None
    return text, follow(found, (*list_tables(path), key))


def _refuse(path: Path, wrong: Wrong) -> PolicyError:
    return _make_error(path, wrong.list_problems(render_path(path)))


def _make_error(path: Path, problems: Sequence[Problem]) -> PolicyError:
    problems = locate(problems, {render_path(path): path})
    return make_policy_error(problems, outcome="nothing was written", hint="")


def _check(path: Path, key: str, value: object) -> object:
    """Check that a key takes a value; says it parsed."""
    parsed, problems = parse_table({key: value}, Layer.LOCAL, render_path(path))
    if problems:
        raise _make_error(path, problems)
    return parsed.values[key]


def _save(path: Path, text: str, key: str, value: object, changes: Changes) -> None:
    """Save a file with a new value of a key, if everything else means the same then."""
    is_crlf = "\n" in text and text.count("\n") == text.count("\r\n")
    text = text.replace("\r\n", "\n") if is_crlf else text
    tables, new, found, is_same = list_tables(path), "", None, False
    with suppress(TOMLKitError, tomli.TOMLDecodeError, RecursionError):
        new = rewrite(text, tables, key, value, changes)
        (_, before), (found, after) = _divide(text, tables, key), _divide(new, tables, key)
        is_same = before == after
    if not is_same or _check(path, key, found) != _check(path, key, value):
        raise PolicyError(
            f"{render_path(path)} has a form that xrun cannot write `{key}` into; "
            "nothing was written",
            hint=f"write `{key} = …` by hand, or put the policy into a file of its own",
        )
    try:
        content = (new.replace("\n", "\r\n") if is_crlf else new).encode("utf-8")
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            target.open("ab").close()  # one that is read-only is not replaced
        replace_file(target, content)
    except OSError as error:
        raise _refuse(path, Wrong(f"cannot be written: {error.strerror}")) from error
    except UnicodeEncodeError:
        raise _refuse(path, Wrong([Problem("", key, "holds what is no text")])) from None


def _divide(text: str, tables: Sequence[str], key: str) -> tuple[object, object]:
    """Divide what a text means into the value of the policy's key and everything else."""
    table = rest = tomli.loads(text, parse_float=str)  # nan is not nan
    for name in tables:
        table = table.setdefault(name, {})
    return table.pop(key, None), rest


def _make_fields(entries: Sequence[Keep]) -> dict[str, dict[str, object]]:
    """Make the fields of entries, each by its name; all that a word says by the word."""
    made: dict[str, dict[str, object]] = {}
    words = _find_words(entries)
    for entry in entries:
        names = (name for name, members in WORDS.items() if entry.name in members)
        word = next(names, "") if entry.origin in words else ""
        reason = entry.reason if entry.reason != word else ""
        fields = {"name": word or str(entry.requirement), "reason": reason, "until": entry.until}
        made[word or entry.name] = {key: value for key, value in fields.items() if value}
    return made


def _read_title(item: object) -> str:
    """Read what an item is about: a name, normalised, or a word."""
    name = str(item["name"] if isinstance(item, dict) else item)
    return name if name in WORDS else canonicalize_name(Requirement(name).name)
