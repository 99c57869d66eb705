"""Counting in both databases what the load believes: every case there, once, receipted, with the same bytes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

_ORIGIN = """
SELECT c.case_id, c.opened_at, o.settled_at, o.outcome, e.sealed_sha256
  FROM cases c
  JOIN outbox o ON o.case_id = c.case_id AND o.sequence = 1
  JOIN evidence e ON e.object_id = o.envelope_id
 WHERE c.party = 'origin' AND c.state <> 'forwarded'
"""
_HANDLER = """
SELECT c.case_id, e.sealed_sha256
  FROM cases c
  JOIN events v ON v.case_id = c.case_id AND v.sequence = 1 AND v.version = 1
  JOIN evidence e ON e.object_id = v.envelope_id
 WHERE c.party = 'handler'
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What both databases hold of the cases that were acknowledged.

    Attributes:
        received: cases at the handler that were acknowledged, with equal sealed bytes, and receipted at the origin.
        doubled: cases held more than once, or held and never acknowledged.
        times: number → when it was opened at the origin and when its receipt was settled there, in microseconds.
    """

    received: int
    lost: int
    doubled: int
    times: dict[str, tuple[int, int]]

    @property
    def latency_of(self) -> dict[str, float]:
        """Seconds from opening at the origin to the receipt settled there, of each case."""
        return {number: (settled - opened) / 1e6 for number, (opened, settled) in self.times.items()}

    @property
    def latencies(self) -> list[float]:
        """The same without numbers."""
        return list(self.latency_of.values())

    def rate_of(self, numbers: Collection[str]) -> float:
        """Return cases per second, from the first one opened to the last one settled; 0 for fewer than two."""
        times = [self.times[number] for number in numbers if number in self.times]
        if len(times) < 2:
            return 0.0
        span = max(settled for _, settled in times) - min(opened for opened, _ in times)
        return 1e6 * len(times) / max(span, 1)


def count(origin: Path, handler: Path | Sequence[Path], sent: set[str]) -> Counted:
    """Compare the database of the origin, and those of one or more handlers, with the numbers the load was given."""
    ours = _rows(origin, _ORIGIN)
    handlers = [handler] if isinstance(handler, Path) else handler
    theirs = [row for one in handlers for row in _rows(one, _HANDLER)]
    at_origin = {row[0]: row for row in ours if row[3] == "accepted"}
    at_handler = {row[0]: row[1] for row in theirs}
    good = {number for number in sent if number in at_origin and at_handler.get(number) == at_origin[number][4]}
    doubled = len(theirs) - len(at_handler) + len(ours) - len({row[0] for row in ours}) + len(set(at_handler) - sent)
    times = {number: (at_origin[number][1], at_origin[number][2]) for number in good}
    return Counted(len(good), len(sent) - len(good), doubled, times)


def unsettled(origin: Path) -> int:
    """Return how many envelopes are still owed."""
    return int(str(_rows(origin, "SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL")[0][0]))


def _rows(file: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return list(connection.execute(sql))
    finally:
        connection.close()
