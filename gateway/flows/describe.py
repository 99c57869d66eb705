"""What this gateway says of itself to a partner, and how it sees that partner."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.flows.delivery.deliver import MOST_BYTES, MOST_ENVELOPES
from gateway.flows.materials.send import MOST_PER_CALL
from gateway.partners.mirror import agreements_fingerprint
from gateway.partners.registry import Registry
from gateway.store import backlog, incarnation, items, peers
from gateway.store.database import Database, Transaction
from gateway.wire.description import Description, Limits, Standing

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
    caller: str, *, about: AboutUs, database: Database, registry: Registry, clock: Callable[[], datetime]
) -> Description:
    """Return the description for one caller."""
    now = clock()
    partner = registry.current().of(caller)

    def look(tx: Transaction) -> Description:
        peer = peers.find(tx, caller)
        queued, oldest = backlog.waiting(tx, caller)
        return Description(
            region=about.region,
            region_name=about.region_name,
            exchange_minor=EXCHANGE_MINOR,
            features=(),  # the door lists what it serves
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
            standing=Standing(
                last_contact=peer.last_inward_at,
                last_error=peer.last_reason,
                last_error_at=peer.last_failure_at,
                queued=queued,
                oldest_waiting=now - oldest if oldest else None,
                backing_off_until=peer.quiet_until if peer.under_way_until is None and peer.quiet_until > now else None,
                clock_skew=peer.clock_skew,
            ),
        )

    return await database.read(look)
