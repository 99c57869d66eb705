"""A partner could not be reached, or asked us to wait: it is left in peace, for longer each time.

The waits are those of the partner file (`retry:`), after a first short one: a line that was merely cut is back at once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.partner import Partner
from gateway.store import outbox, peers
from gateway.store.database import Transaction
from gateway.store.outbox import Owed

LEASE = timedelta(seconds=60)
"""Longer than a flight may take; a row claimed by a process that died is due again after it."""
KEEPS_ITS_PLACE = 3
"""An envelope whose flights failed so often goes behind the others, in case it is what makes them fail."""

LONGEST_PAUSE = timedelta(days=7)
"""Maintenance of a partner is heeded so far ahead; what it announces beyond is called as on any other day, and answers."""
AFTER_A_PAUSE = timedelta(minutes=2)
"""Over which the first calls after a maintenance are spread, so that ninety partners do not call in one second."""

Jitter = Callable[[], float]


def pause_ends(now: datetime, told: datetime, jitter: float) -> datetime:
    """Return until when a partner is left alone that is in maintenance until `told`; spread by `jitter` from 0 to 1."""
    return min(told, now + LONGEST_PAUSE) + AFTER_A_PAUSE * jitter


def longest_rest(partner: Partner) -> timedelta:
    """Return how long a partner is left in peace at most; what lies further ahead was written by a clock that ran ahead."""
    return max(partner.retry.longest_wait, LEASE)


def leaves(
    tx: Transaction,
    partner: Partner,
    failures: int,
    jitter: Jitter,
    now: datetime,
    *,
    lease: datetime | None = None,
) -> None:
    """Written before anything leaves for a partner that failed so often: when it is called again should this die.

    Args:
        lease: that of the rows that leave; `LEASE` from now without it.
    """
    again = partner.retry.next_call(failures + 1, now, jitter())
    peers.take_off(tx, partner.code, max(again, now + LEASE), lease or now + LEASE)


def let_rest(
    tx: Transaction, partner: Partner, claimed: Sequence[Owed], error: GatewayError, jitter: Jitter, now: datetime
) -> None:
    """The partner could not be reached, or asked us to wait; its envelopes are due as soon as it is called again."""
    asked = _asked_to_wait(error)
    if error.reason is Reason.MAINTENANCE:
        asked = asked or LEASE
        peers.turned_away(tx, partner.code, now, pause_ends(now, now + asked, jitter()), error.reason.value)
    elif asked is None:
        failures = peers.find(tx, partner.code).failures + 1
        peers.failed(tx, partner.code, now, partner.retry.next_call(failures, now, jitter()), error.reason.value)
    else:
        until = now + min(asked, partner.retry.longest_wait)
        peers.asked_to_wait(tx, partner.code, until, error.reason.value)
    for owed in claimed:
        keeps = asked is not None or owed.tries + 1 < KEEPS_ITS_PLACE
        outbox.put_off(tx, owed.envelope_id, min(owed.owed_at, now) if keeps else now, error.reason.value)


def let_files_wait(
    tx: Transaction, partner: Partner, owed: Owed, error: GatewayError, jitter: Jitter, now: datetime
) -> None:
    """Files did not get through: their envelope is tried later.  News fly on, unless a probe says that nobody is there."""
    due = partner.retry.next_call(owed.tries + 1, now, jitter())
    outbox.put_off(tx, owed.envelope_id, due, error.reason.value)
    if error.reason is Reason.PARTNER_UNREACHABLE:
        peers.doubt(tx, partner.code)


def _asked_to_wait(error: GatewayError) -> timedelta | None:
    try:
        return timedelta(seconds=max(1, int(str(error.facts["retry_after_seconds"]))))
    except (KeyError, ValueError, OverflowError):
        return None
