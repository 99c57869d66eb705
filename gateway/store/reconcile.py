"""What was settled with a partner on a day: answered for ever, accepted or refused.

The day is that of sealing: `outbox.owed_at` for envelopes of ours, which are owed in the moment they are sealed, and
`inbox.sealed_at` for theirs.  Rows of an inbox from before that was kept count on the day they were answered.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import to_store

PAGE = 50_000
"""Rows held in memory at a time while a day is added up."""

# The plus keeps SQLite from walking all envelopes in the order of their ids: it is one day that is asked for.
_OURS = (
    "SELECT envelope_id, payload_sha256, outcome FROM outbox WHERE partner = :partner AND settled_at IS NOT NULL"
    " AND owed_at >= :start AND owed_at < :end AND outcome IN ('accepted', 'refused') AND +envelope_id > :after"
    " ORDER BY +envelope_id LIMIT :limit"
)
_SEALED = (
    "SELECT envelope_id, payload_sha256, outcome FROM inbox WHERE sender = :partner AND sealed_at >= :start"
    " AND sealed_at < :end AND outcome IN ('accepted', 'refused') AND +envelope_id > :after"
    " ORDER BY +envelope_id LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Settled:
    """One envelope that was answered for ever."""

    envelope_id: str
    payload_sha256: bytes
    outcome: str


Page = Callable[[Transaction, str, datetime, datetime, str, int], list[Settled]]
"""Reads the settled envelopes with a partner sealed from `start` to before `end`, behind an id, in the order of ids."""


def ours(
    tx: Transaction, partner: str, start: datetime, end: datetime, after: str = "", limit: int = PAGE
) -> list[Settled]:
    """Return what we sealed for a partner and it answered, in the order of ids."""
    return _page(tx, _OURS, partner, start, end, after, limit)


def theirs(
    tx: Transaction, partner: str, start: datetime, end: datetime, after: str = "", limit: int = PAGE
) -> list[Settled]:
    """Return what a partner sealed for us and we answered, in the order of ids."""
    return _page(tx, _SEALED, partner, start, end, after, limit)


def waiting(tx: Transaction, partner: str, start: datetime, end: datetime, limit: int = 10_000) -> int:
    """Return how many envelopes we sealed for a partner and it has not answered; counted up to `limit`."""
    row = tx.row(
        "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE partner = :partner AND settled_at IS NULL"
        " AND owed_at >= :start AND owed_at < :end LIMIT :limit) AS first_ones",
        {"partner": partner, "start": to_store(start), "end": to_store(end), "limit": limit},
    )
    return row[0] if row else 0


def pages(tx: Transaction, read: Page, partner: str, start: datetime, end: datetime) -> Iterator[list[Settled]]:
    """Yield a whole day, a page at a time."""
    after = ""
    while found := read(tx, partner, start, end, after, PAGE):
        yield found
        after = found[-1].envelope_id


def _page(
    tx: Transaction, sql: str, partner: str, start: datetime, end: datetime, after: str, limit: int
) -> list[Settled]:
    facts = {
        "partner": partner,
        "start": to_store(start),
        "end": to_store(end),
        "after": after,
        "limit": limit,
    }
    return [Settled(envelope_id, bytes(digest), outcome) for envelope_id, digest, outcome in tx.rows(sql, facts)]
