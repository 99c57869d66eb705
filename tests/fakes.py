"""Fakes behind Protocols; each passes the contract suite of the real thing (tests/contract/)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.app.gateway import Gateway
from gateway.app.peering_door import peering_flows
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import Answers, Courier, HandedOut, Manifest, MaterialStanding, Recalled
from gateway.flows.standing.noting_courier import SeesCertificates
from gateway.partners.partner import Partner
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.description import Description
from gateway.wire.item_pages import ItemsPage
from gateway.wire.reconcile import DayAsked, DayHeld


class FakeClock:
    """A clock that goes only when it is told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.jumped = 0.0

    def __call__(self) -> datetime:
        return self.now

    def jump(self, **span: float) -> None:
        """Be set to another time by a span such as `hours=3`, while no time passes."""
        self.now += timedelta(**span)
        self.jumped += timedelta(**span).total_seconds()

    def pass_time(self, **span: float) -> None:
        """Move on by a span such as `minutes=3`."""
        self.now += timedelta(**span)


class DirectCourier:
    """Carries bytes between gateways of one process, without sockets."""

    def __init__(self, own_region: str, others: dict[str, Gateway]) -> None:
        self._own = own_region
        self._others = others

    def _reach(self, partner: Partner) -> Gateway:
        if partner.code not in self._others:
            raise unreachable(partner)
        return self._others[partner.code]

    async def describe(self, partner: Partner, *, with_terms: bool = False) -> Description:
        there = self._reach(partner)
        # As a door does: what is served is listed in front of what the flow lists.
        said = await there.describe(self._own, with_terms=with_terms)
        return replace(said, features=(*peering_flows(there).features, *said.features))

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        return await self._reach(partner).receive([sealed_from_bytes(one) for one in envelopes], self._own)

    async def collect(self, partner: Partner, answered: Answers, max_envelopes: int, wait_seconds: int) -> HandedOut:
        return await self._reach(partner).hand_out(self._own, answered, max_envelopes, wait_seconds)

    async def check_materials(self, partner: Partner, manifest: Manifest) -> tuple[MaterialStanding, ...]:
        return await self._reach(partner).transfer.check_materials(self._own, manifest)

    async def put_material(
        self, partner: Partner, case_id: str, sha256: str, offset: int, chunks: AsyncIterator[bytes]
    ) -> MaterialStanding:
        return await self._reach(partner).transfer.put_material(self._own, case_id, sha256, offset, chunks)

    async def get_material(self, partner: Partner, case_id: str, sha256: str, offset: int) -> AsyncIterator[bytes]:
        async for chunk in await self._reach(partner).transfer.get_material(self._own, case_id, sha256, offset):
            yield chunk

    async def get_receipts(
        self, partner: Partner, envelope_ids: Sequence[str], *, issued_by_us: bool = False
    ) -> Recalled:
        return await self._reach(partner).get_receipts(self._own, envelope_ids, issued_by_caller=issued_by_us)

    async def get_envelopes(
        self, partner: Partner, ids: Sequence[str] = (), of_case: tuple[str, str, int] | None = None
    ) -> HandedOut:
        return await self._reach(partner).get_envelopes(self._own, ids, of_case)

    async def get_items(self, partner: Partner, since: int, page_token: str = "") -> ItemsPage:
        return await self._reach(partner).items.publish(self._own, since, page_token)

    async def reconcile(self, partner: Partner, asked: DayAsked) -> DayHeld:
        return await self._reach(partner).restored.reconcile(self._own, asked)


class UnreliableCourier:
    """Any courier, with a way that can be cut.

    `down` holds partners that cannot be reached; with `lose_answers` envelopes arrive and their answers do not; with
    `cut_after` an upload breaks after that many bytes, and with `cut_download_after` a download; with
    `stall_download_after` a download stands still; `meanwhile` happens while
    envelopes are under way.
    """

    def __init__(self, inner: Courier) -> None:
        self._inner = inner
        self.down: set[str] = set()
        self.lose_answers = False
        self.cut_after: int | None = None
        self.cut_download_after: int | None = None
        self.stall_download_after: int | None = None
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    def _way(self, partner: Partner) -> Courier:
        if partner.code in self.down:
            raise unreachable(partner)
        return self._inner

    def certificate_ends(self, code: str) -> datetime | None:
        return self._inner.certificate_ends(code) if isinstance(self._inner, SeesCertificates) else None

    async def describe(self, partner: Partner, *, with_terms: bool = False) -> Description:
        return await self._way(partner).describe(partner, with_terms=with_terms)

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        if self.meanwhile:
            await self.meanwhile()
        answers = await self._way(partner).deliver(partner, envelopes)
        if self.lose_answers:
            raise unreachable(partner)
        return answers

    async def collect(self, partner: Partner, answered: Answers, max_envelopes: int, wait_seconds: int) -> HandedOut:
        out = await self._way(partner).collect(partner, answered, max_envelopes, wait_seconds)
        if self.lose_answers:
            raise unreachable(partner)
        return out

    async def check_materials(self, partner: Partner, manifest: Manifest) -> tuple[MaterialStanding, ...]:
        return await self._way(partner).check_materials(partner, manifest)

    async def put_material(
        self, partner: Partner, case_id: str, sha256: str, offset: int, chunks: AsyncIterator[bytes]
    ) -> MaterialStanding:
        way = self._way(partner)
        if self.cut_after is None:
            return await way.put_material(partner, case_id, sha256, offset, chunks)
        await way.put_material(partner, case_id, sha256, offset, _first(chunks, self.cut_after))
        raise unreachable(partner)

    async def get_material(self, partner: Partner, case_id: str, sha256: str, offset: int) -> AsyncIterator[bytes]:
        chunks = self._way(partner).get_material(partner, case_id, sha256, offset)
        if self.stall_download_after is not None:
            async for chunk in _first(chunks, self.stall_download_after):
                yield chunk
            await asyncio.Event().wait()
        if self.cut_download_after is None:
            async for chunk in chunks:
                yield chunk
            return
        async for chunk in _first(chunks, self.cut_download_after):
            yield chunk
        raise unreachable(partner)

    async def get_receipts(
        self, partner: Partner, envelope_ids: Sequence[str], *, issued_by_us: bool = False
    ) -> Recalled:
        return await self._way(partner).get_receipts(partner, envelope_ids, issued_by_us=issued_by_us)

    async def get_envelopes(
        self, partner: Partner, ids: Sequence[str] = (), of_case: tuple[str, str, int] | None = None
    ) -> HandedOut:
        return await self._way(partner).get_envelopes(partner, ids, of_case)

    async def get_items(self, partner: Partner, since: int, page_token: str = "") -> ItemsPage:
        return await self._way(partner).get_items(partner, since, page_token)

    async def reconcile(self, partner: Partner, asked: DayAsked) -> DayHeld:
        return await self._way(partner).reconcile(partner, asked)


def unreachable(partner: Partner) -> GatewayError:
    """The error of a partner that is down."""
    return GatewayError(Reason.PARTNER_UNREACHABLE, partner=partner.short_name, detail="down")


async def _first(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    sent = 0
    async for chunk in chunks:
        yield chunk[: most - sent]
        sent += len(chunk)
        if sent >= most:
            return
