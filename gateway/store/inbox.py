"""Envelopes this gateway has answered, and with which batch of receipts.

The answer is stored, not just the id: a repeat gets the first batch, byte for byte.  A row is never
removed before every retry and every restored backup of a partner is past.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.lots import in_lots
from gateway.store.moments import to_store

ACCEPTED = "accepted"
REFUSED = "refused"
NEVER_SEEN = "never_seen"
_ANSWERS = (
    "SELECT envelope_id, payload_sha256, outcome, batch_id FROM inbox WHERE sender = :sender AND envelope_id IN ({ids})"
)


@dataclass(frozen=True, slots=True)
class Answered:
    """How an envelope was answered: outcome, digest of the payload answered, batch of the receipt."""

    payload_sha256: bytes
    outcome: str
    batch_id: str


def answer_to(tx: Transaction, sender: str, envelope_id: str) -> Answered | None:
    """Return how (sender, envelope_id) was answered, None if it was not."""
    row = tx.row(
        "SELECT payload_sha256, outcome, batch_id FROM inbox WHERE sender = :sender AND envelope_id = :id",
        {"sender": sender, "id": envelope_id},
    )
    return None if row is None else Answered(bytes(row[0]), row[1], row[2])


def answers_to(tx: Transaction, sender: str, envelope_ids: Iterable[str]) -> dict[str, Answered]:
    """Return how envelopes of a sender were answered, by id; those that were not are left out."""
    found = in_lots(tx, _ANSWERS, {"sender": sender}, envelope_ids)
    return {row[0]: Answered(bytes(row[1]), row[2], row[3]) for row in found}


def remember(
    tx: Transaction,
    sender: str,
    envelope_id: str,
    payload_sha256: bytes,
    outcome: str,
    batch_id: str,
    now: datetime,
    sealed_at: datetime | None = None,
) -> None:
    """Remember the answer for ever; only “never seen” may still become a refusal.

    Args:
        sealed_at: as the envelope says; None counts it on the day of the answer.
    """
    tx.execute(
        "INSERT INTO inbox (sender, envelope_id, payload_sha256, outcome, batch_id, received_at, sealed_at)"
        " VALUES (:sender, :id, :digest, :outcome, :batch, :at, :sealed)"
        " ON CONFLICT (sender, envelope_id) DO UPDATE SET payload_sha256 = :digest, outcome = :outcome,"
        " batch_id = :batch, received_at = :at, sealed_at = :sealed WHERE inbox.outcome = 'never_seen'",
        {
            "sender": sender,
            "id": envelope_id,
            "digest": payload_sha256,
            "outcome": outcome,
            "batch": batch_id,
            "at": to_store(now),
            "sealed": to_store(sealed_at or now),
        },
    )
