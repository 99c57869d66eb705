r"""Patterns of form fields: ECMA-262 as JSON Schema writes it, matched by RE2 in linear time.

What RE2 cannot match in linear time (look-ahead, back references) is refused, and so is a pattern that grows large.
`\uXXXX` and `\u{X…}` are written the RE2 way before; everything else both read alike, or RE2 refuses it.

Source: JSON Schema 2020-12 validation §6.3.3 (a pattern may match anywhere), core §6.4.
"""

import re
from dataclasses import dataclass
from typing import Any

import re2

LONGEST_PATTERN = 500
LARGEST_PROGRAM = 4000
"""Instructions of the compiled pattern; what one character may cost at worst."""

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 20

_HIGH = r"\\u([dD][89abAB][0-9a-fA-F]{2})"
_LOW = r"\\u([dD][c-fC-F][0-9a-fA-F]{2})"
_ESCAPE = re.compile(rf"{_HIGH}{_LOW}|\\u\{{([0-9a-fA-F]{{1,6}})\}}|\\u([0-9a-fA-F]{{4}})|\\(.)", re.DOTALL)


class UnfitPatternError(ValueError):
    """A pattern that cannot be matched in linear time, or is none."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; `cost` is the number of its instructions."""

    text: str
    cost: int
    _compiled: Any

    def is_in(self, text: str) -> bool:
        """Whether it matches somewhere in `text`."""
        return self._compiled.search(text) is not None


def compile_pattern(text: str) -> Pattern:
    """Return `text` as a pattern.  Raises UnfitPatternError."""
    if len(text) > LONGEST_PATTERN:
        raise UnfitPatternError
    try:
        compiled = re2.compile(_ESCAPE.sub(_as_re2_writes, text), _OPTIONS)
    except (re2.error, UnicodeEncodeError):
        raise UnfitPatternError from None
    if compiled.programsize > LARGEST_PROGRAM:
        raise UnfitPatternError
    return Pattern(text, compiled.programsize, compiled)


def _as_re2_writes(found: re.Match[str]) -> str:
    high, low, braced, plain, other = found.groups()
    if other is not None:
        return found[0]
    if high:
        code = 0x10000 + (int(high, 16) - 0xD800) * 0x400 + int(low, 16) - 0xDC00
        return rf"\x{{{code:x}}}"
    return rf"\x{{{braced or plain}}}"
