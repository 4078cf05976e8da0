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
# A package imports only what stands left of it (`errors` and `words` are below all of them).
ORDER = ("proxy", "project", "environment policy", "drift", "report", "run", "ctl")
RANKS = {name: rank for rank, names in enumerate(ORDER) for name in names.split()}
# Inside functions: the hot path loads the rest once something has changed.
EXCEPTIONS = {("xrun.proxy.main", "xrun.run.run"), ("xrun.proxy.main", "xrun.report")}
HOT = sorted(name for name in TREES if f"{name}.".startswith("xrun.proxy."))


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
    allowed = {"__future__", "_signal", "os", "sys", "time", "xrun.proxy"}
    for imported in list_imports(TREES[name].body):
        is_allowed = any(f"{imported}.".startswith(f"{module}.") for module in allowed)
        own = {"xrun", "xrun.__version__", "xrun.end", "xrun.leave_path_to_command"}
        assert is_allowed or imported in own, imported


def test_data_classes_are_not_compiled() -> None:
    assert find_importers("dataclasses") == {"xrun.proxy.dataclass"}  # for type checkers alone


def test_typing_is_for_type_checkers() -> None:
    users = {name for name, tree in TREES.items() if "typing" in list_imports(tree.body)}
    assert users == {"xrun.ctl.app", "xrun.ctl.env_text"}


@pytest.mark.parametrize("name", " ".join(ORDER[1:-1]).split())
def test_a_package_passes_no_name_on(name: str) -> None:
    """Each name has one way to it, and to load one module is not to load the package."""
    assert [type(each) for each in TREES[f"xrun.{name}"].body] == [ast.Expr]


def test_one_room_starts_uv_and_one_git() -> None:
    assert find_importers("subprocess") == {"xrun.project.git", "xrun.proxy.child", "xrun.proxy.uv"}
    assert find_users("os.posix_spawn") == {"xrun.proxy.child"}
    assert find_importers("xrun.proxy.child") == {"xrun.proxy.renewal", "xrun.proxy.uv"}
    assert find_users("os.system", "os.popen", "os.execv") == {
        "xrun.proxy.launch",
        "xrun.proxy.wait",
    }
    assert find_users("os.execve") == {"xrun.proxy.launch"}  # commands, in place of `uv run`


def test_only_the_two_commands_print_and_end() -> None:
    commands = {"xrun.proxy.main", *(name for name in TREES if name.startswith("xrun.ctl"))}
    assert find_users("print", "sys.stdout.write", "sys.stderr.write") <= commands
    assert find_users("SystemExit", "sys.exit", "exit", "quit", "os._exit") <= {
        *commands,
        # launch: on Windows, where nothing can be replaced; uv: a forked child; wait: a program
        *("xrun", "xrun.__main__", "xrun.proxy.launch", "xrun.proxy.uv", "xrun.proxy.wait"),
    }


def list_wrong_imports() -> Iterator[tuple[str, str]]:
    """List the imports of something that does not stand left of where it is imported."""
    for name, tree in TREES.items():
        package = name.split(".")[1] if name.count(".") else ""
        for imported in set(list_imports(ast.walk(tree))):
            target = imported.split(".")[1] if imported.startswith("xrun.") else ""
            is_other = target in RANKS and target != package
            if is_other and RANKS[target] >= RANKS.get(package, -1):
                yield name, imported


def test_a_package_imports_only_what_stands_left_of_it() -> None:
    folders = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    assert folders == RANKS.keys()
    wrong = {
        (name, imported)
        for name, imported in list_wrong_imports()
        if not any(
            name == here and f"{imported}.".startswith(f"{there}.") for here, there in EXCEPTIONS
        )
        and name != "xrun.__main__"
    }
    assert wrong == set()


def test_no_module_lies_beside_the_packages() -> None:
    modules = {path.stem for path in SOURCE.glob("*.py")}
    assert modules == {"__init__", "__main__", "errors", "words"}


def test_nothing_imports_what_only_the_console_scripts_start() -> None:
    assert {name for name in find_importers("xrun.ctl") if "xrun.ctl" not in name} == set()
    assert find_importers("xrun.proxy.main") == {"xrun.__main__"}
