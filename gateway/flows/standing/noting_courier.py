"""A courier that keeps every description a partner gives, whatever it was asked for, so that nobody has to ask for it twice."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from gateway.case.errors import GatewayError
from gateway.flows.delivery.courier import Answers, Courier, HandedOut, Manifest, MaterialStanding, Recalled
from gateway.partners.partner import Partner
from gateway.wire.description import Description
from gateway.wire.item_pages import ItemsPage
from gateway.wire.reconcile import DayAsked, DayHeld

Note = Callable[[Partner, Description], Awaitable[None]]
"""Keeps what a partner told."""


@runtime_checkable
class SeesCertificates(Protocol):
    """A courier that dials, and so sees the certificates of servers."""

    def certificate_ends(self, code: str) -> datetime | None:
        """Return when the certificate of a partner's server ends; None while it is not connected."""


@dataclass(frozen=True, slots=True)
class NotingCourier:
    """See `flows.delivery.courier.Courier`; all but `describe` is passed on.

    Attributes:
        notes: told every description, in their order; one that cannot write it down costs the one who asked nothing.
    """

    inner: Courier
    notes: list[Note] = field(default_factory=list)

    async def describe(self, partner: Partner, *, with_terms: bool = False) -> Description:
        """Ask, and keep what was told."""
        inner = self.inner
        said = await (inner.describe(partner, with_terms=True) if with_terms else inner.describe(partner))
        for note in self.notes:
            with suppress(GatewayError):
                await note(partner, said)
        return said

    def certificate_ends(self, code: str) -> datetime | None:
        """Return when the certificate a partner's server proved itself with ends; None when that is not known."""
        return self.inner.certificate_ends(code) if isinstance(self.inner, SeesCertificates) else None

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        """Pass on."""
        return await self.inner.deliver(partner, envelopes)

    async def collect(self, partner: Partner, answered: Answers, max_envelopes: int, wait_seconds: int) -> HandedOut:
        """Pass on."""
        return await self.inner.collect(partner, answered, max_envelopes, wait_seconds)

    async def check_materials(self, partner: Partner, manifest: Manifest) -> tuple[MaterialStanding, ...]:
        """Pass on."""
        return await self.inner.check_materials(partner, manifest)

    async def put_material(
        self, partner: Partner, case_id: str, sha256: str, offset: int, chunks: AsyncIterator[bytes]
    ) -> MaterialStanding:
        """Pass on."""
        return await self.inner.put_material(partner, case_id, sha256, offset, chunks)

    def get_material(self, partner: Partner, case_id: str, sha256: str, offset: int) -> AsyncIterator[bytes]:
        """Pass on."""
        return self.inner.get_material(partner, case_id, sha256, offset)

    async def get_receipts(
        self, partner: Partner, envelope_ids: Sequence[str], *, issued_by_us: bool = False
    ) -> Recalled:
        """Pass on."""
        return await self.inner.get_receipts(partner, envelope_ids, issued_by_us=issued_by_us)

    async def get_envelopes(
        self, partner: Partner, ids: Sequence[str] = (), of_case: tuple[str, str, int] | None = None
    ) -> HandedOut:
        """Pass on."""
        return await self.inner.get_envelopes(partner, ids, of_case)

    async def get_items(self, partner: Partner, since: int, page_token: str = "") -> ItemsPage:
        """Pass on."""
        return await self.inner.get_items(partner, since, page_token)

    async def reconcile(self, partner: Partner, asked: DayAsked) -> DayHeld:
        """Pass on."""
        return await self.inner.reconcile(partner, asked)
