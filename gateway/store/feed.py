"""What local systems have to learn, in order, until they say “received”.

Entries name envelopes; the content is read from the bodies when a system asks.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.store.backlog import COUNTED_UP_TO
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

CASE = "case"
EVENT = "event"
RECEIPT = "receipt"
NOT_HANDED_OVER = "not_handed_over"
DEADLINE = "deadline"
"""A clock of the origin ran out; `note` names it."""
ITEM_CHANGED = "item_changed"
"""The handler's catalogue has a newer version of the item than the one a case is bound to; the note says which."""

LICENCE = "licence"
"""An electronic licence that could not be verified before is known now; the note says `valid` or `invalid`, and of which
material."""

KEPT_BACK = "kept_back"
"""An envelope of ours does not go for now: the note says `held` (by an operator) or `parked` with the reason word."""
PARKED = "parked"
HELD = "held"
REDIRECTED = "redirected"
"""The case goes to another handler, because the first did not answer; the note is its gateway code."""

KINDS = (CASE, EVENT, RECEIPT, NOT_HANDED_OVER, ITEM_CHANGED, DEADLINE, LICENCE, KEPT_BACK, REDIRECTED)

UNCLAIMED = ""
"""System of cases that no local system receives."""

CONSOLE = "console"
"""System of cases that people at the console look after.  They see them on its pages, so nothing is told to it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to learn: what happened to which case, and the envelope that says it."""

    position: int
    case_id: str
    kind: str
    sender: str
    envelope_id: str
    note: str
    at: datetime


def tell(
    tx: Transaction, now: datetime, system: str, case_id: str, kind: str, sender: str, envelope_id: str, note: str = ""
) -> None:
    """Append an entry for a system; none for cases of the console."""
    if system == CONSOLE:
        return
    tx.execute(
        "INSERT INTO feed (system, case_id, kind, sender, envelope_id, note, at)"
        " VALUES (:system, :case_id, :kind, :sender, :envelope_id, :note, :at)",
        {
            "system": system,
            "case_id": case_id,
            "kind": kind,
            "sender": sender,
            "envelope_id": envelope_id,
            "note": note,
            "at": to_store(now),
        },
    )


def waiting(tx: Transaction, system: str, after: int, limit: int) -> list[Entry]:
    """Return up to `limit` unconfirmed entries of a system behind position `after`, in order."""
    rows = tx.rows(
        "SELECT position, case_id, kind, sender, envelope_id, note, at FROM feed"
        " WHERE system = :system AND confirmed_at IS NULL AND position > :after ORDER BY position LIMIT :limit",
        {"system": system, "after": after, "limit": limit},
    )
    return [
        Entry(p, case_id, kind, sender, envelope, note, from_store(at))
        for p, case_id, kind, sender, envelope, note, at in rows
    ]


def confirm(tx: Transaction, system: str, up_to: int, now: datetime) -> int:
    """Mark every entry of a system up to position `up_to` as received; return how many were."""
    return tx.changed(
        "UPDATE feed SET confirmed_at = :at WHERE system = :system AND confirmed_at IS NULL AND position <= :up_to",
        {"at": to_store(now), "system": system, "up_to": up_to},
    )


def hand_to(tx: Transaction, system: str, case_id: str) -> None:
    """Give the unconfirmed entries of an unclaimed case to a system that claimed it, behind all that was told before.

    At their old places a system that has read and confirmed further would never learn them.
    """
    case = {"case_id": case_id}
    row = tx.row(f"SELECT MIN(position) FROM feed {_OF_UNCLAIMED}", case)
    first = None if row is None else row[0]
    if first is None:
        return
    last = tx.rows("SELECT MAX(position) FROM feed")[0][0]
    tx.execute(
        f"UPDATE feed SET system = :system, position = position + :further {_OF_UNCLAIMED}",
        {"system": system, "further": last - first + 1, **case},
    )


_OF_UNCLAIMED = "WHERE system = '' AND confirmed_at IS NULL AND case_id = :case_id"


def unclaimed_since(tx: Transaction, before: datetime) -> list[str]:
    """Return the cases nobody claimed that arrived before a moment."""
    rows = tx.rows(
        "SELECT DISTINCT case_id FROM feed WHERE system = '' AND confirmed_at IS NULL AND at < :before",
        {"before": to_store(before)},
    )
    return [row[0] for row in rows]


def unconfirmed(tx: Transaction, system: str) -> tuple[int, datetime | None]:
    """Return how much a system has not confirmed, up to `COUNTED_UP_TO` + 1, and since when the first waits; '' for nobody's."""
    row = tx.row(
        "SELECT COUNT(*), MIN(at) FROM (SELECT at FROM feed WHERE system = :system AND confirmed_at IS NULL"
        " ORDER BY position LIMIT :limit) AS first_ones",
        {"system": system, "limit": COUNTED_UP_TO + 1},
    )
    count, oldest = row or (0, None)
    return count, None if oldest is None else from_store(oldest)
