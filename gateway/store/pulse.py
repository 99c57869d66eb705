"""What health asks of the store: whether it takes a write, whether evidence and audit do, what nobody takes up."""

from contextlib import suppress
from datetime import datetime

from gateway.store import audit, evidence
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store
from gateway.store.vault import Vault

PROBE = "probe"
"""Kind, object and act of what is written to see whether it can be; it is taken back before the commit."""


class _TakenBack(Exception):
    """What was written for a look is undone."""


def beat(tx: Transaction, now: datetime) -> None:
    """Write the row that exists to be written; committed and on disk like any other work."""
    tx.execute(
        "INSERT INTO pulse (one, beat_at) VALUES (1, :at) ON CONFLICT (one) DO UPDATE SET beat_at = :at",
        {"at": to_store(now)},
    )


def evidence_fails(tx: Transaction, vault: Vault, region: str, now: datetime) -> str:
    """Write evidence and audit as a case would, take it back, and return what kind of error that was; empty when none."""
    try:
        with suppress(_TakenBack), tx.savepoint():
            evidence.record(tx, vault, PROBE, region, PROBE, b"\x00", now)
            audit.note(tx, now, f"region:{region}", "health.probe", PROBE)
            raise _TakenBack
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing may be taken in while it lasts
        return type(error).__name__
    return ""


def is_overdue(tx: Transaction, partner: str, since: datetime) -> bool:
    """Whether an envelope that could have left then has not: due, not kept back, behind no other, waiting for no file."""
    row = tx.row(
        "SELECT 1 FROM outbox WHERE partner = :partner AND settled_at IS NULL AND kept_back = '' AND behind = 0"
        " AND materials_wait = 0 AND priority IN (0, 1) AND due_at <= :since LIMIT 1",
        {"partner": partner, "since": to_store(since)},
    )
    return row is not None


def oldest_owed(tx: Transaction, partner: str) -> datetime | None:
    """Return since when the oldest envelope waits that nobody answered, kept back or not; None when there is none."""
    row = tx.row(
        "SELECT owed_at FROM outbox WHERE partner = :partner AND settled_at IS NULL ORDER BY owed_at LIMIT 1",
        {"partner": partner},
    )
    return None if row is None else from_store(row[0])


def unclaimed(tx: Transaction, before: datetime, most: int) -> int:
    """Return how many of the first `most` news nobody claims arrived before a moment."""
    row = tx.row(
        "SELECT COUNT(*) FROM (SELECT at FROM feed WHERE system = '' AND confirmed_at IS NULL"
        " ORDER BY position LIMIT :most) AS first_ones WHERE at < :before",
        {"before": to_store(before), "most": most},
    )
    return row[0] if row else 0
