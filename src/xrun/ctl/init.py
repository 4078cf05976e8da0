"""`xrunctl init`: the policy file that fits a project, and xrun in the lines that call `uv run`."""

from __future__ import annotations

import os
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path

from xrun.ctl.init_callers import find_callers
from xrun.ctl.init_template import Shape, render_policy
from xrun.ctl.output import UNLIMITED, find_columns
from xrun.ctl.target import PROJECT, check_is_managed, fail, find_place
from xrun.ctl.verbs import Option
from xrun.drift.declarations import find_declarations
from xrun.errors import XrunError
from xrun.policy.files import LOCAL_FILE, POLICY_FILE, render_path
from xrun.policy.keys import MODES
from xrun.policy.problems import render_unknown
from xrun.policy.schema import render_schema
from xrun.project.git import find_clean, find_exclude_file, is_ignored
from xrun.project.offers import can_select_all, find_offers
from xrun.report.width import shorten, wrap
from xrun.words import count, render_names, render_safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Annotated

    from xrun.ctl.init_callers import Caller
    from xrun.project.workspace import Workspace

LOCK = "uv.lock"
SCHEMA_FILE = "xrun.schema.json"
INSTALL = "uv tool install xrun"
UNCLEAN = "the file has uncommitted changes"
MOST_CALLERS = 10
MOST_COLUMNS = 200  # of a line from a file, where no terminal says how wide it is


def _parse_mode(mode: str) -> str:
    if mode not in MODES:
        import typer

        raise typer.BadParameter(render_unknown("mode", mode, MODES))
    return mode


def init(
    *,
    mode: Annotated[
        str,
        Option("--mode", metavar="MODE", callback=_parse_mode, help=f"One of {', '.join(MODES)}."),
    ] = "exact",
    schema: Annotated[
        bool, Option("--schema", help=f"Write {SCHEMA_FILE} for editors, too.")
    ] = False,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
    fix: Annotated[
        bool,
        Option("--fix", help="Make these lines call xrun, in files without uncommitted changes."),
    ] = False,
    project: Annotated[str | None, PROJECT] = None,
) -> None:
    """Write a policy that fits the project; list calls of `uv run`."""
    try:
        workspace = find_place(project, remembers=not dry_run).workspace
        check_is_managed(workspace)
        callers = find_callers(workspace)
        kept = _find_policy(workspace) if fix else None
        head = f"#:schema ./{SCHEMA_FILE}\n" if schema else ""
        if kept is None:
            blocks = _write_policy(workspace, mode, head, dry_run=dry_run)
        else:  # whatever mode is typed
            blocks = [[f"the policy stays as it is: {render_safe(render_path(kept))}"]]
        blocks += _fix(workspace, callers, dry_run=dry_run) if fix else []
    except (XrunError, OSError) as problem:
        raise fail(problem) from None
    if not fix and callers:
        blocks.append(_list_callers(callers))
    if kept is None:
        blocks.append(_list_next(workspace))
    print("\n\n".join("\n".join(block) for block in blocks if block))


def _write_policy(workspace: Workspace, mode: str, head: str, *, dry_run: bool) -> list[list[str]]:
    """Write the policy, and the schema that its head names; what is said of it, in blocks."""
    _check_is_new(workspace)
    path = workspace.root.folder / POLICY_FILE
    shape = _read_shape(workspace)
    text = head + render_policy(shape, mode)
    if not dry_run:
        _write_new(path, text)
        if head:
            path.with_name(SCHEMA_FILE).write_text(render_schema() + "\n", encoding="utf-8")
    verb = "would write" if dry_run else "wrote"
    where = "" if workspace.is_at_root else " at the workspace root, for every member"
    return [
        [f"{verb} {render_safe(render_path(path))}{where}:"],
        [f"  {line}".rstrip() for line in text.splitlines()],
        [
            *_exclude_local(path.with_name(LOCAL_FILE), dry_run=dry_run),
            *_list_left_out(workspace, shape),
        ],
    ]


def _list_next(workspace: Workspace) -> list[str]:
    """List what comes next."""
    has_offers = _read_shape(workspace).has_offers
    first = "uncomment the extras and groups that belong in .venv, then " if has_offers else ""
    program = "pytest" if find_declarations(workspace, "pytest") else "python"
    return [f"{first}run `xrun {program}`", "`xrunctl check` says how .venv differs from that"]


def _find_policy(workspace: Workspace) -> Path | None:
    """Find the file at the workspace root that holds a policy, if one does."""
    root = workspace.root
    path = root.folder / POLICY_FILE
    if os.path.lexists(path):
        return path
    return root.file if root.find("tool", "xrun") is not None else None


def _check_is_new(workspace: Workspace) -> None:
    """Check that there is no policy at the workspace root."""
    root = workspace.root
    path = root.folder / POLICY_FILE
    if os.path.lexists(path):
        hint = "change it by hand or with `xrunctl keep --team`; to start over, remove it"
        raise XrunError(f"{render_path(path)} is there already; nothing was written", hint=hint)
    if root.find("tool", "xrun") is not None:
        hint = f"change it there, or remove it first: beside {POLICY_FILE} it would be an error"
        file = render_path(root.file)
        raise XrunError(f"{file} has [tool.xrun] already; nothing was written", hint=hint)


def _read_shape(workspace: Workspace) -> Shape:
    extras, groups = find_offers(workspace)
    lock = workspace.root.folder / LOCK
    return Shape(
        has_members=workspace.root.is_workspace_root and can_select_all(workspace),
        extras=extras,
        groups=groups,
        has_lock=lock.is_file() and not is_ignored(lock),
    )


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there, whole or not at all.

    Raises:
        XrunError: It cannot be written, or is there by now.
    """
    try:
        stream = path.open("x", encoding="utf-8", newline="\n")
        try:
            with stream:
                stream.write(text)
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise
    except OSError as error:
        raise XrunError(f"{render_path(path)} cannot be written: {error.strerror}") from error


def _exclude_local(path: Path, *, dry_run: bool) -> list[str]:
    """Have git ignore the local policy; nothing is said where it does, or where there is no git."""
    from xrun.policy.edit import exclude_from_git

    file = None if is_ignored(path) else find_exclude_file(path.parent)
    if file is None:
        return []
    shown = render_safe(render_path(file))
    if not (dry_run or exclude_from_git(path)):
        return [f"git does not ignore {path.name}: {shown} cannot be written"]
    verb = "would ignore" if dry_run else "ignores"
    return [f"git {verb} {path.name}, the policy of one machine ({shown})"]


def _list_left_out(workspace: Workspace, shape: Shape) -> list[str]:
    """List what the policy has not, although other projects' have it, and why."""
    root = workspace.root
    lines = []
    if not shape.has_lock:
        has_lock = (root.folder / LOCK).is_file()
        why = "git ignores uv.lock" if has_lock else "there is no uv.lock"
        lines.append(f'left out: lock = "locked" in CI, because {why}')
    if root.is_workspace_root and not shape.has_members:
        lines.append('left out: packages = "all", because members conflict ([tool.uv] conflicts)')
    return lines


def _fix(workspace: Workspace, callers: Sequence[Caller], *, dry_run: bool) -> list[list[str]]:
    """Have lines call xrun; what is said of it, in blocks of lines, of a dry run a diff.

    Raises:
        OSError: A file cannot be written.
    """
    root = Path(os.path.realpath(workspace.root.folder))
    real = {each: os.path.relpath(os.path.realpath(each.path), root) for each in callers}
    clean = find_clean(root, [name.replace(os.sep, "/") for name in real.values()])
    fixing = [each for each in callers if real[each] in clean and each.rewrite() != each.content]
    for each in fixing if not dry_run else ():
        (root / real[each]).write_bytes(each.rewrite().encode())
    left: dict[str, list[str]] = {}
    for each in callers:
        for line, why in each.list_lines():
            left.setdefault(why or ("" if each in fixing else UNCLEAN), []).append(line)
    fixed = left.pop("", [])
    verb = "would be rewritten" if dry_run else "rewritten"
    names = render_names([each.file for each in fixing], most=3)
    head = [f"{count(len(fixed), 'line')} {verb}: {names}", f"they need xrun on PATH: `{INSTALL}`"]
    return [
        _diff(fixing) if dry_run else [],
        _wrap(head if fixed else ["no line to rewrite"]),
        *([*_wrap([f"left as they are: {why}"]), *_shorten(lines)] for why, lines in left.items()),
    ]


def _wrap(lines: Sequence[str]) -> list[str]:
    width = find_columns() or UNLIMITED
    return [part for line in lines for part in wrap(line, width, breaks=False)]


def _diff(callers: Sequence[Caller]) -> list[str]:
    """Show what would be rewritten, as a diff."""
    return [
        "\t".join(map(render_safe, line.rstrip("\r\n").split("\t")))
        for each in callers
        for line in unified_diff(
            each.content.splitlines(keepends=True),
            each.rewrite().splitlines(keepends=True),
            f"a/{each.file}",
            f"b/{each.file}",
        )
    ]


def _list_callers(callers: Sequence[Caller]) -> list[str]:
    """List the lines that call `uv run`."""
    lines = [line for each in callers for line, _ in each.list_lines()]
    can = any(not why for each in callers for _, why in each.list_lines())
    cure = ["`xrunctl init --fix` rewrites those that it safely can"] if can else []
    head = "these lines call `uv run`, which does not read xrun.toml:"
    return [head, *_shorten(lines), *cure]


def _shorten(lines: Sequence[str]) -> list[str]:
    """Cut each line to the width of a terminal, and their number to ten."""
    width = find_columns() or MOST_COLUMNS
    shown = [f"  {line}" for line in lines[:MOST_CALLERS]]
    files = dict.fromkeys(line.split(":", 1)[0] for line in lines[MOST_CALLERS:])
    more = f"  and {len(lines) - MOST_CALLERS} more in {render_names([*files], most=3)}"
    return [shorten(render_safe(line), width) for line in (*shown, *([more] if files else []))]
