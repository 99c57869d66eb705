"""Two texts side by side: what was put in and what was taken out, as a unified diff.

Bounds: a file of more than `MOST_LINES` lines is not compared line by line, and a diff ends after `MOST_SHOWN` lines.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff

from gateway.partners.source import Source

MOST_LINES = 3_000
MOST_SHOWN = 2_000
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")


@dataclass(frozen=True, slots=True)
class Compared:
    """How two contents differ.

    Attributes:
        diff: unified, without an end of line behind each line; empty where the contents are equal.
        added, removed: lines.
    """

    diff: tuple[str, ...]
    added: int
    removed: int


def compared(before: bytes, after: bytes, names: tuple[str, str] = ("", "")) -> Compared:
    """Return how `after` differs from `before`."""
    old, new = _lines(before), _lines(after)
    if old == new:
        return Compared((), 0, 0)
    if max(len(old), len(new)) > MOST_LINES:
        said = f"@@ -{len(old)} +{len(new)} @@ more than {MOST_LINES} lines; not compared"
        return Compared((f"--- {names[0]}", f"+++ {names[1]}", said), len(new), len(old))
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    added = sum(end - start for word, _, _, start, end in steps if word != "equal")
    removed = sum(end - start for word, start, end, _, _ in steps if word != "equal")
    shown = list(unified_diff(old, new, *names, lineterm=""))
    if len(shown) > MOST_SHOWN:
        shown = [*shown[:MOST_SHOWN], f"… {len(shown) - MOST_SHOWN} more lines"]
    return Compared(tuple(shown), added, removed)


def refused_diff(live: bytes, refused: Source) -> bytes | None:
    """Return what an edit that did not go live would have changed, without long encoded values; None if it holds a private key.

    What is refused was checked by nobody: a key may stand anywhere in it, whole or in part.  So of every run of 40 encoded
    characters or more only the length is told.
    """
    if refused.holds_private_key:
        return None
    lines = compared(live, refused.raw, ("live", "refused")).diff
    return _ENCODED.sub(lambda run: f"<{len(run[0])}>", "\n".join(lines)).encode()


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").splitlines()
