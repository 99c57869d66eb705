"""Cases this gateway is a party to: which, with whom, and where each stands; lists of them are apart (`case_lists`).

What a case says is in its envelopes (`bodies`); here is only what has to be found and folded.  The one
personal thing needed for lists, the applicant's name, is encrypted; look-ups use a keyed hash.
"""

from datetime import datetime

from gateway.store.case_row import COLUMNS, NAMES, CaseRow, from_row, to_moved, to_row
from gateway.store.database import Transaction
from gateway.store.moments import to_store

__all__ = ["COLUMNS", "CaseRow"]

_INSERT = f"INSERT INTO cases ({COLUMNS}) VALUES ({', '.join(f':{name}' for name in NAMES)})"
_FIND = f"SELECT {COLUMNS} FROM cases WHERE case_id = :id"
# The index is partial: without its own words no query is seen to fit it, and every submit would walk through all cases.
_FIND_OF_SYSTEM = f"SELECT {COLUMNS} FROM cases WHERE system = :system AND origin_number = :number AND party = 'origin' AND system <> ''"


def add(tx: Transaction, row: CaseRow) -> None:
    """Add a case; a number that is taken is an error of the store."""
    tx.execute(_INSERT, to_row(row))


def find(tx: Transaction, case_id: str) -> CaseRow | None:
    """Return a case by its co-operation number."""
    row = tx.row(_FIND, {"id": case_id})
    return None if row is None else from_row(row)


def find_of_system(tx: Transaction, system: str, origin_number: str) -> CaseRow | None:
    """Return the case a local system submitted under its own number."""
    row = tx.row(_FIND_OF_SYSTEM, {"system": system, "number": origin_number})
    return None if row is None else from_row(row)


def move(tx: Transaction, row: CaseRow, now: datetime) -> None:
    """Write what folding changes: standing, version, sequences, handler number, system, clocks."""
    tx.execute(
        "UPDATE cases SET state = :state, base = :base, supplement_open = :supplement_open, decision = :decision,"
        " case_version = :case_version, our_sequence = :our_sequence, their_sequence = :their_sequence,"
        " handler_number = :handler_number, system = :system, changed_at = :changed_at, deemed = :deemed,"
        " clockwork = :clockwork, next_due = :next_due, warns_at = :warns_at, overdue_at = :overdue_at,"
        " presses_at = :presses_at WHERE case_id = :case_id",
        to_moved(row, now),
    )


def due(tx: Transaction, now: datetime, limit: int) -> list[str]:
    """Return up to `limit` cases whose clocks have to be looked at, the longest waiting first."""
    rows = tx.rows(
        "SELECT case_id FROM cases WHERE next_due <= :now ORDER BY next_due, case_id LIMIT :limit",
        {"now": to_store(now), "limit": limit},
    )
    return [row[0] for row in rows]


def look_again_at(tx: Transaction, case_id: str, at: datetime) -> None:
    """Have the clocks of a case looked at at a moment."""
    tx.execute("UPDATE cases SET next_due = :at WHERE case_id = :id", {"at": to_store(at), "id": case_id})


def look_at_all(tx: Transaction, now: datetime) -> int:
    """Have the clocks of every case that waits for a later moment looked at now; return how many those are."""
    return tx.changed(
        "UPDATE cases SET next_due = :now WHERE next_due > :now OR overdue_at > :now", {"now": to_store(now)}
    )


def unnamed(tx: Transaction, limit: int) -> list[tuple[str, bytes]]:
    """Return cases, from before names were hashed, that are not found by name yet, each with its encrypted name."""
    rows = tx.rows(
        "SELECT case_id, private FROM cases WHERE name_key = x'' AND private <> x'' ORDER BY case_id LIMIT :limit",
        {"limit": limit},
    )
    return [(case_id, bytes(private)) for case_id, private in rows]


def name(tx: Transaction, case_id: str, name_key: bytes) -> None:
    """Have a case found by its applicant's name; not one whose content was removed meanwhile."""
    tx.execute(
        "UPDATE cases SET name_key = :key WHERE case_id = :id AND private <> x''", {"key": name_key, "id": case_id}
    )
