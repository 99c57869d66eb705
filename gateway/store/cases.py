"""Cases this gateway is a party to: which, with whom, and where each stands.

What a case says is in its envelopes (`bodies`); here is only what has to be found and folded.  The one
personal thing needed for lists, the applicant's name, is encrypted; look-ups use a keyed hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.clock.clockwork import Clockwork
from gateway.case.clock.words import Light
from gateway.case.kinds import Decision, Power
from gateway.case.lifecycle import Standing
from gateway.case.states import FINAL, Party, State
from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

COLUMNS = (
    "case_id, party, partner, agreement, powers, system, origin_number, handler_number, basic_code, item_name, mode,"
    " origin_division, handler_division, state, base, supplement_open, decision, case_version, our_sequence,"
    " their_sequence, request_sha256, applicant_key, private, opened_at, changed_at, joint_parent,"
    " item_version, deemed, clockwork, next_due, warns_at, overdue_at, presses_at"
)
_NAMES = tuple(name.strip() for name in COLUMNS.split(","))
_VALUES = ", ".join(f":{name}" for name in _NAMES)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case as the store knows it.

    Attributes:
        party: which side we are.
        powers: what the agreement granted the origin when the case was opened.
        case_version: last version folded here.
        our_sequence: last sequence number we used; their_sequence: last of theirs taken in turn.
        private: encrypted name of the applicant.
        clockwork: what its clocks are counted from; None for a case from before clocks were kept.
        next_due: when this gateway has to look at its clocks again, None when none of its own runs.
        warns_at, overdue_at: when the first running clock turns yellow, and the first of all clocks red.
        presses_at: when the first clock that is still owed runs out.
        item_version: version of the handler's item the case is bound to; 0 when none was known.
    """

    case_id: str
    party: Party
    partner: str
    agreement: str
    powers: frozenset[Power]
    system: str
    origin_number: str
    handler_number: str
    basic_code: str
    item_name: str
    mode: str
    origin_division: str
    handler_division: str
    standing: Standing
    case_version: int
    our_sequence: int
    their_sequence: int
    request_sha256: bytes | None
    applicant_key: bytes
    private: bytes
    opened_at: datetime
    changed_at: datetime
    joint_parent: str = ""
    clockwork: Clockwork | None = None
    next_due: datetime | None = None
    warns_at: datetime | None = None
    overdue_at: datetime | None = None
    presses_at: datetime | None = None
    item_version: int = 0


def add(tx: Transaction, row: CaseRow) -> None:
    """Add a case; a number that is taken is an error of the store."""
    tx.execute(f"INSERT INTO cases ({COLUMNS}) VALUES ({_VALUES})", _to_store(row))


def find(tx: Transaction, case_id: str) -> CaseRow | None:
    """Return a case by its co-operation number."""
    row = tx.row(f"SELECT {COLUMNS} FROM cases WHERE case_id = :id", {"id": case_id})
    return None if row is None else _from_store(row)


def find_of_system(tx: Transaction, system: str, origin_number: str) -> CaseRow | None:
    """Return the case a local system submitted under its own number."""
    row = tx.row(
        f"SELECT {COLUMNS} FROM cases WHERE system = :system AND origin_number = :number AND party = 'origin'",
        {"system": system, "number": origin_number},
    )
    return None if row is None else _from_store(row)


def move(tx: Transaction, row: CaseRow, now: datetime) -> None:
    """Write what folding changes: standing, version, sequences, handler number, system, clocks."""
    tx.execute(
        "UPDATE cases SET state = :state, base = :base, supplement_open = :supplement_open, decision = :decision,"
        " case_version = :case_version, our_sequence = :our_sequence, their_sequence = :their_sequence,"
        " handler_number = :handler_number, system = :system, changed_at = :now, deemed = :deemed,"
        " clockwork = :clockwork, next_due = :next_due, warns_at = :warns_at, overdue_at = :overdue_at,"
        " presses_at = :presses_at WHERE case_id = :case_id",
        _to_store(row) | {"now": to_store(now)},
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


def list_newest(tx: Transaction, wanted: Filter, limit: int) -> list[CaseRow]:
    """Return up to `limit` cases, the newest first; with `due_before` the open ones, the first to run out first."""
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
    order = "opened_at DESC, case_id DESC"
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
    rows = tx.rows(f"SELECT {COLUMNS} FROM cases{where} ORDER BY {order} LIMIT :limit", facts)
    return [_from_store(row) for row in rows]


def _to_store(row: CaseRow) -> dict[str, object]:
    return {
        "case_id": row.case_id,
        "party": row.party.value,
        "partner": row.partner,
        "agreement": row.agreement,
        "powers": ",".join(sorted(power.value for power in row.powers)),
        "system": row.system,
        "origin_number": row.origin_number,
        "handler_number": row.handler_number,
        "basic_code": row.basic_code,
        "item_name": row.item_name,
        "mode": row.mode,
        "origin_division": row.origin_division,
        "handler_division": row.handler_division,
        "state": row.standing.state.value,
        "base": row.standing.base.value,
        "supplement_open": int(row.standing.supplement_open),
        "decision": row.standing.decision.value if row.standing.decision else "",
        "deemed": int(row.standing.deemed),
        "clockwork": row.clockwork.text() if row.clockwork else "",
        "next_due": _moment(row.next_due),
        "warns_at": _moment(row.warns_at),
        "overdue_at": _moment(row.overdue_at),
        "presses_at": _moment(row.presses_at),
        "case_version": row.case_version,
        "our_sequence": row.our_sequence,
        "their_sequence": row.their_sequence,
        "request_sha256": row.request_sha256,
        "applicant_key": row.applicant_key,
        "private": row.private,
        "opened_at": to_store(row.opened_at),
        "changed_at": to_store(row.changed_at),
        "joint_parent": row.joint_parent,
        "item_version": row.item_version,
    }


def _from_store(row: Sequence[object]) -> CaseRow:
    v = dict(zip(_NAMES, row, strict=True))
    standing = Standing(
        State(v["state"]),
        State(v["base"]),
        bool(v["supplement_open"]),
        Decision(v["decision"]) if v["decision"] else None,
        bool(v["deemed"]),
    )
    return CaseRow(
        case_id=str(v["case_id"]),
        party=Party(v["party"]),
        partner=str(v["partner"]),
        agreement=str(v["agreement"]),
        powers=frozenset(Power(word) for word in str(v["powers"]).split(",") if word),
        system=str(v["system"]),
        origin_number=str(v["origin_number"]),
        handler_number=str(v["handler_number"]),
        basic_code=str(v["basic_code"]),
        item_name=str(v["item_name"]),
        mode=str(v["mode"]),
        origin_division=str(v["origin_division"]),
        handler_division=str(v["handler_division"]),
        standing=standing,
        case_version=_integer(v["case_version"]),
        our_sequence=_integer(v["our_sequence"]),
        their_sequence=_integer(v["their_sequence"]),
        request_sha256=_octets(v["request_sha256"]),
        applicant_key=_octets(v["applicant_key"]) or b"",
        private=_octets(v["private"]) or b"",
        opened_at=from_store(_integer(v["opened_at"])),
        changed_at=from_store(_integer(v["changed_at"])),
        clockwork=Clockwork.read(str(v["clockwork"])),
        next_due=_when(v["next_due"]),
        warns_at=_when(v["warns_at"]),
        overdue_at=_when(v["overdue_at"]),
        presses_at=_when(v["presses_at"]),
        joint_parent=str(v["joint_parent"]),
        item_version=_integer(v["item_version"]),
    )


def _moment(at: datetime | None) -> int | None:
    return None if at is None else to_store(at)


def _when(value: object) -> datetime | None:
    return None if value is None else from_store(_integer(value))


def _integer(value: object) -> int:
    assert isinstance(value, int)
    return value


def _octets(value: object) -> bytes | None:
    return bytes(value) if isinstance(value, bytes | memoryview) else None
