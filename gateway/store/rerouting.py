"""Cases whose opening the handler has not answered, and which go to another one instead."""

from dataclasses import dataclass
from datetime import datetime

from gateway.case.states import Party, State
from gateway.store.case_row import CaseRow, to_row
from gateway.store.database import Transaction
from gateway.store.moments import to_store
from gateway.store.queue import Place, Selection


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A case of this region as origin, with the envelope that opens it."""

    case_id: str
    partner: str
    envelope_id: str
    place: Place


def unanswered(tx: Transaction, wanted: Selection, own_region: str, after: Place, limit: int) -> list[Unanswered]:
    """Return the next cases of a selection whose opening was not answered, those given up included, oldest first."""
    rest, facts = _from(wanted, own_region)
    rows = tx.rows(
        f"SELECT c.case_id, c.partner, e.envelope_id, c.state, c.opened_at{rest}"
        " AND (c.state, c.opened_at, c.case_id) > (:state, :at, :id)"
        " ORDER BY c.state, c.opened_at, c.case_id LIMIT :limit",
        facts | {"state": after[0], "at": after[1], "id": after[2], "limit": limit},
    )
    return [
        Unanswered(case_id, partner, envelope, (state, at, case_id)) for case_id, partner, envelope, state, at in rows
    ]


def how_many(tx: Transaction, wanted: Selection, own_region: str) -> int:
    """Return how many such cases a selection has."""
    rest, facts = _from(wanted, own_region)
    row = tx.row(f"SELECT COUNT(*){rest}", facts)
    return row[0] if row else 0


def _from(wanted: Selection, own_region: str) -> tuple[str, dict[str, object]]:
    conditions = ["c.state IN (:forwarded, :undeliverable)", "c.party = :party"]
    facts: dict[str, object] = {
        "forwarded": State.FORWARDED.value,
        "undeliverable": State.UNDELIVERABLE.value,
        "party": Party.ORIGIN.value,
        "own": own_region,
    }
    for name, column in (
        ("partner", "c.partner"),
        ("basic_code", "c.basic_code"),
        ("case_id", "c.case_id"),
        ("envelope_id", "e.envelope_id"),
        ("cause", "o.last_reason"),
    ):
        if value := getattr(wanted, name):
            conditions.append(f"{column} = :{name}")
            facts[name] = value
    if wanted.kept:
        names = {f"kept{n}": word for n, word in enumerate(wanted.kept)}
        conditions.append(f"o.settled_at IS NULL AND o.kept_back IN ({', '.join(':' + name for name in names)})")
        facts |= names
    joined = (
        " FROM cases c JOIN events e ON e.case_id = c.case_id AND e.sender = :own AND e.sequence = 1"
        " JOIN outbox o ON o.envelope_id = e.envelope_id"
    )
    return f"{joined} WHERE {' AND '.join(conditions)}", facts


def reroute(tx: Transaction, row: CaseRow, now: datetime) -> None:
    """Write to whom a case goes now, and under what."""
    tx.execute(
        "UPDATE cases SET partner = :partner, agreement = :agreement, powers = :powers, basic_code = :basic_code,"
        " item_version = :item_version, changed_at = :now WHERE case_id = :case_id",
        to_row(row) | {"now": to_store(now)},
    )
