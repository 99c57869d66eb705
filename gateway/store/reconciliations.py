"""How days compared with partners came out (对账), and what differed, envelope by envelope.

A day has one row for each partner and direction, which says how the last comparison ended; differences stay when they are
gone and say how, so that the report of a day is its history.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

OUT = "out"
"""Sealed by us."""
IN = "in"
"""Sealed by the partner."""


class Outcome(StrEnum):
    """How the last comparison of a day ended."""

    EQUAL = "equal"
    REPAIRED = "repaired"
    """It differed, and no longer does."""
    WAITS = "waits"
    """It differs in what the partner repairs when it next compares or sends."""
    DIFFERS = "differs"
    """Something is left that nobody has explained."""
    EXPLAINED = "explained"
    """An operator said why it differs."""
    NOT_ASKED = "not_asked"
    """The partner could not be asked so far."""


class Done(StrEnum):
    """What became of a difference."""

    RAISED = "raised"
    """A person has to look."""
    REPAIRED = "repaired"
    LEFT_OUT = "left_out"
    """It could not be repaired: what the partner gave back proved nothing."""
    THEIRS = "theirs"
    """The partner repairs it when it next compares or sends; raised when it has not in time."""
    GONE = "gone"
    """It was not there any more the next time."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One day with a partner in one direction.

    Attributes:
        day: of sealing, in Asia/Shanghai.
        direction: `OUT` or `IN`.
        waiting: ours of that day that nobody has answered yet.
        differences: found in the last comparison, all of them; at most so many rows are kept as `differences`.
        compared_at: None while the partner was never asked; `failure`: why the last try did not get through.
    """

    day: date
    partner: str
    direction: str
    outcome: Outcome
    our_count: int = 0
    our_digest: bytes = b""
    their_count: int = 0
    their_digest: bytes = b""
    waiting: int = 0
    differences: int = 0
    tried_at: datetime | None = None
    compared_at: datetime | None = None
    failure: str = ""
    explained_by: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One envelope of a day that differs; `ours` and `theirs` are “digest outcome”, empty where a side has nothing."""

    envelope_id: str
    kind: str
    ours: str
    theirs: str
    done: Done
    found_at: datetime | None = None
    done_at: datetime | None = None


_NAMES = tuple(one.name for one in fields(Compared))
_COLUMNS = ", ".join(_NAMES)
# As the index has it: SQLite looks for these very words.
_OPEN = "outcome IN ('differs', 'waits')"
_KEY = "day = :day AND partner = :partner AND direction = :direction"


def keep(tx: Transaction, compared: Compared) -> None:
    """Write down how a comparison ended, over what the one before left."""
    facts = {one.name: _to_store(getattr(compared, one.name)) for one in fields(Compared)}
    named = ", ".join(f":{name}" for name in facts)
    updates = ", ".join(f"{name} = :{name}" for name in facts if name not in ("day", "partner", "direction"))
    tx.execute(
        f"INSERT INTO reconciliations ({_COLUMNS}) VALUES ({named})"
        f" ON CONFLICT (day, partner, direction) DO UPDATE SET {updates}",
        facts,
    )


def not_asked(tx: Transaction, day: date, partner: str, direction: str, reason: str, now: datetime) -> None:
    """Note that a day could not be compared; what an earlier comparison found stays."""
    tx.execute(
        "INSERT INTO reconciliations (day, partner, direction, outcome, tried_at, failure)"
        " VALUES (:day, :partner, :direction, 'not_asked', :now, :reason)"
        " ON CONFLICT (day, partner, direction) DO UPDATE SET tried_at = :now, failure = :reason",
        {**_key(day, partner, direction), "now": to_store(now), "reason": reason},
    )


def find(tx: Transaction, day: date, partner: str, direction: str) -> Compared | None:
    """Return how a day stands; None when it was never tried."""
    row = tx.row(f"SELECT {_COLUMNS} FROM reconciliations WHERE {_KEY}", _key(day, partner, direction))
    return None if row is None else _from_store(row)


def of_days(tx: Transaction, first: date, last: date, partner: str = "", limit: int = 1000) -> list[Compared]:
    """Return the days from `first` to `last`, the newest first; of one partner, when only that is wanted."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM reconciliations WHERE day >= :first AND day <= :last"
        " AND (:partner = '' OR partner = :partner) ORDER BY day DESC, partner, direction DESC LIMIT :limit",
        {"first": first.isoformat(), "last": last.isoformat(), "partner": partner, "limit": limit},
    )
    return [_from_store(row) for row in rows]


def open_days(tx: Transaction, partner: str, first: date) -> list[tuple[date, str]]:
    """Return the days and directions of a partner since `first` that are not settled between both sides."""
    rows = tx.rows(
        "SELECT day, direction FROM reconciliations WHERE partner = :partner AND day >= :first"
        f" AND {_OPEN} ORDER BY day, direction",
        {"partner": partner, "first": first.isoformat()},
    )
    return [(date.fromisoformat(day), direction) for day, direction in rows]


def unexplained(tx: Transaction) -> dict[str, int]:
    """Return how many days differ that nobody has explained, by partner; those without any are left out."""
    rows = tx.rows(
        f"SELECT partner, COUNT(DISTINCT day) FROM reconciliations WHERE {_OPEN} AND outcome = 'differs' GROUP BY partner"
    )
    return dict(rows)


def last_compared(tx: Transaction, since: date) -> dict[str, datetime]:
    """Return when a day since `since` was last compared, by partner."""
    rows = tx.rows(
        "SELECT partner, MAX(compared_at) FROM reconciliations WHERE day >= :since AND compared_at IS NOT NULL"
        " GROUP BY partner",
        {"since": since.isoformat()},
    )
    return {partner: from_store(at) for partner, at in rows}


def explain(tx: Transaction, day: date, partner: str, by: str, words: str, now: datetime) -> int:
    """An operator says why a day differs; return how many directions that concerns."""
    return tx.changed(
        "UPDATE reconciliations SET outcome = 'explained', explained_by = :by, explanation = :words, tried_at = :now"
        " WHERE day = :day AND partner = :partner AND outcome = 'differs'",
        {"day": day.isoformat(), "partner": partner, "by": by, "words": words, "now": to_store(now)},
    )


def keep_differences(
    tx: Transaction, day: date, partner: str, direction: str, found: Sequence[Difference], now: datetime
) -> None:
    """Keep what differs now; what differed before and does no longer says so."""
    key = _key(day, partner, direction)
    at = to_store(now)
    known = {one.envelope_id: one for one in differences_of(tx, day, partner, direction, limit=100_000)}
    gone = [one for one in known.values() if one.done in (Done.RAISED, Done.THEIRS, Done.LEFT_OUT)]
    still = {one.envelope_id for one in found}
    tx.many(
        f"UPDATE differences SET done = 'gone', done_at = :now WHERE {_KEY} AND envelope_id = :id",
        [{**key, "id": one.envelope_id, "now": at} for one in gone if one.envelope_id not in still],
    )
    tx.many(
        "INSERT INTO differences (day, partner, direction, envelope_id, kind, ours, theirs, done, found_at, done_at)"
        " VALUES (:day, :partner, :direction, :id, :kind, :ours, :theirs, :done, :now, :now)"
        " ON CONFLICT (day, partner, direction, envelope_id) DO UPDATE SET kind = :kind, ours = :ours, theirs = :theirs,"
        " done_at = CASE WHEN done = :done THEN done_at ELSE :now END, done = :done",
        [
            {
                **key,
                "id": one.envelope_id,
                "kind": one.kind,
                "ours": one.ours,
                "theirs": one.theirs,
                "done": one.done.value,
                "now": at,
            }
            for one in found
        ],
    )


def differences_of(tx: Transaction, day: date, partner: str, direction: str, *, limit: int = 1000) -> list[Difference]:
    """Return what differed, in the order of ids."""
    rows = tx.rows(
        "SELECT envelope_id, kind, ours, theirs, done, found_at, done_at FROM differences"
        f" WHERE {_KEY} ORDER BY envelope_id LIMIT :limit",
        {**_key(day, partner, direction), "limit": limit},
    )
    return [
        Difference(envelope_id, kind, ours, theirs, Done(done), from_store(found), from_store(at))
        for envelope_id, kind, ours, theirs, done, found, at in rows
    ]


def open_by_kind(tx: Transaction) -> dict[str, dict[str, int]]:
    """Return how many differences nobody has explained, by partner and kind; those without any are left out."""
    found: dict[str, dict[str, int]] = {}
    for partner, kind, count in tx.rows(
        "SELECT partner, kind, COUNT(*) FROM reconciliations JOIN differences USING (day, partner, direction)"
        f" WHERE {_OPEN} AND outcome = 'differs' AND done IN ('raised', 'left_out') GROUP BY partner, kind"
    ):
        found.setdefault(partner, {})[kind] = count
    return found


def _key(day: date, partner: str, direction: str) -> dict[str, object]:
    return {"day": day.isoformat(), "partner": partner, "direction": direction}


def _to_store(value: Any) -> object:
    if isinstance(value, datetime):
        return to_store(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Outcome) else value


def _from_store(row: Iterable[Any]) -> Compared:
    facts = dict(zip(_NAMES, row, strict=True))
    compared = facts["compared_at"]
    return Compared(
        **facts
        | {
            "day": date.fromisoformat(facts["day"]),
            "outcome": Outcome(facts["outcome"]),
            "our_digest": bytes(facts["our_digest"]),
            "their_digest": bytes(facts["their_digest"]),
            "tried_at": from_store(facts["tried_at"]),
            "compared_at": None if compared is None else from_store(compared),
        }
    )
