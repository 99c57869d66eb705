"""Writes the made parts of the documents anew; with `--check` only tells which are out of date.

Run as `python -m tests.docs.write_docs`.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping

from tests.docs import (
    checks_table,
    editor_files,
    errors_catalogue,
    house_plan,
    item_columns,
    lifecycle_drawing,
    metrics_table,
    worked_example,
)
from tests.docs.marked_parts import DOCS, part, part_names, with_part

MADE: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "architecture.md": house_plan.PARTS,
    "conformance.md": checks_table.PARTS,
    "errors.md": errors_catalogue.PARTS,
    "exchange-format.md": worked_example.PARTS,
    "items.md": item_columns.PARTS,
    "lifecycle.md": lifecycle_drawing.PARTS,
    "operating.md": metrics_table.PARTS,
}
"""Documents with their made parts."""


def stale_parts() -> Iterator[tuple[str, str]]:
    """Yield document and part where the document says something else than the code."""
    for document, parts in MADE.items():
        text = (DOCS / document).read_text("utf-8")
        for name, make in parts.items():
            if part(text, name) != make().strip():
                yield document, name


def write() -> None:
    """Write every made part."""
    for document, parts in MADE.items():
        path = DOCS / document
        text = path.read_text("utf-8")
        for name, make in parts.items():
            text = with_part(text, name, make())
        path.write_text(text, "utf-8")
    editor_files.write()


def unmade_parts() -> Iterator[tuple[str, str]]:
    """Yield marked parts that nothing makes."""
    for path in sorted(DOCS.glob("*.md")):
        for name in part_names(path.read_text("utf-8")):
            if name not in MADE.get(path.name, {}):
                yield path.name, name


def main() -> int:
    """Write or check, and say what was found."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="change nothing; exit with 1 if something is out of date")
    stale = list(stale_parts())
    files = editor_files.stale()
    if not options.parse_args().check:
        write()
        stale, files = [], []
    for document, name in stale:
        sys.stderr.write(f"docs/{document}: part {name} is out of date\n")
    for file in files:
        sys.stderr.write(f"{file} is out of date\n")
    return 1 if stale or files else 0


if __name__ == "__main__":
    sys.exit(main())
