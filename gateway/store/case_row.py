"""The row of a case, and how it lies in the store.

A struct and not a dataclass, for every step of a case makes another: `structs.replace` of 32 fields costs a sixtieth.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from gateway.case.clock.clockwork import Clockwork
from gateway.case.kinds import Decision, Power
from gateway.case.lifecycle import Standing
from gateway.case.states import Party, State
from gateway.store.moments import from_store, to_store

COLUMNS = (
    "case_id, party, partner, agreement, powers, system, origin_number, handler_number, basic_code, item_name, mode,"
    " origin_division, handler_division, state, base, supplement_open, decision, case_version, our_sequence,"
    " their_sequence, request_sha256, applicant_key, private, opened_at, changed_at, joint_parent,"
    " item_version, deemed, clockwork, next_due, warns_at, overdue_at, presses_at, name_key"
)
NAMES = tuple(name.strip() for name in COLUMNS.split(","))
_STATES = {state.value: state for state in State}
_PARTIES = {party.value: party for party in Party}


class CaseRow(Struct, frozen=True):
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
        name_key: keyed hash of the applicant's name, by which their cases are found; empty once it was removed.
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
    name_key: bytes = b""


def to_row(row: CaseRow) -> dict[str, object]:
    """Return the parameters of a statement that writes the whole row."""
    return to_moved(row, row.changed_at) | {
        "party": row.party.value,
        "partner": row.partner,
        "agreement": row.agreement,
        "powers": ",".join(sorted(power.value for power in row.powers)),
        "origin_number": row.origin_number,
        "basic_code": row.basic_code,
        "item_name": row.item_name,
        "mode": row.mode,
        "origin_division": row.origin_division,
        "handler_division": row.handler_division,
        "request_sha256": row.request_sha256,
        "applicant_key": row.applicant_key,
        "private": row.private,
        "opened_at": to_store(row.opened_at),
        "joint_parent": row.joint_parent,
        "item_version": row.item_version,
        "name_key": row.name_key,
    }


def to_moved(row: CaseRow, changed_at: datetime) -> dict[str, object]:
    """Return the parameters of a statement that writes what folding changes."""
    standing = row.standing
    return {
        "case_id": row.case_id,
        "system": row.system,
        "handler_number": row.handler_number,
        "state": standing.state.value,
        "base": standing.base.value,
        "supplement_open": int(standing.supplement_open),
        "decision": standing.decision.value if standing.decision else "",
        "deemed": int(standing.deemed),
        "case_version": row.case_version,
        "our_sequence": row.our_sequence,
        "their_sequence": row.their_sequence,
        "changed_at": to_store(changed_at),
        "clockwork": row.clockwork.text() if row.clockwork else "",
        "next_due": _moment(row.next_due),
        "warns_at": _moment(row.warns_at),
        "overdue_at": _moment(row.overdue_at),
        "presses_at": _moment(row.presses_at),
    }


def from_row(row: Sequence[Any]) -> CaseRow:
    """Return the row a statement over COLUMNS gave."""
    # In the order of COLUMNS.
    (
        case_id,
        party,
        partner,
        agreement,
        powers,
        system,
        origin_number,
        handler_number,
        basic_code,
        item_name,
        mode,
        origin_division,
        handler_division,
        state,
        base,
        supplement_open,
        decision,
        case_version,
        our_sequence,
        their_sequence,
        request_sha256,
        applicant_key,
        private,
        opened_at,
        changed_at,
        joint_parent,
        item_version,
        deemed,
        clockwork,
        next_due,
        warns_at,
        overdue_at,
        presses_at,
        name_key,
    ) = row
    return CaseRow(
        case_id=case_id,
        party=_PARTIES[party],
        partner=partner,
        agreement=agreement,
        powers=frozenset(map(Power, powers.split(","))) if powers else frozenset(),
        system=system,
        origin_number=origin_number,
        handler_number=handler_number,
        basic_code=basic_code,
        item_name=item_name,
        mode=mode,
        origin_division=origin_division,
        handler_division=handler_division,
        standing=Standing(
            _STATES[state],
            _STATES[base],
            bool(supplement_open),
            Decision(decision) if decision else None,
            bool(deemed),
        ),
        case_version=case_version,
        our_sequence=our_sequence,
        their_sequence=their_sequence,
        request_sha256=None if request_sha256 is None else bytes(request_sha256),
        applicant_key=bytes(applicant_key),
        private=bytes(private),
        opened_at=from_store(opened_at),
        changed_at=from_store(changed_at),
        clockwork=Clockwork.read(clockwork),
        next_due=_when(next_due),
        warns_at=_when(warns_at),
        overdue_at=_when(overdue_at),
        presses_at=_when(presses_at),
        joint_parent=joint_parent,
        item_version=item_version,
        name_key=bytes(name_key),
    )


def _moment(at: datetime | None) -> int | None:
    return None if at is None else to_store(at)


def _when(stored: int | None) -> datetime | None:
    return None if stored is None else from_store(stored)
