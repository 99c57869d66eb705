"""Counting in both databases what the load believes: every case there, once, receipted, with the same bytes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

_ORIGIN = """
SELECT c.case_id, o.settled_at - c.opened_at, o.outcome, e.sealed_sha256
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
        latencies: seconds from opening at the origin to the receipt settled there.
    """

    received: int
    lost: int
    doubled: int
    latencies: list[float]


def count(origin: Path, handler: Path, sent: set[str]) -> Counted:
    """Compare both databases with the numbers the load was given."""
    ours = _rows(origin, _ORIGIN)
    theirs = _rows(handler, _HANDLER)
    at_origin = {row[0]: row for row in ours if row[2] == "accepted"}
    at_handler = {row[0]: row[1] for row in theirs}
    good = {number for number in sent if number in at_origin and at_handler.get(number) == at_origin[number][3]}
    doubled = len(theirs) - len(at_handler) + len(ours) - len({row[0] for row in ours}) + len(set(at_handler) - sent)
    latencies = [at_origin[number][1] / 1e6 for number in good]
    return Counted(len(good), len(sent) - len(good), doubled, latencies)


def unsettled(origin: Path) -> int:
    """Return how many envelopes are still owed."""
    return int(str(_rows(origin, "SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL")[0][0]))


def _rows(file: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return list(connection.execute(sql))
    finally:
        connection.close()
