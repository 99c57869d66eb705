"""How things stand with each partner: circuit, back-off, last contact each way, last failure.

    closed ──failure──▶ open ──rest over──▶ half-open ──probe good──▶ closed
                          ▲                     │
                          └────────failure──────┘

The circuit is derived from the row, never stored as such.  `failures` counts from the last flight that came home, so that a
partner which answers probes and fails flights is left in peace for longer and longer all the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

_NEVER = 0
EARNED_EVERY = timedelta(minutes=1)
"""A call of a partner earns it a probe at most this often."""
_COLUMNS = (
    "partner, quiet_until, failures, last_reason, last_failure_at, last_outward_at, last_inward_at, clock_skew,"
    " suspect, under_way_until, earned_at, pauses_from, pauses_until"
)


class Circuit(StrEnum):
    """Whether a partner is called."""

    CLOSED = "closed"
    OPEN = "open"
    """It failed and rests."""
    HALF_OPEN = "half_open"
    """A probe may go, or is under way; nothing else goes."""


@dataclass(frozen=True, slots=True)
class PeerRow:
    """Our view of a partner.

    Attributes:
        quiet_until: in the past when nothing keeps us from calling; written before anything leaves.
        failures: since the last flight that came home.
        last_outward_at, last_inward_at: when it last answered a call of ours; when it last called us (to the minute).
        clock_skew: its clock minus ours, as it was last seen.
        suspect: since the last failure, until a probe or a flight succeeded.
        under_way_until: lease of the flight or probe that is under way.
        earned_at: when a call of it last cut its rest short.
        pauses_from, pauses_until: its maintenance, as far as it is heeded.
    """

    partner: str
    quiet_until: datetime
    failures: int = 0
    last_reason: str = ""
    last_failure_at: datetime | None = None
    last_outward_at: datetime | None = None
    last_inward_at: datetime | None = None
    clock_skew: timedelta | None = None
    suspect: bool = False
    under_way_until: datetime | None = None
    earned_at: datetime | None = None
    pauses_from: datetime | None = None
    pauses_until: datetime | None = None

    def pauses(self, now: datetime) -> bool:
        """Whether it is in maintenance now, as it told."""
        if self.pauses_from is None or self.pauses_until is None:
            return False
        return self.pauses_from <= now < self.pauses_until

    def rests(self, now: datetime, longest: timedelta) -> bool:
        """Whether it is left in peace now.

        Args:
            longest: what it may be at most; a moment further ahead was written by a clock that ran ahead, and is over.
        """
        return self.pauses(now) or now < self.quiet_until <= now + longest

    def circuit(self, now: datetime, longest: timedelta) -> Circuit:
        """Return the state of the circuit; `longest` as for `rests`."""
        if not self.suspect:
            return Circuit.CLOSED
        probing = self.under_way_until is not None and now < self.under_way_until
        return Circuit.OPEN if self.rests(now, longest) and not probing else Circuit.HALF_OPEN


def find(tx: Transaction, partner: str) -> PeerRow:
    """Return what we know of a partner; a fresh row when it is nothing."""
    row = tx.row(f"SELECT {_COLUMNS} FROM peers WHERE partner = :partner", {"partner": partner})
    return PeerRow(partner, from_store(_NEVER)) if row is None else _from_store(row)


def every(tx: Transaction) -> dict[str, PeerRow]:
    """Return what we know, by partner; of those we know something of."""
    return {row[0]: _from_store(row) for row in tx.rows(f"SELECT {_COLUMNS} FROM peers")}


def take_off(tx: Transaction, partner: str, quiet_until: datetime, lease: datetime) -> None:
    """Written before a flight or probe leaves: should it die, nobody calls again before `quiet_until`."""
    facts: dict[str, object] = {"quiet": to_store(quiet_until), "lease": to_store(lease)}
    _change(tx, partner, "quiet_until = :quiet, under_way_until = :lease", facts)


def transfers(tx: Transaction, partner: str, lease: datetime) -> None:
    """Written before files leave: until when the envelope they belong to is claimed."""
    _change(tx, partner, "transfer_until = :lease", {"lease": to_store(lease)})


def answered_probe(tx: Transaction, partner: str, now: datetime, skew: timedelta | None = None) -> None:
    """The partner is there: flights may go at once.  Its failures still count, until one comes home."""
    _change(
        tx,
        partner,
        "quiet_until = 0, suspect = 0, under_way_until = NULL, last_outward_at = :now,"
        " clock_skew = COALESCE(:skew, clock_skew)",
        {"now": to_store(now), "skew": None if skew is None else skew // timedelta(microseconds=1)},
    )


def tells_time(tx: Transaction, partner: str, skew: timedelta) -> None:
    """The partner was asked for its time: its clock minus ours."""
    _change(tx, partner, "clock_skew = :skew", {"skew": skew // timedelta(microseconds=1)})


def reached(tx: Transaction, partner: str, now: datetime) -> None:
    """A flight came home: nothing keeps us from calling."""
    _change(
        tx,
        partner,
        "quiet_until = 0, failures = 0, suspect = 0, under_way_until = NULL, last_reason = '', last_outward_at = :now",
        {"now": to_store(now)},
    )


def failed(tx: Transaction, partner: str, now: datetime, until: datetime, reason: str) -> None:
    """The partner could not be reached: probe it at `until`."""
    _change(
        tx,
        partner,
        "quiet_until = :quiet, failures = failures + 1, suspect = 1, under_way_until = NULL, last_reason = :reason,"
        " last_failure_at = :now",
        {"quiet": to_store(until), "reason": reason, "now": to_store(now)},
    )


def doubt(tx: Transaction, partner: str) -> None:
    """Files did not get through: nothing more goes before a probe, which may go at once."""
    _change(tx, partner, "suspect = 1", {})


def told_to_pause(tx: Transaction, partner: str, begins: datetime | None, ends: datetime | None) -> None:
    """The partner told when it is in maintenance; None when it is in none."""
    facts: dict[str, object] = {
        "begins": None if begins is None else to_store(begins),
        "ends": None if ends is None else to_store(ends),
    }
    changes = "pauses_from = :begins, pauses_until = :ends"
    known = find(tx, partner)
    if (known.pauses_from, known.pauses_until) != (begins, ends):
        _change(tx, partner, changes, facts)


def turned_away(tx: Transaction, partner: str, now: datetime, until: datetime, reason: str) -> None:
    """The partner is in maintenance until `until`, as its answer said: no failure of it."""
    _change(
        tx,
        partner,
        "pauses_from = :now, pauses_until = :until, under_way_until = NULL, quiet_until = 0, last_reason = :reason",
        {"now": to_store(now), "until": to_store(until), "reason": reason},
    )


def asked_to_wait(tx: Transaction, partner: str, until: datetime, reason: str) -> None:
    """The partner is there and asks to be called again at `until`: no failure of it."""
    _change(
        tx,
        partner,
        "quiet_until = :quiet, under_way_until = NULL, last_reason = :reason",
        {"quiet": to_store(until), "reason": reason},
    )


def heard_from(tx: Transaction, partner: str, now: datetime) -> bool:
    """An authentic call came in.  True when it cut a rest after a failure short: a probe may go, at most one a minute."""
    peer = find(tx, partner)
    lately = peer.earned_at is not None and abs(now - peer.earned_at) < EARNED_EVERY
    earned = (peer.failures > 0 or peer.suspect) and peer.quiet_until > now and not lately
    change = "quiet_until = 0, earned_at = :now, last_inward_at = :now" if earned else "last_inward_at = :now"
    _change(tx, partner, change, {"now": to_store(now)})
    return earned


def let_call(tx: Transaction, partner: str) -> None:
    """An operator ends the rest of a partner, and the growth of its waits: the next probe or flight may go at once."""
    _change(tx, partner, "quiet_until = 0, failures = 0, earned_at = NULL", {})


def left_under_way(tx: Transaction) -> list[tuple[str, datetime | None, datetime | None]]:
    """Return the partners with a flight or transfer of a process that is gone, and the leases of these."""
    rows = tx.rows(
        "SELECT partner, under_way_until, transfer_until FROM peers"
        " WHERE under_way_until IS NOT NULL OR transfer_until IS NOT NULL"
    )
    return [(partner, _moment(flight), _moment(transfer)) for partner, flight, transfer in rows]


def landed_nowhere(tx: Transaction, partner: str, until: datetime) -> None:
    """The process died under way.  The first time the partner is called again soon, at `until`; then its rest stands."""
    _change(
        tx,
        partner,
        "quiet_until = CASE WHEN failures = 0 AND under_way_until IS NOT NULL AND quiet_until > :until THEN :until"
        " ELSE quiet_until END, failures = failures + CASE WHEN under_way_until IS NULL THEN 0 ELSE 1 END,"
        " under_way_until = NULL, transfer_until = NULL",
        {"until": to_store(until)},
    )


def broke_off(tx: Transaction, partner: str, until: datetime) -> None:
    """A flight ended by an error of ours, which is no failure of the partner: it is called again at `until`."""
    change = "quiet_until = CASE WHEN quiet_until > :until THEN :until ELSE quiet_until END, under_way_until = NULL"
    _change(tx, partner, change, {"until": to_store(until)})


def _change(tx: Transaction, partner: str, assignment: str, facts: dict[str, object]) -> None:
    if tx.changed(f"UPDATE peers SET {assignment} WHERE partner = :partner", facts | {"partner": partner}):
        return
    tx.execute(
        "INSERT INTO peers (partner, quiet_until, failures, last_reason) VALUES (:partner, 0, 0, '')",
        {"partner": partner},
    )
    tx.execute(f"UPDATE peers SET {assignment} WHERE partner = :partner", facts | {"partner": partner})


def _from_store(row: tuple[Any, ...]) -> PeerRow:
    partner, quiet, failures, reason, failed_at, outward, inward, skew, suspect, under_way, earned, *pause = row
    return PeerRow(
        partner=partner,
        quiet_until=from_store(quiet),
        failures=failures,
        last_reason=reason,
        last_failure_at=_moment(failed_at),
        last_outward_at=_moment(outward),
        last_inward_at=_moment(inward),
        clock_skew=None if skew is None else timedelta(microseconds=skew),
        suspect=bool(suspect),
        under_way_until=_moment(under_way),
        earned_at=_moment(earned),
        pauses_from=_moment(pause[0]),
        pauses_until=_moment(pause[1]),
    )


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else from_store(stored)
