"""docs/architecture.md: every room and module with its purpose, and the steps of every flow, from their docstrings."""

import ast
import re
from pathlib import Path

GATEWAY = Path(__file__).resolve().parents[2] / "gateway"
ROOMS = (
    "app", "cli", "kit", "console", "local", "peering", "licences", "work", "flows", "store", "wire", "trust",
    "partners", "catalogue", "settings", "telemetry", "files", "case",
)  # fmt: skip
"""From the top of the house down; an import points downwards only."""
FLOWS = (
    "submit", "materials/send", "delivery/deliver", "receive", "delivery/settle", "act", "delivery/collect", "sweep",
)  # fmt: skip
"""In the order in which one case meets them."""
_STEP = re.compile(r"^\d+ ")
_GENERATED = GATEWAY / "wire" / "gen"


def modules() -> str:
    """A section per room: what it is for, and a row per module with the first sentence of its docstring."""
    top = [f"| `{path.name}` | {purpose(path)} |" for path in sorted(GATEWAY.glob("*.py")) if path.stem != "__init__"]
    sections = ["\n".join(("### gateway/", "", purpose(GATEWAY / "__init__.py"), "", *_HEAD, *top))]
    sections += [_room(GATEWAY / name) for name in rooms()]
    return "\n\n".join(sections)


def rooms() -> list[str]:
    """The rooms that are there, from the top down.  Raises LookupError for one that has no place in the order."""
    there = {path.parent.name for path in GATEWAY.glob("*/__init__.py")}
    if unknown := there - set(ROOMS):
        raise LookupError(f"give {', '.join(sorted(unknown))} a place in ROOMS of {Path(__file__).name}")
    return [name for name in ROOMS if name in there]


def steps() -> str:
    """The numbered steps of every flow, as its module states them."""
    sections = []
    for name in FLOWS:
        path = GATEWAY / "flows" / f"{name}.py"
        lines = _docstring(path).splitlines()
        numbered = _with_continuations(lines)
        listed = "\n\n```text\n" + "\n".join(numbered) + "\n```" if numbered else ""
        sections.append(f"**`flows/{name}`** {purpose(path)}{listed}")
    return "\n\n".join(sections)


def purpose(path: Path) -> str:
    """The first sentence of a module's docstring."""
    first = _docstring(path).split("\n\n")[0]
    sentence = re.split(r"(?<=[.!])\s+(?=[A-Z“])", " ".join(first.split()))[0]
    return sentence.replace("|", "\\|")


def module_files() -> list[Path]:
    """Every module that a person wrote."""
    return sorted(path for path in GATEWAY.rglob("*.py") if _GENERATED not in path.parents)


PARTS = {"modules": modules, "steps": steps}

_HEAD = ("| 模块 module | 用途 purpose |", "|---|---|")


def _room(folder: Path) -> str:
    rows = [
        f"| `{path.relative_to(folder).as_posix()}` | {purpose(path)} |"
        for path in sorted(folder.rglob("*.py"))
        if path != folder / "__init__.py" and _GENERATED not in path.parents
    ]
    return "\n".join((f"### gateway/{folder.name}/", "", purpose(folder / "__init__.py"), "", *_HEAD, *rows))


def _docstring(path: Path) -> str:
    found = ast.get_docstring(ast.parse(path.read_text("utf-8"), path.as_posix()))
    if not found:
        raise LookupError(f"{path} does not say what it is for")
    return found


def _with_continuations(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        continued = bool(kept) and line.startswith(" ") and bool(line.strip())
        title = line.startswith("At the side") and line.endswith(":")
        if _STEP.match(line) or continued or title:
            kept.append(line)
    return kept
