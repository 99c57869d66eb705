"""Parts of a document that are made from the code: between two markers, everything else is written by hand.

<!-- made: name -->
…
<!-- end: name -->
"""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def _pattern(name: str) -> re.Pattern[str]:
    name = re.escape(name)
    return re.compile(rf"(<!-- made: {name} -->\n)(.*?)(\n<!-- end: {name} -->)", re.DOTALL)


def part(text: str, name: str) -> str:
    """Return what stands between the markers.  Raises LookupError unless they stand there once."""
    found = _pattern(name).findall(text)
    if len(found) != 1:
        raise LookupError(f"{len(found)} parts between `<!-- made: {name} -->` and `<!-- end: {name} -->`, not one")
    return str(found[0][1]).strip("\n")


def with_part(text: str, name: str, made: str) -> str:
    """Return the document with another part between the markers."""
    part(text, name)
    return _pattern(name).sub(lambda found: f"{found[1]}\n{made.strip()}\n{found[3]}", text)


def part_names(text: str) -> list[str]:
    """Return the names of all parts, in order."""
    return re.findall(r"<!-- made: ([\w-]+) -->", text)
