"""What a partner tells of itself and of us is kept, whoever asked it and for what.

1 view     its description, as it told it                               (`store.partner_views`)
2 pause    maintenance it announces: from then until then no flight leaves for it (`store.peers`)

An announcement of maintenance that ends more than a week ahead is heeded for a week; it is told again at every question, so
one that goes on is heeded on, and one that was ended early is forgotten at the next.
"""

from datetime import datetime

from gateway.flows.delivery.resting import pause_ends
from gateway.store import partner_views, peers
from gateway.store.database import Transaction
from gateway.store.partner_views import Told, ToldPause, ToldTerm
from gateway.wire.description import Description, Maintenance

SAME_PAUSE = 300.0
"""Seconds by which the end of a pause that is heeded may differ from what is told again: the spread stays as it was drawn."""


def note_description(tx: Transaction, code: str, said: Description, now: datetime, jitter: float) -> None:
    """Keep what a partner told.

    Args:
        jitter: from 0 to 1; spreads the first calls after a maintenance.
    """
    partner_views.keep(tx, code, told_of(said), now)
    _pause(tx, code, said.maintenance, now, jitter)


def told_of(said: Description) -> Told:
    """Return a description as it is kept."""
    standing, pause = said.standing, said.maintenance
    return Told(
        software=said.software,
        exchange_minor=said.exchange_minor,
        incarnation=said.incarnation,
        items_version=said.items_version,
        features=said.features,
        fingerprint=said.agreement_fingerprint.hex(),
        terms=tuple(ToldTerm(one.agreement, one.term, one.value) for one in said.terms),
        terms_left_out=said.terms_left_out,
        pause=ToldPause(pause.since, pause.until, pause.reason.zh, pause.reason.en) if pause else None,
        next_keys=bool(said.next_keys_sealed),
        last_contact=standing.last_contact,
        last_error=standing.last_error,
        last_error_at=standing.last_error_at,
        queued=standing.queued,
        oldest_waiting=None if standing.oldest_waiting is None else standing.oldest_waiting.total_seconds(),
        backing_off_until=standing.backing_off_until,
        clock_skew=None if standing.clock_skew is None else standing.clock_skew.total_seconds(),
    )


def _pause(tx: Transaction, code: str, told: Maintenance | None, now: datetime, jitter: float) -> None:
    if told is None or told.until <= now or told.until <= told.since:
        peers.told_to_pause(tx, code, None, None)
        return
    ends = pause_ends(now, told.until, jitter)
    known = peers.find(tx, code)
    if known.pauses_until and abs((known.pauses_until - ends).total_seconds()) < SAME_PAUSE:
        ends = known.pauses_until
    peers.told_to_pause(tx, code, told.since, ends)
