"""How far a restored life has come in catching up with a partner: the days that need not be compared again."""

from dataclasses import dataclass
from datetime import date

from gateway.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Reached:
    """Where the attempts so far have come to.

    Attributes:
        days: those that are done, of both directions.
        taken, left_out: envelopes that came back, and those that proved nothing.
    """

    days: frozenset[date]
    taken: int
    left_out: int


def reached(tx: Transaction, incarnation: str, partner: str) -> Reached:
    """Return how far a life has come with a partner."""
    rows = tx.rows(
        "SELECT day, done, taken, left_out FROM catching_up WHERE incarnation = :life AND partner = :partner",
        {"life": incarnation, "partner": partner},
    )
    days = frozenset(date.fromisoformat(day) for day, done, _, _ in rows if done)
    return Reached(days, sum(row[2] for row in rows), sum(row[3] for row in rows))


def took(tx: Transaction, incarnation: str, partner: str, day: date, count: int) -> None:
    """Count envelopes of a day that came back."""
    _change(tx, incarnation, partner, day, "taken = taken + :count", count)


def done(tx: Transaction, incarnation: str, partner: str, day: date, left_out: int) -> None:
    """Note that a day need not be compared again."""
    _change(tx, incarnation, partner, day, "done = 1, left_out = :count", left_out)


def forget(tx: Transaction, incarnation: str, partner: str) -> None:
    """Drop what was noted: the partner is caught up with."""
    tx.execute(
        "DELETE FROM catching_up WHERE incarnation = :life AND partner = :partner",
        {"life": incarnation, "partner": partner},
    )


def _change(tx: Transaction, incarnation: str, partner: str, day: date, assignment: str, count: int) -> None:
    facts: dict[str, object] = {"life": incarnation, "partner": partner, "day": day.isoformat()}
    tx.execute(
        "INSERT INTO catching_up (incarnation, partner, day) VALUES (:life, :partner, :day) ON CONFLICT DO NOTHING",
        facts,
    )
    tx.execute(
        f"UPDATE catching_up SET {assignment} WHERE incarnation = :life AND partner = :partner AND day = :day",
        facts | {"count": count},
    )
