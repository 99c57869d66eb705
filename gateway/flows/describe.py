"""What this gateway says of itself to a partner, and how it sees that partner."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.texts import Text
from gateway.flows.delivery.courier import TELLS_TERMS
from gateway.flows.delivery.deliver import MOST_BYTES, MOST_ENVELOPES
from gateway.flows.materials.send import MOST_PER_CALL
from gateway.partners.mirror import agreements_fingerprint
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.term_list import MOST_TERMS, terms_of
from gateway.store import backlog, incarnation, items, maintenance, peers
from gateway.store.database import Database, Transaction
from gateway.store.peers import PeerRow
from gateway.wire.description import Description, Limits, Maintenance, Standing
from gateway.wire.told_terms import ToldTerm

EXCHANGE_MINOR = 0
ENVELOPE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AboutUs:
    """What never changes while the gateway runs."""

    region: str
    region_name: str
    software: str
    envelope_life: timedelta
    largest_material: int
    public_phone: str = ""


async def describe(
    caller: str,
    *,
    about: AboutUs,
    database: Database,
    registry: Registry,
    clock: Callable[[], datetime],
    with_terms: bool = False,
) -> Description:
    """Return the description for one caller.

    Args:
        with_terms: tell the terms of the agreements too, one by one; up to `MOST_TERMS`, the rest is counted.
    """
    now = clock()
    partner = registry.current().of(caller)
    terms = _terms(partner, about.region) if partner and with_terms else ()

    def look(tx: Transaction) -> Description:
        peer = peers.find(tx, caller)
        queued, oldest = backlog.waiting(tx, caller)
        return Description(
            region=about.region,
            region_name=about.region_name,
            exchange_minor=EXCHANGE_MINOR,
            features=(TELLS_TERMS,),  # the door lists what else it serves
            limits=Limits(
                envelope_bytes=ENVELOPE_BYTES,
                batch_bytes=MOST_BYTES,
                batch_envelopes=partner.limits.largest_batch if partner else MOST_ENVELOPES,
                material_bytes=min(about.largest_material, partner.limits.largest_material)
                if partner
                else about.largest_material,
                put_bytes=MOST_PER_CALL,
                envelope_life=about.envelope_life,
                envelopes_per_minute=partner.limits.envelopes_per_minute if partner else 0,
            ),
            agreement_fingerprint=agreements_fingerprint(partner.agreements, ours=about.region, theirs=caller)
            if partner
            else b"",
            items_version=items.version_of(tx, about.region),
            incarnation=incarnation.current(tx),
            time=now,
            software=about.software,
            maintenance=_maintenance(tx, now),
            terms=terms[:MOST_TERMS],
            terms_left_out=max(len(terms) - MOST_TERMS, 0),
            standing=Standing(
                last_contact=peer.last_inward_at,
                last_error=peer.last_reason,
                last_error_at=peer.last_failure_at if peer.last_reason else None,
                queued=queued,
                oldest_waiting=now - oldest if oldest else None,
                backing_off_until=_backs_off_until(peer, now),
                clock_skew=peer.clock_skew,
            ),
        )

    return await database.read(look)


def _terms(partner: Partner, ours: str) -> tuple[ToldTerm, ...]:
    terms = terms_of(partner.agreements, ours=ours, theirs=partner.code)
    return tuple(ToldTerm(one.agreement, one.term, one.value) for one in terms)


def _maintenance(tx: Transaction, now: datetime) -> Maintenance | None:
    told = maintenance.current(tx, now)
    return Maintenance(told.begins, told.ends, Text(told.reason_zh, told.reason_en)) if told else None


def _backs_off_until(peer: PeerRow, now: datetime) -> datetime | None:
    if peer.pauses(now):
        return peer.pauses_until
    return peer.quiet_until if peer.under_way_until is None and peer.quiet_until > now else None
