"""What editors read: texts beside the keys, taken from the pages that explain the files, and the JSON Schemas that show them.

The pages are written by hand; `gateway/files/data/*.yaml` is made from them, because pages are not installed, and `schemas/`
from those and from the shapes.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from gateway.cli.schema import FILES, file_name, schema_text
from tests.docs.marked_parts import DOCS

SCHEMAS = DOCS.parent / "schemas"
DATA = DOCS.parent / "gateway" / "files" / "data"
PAGES: Mapping[str, str] = {"partner": "partner-file.md", "gateway": "gateway-file.md"}
"""Name of the schema, and the page with a heading for each of its keys."""

_HEADING = re.compile(r"^### `([^`]+)`$", re.MULTILINE)
_CHAPTER = re.compile(r"^##? ", re.MULTILINE)


def texts(name: str) -> dict[str, str]:
    """Return what a page says of every key."""
    parts = _HEADING.split((DOCS / PAGES[name]).read_text("utf-8"))
    return {key: _CHAPTER.split(text)[0].strip() for key, text in zip(parts[1::2], parts[2::2], strict=True)}


def path_of(name: str) -> Path:
    """Return the file that is made."""
    return DATA / f"{name}-keys.yaml"


def made(name: str) -> str:
    """Return what stands in the file that is made."""
    lines = [f"# Made from docs/{PAGES[name]} by `make docs`: what editors show beside a key.\n"]
    for key, text in texts(name).items():
        lines.append(f'"{key}": |')
        lines += [f"  {line}".rstrip() for line in text.splitlines()]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def stale() -> list[str]:
    """Return the files that say something else than what they are made from."""
    wanted = {path_of(name): made(name) for name in PAGES} | {
        SCHEMAS / file_name(name): schema_text(name) for name in FILES
    }
    return [
        path.relative_to(DOCS.parent).as_posix()
        for path, text in wanted.items()
        if not path.exists() or path.read_text("utf-8") != text
    ]


def write() -> None:
    """Write every file anew."""
    for name in PAGES:
        path_of(name).write_text(made(name), "utf-8")
    for name in FILES:
        (SCHEMAS / file_name(name)).write_text(schema_text(name), "utf-8")
