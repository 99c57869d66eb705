"""Cases this gateway is a party to: which, with whom, and where each stands.

What a case says is in its envelopes (`bodies`); here is only what has to be found and folded.  The one
personal thing needed for lists, the applicant's name, is encrypted; look-ups use a keyed hash.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.case.clock.words import Light
from gateway.case.states import FINAL, State
from gateway.store.case_row import COLUMNS, NAMES, CaseRow, from_row, to_row
from gateway.store.database import Transaction
from gateway.store.moments import to_store

__all__ = ["COLUMNS", "CaseRow", "Filter"]

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
        " handler_number = :handler_number, system = :system, changed_at = :now, deemed = :deemed,"
        " clockwork = :clockwork, next_due = :next_due, warns_at = :warns_at, overdue_at = :overdue_at,"
        " presses_at = :presses_at WHERE case_id = :case_id",
        to_row(row) | {"now": to_store(now)},
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


_ENDS = ", ".join(f"'{state.value}'" for state in State if state in FINAL)
_LIGHTS = {
    Light.OVERDUE: "overdue_at <= :now",
    Light.WARNING: "warns_at <= :now AND (overdue_at IS NULL OR overdue_at > :now)",
    Light.NORMAL: "(warns_at IS NULL OR warns_at > :now) AND (overdue_at IS NULL OR overdue_at > :now)",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases to list; empty fields do not filter.  `after` is the (opened_at, case_id) of the last one seen.

    `second_notices` leaves those with a second supplement notice before acceptance, as the audit reports them.
    `light` is that of the moment `now`; `due_before` leaves the open ones of which a clock runs out before it.
    `sides` leaves those in which we are that party and our place begins with those digits; any of them is enough.
    `number` is the co-operation number, or the one either side gave the case; `name_key` is that of the applicant.
    """

    state: str = ""
    partner: str = ""
    party: str = ""
    basic_code: str = ""
    systems: tuple[str, ...] = ()
    applicant_key: bytes = b""
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    second_notices: bool = False
    light: Light | None = None
    now: datetime | None = None
    due_before: datetime | None = None
    after: tuple[datetime, str] | None = None
    sides: tuple[tuple[str, str], ...] = ()
    states: tuple[str, ...] = ()
    number: str = ""
    name_key: bytes = b""


_SIDE = (
    "(party = :party{n} AND CASE party WHEN 'origin' THEN origin_division ELSE handler_division END LIKE :digits{n})"
)


def list_newest(tx: Transaction, wanted: Filter, limit: int) -> list[CaseRow]:
    """Return up to `limit` cases, the newest first; with `due_before` the open ones, the first to run out first."""
    sql, facts = newest_statement(wanted, limit)
    return [from_row(row) for row in tx.rows(sql, facts)]


def newest_statement(wanted: Filter, limit: int) -> tuple[str, dict[str, object]]:
    """Return the statement of such a list, and its parameters."""
    conditions: list[str] = []
    facts: dict[str, object] = {"limit": limit}
    for name in ("state", "partner", "party", "basic_code", "applicant_key"):
        if value := getattr(wanted, name):
            conditions.append(f"{name} = :{name}")
            facts[name] = value
    if wanted.systems:
        names = {f"system{n}": system for n, system in enumerate(wanted.systems)}
        conditions.append(f"system IN ({', '.join(':' + name for name in names)})")
        facts |= names
    _of_a_desk(wanted, conditions, facts)
    if wanted.opened_from:
        conditions.append("opened_at >= :opened_from")
        facts["opened_from"] = to_store(wanted.opened_from)
    if wanted.opened_to:
        conditions.append("opened_at < :opened_to")
        facts["opened_to"] = to_store(wanted.opened_to)
    if wanted.second_notices:
        conditions.append("EXISTS (SELECT 1 FROM audit WHERE subject = cases.case_id AND act = 'supplement.second')")
    if wanted.after:
        conditions.append("(opened_at, case_id) < (:after_at, :after_id)")
        facts |= {"after_at": to_store(wanted.after[0]), "after_id": wanted.after[1]}
    # Few cases have one number, name or applicant: their own index finds them, not the order of opening.
    keyed = wanted.number or wanted.name_key or wanted.applicant_key
    order = "+opened_at DESC, case_id DESC" if keyed else "opened_at DESC, case_id DESC"
    if wanted.light and wanted.now:
        conditions.append(_LIGHTS[wanted.light])
        facts["now"] = to_store(wanted.now)
        # Few are yellow or red: their own index, not the order of opening, finds them.
        order = order if wanted.light is Light.NORMAL else "+opened_at DESC, case_id DESC"
    if wanted.due_before:
        conditions.append(f"presses_at < :due_before AND state NOT IN ({_ENDS})")
        facts["due_before"] = to_store(wanted.due_before)
        order = "presses_at, case_id"
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {COLUMNS} FROM cases{where} ORDER BY {order} LIMIT :limit", facts


def _of_a_desk(wanted: Filter, conditions: list[str], facts: dict[str, object]) -> None:
    """Leave what one desk shows: cases in some states, on our side of it and of its place, or by number or name."""
    if wanted.number:
        conditions.append(
            "(case_id = :number OR origin_number = :number OR (handler_number = :number AND handler_number <> ''))"
        )
        facts["number"] = wanted.number
    if wanted.name_key:
        conditions.append("name_key = :name_key AND name_key <> x''")
        facts["name_key"] = wanted.name_key
    if wanted.states:
        states = {f"state{n}": state for n, state in enumerate(wanted.states)}
        conditions.append(f"state IN ({', '.join(':' + name for name in states)})")
        facts |= states
    if wanted.sides:
        conditions.append(f"({' OR '.join(_SIDE.format(n=n) for n in range(len(wanted.sides)))})")
        for n, (party, digits) in enumerate(wanted.sides):
            facts |= {f"party{n}": party, f"digits{n}": f"{digits}%"}


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
