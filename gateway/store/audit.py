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
        actor: `system:<name>`, `region:<code>`, `staff:<id>`, `person:<id>` at the console, or `gateway:<code>` itself.
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


def newest(tx: Transaction, before: int, act: str, subject: str, limit: int) -> list[Note]:
    """Return rows before a position (0 for the newest), the newest first.

    Args:
        act, subject: only rows of this act, about this subject; empty for all.  Without a subject the 50,000 rows before the
            position are looked through, so a look is never long.
    """
    asked = {"before": before or _BEYOND, "act": act, "subject": subject, "limit": limit, "looked": _LOOKED_THROUGH}
    columns = "position, at, actor, act, subject, outcome, detail"
    source = (
        "audit WHERE subject = :subject AND position < :before"
        if subject
        else f"(SELECT {columns} FROM audit WHERE position < :before ORDER BY position DESC LIMIT :looked) AS audit WHERE 1 = 1"
    )
    rows = tx.rows(
        f"SELECT {columns} FROM {source} AND (:act = '' OR act = :act) ORDER BY position DESC LIMIT :limit", asked
    )
    return [Note(p, from_store(at), *rest) for p, at, *rest in rows]


def between(tx: Transaction, first: datetime, last: datetime, act: str, subject: str, limit: int) -> list[Note]:
    """Return up to `limit` rows from `first` on and before `last`, in order; of this act and about this subject where named."""
    rows = tx.rows(
        "SELECT position, at, actor, act, subject, outcome, detail FROM audit WHERE at >= :first AND at < :last"
        " AND (:act = '' OR act = :act) AND (:subject = '' OR subject = :subject) ORDER BY at, position LIMIT :limit",
        {"first": to_store(first), "last": to_store(last), "act": act, "subject": subject, "limit": limit},
    )
    return [Note(p, from_store(at), *rest) for p, at, *rest in rows]


_BEYOND = 2**62
_LOOKED_THROUGH = 50_000
