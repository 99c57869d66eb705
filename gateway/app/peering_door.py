"""The door to other regions, bound to one gateway."""

import asyncio
from collections.abc import Sequence

from cryptography import x509
from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.case.errors import GatewayError
from gateway.partners.snapshot import Partners
from gateway.peering.interceptors import Doorkeeping
from gateway.peering.served import PeeringFlows
from gateway.peering.server import Listening
from gateway.settings import Settings
from gateway.telemetry import Said
from gateway.trust.identity import IdentityCache
from gateway.trust.tls import load_certified

HEARD_AT_MOST_EVERY = 60.0
"""Seconds; an authentic call ends a partner's back-off at most once in this time (one probe a minute)."""


def peering_flows(gateway: Gateway) -> PeeringFlows:
    """Return what other regions may call."""

    async def get_receipts(caller: str, ids: Sequence[str]) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
        recalled = await gateway.get_receipts(caller, ids)
        return recalled.receipt_batches, recalled.never_seen

    async def get_envelopes(
        caller: str, *, ids: Sequence[str] = (), of_case: tuple[str, str, int] | None = None
    ) -> tuple[tuple[bytes, ...], bool]:
        again = await gateway.get_envelopes(caller, ids, of_case)
        return again.envelopes, again.more

    return PeeringFlows(
        describe=gateway.describe,
        receive=gateway.receive,
        hand_out=gateway.hand_out,
        get_receipts=get_receipts,
        get_envelopes=get_envelopes,
        check_materials=gateway.transfer.check_materials,
        put_material=gateway.transfer.put_material,
        get_material=gateway.transfer.get_material,
        get_items=gateway.items.publish,
    )


def listening(gateway: Gateway, settings: Settings, log: FilteringBoundLogger) -> Listening:
    """Return what the peering server is made of."""
    certified = load_certified(settings.tls.certificate, settings.tls.private_key)
    hearing = Hearing(gateway)

    def refused(method: str, error: GatewayError) -> None:
        log.warning(Said.CALLER_REJECTED, route=method, reason=error.reason.value)

    def broken(method: str, trace: str, error: BaseException) -> None:
        log.error(Said.INTERNAL, route=method, trace=trace, exc_info=error)

    return Listening(
        address=str(settings.peering.listen),
        certified=certified,
        roots=trusted_roots(gateway.registry.current(), settings),
        keeping=Doorkeeping(
            own_region=settings.region,
            partners=gateway.trusted,
            clock=gateway.world.clock,
            cache=IdentityCache(),
            heard_from=hearing.hint,
            refused=refused,
        ),
        flows=peering_flows(gateway),
        new_trace_id=gateway.world.new_id,
        report=broken,
        stop_seconds=settings.limits.stop_within.total_seconds() / 2,
    )


def trusted_roots(snapshot: Partners, settings: Settings) -> list[x509.Certificate]:
    """Return whose certificates pass the handshake: our own authority, and those of every partner that is no sample."""
    own = x509.load_pem_x509_certificate(settings.tls.authority.read_bytes())
    return [own, *(root for partner in snapshot if not partner.is_sample for root in partner.roots)]


class Hearing:
    """Passes on that a partner called, at most once a minute each, without holding the call up."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._last: dict[str, float] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def hint(self, region: str) -> None:
        """A region made an authentic call."""
        now = self._gateway.world.clock().timestamp()
        if abs(now - self._last.get(region, 0.0)) < HEARD_AT_MOST_EVERY:
            return
        self._last[region] = now
        task = asyncio.get_running_loop().create_task(self._gateway.heard_from(region))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
