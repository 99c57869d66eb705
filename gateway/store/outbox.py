"""Envelopes we owe to partners.

A row is written in the transaction of the change it announces, so either both exist or neither does.  It is
settled by the partner's receipt and stays as the record of how it fared.

    due ──claim──▶ claimed ──settle──▶ accepted | refused | given_up
     ▲                │
     └─────put_off────┘        (also what happens when the claim runs out)

Of each case the unsettled envelope with the lowest sequence stands in front, and the others behind it: that one alone is
looked for (`claims`), so nothing of a case is overtaken, and what waits holds up its own case only.  Whoever settles,
owes or reopens an envelope does it here, where the line is kept.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from gateway.store.database import Transaction
from gateway.store.lots import in_lots
from gateway.store.moments import from_store, to_store

ACCEPTED = "accepted"
REFUSED = "refused"
GIVEN_UP = "given_up"

NEWS = 0
"""Priority of what happened to a case the partner has."""
BULK = 1
"""Priority of new cases."""

COLUMNS = (
    "envelope_id, partner, case_id, sequence, payload_sha256, bytes, materials_wait, due_at, tries, last_reason,"
    " owed_at, expires_at, priority, kept_back, kept_since, settled_at, outcome, batch_id"
)
_WITH_OTHERS_BEHIND = (
    "SELECT DISTINCT case_id FROM outbox WHERE case_id IN ({ids}) AND settled_at IS NULL AND behind = 1"
)


class Owed(Struct, frozen=True):
    """One envelope we owe.

    Attributes:
        priority: NEWS or BULK; among what is due, not within a case.
        kept_back: `held` or `parked`, and it does not fly; empty: it flies when it is due.
    """

    envelope_id: str
    partner: str
    case_id: str
    sequence: int
    payload_sha256: bytes
    bytes: int
    materials_wait: bool
    due_at: datetime
    tries: int
    last_reason: str
    owed_at: datetime
    expires_at: datetime
    priority: int = BULK
    kept_back: str = ""
    kept_since: datetime | None = None
    settled_at: datetime | None = None
    outcome: str = ""
    batch_id: str = ""


def owe(tx: Transaction, owed: Owed) -> None:
    """Add an envelope, due at once."""
    tx.execute(
        "INSERT INTO outbox (envelope_id, partner, case_id, sequence, payload_sha256, bytes, materials_wait, due_at,"
        " tries, last_reason, owed_at, expires_at, priority, outcome, batch_id) VALUES (:envelope_id, :partner, :case_id,"
        " :sequence, :payload_sha256, :bytes, :materials_wait, :due_at, :tries, :last_reason, :owed_at, :expires_at,"
        " :priority, '', '')",
        {
            "envelope_id": owed.envelope_id,
            "partner": owed.partner,
            "case_id": owed.case_id,
            "sequence": owed.sequence,
            "payload_sha256": owed.payload_sha256,
            "bytes": owed.bytes,
            "materials_wait": int(owed.materials_wait),
            "due_at": to_store(owed.due_at),
            "tries": owed.tries,
            "last_reason": owed.last_reason,
            "owed_at": to_store(owed.owed_at),
            "expires_at": to_store(owed.expires_at),
            "priority": owed.priority,
        },
    )
    _step_into_line(tx, owed.case_id, owed.sequence, owed.envelope_id)


def materials_are_there(tx: Transaction, envelope_id: str, now: datetime) -> None:
    """The partner has every file: the envelope may fly.

    Tries begin anew, unless the partner has said before that files it declared complete are missing.
    """
    tx.execute(
        "UPDATE outbox SET materials_wait = 0, due_at = :now,"
        " tries = CASE WHEN last_reason = 'MATERIALS_MISSING' THEN tries ELSE 0 END,"
        " last_reason = CASE WHEN last_reason = 'MATERIALS_MISSING' THEN last_reason ELSE '' END"
        " WHERE envelope_id = :id",
        {"now": to_store(now), "id": envelope_id},
    )


def files_are_pulled(tx: Transaction, partner: str) -> None:
    """A partner that collects pulls the files itself: none of its envelopes that could fly waits for them."""
    tx.execute(
        "UPDATE outbox SET materials_wait = 0 WHERE partner = :partner AND settled_at IS NULL AND kept_back = ''"
        " AND behind = 0 AND materials_wait = 1",
        {"partner": partner},
    )


def put_off(
    tx: Transaction, envelope_id: str, due_at: datetime, reason: str, *, materials_wait: bool | None = None
) -> None:
    """Try again at `due_at`; say why it did not work."""
    tx.execute(
        "UPDATE outbox SET due_at = :due, last_reason = :reason,"
        " materials_wait = COALESCE(:wait, materials_wait) WHERE envelope_id = :id AND settled_at IS NULL",
        {
            "due": to_store(due_at),
            "reason": reason,
            "wait": None if materials_wait is None else int(materials_wait),
            "id": envelope_id,
        },
    )


def not_looked_at(tx: Transaction, envelope_id: str, due_at: datetime, tries: int) -> None:
    """Try again at `due_at`: the partner took no more at that moment, which says nothing about the envelope.

    Args:
        tries: how often it was tried before.
    """
    tx.execute(
        "UPDATE outbox SET due_at = :due, tries = :tries WHERE envelope_id = :id AND settled_at IS NULL",
        {"due": to_store(due_at), "tries": tries, "id": envelope_id},
    )


def settle(
    tx: Transaction,
    envelope_id: str,
    outcome: str,
    now: datetime,
    *,
    reason: str = "",
    batch_id: str = "",
    is_last: bool = False,
) -> bool:
    """Mark an envelope as answered for ever, and let the next of its case step to the front; False when it was settled.

    Args:
        is_last: nothing stands behind it, as `with_others_behind` told in this transaction.
    """
    settled = tx.changed(
        "UPDATE outbox SET settled_at = :now, outcome = :outcome, last_reason = :reason, batch_id = :batch"
        " WHERE envelope_id = :id AND settled_at IS NULL",
        {"now": to_store(now), "outcome": outcome, "reason": reason, "batch": batch_id, "id": envelope_id},
    )
    if settled and not is_last:
        tx.execute(
            "UPDATE outbox SET behind = 0 WHERE envelope_id = ("
            "SELECT following.envelope_id FROM outbox done JOIN outbox following ON following.case_id = done.case_id"
            " AND following.sequence >= done.sequence AND following.settled_at IS NULL"
            " WHERE done.envelope_id = :id AND done.behind = 0 ORDER BY following.sequence LIMIT 1)",
            {"id": envelope_id},
        )
    return bool(settled)


def with_others_behind(tx: Transaction, case_ids: Iterable[str]) -> set[str]:
    """Return the cases in which an envelope stands behind another one, of those asked for."""
    return {row[0] for row in in_lots(tx, _WITH_OTHERS_BEHIND, {}, case_ids)}


def reopen(tx: Transaction, envelope_id: str, now: datetime) -> bool:
    """Owe an envelope again that was given up, the very same bytes; False when it was not given up."""
    reopened = tx.changed(
        "UPDATE outbox SET settled_at = NULL, outcome = '', due_at = :now, last_reason = '', ask_at = NULL, behind = 0,"
        " kept_back = '', kept_since = NULL, hold_id = ''"
        " WHERE envelope_id = :id AND outcome = 'given_up'",
        {"now": to_store(now), "id": envelope_id},
    )
    if reopened:
        owed = find(tx, envelope_id)
        assert owed is not None, "it was changed just now"
        _step_into_line(tx, owed.case_id, owed.sequence, envelope_id)
    return bool(reopened)


def find(tx: Transaction, envelope_id: str) -> Owed | None:
    """Return an envelope we owe or owed."""
    row = tx.row(f"SELECT {COLUMNS} FROM outbox WHERE envelope_id = :id", {"id": envelope_id})
    return None if row is None else owed_from_store(row)


def of_case(tx: Transaction, case_id: str) -> list[Owed]:
    """Return every envelope of ours in a case, in order."""
    rows = tx.rows(f"SELECT {COLUMNS} FROM outbox WHERE case_id = :id ORDER BY sequence", {"id": case_id})
    return [owed_from_store(row) for row in rows]


def owed_from_store(row: Sequence[Any]) -> Owed:
    """Return a row that was read as `COLUMNS`."""
    kept_since, settled_at = row[14], row[15]
    return Owed(
        envelope_id=row[0],
        partner=row[1],
        case_id=row[2],
        sequence=row[3],
        payload_sha256=row[4],
        bytes=row[5],
        materials_wait=bool(row[6]),
        due_at=from_store(row[7]),
        tries=row[8],
        last_reason=row[9],
        owed_at=from_store(row[10]),
        expires_at=from_store(row[11]),
        priority=row[12],
        kept_back=row[13],
        kept_since=None if kept_since is None else from_store(kept_since),
        settled_at=None if settled_at is None else from_store(settled_at),
        outcome=row[16],
        batch_id=row[17],
    )


def _step_into_line(tx: Transaction, case_id: str, sequence: int, envelope_id: str) -> None:
    """Put an envelope that is new, or owed again, in its place; those after it that stood in front step behind it."""
    tx.execute(
        "UPDATE outbox SET behind = 1 WHERE case_id = :case AND sequence > :sequence AND settled_at IS NULL"
        " AND behind = 0",
        {"case": case_id, "sequence": sequence},
    )
    if sequence > 1:
        tx.execute(
            "UPDATE outbox SET behind = 1 WHERE envelope_id = :id AND EXISTS (SELECT 1 FROM outbox earlier"
            " WHERE earlier.case_id = :case AND earlier.sequence < :sequence AND earlier.settled_at IS NULL)",
            {"id": envelope_id, "case": case_id, "sequence": sequence},
        )
