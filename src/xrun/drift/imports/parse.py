"""What one Python file imports, read from its syntax tree; nothing of it is run."""

from __future__ import annotations

import ast
import os
import re
import warnings

from xrun.project.workspace import INLINE_METADATA
from xrun.proxy.dataclass import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# Where a statement has others in it: all that an import can stand below.
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
# Everything but what names are made of becomes a space; names that are not ASCII stay whole.
SEPARATORS = bytes(
    byte if byte >= 0x80 or chr(byte).isalnum() or byte == ord("_") else ord(" ")  # noqa: PLR2004
    for byte in range(256)
)
# What is larger was generated: its tree would take seconds, and a gigabyte.
LARGEST = 1024 * 1024


@dataclass(frozen=True)
class Import:
    """An import as it stands in a file.

    Attributes:
        line: Of the statement or call, counted from 1.
        names: What it may mean, dotted, the deepest first: `from a import b` is `a.b` or `a`.
    """

    line: int
    names: tuple[str, ...]


def read_imports(path: str, tops: Collection[str]) -> list[Import] | None:
    """Read which imports of certain top-level names stand in a file.

    Args:
        path: A Python file; one with inline script metadata has an environment of its own, and
            so no imports that count.
        tops: The top-level names.

    Returns:
        The imports, wherever they stand, relative ones left out; `None` where the file cannot be
        read or parsed.
    """
    try:
        if not os.path.isfile(path):  # noqa: PTH113 - a pipe would keep the reader waiting
            return None
        with open(path, "rb") as file:  # noqa: PTH123 - half the price, some thousand times
            content = file.read()
    except OSError:
        return None
    words = content.translate(SEPARATORS).split()
    # Where none of the names is mentioned there is nothing to parse.
    if {top.encode() for top in tops}.isdisjoint(words) or re.search(INLINE_METADATA, content):
        return []
    return parse_imports(content, tops)


def parse_imports(content: bytes, tops: Collection[str]) -> list[Import] | None:
    """Parse a file's content, as `read_imports` does; the encoding is the one that it declares."""
    if len(content) > LARGEST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the file's own: an invalid escape, say
            tree = ast.parse(content)
        found = list(
            _list_imports(tree, has_calls=b"import_module" in content or b"__import__" in content)
        )
    # The last three: expressions nested deeper than the parser goes.
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        return None
    return [each for each in found if each.names[0].partition(".")[0] in tops]


def _list_imports(tree: ast.Module, *, has_calls: bool) -> Iterator[Import]:
    for node in _list_statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, (alias.name,))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                deeper = () if alias.name == "*" else (f"{node.module}.{alias.name}",)
                yield Import(node.lineno, (*deeper, node.module))
    if has_calls:
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        for call in calls:
            name = _find_imported_name(call)
            if name:
                yield Import(call.lineno, (name,))


def _list_statements(tree: ast.Module) -> Iterator[ast.AST]:
    """List the statements at any depth; expressions, most of a tree, are not gone through."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for block in BLOCKS:
            waiting += getattr(node, block, ())


def _find_imported_name(call: ast.Call) -> str:
    """Find the literal name that a call of `import_module` or `__import__` imports, if it does."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        called = f"{function.value.id}.{function.attr}"
    else:
        called = function.id if isinstance(function, ast.Name) else ""
    if called not in {"import_module", "importlib.import_module", "__import__"}:
        return ""
    named = [each.value for each in call.keywords if each.arg == "name"]
    name = next(iter([*call.args, *named]), None)
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ""
