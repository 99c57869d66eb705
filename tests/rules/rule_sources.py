"""Where the rules look: the files of this tree, without what is generated or fetched."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FETCHED = {
    ".git",
    ".venv",
    "node_modules",
    "__pycache__",
    "demo-data",
    "var",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
}
GENERATED = ROOT / "gateway" / "wire" / "gen"


def named(path: Path) -> str:
    """Give the path as a person types it, from the top of the tree."""
    return path.relative_to(ROOT).as_posix()


def files_below(folder: str, pattern: str) -> list[Path]:
    """List the files of a folder that people wrote, in order; none when the folder does not exist."""
    return sorted(
        path
        for path in (ROOT / folder).rglob(pattern)
        if path.is_file() and not FETCHED & set(path.relative_to(ROOT).parts) and GENERATED not in path.parents
    )


def gateway_modules() -> list[Path]:
    """List every module of the product that a person wrote."""
    return files_below("gateway", "*.py")


def modules_of_tests() -> list[Path]:
    """List every Python file below tests/."""
    return files_below("tests", "*.py")


@cache
def parsed(path: Path) -> ast.Module:
    """Parse a file once for all rules."""
    return ast.parse(path.read_text("utf-8"), named(path))


def used_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of everything imported or used that came in by an import, under its full name.

    `from datetime import datetime as dt` and then `dt.now` yields `datetime.datetime.now`.
    """
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                known[name.asname or name.name.partition(".")[0]] = (
                    name.name if name.asname else name.name.partition(".")[0]
                )
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                known[name.asname or name.name] = f"{node.module}.{name.name}"
                yield node.lineno, f"{node.module}.{name.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (dotted := _dotted(node)):
            first, _, rest = dotted.partition(".")
            if first in known:
                yield node.lineno, f"{known[first]}.{rest}"


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""
