"""What this door serves: the flows behind each method, bound by the composition root."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from typing import Protocol

from gateway.flows.delivery.courier import Answers, HandedOut, Manifest, MaterialStanding
from gateway.wire.description import Description
from gateway.wire.envelope import Sealed
from gateway.wire.item_pages import ItemsPage
from gateway.wire.reconcile import DayAsked, DayHeld


class RecallEnvelopes(Protocol):
    """Hands sealed envelopes out again, by id or as (case, sender, first sequence)."""

    async def __call__(
        self, caller: str, *, ids: Sequence[str] = (), of_case: tuple[str, str, int] | None = None
    ) -> tuple[tuple[bytes, ...], bool]:
        """Return serialised SealedEnvelope messages, and whether more are there."""


Describe = Callable[..., Awaitable[Description]]
"""The caller; `with_terms=True` when it asks for the terms of the agreements too."""
Receive = Callable[[Sequence[Sealed], str], Awaitable[Answers]]
HandOut = Callable[[str, Answers, int, int], Awaitable[HandedOut]]
RecallReceipts = Callable[[str, Sequence[str], bool], Awaitable[tuple[tuple[bytes, ...], tuple[str, ...]]]]
"""Caller, envelope ids, and whether the receipts the caller itself issued are wanted."""
CheckMaterials = Callable[[str, Manifest], Awaitable[tuple[MaterialStanding, ...]]]
PutMaterial = Callable[[str, str, str, int, AsyncIterator[bytes]], Awaitable[MaterialStanding]]
GetMaterial = Callable[[str, str, str, int], Awaitable[AsyncIterator[bytes]]]
GetItems = Callable[[str, int, str], Awaitable[ItemsPage]]
Reconcile = Callable[[str, DayAsked], Awaitable[DayHeld]]
ISSUED_BY_CALLER = "receipts/issued_by_caller"
"""Listed where GetReceipts hands a caller's own receipts back."""


@dataclass(frozen=True, slots=True)
class PeeringFlows:
    """One bound flow per method, called with the gateway code of the proven caller; None is answered NOT_SERVED."""

    describe: Describe | None = None
    receive: Receive | None = None
    hand_out: HandOut | None = None
    get_receipts: RecallReceipts | None = None
    get_envelopes: RecallEnvelopes | None = None
    check_materials: CheckMaterials | None = None
    put_material: PutMaterial | None = None
    get_material: GetMaterial | None = None
    get_items: GetItems | None = None
    reconcile: Reconcile | None = None

    @property
    def features(self) -> tuple[str, ...]:
        """What DescribeGateway lists of methods: those that are served, and no others."""
        served = [f"rpc/{RPC_OF[one.name]}" for one in fields(self) if getattr(self, one.name) is not None]
        return (*served, *((ISSUED_BY_CALLER,) if self.get_receipts is not None else ()))


RPC_OF = {
    "describe": "DescribeGateway",
    "receive": "DeliverEnvelopes",
    "hand_out": "CollectEnvelopes",
    "get_receipts": "GetReceipts",
    "get_envelopes": "GetEnvelopes",
    "check_materials": "CheckMaterials",
    "put_material": "PutMaterial",
    "get_material": "GetMaterial",
    "get_items": "GetItems",
    "reconcile": "Reconcile",
}
"""The method each flow stands behind."""
