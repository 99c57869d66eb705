"""The door to other regions, bound to one gateway."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from cryptography import x509
from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.app.maintenance_door import closed_in_maintenance
from gateway.case.errors import GatewayError
from gateway.case.reasons import Answer, Reason
from gateway.flows.delivery.courier import Answers
from gateway.partners.limits import Limits
from gateway.partners.snapshot import Partners
from gateway.peering.interceptors import Doorkeeping
from gateway.peering.served import RPC_OF, PeeringFlows, Receive
from gateway.peering.server import Listening
from gateway.peering.strangers import Strangers
from gateway.settings import Settings
from gateway.telemetry import Metrics, Said, measures
from gateway.trust.identity import IdentityCache
from gateway.wire.envelope import Sealed

HEARD_AT_MOST_EVERY = 60.0
"""Seconds; an authentic call ends a partner's back-off at most once in this time (one probe a minute)."""


def peering_flows(gateway: Gateway) -> PeeringFlows:
    """Return what other regions may call."""

    async def get_receipts(
        caller: str, ids: Sequence[str], issued_by_caller: bool
    ) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
        recalled = await gateway.get_receipts(caller, ids, issued_by_caller=issued_by_caller)
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
        reconcile=gateway.restored.reconcile,
    )


def listening(
    gateway: Gateway, settings: Settings, log: FilteringBoundLogger, metrics: Metrics | None = None
) -> Listening:
    """Return what the peering server is made of."""
    flows = peering_flows(gateway)
    hearing = Hearing(gateway)

    def refused(method: str, error: GatewayError) -> None:
        log.warning(Said.CALLER_REJECTED, route=method, reason=error.reason.value)

    def limits_of(region: str) -> Limits:
        partner = gateway.registry.current().of(region)
        return partner.limits if partner else Limits()

    def broken(method: str, trace: str, error: BaseException) -> None:
        log.error(Said.INTERNAL, route=method, trace=trace, exc_info=error)

    if metrics:
        metrics.learn("method", RPC_OF.values())

    def served(method: str, region: str, reason: Reason | None, seconds: float) -> None:
        if metrics is None:
            return
        outcome = "refused" if reason else "answered"
        metrics.observe(measures.RPC_SECONDS, method.rpartition("/")[2], outcome, value=seconds)
        if reason:
            metrics.refused("peering", reason, region)

    return Listening(
        address=str(settings.peering.listen),
        certified=gateway.papers.certified,
        roots=trusted_roots(gateway.registry.current(), settings),
        keeping=Doorkeeping(
            own_region=settings.region,
            partners=gateway.trusted,
            clock=gateway.world.clock,
            cache=IdentityCache(),
            heard_from=hearing.hint,
            refused=refused,
            strangers=Strangers(gateway.world.monotonic),
            denied=lambda: gateway.denying.denied,
        ),
        flows=closed_in_maintenance(
            replace(flows, receive=telling_rejections(gateway.receive, log, metrics)),
            gateway.standing.turning_away.need_no_maintenance,
        ),
        new_trace_id=gateway.world.new_id,
        report=broken,
        limits_of=limits_of,
        monotonic=gateway.world.monotonic,
        served=served,
        stop_seconds=settings.limits.stop_within.total_seconds() / 2,
        ready=False,
    )


def telling_rejections(receive: Receive, log: FilteringBoundLogger, metrics: Metrics | None) -> Receive:
    """Return `receive`, so that every envelope that was rejected is told in log and metrics: nothing else remains of it.

    A rejection is what is neither receipted nor retriable: not authentic, or a known id with another payload.
    """

    async def telling(sealed: Sequence[Sealed], caller: str) -> Answers:
        answers = await receive(sealed, caller)
        for one in answers.answers:
            if one.problem and one.problem.answer is not Answer.RETRIABLE:
                log.error(
                    Said.ENVELOPE_REJECTED, partner=caller, envelope_id=one.envelope_id, reason=one.problem.reason
                )
                if metrics:
                    metrics.envelope_rejected(caller, Reason(one.problem.reason))
        return answers

    return telling


def trusted_roots(snapshot: Partners, settings: Settings) -> list[x509.Certificate]:
    """Return whose certificates pass the handshake: our own authority, and those of every partner that is no sample."""
    own = x509.load_pem_x509_certificates(settings.tls.authority.read_bytes())
    return [*own, *(root for partner in snapshot if not partner.is_sample for root in partner.roots)]


def roots_now(gateway: Gateway, settings: Settings) -> list[x509.Certificate]:
    """Return whose certificates pass a handshake by the files in force."""
    return trusted_roots(gateway.registry.current(), settings)


class Hearing:
    """Passes on that a partner called, at most once a minute each, without holding the call up."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._last: dict[str, float] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def hint(self, region: str) -> None:
        """A region made an authentic call."""
        now = self._gateway.world.monotonic()
        if now - self._last.get(region, float("-inf")) < HEARD_AT_MOST_EVERY:
            return
        self._last[region] = now
        task = asyncio.get_running_loop().create_task(self._write_down(region))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _write_down(self, region: str) -> None:
        # A store that is away costs a probe at the most; the partner is called again by its schedule.
        with suppress(GatewayError):
            await self._gateway.heard_from(region)
