"""How things stand with every partner, for operators: circuit, back-off, last contact each way, what it is owed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.reasons import ROWS, Reason, Row
from gateway.flows.delivery.resting import longest_rest
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Delivery, Status
from gateway.store import backlog, peers
from gateway.store.backlog import Backlog
from gateway.store.database import Database, Transaction
from gateway.store.peers import Circuit, PeerRow


@dataclass(frozen=True, slots=True)
class PartnerStanding:
    """How things stand with one partner.

    Attributes:
        status: of its file; one that is not active is not called.
        delivery: whether we bring, or it collects.
        last_reason: why the last flight or probe failed; empty when it did not.
        row: place, cause and next step of that reason; None when it is empty or not one of ours.
        quiet_until: when it is called again; None when nothing keeps us from it.
        clock_skew: its clock minus ours at the last probe.
        backlog: what it is owed, counted up to a bound.
        pauses_from, pauses_until: its maintenance, as far as it is heeded; None when it is over.
    """

    code: str
    name: str
    status: Status
    delivery: Delivery
    circuit: Circuit
    failures: int
    last_reason: str
    row: Row | None
    last_failure_at: datetime | None
    quiet_until: datetime | None
    last_outward_at: datetime | None
    last_inward_at: datetime | None
    clock_skew: timedelta | None
    backlog: Backlog
    pauses_from: datetime | None = None
    pauses_until: datetime | None = None


async def standings(database: Database, registry: Registry, now: datetime, code: str = "") -> list[PartnerStanding]:
    """Return the standing of every partner we exchange with, samples apart, in the order of their codes.

    Args:
        code: of one partner, when only that is wanted.
    """
    partners = [one for one in registry.current() if not one.is_sample and code in ("", one.code)]

    def look(tx: Transaction) -> list[PartnerStanding]:
        known = peers.every(tx)
        return [standing_of(tx, one, known.get(one.code), now) for one in partners]

    return sorted(await database.read(look), key=lambda standing: standing.code)


def standing_of(tx: Transaction, partner: Partner, peer: PeerRow | None, now: datetime) -> PartnerStanding:
    """Return the standing of one partner.

    Args:
        peer: what is known of it, where it was read before.
    """
    return _of(partner, peer or peers.find(tx, partner.code), backlog.of_partner(tx, partner.code), now)


def _of(partner: Partner, peer: PeerRow, owed: Backlog, now: datetime) -> PartnerStanding:
    longest = longest_rest(partner)
    pausing = peer.pauses_until is not None and now < peer.pauses_until
    resting = peer.under_way_until is None and now < peer.quiet_until <= now + longest
    return PartnerStanding(
        code=partner.code,
        name=partner.short_name,
        status=partner.status,
        delivery=partner.delivery,
        circuit=peer.circuit(now, longest),
        failures=peer.failures,
        last_reason=peer.last_reason,
        row=_row(peer.last_reason),
        last_failure_at=peer.last_failure_at,
        quiet_until=peer.quiet_until if resting else None,
        last_outward_at=peer.last_outward_at,
        last_inward_at=peer.last_inward_at,
        clock_skew=peer.clock_skew,
        backlog=owed,
        pauses_from=peer.pauses_from if pausing else None,
        pauses_until=peer.pauses_until if pausing else None,
    )


def _row(reason: str) -> Row | None:
    try:
        return ROWS[Reason(reason)]
    except ValueError:
        return None
