"""Who did what, in order; nothing personal, ids and reasons only.

A row is written in the transaction of the act it records: if it cannot be written, nothing happened.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store


@dataclass(frozen=True, slots=True)
class Note:
    """One row of the audit."""

    position: int
    at: datetime
    actor: str
    act: str
    subject: str
    outcome: str
    detail: str


def note(
    tx: Transaction, now: datetime, actor: str, act: str, subject: str, outcome: str = "done", detail: str = ""
) -> None:
    """Record an act.

    Args:
        actor: `system:<name>`, `region:<code>` or `staff:<id>`.
        act: verb of the flow, such as `case.submit`.
        subject: what it was done to, such as a co-operation number.
    """
    tx.execute(
        "INSERT INTO audit (at, actor, act, subject, outcome, detail)"
        " VALUES (:at, :actor, :act, :subject, :outcome, :detail)",
        {"at": to_store(now), "actor": actor, "act": act, "subject": subject, "outcome": outcome, "detail": detail},
    )


def about(tx: Transaction, subject: str, limit: int = 200) -> list[Note]:
    """Return the first `limit` rows about a subject, in order."""
    rows = tx.rows(
        "SELECT position, at, actor, act, subject, outcome, detail FROM audit"
        " WHERE subject = :subject ORDER BY position LIMIT :limit",
        {"subject": subject, "limit": limit},
    )
    return [Note(p, from_store(at), *rest) for p, at, *rest in rows]
