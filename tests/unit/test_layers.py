"""The house stands: which module may import, print or end what."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import xrun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOURCE = Path(xrun.__file__).parent
TREES = {
    ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__"): (
        ast.parse(path.read_text("utf-8"))
    )
    for path in SOURCE.rglob("*.py")
}
HOT = ("proxy", "invocation", "stamp", "state", "users", "uv", "options")
NEVER = {
    "xrun.policy": "drift run respond asking telling prepare changing plan report uv ctl",
    "xrun.drift": "run respond asking telling handover prepare changing report removal explain ctl",
    "xrun.removal": "run respond asking telling handover prepare changing report explain ctl",
    "xrun.report": "run respond asking telling handover prepare changing removal explain ctl",
    "xrun.explain": "run respond asking telling handover prepare changing report removal ctl",
    "xrun.doctor": "run respond asking telling handover prepare changing report explain ctl",
    "xrun.ways": "run respond asking prepare report ctl",
    "xrun.plan": "drift run respond asking telling prepare changing report uv ctl",
    "xrun.case": "drift run respond asking telling prepare changing report uv ctl",
    "xrun.members": "drift run respond asking telling prepare changing plan policy report uv ctl",
    "xrun.environment": "drift run respond asking prepare changing plan policy report uv ctl",
    "xrun.workspace": "drift run respond asking prepare changing plan policy report uv ctl",
}


def list_imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """List what is imported: `from a import b` may be both `a` and `a.b`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def find_importers(module: str, part: str = "xrun") -> set[str]:
    """Find which modules of a part import a module or what is in it, wherever the import stands."""
    return {
        name
        for name, tree in TREES.items()
        if f"{name}.".startswith(f"{part}.")
        and any(f"{found}.".startswith(f"{module}.") for found in list_imports(ast.walk(tree)))
    }


def find_users(*names: str) -> set[str]:
    """Find the modules that use a name (`print`, `sys.exit`)."""
    kinds = (ast.Name, ast.Attribute)
    return {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, kinds) and ast.unparse(node) in names
    }


@pytest.mark.parametrize("name", HOT)
def test_the_hot_path_loads_next_to_nothing(name: str) -> None:
    allowed = {"__future__", "os", "sys", "time"} | {f"xrun.{hot}" for hot in HOT}
    for imported in list_imports(TREES[f"xrun.{name}"].body):
        is_allowed = any(f"{imported}.".startswith(f"{module}.") for module in allowed)
        own = {"xrun", "xrun.__version__", "xrun.leave_path_to_command"}
        assert is_allowed or imported in own, imported


def test_one_room_starts_uv_and_one_git() -> None:
    assert find_importers("subprocess") == {"xrun.git", "xrun.uv"}
    assert find_users("os.system", "os.popen", "os.execv", "os.execve") == {"xrun.uv"}


def test_only_the_two_commands_print_and_end() -> None:
    commands = {"xrun.proxy", *(name for name in TREES if name.startswith("xrun.ctl"))}
    assert find_users("print", "sys.stdout.write", "sys.stderr.write") <= commands
    assert find_users("SystemExit", "sys.exit", "exit", "quit", "os._exit") <= {
        *commands,
        *("xrun.__main__", "xrun.uv"),  # uv: on Windows, where nothing can be replaced
    }


@pytest.mark.parametrize(
    ("part", "module"), [(part, word) for part, words in NEVER.items() for word in words.split()]
)
def test_imports_run_one_way(part: str, module: str) -> None:
    assert part in TREES
    assert find_importers(f"xrun.{module}", part) == set()


def test_nothing_imports_what_only_the_console_scripts_start() -> None:
    assert {name for name in find_importers("xrun.ctl") if "xrun.ctl" not in name} == set()
    assert find_importers("xrun.proxy") == {"xrun.__main__"}
