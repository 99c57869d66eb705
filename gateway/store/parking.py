"""Envelopes that a partner does not take and that more tries would not mend: parked, and tried again slowly.

Counts how often in a row the partner answered the same to an envelope.  Who parks, and when what is parked is tried again,
is decided above (`flows.delivery.parking`).
"""

from collections.abc import Iterable
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

_KINDS = ("parked", "aside")
"""Words of `outbox.kept_back` for what is tried slowly."""


def answered(tx: Transaction, envelope_id: str, reason: str, now: datetime) -> tuple[int, datetime]:
    """Note an answer that settles nothing; return how often in a row it was this one, and since when."""
    tx.execute(
        "UPDATE outbox SET answers = CASE WHEN last_reason = :reason THEN answers + 1 ELSE 1 END,"
        " answers_since = CASE WHEN last_reason = :reason THEN COALESCE(answers_since, :now) ELSE :now END,"
        " last_reason = :reason WHERE envelope_id = :id AND settled_at IS NULL",
        {"reason": reason, "now": to_store(now), "id": envelope_id},
    )
    row = tx.row("SELECT answers, answers_since FROM outbox WHERE envelope_id = :id", {"id": envelope_id})
    return (row[0], from_store(row[1])) if row and row[1] is not None else (1, now)


def park(
    tx: Transaction, envelope_id: str, reason: str, due_at: datetime, now: datetime, *, with_files: bool = False
) -> int:
    """Park an envelope until it is tried again at `due_at`; return how often it was parked, 0 when it is held or settled.

    One that people have settled (线下处理) goes back to where it was set aside.

    Args:
        with_files: its files go first when it is tried again.
    """
    changed = tx.changed(
        "UPDATE outbox SET kept_back = CASE WHEN offline = 1 THEN 'aside' ELSE 'parked' END, kept_since = :now,"
        " due_at = :due, last_reason = :reason, parkings = parkings + 1,"
        " parked_for = :reason,"
        " materials_wait = CASE WHEN :files = 1 THEN 1 ELSE materials_wait END"
        " WHERE envelope_id = :id AND settled_at IS NULL AND kept_back <> 'held'",
        {
            "now": to_store(now),
            "due": to_store(due_at),
            "reason": reason,
            "files": int(with_files),
            "id": envelope_id,
        },
    )
    if not changed:
        return 0
    row = tx.row("SELECT parkings FROM outbox WHERE envelope_id = :id", {"id": envelope_id})
    return row[0] if row else 0


def let_fly(tx: Transaction, envelope_ids: Iterable[str], now: datetime) -> int:
    """Let parked envelopes have one try now; what was counted of them stays.  Return how many."""
    return sum(
        tx.changed(
            "UPDATE outbox SET kept_back = '', kept_since = NULL, due_at = :now"
            " WHERE envelope_id = :id AND settled_at IS NULL AND kept_back IN ('parked', 'aside')",
            {"now": to_store(now), "id": envelope_id},
        )
        for envelope_id in envelope_ids
    )


def due(tx: Transaction, partner: str, now: datetime, furthest: datetime, limit: int) -> list[str]:
    """Return up to `limit` parked envelopes of a partner whose slow try has come.

    Args:
        furthest: no try lies further ahead; one that does was written by a clock that ran ahead, and has come.
    """
    found: list[str] = []
    for kept in _KINDS:
        for come in ("due_at <= :now", "due_at > :furthest"):
            rows = tx.rows(
                "SELECT envelope_id FROM outbox WHERE partner = :partner AND kept_back = :kept AND kept_back <> ''"
                f" AND settled_at IS NULL AND {come} ORDER BY due_at LIMIT :limit",
                {
                    "partner": partner,
                    "kept": kept,
                    "now": to_store(now),
                    "furthest": to_store(furthest),
                    "limit": limit - len(found),
                },
            )
            found += [row[0] for row in rows]
    return found


def one_of_each_cause(tx: Transaction, partner: str, most: int) -> list[str]:
    """Return one parked envelope of a partner for each cause, of at most `most` causes."""
    found: list[str] = []
    for kept in _KINDS:
        cause = ""
        while len(found) < most:
            row = tx.row(
                "SELECT last_reason, envelope_id FROM outbox WHERE partner = :partner AND kept_back = :kept"
                " AND kept_back <> '' AND settled_at IS NULL AND last_reason > :cause ORDER BY last_reason LIMIT 1",
                {"partner": partner, "kept": kept, "cause": cause},
            )
            if row is None:
                break
            cause = row[0]
            found.append(row[1])
    return found


def of_cause(tx: Transaction, partner: str, cause: str, limit: int) -> list[str]:
    """Return up to `limit` envelopes of a partner that are parked for a cause."""
    found: list[str] = []
    for kept in _KINDS:
        rows = tx.rows(
            "SELECT envelope_id FROM outbox WHERE partner = :partner AND kept_back = :kept AND kept_back <> ''"
            " AND settled_at IS NULL AND last_reason = :cause LIMIT :limit",
            {"partner": partner, "kept": kept, "cause": cause, "limit": limit - len(found)},
        )
        found += [row[0] for row in rows]
    return found


def take_over(tx: Transaction, old: str, new: str, now: datetime) -> None:
    """The content of a parked envelope goes in another one: it stays parked, and people's word on it stands."""
    row = tx.row(
        "SELECT kept_back, due_at, parked_for, answers, answers_since, parkings, offline FROM outbox"
        " WHERE envelope_id = :id AND parkings + offline > 0",
        {"id": old},
    )
    if row is None:
        return
    kept, due_at, reason, answers, since, parkings, offline = row
    parked = kept in ("parked", "aside")
    tx.execute(
        "UPDATE outbox SET kept_back = CASE WHEN kept_back = 'held' THEN 'held' ELSE :kept END, kept_since = :now,"
        " due_at = :due, last_reason = :reason, parked_for = :reason, answers = :answers, answers_since = :since,"
        " parkings = :parkings, offline = :offline WHERE envelope_id = :id",
        {
            "kept": kept if parked else "",
            "now": to_store(now),
            "due": due_at if parked else to_store(now),
            "reason": reason,
            "answers": answers,
            "since": since,
            "parkings": parkings,
            "offline": offline,
            "id": new,
        },
    )
