"""What a partner is owed, in figures, and what of it was never answered in time.

Figures are counted up to a bound and no further: a scrape costs the same with a million envelopes queued.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store
from gateway.store.outbox import COLUMNS, Owed, owed_from_store

COUNTED_UP_TO = 10_000
"""A count above it is told as one more than it: 10,001 means “more than 10,000”."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What one partner is owed.

    Attributes:
        owed: envelopes nobody answered, those kept back included; counted up to `COUNTED_UP_TO` + 1.
        oldest: since when the oldest of them waits.
        held, parked: how many are kept back by an operator's hold, and because they need a person; counted likewise.
    """

    owed: int = 0
    oldest: datetime | None = None
    held: int = 0
    parked: int = 0


def waiting(tx: Transaction, partner: str) -> tuple[int, datetime | None]:
    """Return how many envelopes a partner is owed, up to the bound, and since when the oldest waits."""
    row = tx.row(
        "SELECT COUNT(*), MIN(owed_at) FROM (SELECT owed_at FROM outbox WHERE partner = :partner"
        " AND settled_at IS NULL ORDER BY owed_at LIMIT :limit) AS first_ones",
        {"partner": partner, "limit": COUNTED_UP_TO + 1},
    )
    if row is None or not row[0]:
        return 0, None
    return row[0], from_store(row[1])


def of_partner(tx: Transaction, partner: str) -> Backlog:
    """Return the figures of a partner."""
    owed, oldest = waiting(tx, partner)
    if not owed:
        return Backlog()
    return Backlog(owed, oldest, _kept(tx, partner, "held"), _kept(tx, partner, "parked"))


def unanswered(tx: Transaction, partner: str, late: datetime, limit: int) -> list[Owed]:
    """Return envelopes of a partner whose fate is to be asked about: past their expiry at `late`, the longest waiting first."""
    rows = tx.rows(
        f"SELECT {COLUMNS} FROM outbox WHERE partner = :partner AND settled_at IS NULL"
        " AND COALESCE(ask_at, expires_at) <= :late ORDER BY COALESCE(ask_at, expires_at) LIMIT :limit",
        {"partner": partner, "late": to_store(late), "limit": limit},
    )
    return [owed_from_store(row) for row in rows]


def ask_again(tx: Transaction, envelope_ids: Sequence[str], at: datetime) -> None:
    """The partner was asked about these: about those that are open still ask again at `at`, after the others."""
    tx.many(
        "UPDATE outbox SET ask_at = :at WHERE envelope_id = :id AND settled_at IS NULL",
        [{"at": to_store(at), "id": envelope_id} for envelope_id in envelope_ids],
    )


def _kept(tx: Transaction, partner: str, how: str) -> int:
    row = tx.row(
        "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE partner = :partner AND kept_back = :how AND kept_back <> ''"
        " AND settled_at IS NULL LIMIT :limit) AS first_ones",
        {"partner": partner, "how": how, "limit": COUNTED_UP_TO + 1},
    )
    return row[0] if row else 0
