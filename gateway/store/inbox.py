"""Envelopes this gateway has answered, and with which batch of receipts.

The answer is stored, not just the id: a repeat gets the first batch, byte for byte.  A row is never
removed before every retry and every restored backup of a partner is past.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import to_store

ACCEPTED = "accepted"
REFUSED = "refused"
NEVER_SEEN = "never_seen"


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


def remember(
    tx: Transaction, sender: str, envelope_id: str, payload_sha256: bytes, outcome: str, batch_id: str, now: datetime
) -> None:
    """Remember the answer for ever; only “never seen” may still become a refusal."""
    tx.execute(
        "INSERT INTO inbox (sender, envelope_id, payload_sha256, outcome, batch_id, received_at)"
        " VALUES (:sender, :id, :digest, :outcome, :batch, :at)"
        " ON CONFLICT (sender, envelope_id) DO UPDATE SET payload_sha256 = :digest, outcome = :outcome,"
        " batch_id = :batch, received_at = :at WHERE inbox.outcome = 'never_seen'",
        {
            "sender": sender,
            "id": envelope_id,
            "digest": payload_sha256,
            "outcome": outcome,
            "batch": batch_id,
            "at": to_store(now),
        },
    )
