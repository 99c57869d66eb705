"""Trace ids that travel with a case from door to door.  W3C Trace Context, Recommendation of 23 November 2021.

Leaves to others: randomness, and putting the header into calls and rows.
"""

import re
from dataclasses import dataclass

_LONGEST = 200

# W3C Trace Context §3.2.2: version 00 has exactly four parts; a higher version may append more after a dash.
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True, slots=True)
class Trace:
    """One step of a trace: 32 and 16 lower-case hexadecimal digits, neither all zero."""

    trace_id: str
    span_id: str
    sampled: bool = True

    @property
    def traceparent(self) -> str:
        """The header `traceparent`.  W3C Trace Context §3.2."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"

    def child(self, span: bytes) -> "Trace":
        """Return the next step of the same trace.

        Args:
            span: 8 random bytes.
        """
        return new_trace(bytes.fromhex(self.trace_id), span, sampled=self.sampled)


def new_trace(trace: bytes, span: bytes, *, sampled: bool = True) -> Trace:
    """Return a trace with these ids.

    Args:
        trace: 16 random bytes.
        span: 8 random bytes.

    Raises:
        ValueError: another length, or only zeros.
    """
    if len(trace) != 16 or len(span) != 8 or not any(trace) or not any(span):
        raise ValueError("a trace id has 16 bytes and a span id 8, neither all zero")
    return Trace(trace.hex(), span.hex(), sampled)


def parse_traceparent(text: str) -> Trace | None:
    """Return the caller's step, or None where the header is not one; a new trace begins then.  W3C Trace Context §4.3."""
    found = _TRACEPARENT.fullmatch(text) if len(text) <= _LONGEST else None
    if not found or found[1] == "ff" or (found[1] == "00" and found[5]):
        return None
    if not found[2].strip("0") or not found[3].strip("0"):
        return None
    return Trace(found[2], found[3], bool(int(found[4], 16) & 1))
