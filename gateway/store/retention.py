"""Removing what is no longer kept: content of cases that ended long ago, news that were confirmed, old audit rows.

A body that was removed leaves an empty one in its place, so that whoever asks for it learns that it was removed and a
repeat of the envelope is still known.  The log of evidence, receipts, digests and events are never touched here.

Leaves to others: what is old enough, and that the clock is right (`flows.retention`).
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.store import audit_seals, evidence
from gateway.store.database import Transaction
from gateway.store.moments import to_store

_ENDED = (
    "swept_at IS NULL AND state IN"
    " ('refused_by_partner', 'referred', 'not_accepted', 'returned', 'voided', 'withdrawn', 'delivered')"
)
"""As the index `cases_to_sweep` says it."""
_AT_REST = (
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.case_id = cases.case_id AND settled_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM feed WHERE feed.case_id = cases.case_id AND confirmed_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM licence_waits WHERE licence_waits.case_id = cases.case_id)"
)
DUE = f"SELECT case_id FROM cases WHERE {_ENDED} AND changed_at < :before{_AT_REST} ORDER BY changed_at LIMIT :limit"
_LOG = "evidence"


@dataclass(frozen=True, slots=True)
class Removed:
    """What went: bodies of envelopes and their bytes, files of a case, rows."""

    bodies: int = 0
    bytes: int = 0
    files: int = 0
    rows: int = 0

    def __add__(self, other: "Removed") -> "Removed":
        return Removed(
            self.bodies + other.bodies,
            self.bytes + other.bytes,
            self.files + other.files,
            self.rows + other.rows,
        )


def due(tx: Transaction, before: datetime, limit: int) -> list[str]:
    """Return the cases that ended and last changed before a moment, with nothing owed, unread or asked for; oldest first."""
    return [str(case_id) for (case_id,) in tx.rows(DUE, {"before": to_store(before), "limit": limit})]


def remove_content(tx: Transaction, case_id: str, own_region: str, now: datetime) -> Removed:
    """Remove what a case says of people: bodies of its envelopes, its files, names and look-up hashes."""
    named = {"case_id": case_id, "own": own_region}
    envelopes = (
        "(SELECT sender, envelope_id FROM events WHERE case_id = :case_id"
        " UNION SELECT :own, envelope_id FROM outbox WHERE case_id = :case_id)"
    )
    count, size = tx.rows(
        "SELECT COUNT(*), COALESCE(SUM(LENGTH(sealed)), 0) FROM bodies"
        f" WHERE (sender, object_id) IN {envelopes} AND LENGTH(sealed) > 0",
        named,
    )[0]
    tx.execute(f"UPDATE bodies SET sealed = x'' WHERE (sender, object_id) IN {envelopes}", named)
    files = tx.changed("DELETE FROM case_files WHERE case_id = :case_id", {"case_id": case_id})
    tx.execute("UPDATE licence_checks SET private = x'' WHERE case_id = :case_id", {"case_id": case_id})
    tx.execute(
        "UPDATE cases SET private = x'', applicant_key = x'', name_key = x'', swept_at = :now WHERE case_id = :case_id",
        {"case_id": case_id, "now": to_store(now)},
    )
    return Removed(bodies=count, bytes=size, files=files)


def swept_at(tx: Transaction, case_id: str) -> int | None:
    """Return when the content of a case was removed, microseconds since 1970-01-01 UTC; None while it is here."""
    row = tx.row("SELECT swept_at FROM cases WHERE case_id = :case_id", {"case_id": case_id})
    return row[0] if row else None


def remove_strays(tx: Transaction, before: datetime, limit: int) -> tuple[Removed, int]:
    """Remove bodies of envelopes that belong to no case, such as refused ones, looking at so many entries of the log.

    Returns:
        What went, and how many entries were looked at; fewer than `limit` when the log is through for now.
    """
    last = tx.row("SELECT position FROM retention WHERE what = :what", {"what": _LOG})
    rows = tx.rows(
        "SELECT position, kind, sender, object_id FROM evidence"
        " WHERE position > :after AND at < :before ORDER BY position LIMIT :limit",
        {"after": last[0] if last else 0, "before": to_store(before), "limit": limit},
    )
    removed = Removed()
    for _, kind, sender, object_id in rows:
        if kind == evidence.ENVELOPE:
            removed += _remove_stray(tx, sender, object_id)
    if rows:
        tx.execute(
            "INSERT INTO retention (what, position) VALUES (:what, :position)"
            " ON CONFLICT (what) DO UPDATE SET position = :position",
            {"what": _LOG, "position": rows[-1][0]},
        )
    return removed, len(rows)


def _remove_stray(tx: Transaction, sender: str, object_id: str) -> Removed:
    named = {"sender": sender, "object_id": object_id}
    of_a_case = tx.row(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM events JOIN cases USING (case_id) WHERE envelope_id = :object_id)"
        " OR EXISTS (SELECT 1 FROM outbox JOIN cases USING (case_id) WHERE envelope_id = :object_id)",
        {"object_id": object_id},
    )
    if of_a_case:
        return Removed()  # it goes with its case
    row = tx.row("SELECT LENGTH(sealed) FROM bodies WHERE sender = :sender AND object_id = :object_id", named)
    if not row or not row[0]:
        return Removed()
    tx.execute("UPDATE bodies SET sealed = x'' WHERE sender = :sender AND object_id = :object_id", named)
    return Removed(bodies=1, bytes=row[0])


def remove_news(tx: Transaction, before: datetime, limit: int) -> int:
    """Remove entries of the feed that were confirmed before a moment; return how many."""
    return tx.changed(
        "DELETE FROM feed WHERE position IN (SELECT position FROM feed WHERE confirmed_at IS NOT NULL"
        " AND confirmed_at < :before ORDER BY confirmed_at LIMIT :limit)",
        {"before": to_store(before), "limit": limit},
    )


def remove_audit(tx: Transaction, before: datetime, limit: int) -> int:
    """Remove the oldest rows of the audit from before a moment, in their order; return how many."""
    rows = tx.rows("SELECT position, at FROM audit ORDER BY position LIMIT :limit", {"limit": limit})
    old = [position for position, at in rows if at < to_store(before)]
    if not old:
        return 0
    removed = tx.changed("DELETE FROM audit WHERE position <= :last", {"last": max(old)})
    audit_seals.forget(tx, max(old))
    return removed


def waiting(tx: Transaction, before: datetime, most: int) -> tuple[int, int]:
    """Return how many cases are due, `most` meaning that many or more, and the bytes of the bodies of those."""
    ids = due(tx, before, most)
    size = 0
    for case_id in ids:
        size += tx.rows(
            "SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM bodies WHERE (sender, object_id) IN"
            " (SELECT sender, envelope_id FROM events WHERE case_id = :case_id)",
            {"case_id": case_id},
        )[0][0]
    return len(ids), size


def waiting_news(tx: Transaction, before: datetime, most: int) -> int:
    """Return how many confirmed entries of the feed are due, at most so many."""
    return int(
        tx.rows(
            "SELECT COUNT(*) FROM (SELECT 1 FROM feed WHERE confirmed_at IS NOT NULL AND confirmed_at < :before LIMIT :most)",
            {"before": to_store(before), "most": most},
        )[0][0]
    )


def waiting_audit(tx: Transaction, before: datetime, most: int) -> int:
    """Return how many rows of the audit are due, at most so many."""
    rows = tx.rows("SELECT at FROM audit ORDER BY position LIMIT :most", {"most": most})
    return sum(at < to_store(before) for (at,) in rows)
