"""How things stand with each partner: back-off, last contact each way, last failure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

_NEVER = 0


@dataclass(frozen=True, slots=True)
class PeerRow:
    """Our view of a partner; `quiet_until` is in the past when nothing keeps us from calling."""

    partner: str
    quiet_until: datetime
    failures: int = 0
    last_reason: str = ""
    last_failure_at: datetime | None = None
    last_outward_at: datetime | None = None
    last_inward_at: datetime | None = None
    clock_skew: timedelta | None = None


def find(tx: Transaction, partner: str) -> PeerRow:
    """Return what we know of a partner; a fresh row when it is nothing."""
    row = tx.row(
        "SELECT partner, quiet_until, failures, last_reason, last_failure_at, last_outward_at, last_inward_at,"
        " clock_skew FROM peers WHERE partner = :partner",
        {"partner": partner},
    )
    if row is None:
        return PeerRow(partner, from_store(_NEVER))
    partner, quiet, failures, reason, failed, outward, inward, skew = row
    return PeerRow(
        partner=partner,
        quiet_until=from_store(quiet),
        failures=failures,
        last_reason=reason,
        last_failure_at=_moment(failed),
        last_outward_at=_moment(outward),
        last_inward_at=_moment(inward),
        clock_skew=None if skew is None else timedelta(microseconds=skew),
    )


def is_quiet(tx: Transaction, partner: str, now: datetime) -> bool:
    """Whether a failure keeps us from calling the partner now."""
    return find(tx, partner).quiet_until > now


def is_resting(tx: Transaction, partner: str, now: datetime) -> bool:
    """Whether the partner failed us lately; a flight that is merely under way does not count."""
    peer = find(tx, partner)
    return peer.failures > 0 and peer.quiet_until > now


def keep_quiet(tx: Transaction, partner: str, until: datetime) -> None:
    """Written before a flight: should it die, nobody calls again before `until`."""
    _change(tx, partner, "quiet_until = :quiet", {"quiet": to_store(until)})


def reached(tx: Transaction, partner: str, now: datetime) -> None:
    """The partner answered: nothing keeps us from calling."""
    _change(
        tx, partner, "quiet_until = 0, failures = 0, last_reason = '', last_outward_at = :now", {"now": to_store(now)}
    )


def failed(tx: Transaction, partner: str, now: datetime, until: datetime, reason: str) -> None:
    """The partner could not be reached: call again at `until`."""
    _change(
        tx,
        partner,
        "quiet_until = :quiet, failures = failures + 1, last_reason = :reason, last_failure_at = :now",
        {"quiet": to_store(until), "reason": reason, "now": to_store(now)},
    )


def heard_from(tx: Transaction, partner: str, now: datetime) -> bool:
    """An authentic call came in; a partner that calls is awake, so the back-off ends.  True when one was on."""
    was_quiet = is_quiet(tx, partner, now)
    _change(tx, partner, "quiet_until = 0, last_inward_at = :now", {"now": to_store(now)})
    return was_quiet


def _change(tx: Transaction, partner: str, assignment: str, facts: dict[str, object]) -> None:
    tx.execute(
        "INSERT INTO peers (partner, quiet_until, failures, last_reason) VALUES (:partner, 0, 0, '')"
        " ON CONFLICT (partner) DO NOTHING",
        {"partner": partner},
    )
    tx.execute(f"UPDATE peers SET {assignment} WHERE partner = :partner", facts | {"partner": partner})


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else from_store(stored)
