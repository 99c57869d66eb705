"""The queue as an operator sees and handles it: which envelopes, how many, and what they wait for.

A selection is walked in steps: each returns the next envelopes that match, from a place on, so that a bulk of any size is
done in small writes and can be taken up again.  A step reads until it has enough, so that one for rare matches may read
every envelope that is owed; it belongs into a read, never into a write.

    waiting ──hold──▶ held ──release──▶ waiting        what waits flies when due
    waiting ──park──▶ parked ──retry──▶ waiting        parked: a person is needed; tried again slowly
    parked ──fail──▶ set aside                         the same, and people have settled it (线下处理)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

WAITING = ""
HELD = "held"
PARKED = "parked"
ASIDE = "aside"
KEPT = (HELD, PARKED, ASIDE)
"""Words of `outbox.kept_back`; empty flies when due."""

Place = tuple[str, int, str]
"""Where a walk stands: partner, when it was owed (microseconds), envelope."""
START: Place = ("", 0, "")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which envelopes that are still owed; empty fields do not narrow.

    Attributes:
        basic_code: item of the case.
        cause: reason word of the last failure.
        kept: only those kept back in one of these ways, `WAITING` among them; empty for all.
        failed: only those of which a try failed; what people have settled (线下处理) counts as failed, tried or not.
    """

    partner: str = ""
    basic_code: str = ""
    case_id: str = ""
    cause: str = ""
    envelope_id: str = ""
    kept: tuple[str, ...] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One envelope of a selection."""

    envelope_id: str
    partner: str
    case_id: str
    sequence: int
    kept_back: str
    last_reason: str
    hold_id: str
    place: Place


@dataclass(frozen=True, slots=True)
class Group:
    """Envelopes of one partner that are kept back for the same cause."""

    partner: str
    kept_back: str
    cause: str
    count: int
    oldest: datetime
    since: datetime
    next_try: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How one envelope is kept back and how often it was answered the same; `hold_id` is empty without a hold."""

    envelope_id: str
    kept_back: str
    kept_since: datetime | None
    hold_id: str
    due_at: datetime
    answers: int
    answers_since: datetime | None
    parkings: int
    offline: bool


def matching(tx: Transaction, wanted: Selection, after: Place, limit: int) -> list[Found]:
    """Return the next envelopes of a selection behind a place: partner by partner, the longest owed first."""
    sql, facts = walk(wanted, after, limit)
    return [
        Found(envelope, partner, case_id, sequence, kept, reason, hold_id, (partner, owed_at, envelope))
        for envelope, partner, case_id, sequence, kept, reason, hold_id, owed_at in tx.rows(sql, facts)
    ]


def walk(wanted: Selection, after: Place, limit: int) -> tuple[str, dict[str, object]]:
    """Return the statement of one step of a walk, and its parameters."""
    where, facts = _where(wanted)
    code, at, envelope_id = after
    # Implied by the next line; said for the index, which begins with the partner.
    where += " AND o.owed_at >= :at" if wanted.partner else ""
    sql = (
        "SELECT o.envelope_id, o.partner, o.case_id, o.sequence, o.kept_back, o.last_reason, o.hold_id, o.owed_at"
        f" FROM outbox o{where} AND (o.partner, o.owed_at, o.envelope_id) > (:code, :at, :envelope)"
        " ORDER BY o.partner, o.owed_at, o.envelope_id LIMIT :limit"
    )
    return sql, facts | {"code": code, "at": at, "envelope": envelope_id, "limit": limit}


def how_many(tx: Transaction, wanted: Selection) -> int:
    """Return how many envelopes a selection has."""
    where, facts = _where(wanted)
    row = tx.row(f"SELECT COUNT(*) FROM outbox o{where}", facts)
    return row[0] if row else 0


def next_due(tx: Transaction, partner: str) -> datetime | None:
    """Return when the first envelope of a partner is due that waits or is parked; None when there is none."""
    found = [
        tx.row(
            "SELECT MIN(due_at) FROM outbox WHERE partner = :partner AND materials_wait = :wait AND priority = :priority"
            " AND settled_at IS NULL AND kept_back = '' AND behind = 0",
            {"partner": partner, "wait": wait, "priority": priority},
        )
        for wait in (0, 1)
        for priority in (0, 1)
    ]
    found += [
        tx.row(
            "SELECT MIN(due_at) FROM outbox WHERE partner = :partner AND kept_back = :kept AND kept_back <> ''"
            " AND settled_at IS NULL",
            {"partner": partner, "kept": kept},
        )
        for kept in (PARKED, ASIDE)
    ]
    return min((from_store(row[0]) for row in found if row and row[0] is not None), default=None)


def groups(tx: Transaction) -> list[Group]:
    """Return what is kept back, by cause and partner, the largest group first."""
    rows = tx.rows(
        "SELECT partner, kept_back, last_reason, COUNT(*), MIN(owed_at), MIN(kept_since), MIN(due_at) FROM outbox"
        " WHERE settled_at IS NULL AND kept_back <> '' GROUP BY partner, kept_back, last_reason"
        " ORDER BY COUNT(*) DESC, partner, last_reason"
    )
    return [
        Group(partner, kept, cause, count, from_store(owed), from_store(since or owed), from_store(due))
        for partner, kept, cause, count, owed, since, due in rows
    ]


def standings_of_case(tx: Transaction, case_id: str) -> dict[str, Standing]:
    """Return how each envelope of a case that is still owed is kept back, by envelope id."""
    rows = tx.rows(
        "SELECT envelope_id, kept_back, kept_since, hold_id, due_at, answers, answers_since, parkings, offline"
        " FROM outbox WHERE case_id = :id AND settled_at IS NULL",
        {"id": case_id},
    )
    return {row[0]: _standing(row) for row in rows}


def retry(tx: Transaction, envelope_ids: Iterable[str], now: datetime) -> int:
    """Let envelopes that wait or are parked fly now, as if they had never failed; return how many."""
    return _each(
        tx,
        "UPDATE outbox SET kept_back = '', kept_since = NULL, due_at = :now, tries = 0, answers = 0,"
        " answers_since = NULL WHERE envelope_id = :id AND settled_at IS NULL AND kept_back <> 'held'",
        envelope_ids,
        {"now": to_store(now)},
    )


def keep_for(tx: Transaction, hold_id: str, envelope_ids: Iterable[str], now: datetime) -> int:
    """Keep envelopes back for a hold; return how many were not held before."""
    return _each(
        tx,
        "UPDATE outbox SET kept_back = 'held', kept_since = :now, hold_id = :hold"
        " WHERE envelope_id = :id AND settled_at IS NULL AND kept_back <> 'held'",
        envelope_ids,
        {"now": to_store(now), "hold": hold_id},
    )


def let_go(tx: Transaction, envelope_ids: Iterable[str], now: datetime, *, through: bool) -> int:
    """Let held envelopes fly now; return how many.

    Args:
        through: no hold catches them any more.
    """
    return _each(
        tx,
        "UPDATE outbox SET kept_back = '', kept_since = NULL, hold_id = '', due_at = :now, let_through = :through"
        " WHERE envelope_id = :id AND settled_at IS NULL AND kept_back = 'held'",
        envelope_ids,
        {"now": to_store(now), "through": int(through)},
    )


def set_aside(tx: Transaction, envelope_id: str, due_at: datetime, now: datetime) -> bool:
    """Mark an envelope as settled by people (线下处理): it is still owed, and tried slowly; False when it is settled."""
    return bool(
        tx.changed(
            "UPDATE outbox SET kept_back = 'aside', kept_since = :now, due_at = :due, offline = 1, hold_id = ''"
            " WHERE envelope_id = :id AND settled_at IS NULL AND kept_back <> 'aside'",
            {"now": to_store(now), "due": to_store(due_at), "id": envelope_id},
        )
    )


def _each(tx: Transaction, sql: str, envelope_ids: Iterable[str], facts: dict[str, object]) -> int:
    return sum(tx.changed(sql, facts | {"id": envelope_id}) for envelope_id in envelope_ids)


def _where(wanted: Selection) -> tuple[str, dict[str, object]]:
    # The order in which envelopes are owed stays the outer one, however few cases the item has.
    join = " CROSS JOIN cases c ON c.case_id = o.case_id" if wanted.basic_code else ""
    conditions = ["o.settled_at IS NULL"]
    facts: dict[str, object] = {}
    for name, column in (
        ("partner", "o.partner"),
        ("case_id", "o.case_id"),
        ("envelope_id", "o.envelope_id"),
        ("basic_code", "c.basic_code"),
        # Written so that no index on it is used: a walk has to follow the order in which envelopes are owed.
        ("cause", "o.last_reason || ''"),
    ):
        if value := getattr(wanted, name):
            conditions.append(f"{column} = :{name}")
            facts[name] = value
    if wanted.failed:
        conditions.append("(o.last_reason || '' <> '' OR o.kept_back || '' = 'aside')")
    if wanted.kept:
        names = {f"kept{n}": word for n, word in enumerate(wanted.kept)}
        conditions.append(f"o.kept_back || '' IN ({', '.join(':' + name for name in names)})")
        facts |= names
    return f"{join} WHERE {' AND '.join(conditions)}", facts


def _standing(row: Sequence[object]) -> Standing:
    envelope_id, kept_back, since, hold_id, due, answers, first, parkings, offline = row
    assert isinstance(due, int)
    assert isinstance(answers, int)
    assert isinstance(parkings, int)
    return Standing(
        envelope_id=str(envelope_id),
        kept_back=str(kept_back),
        kept_since=from_store(since) if isinstance(since, int) else None,
        hold_id=str(hold_id),
        due_at=from_store(due),
        answers=answers,
        answers_since=from_store(first) if isinstance(first, int) else None,
        parkings=parkings,
        offline=bool(offline),
    )
