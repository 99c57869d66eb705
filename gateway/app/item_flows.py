"""The flows of items, bound to one gateway: publish ours, ask partners for theirs, import, look."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.app.parts import Parts
from gateway.case.item.definition import ItemDefinition
from gateway.flows.delivery.courier import ItemsPage
from gateway.flows.items.compare import ComparingItems
from gateway.flows.items.import_ours import Imported, import_items
from gateway.flows.items.look import LookingAtItems
from gateway.flows.items.publish import publish_items
from gateway.flows.items.refresh import DOUBTS, Refreshed, Refreshing
from gateway.store import items


@dataclass(slots=True)
class ItemFlows:
    """What a gateway does with items.

    Attributes:
        doubted: partners whose refusals say that their catalogue is newer than ours; a hint for the loop that asks.
    """

    parts: Parts
    doubted: set[str] = field(default_factory=set)

    @property
    def refreshing(self) -> Refreshing:
        """See `flows.items.refresh`."""
        it = self.parts
        return Refreshing(
            it.about.region, it.database, it.registry, it.courier, it.catalogues, it.divisions, it.world.clock
        )

    @property
    def looking(self) -> LookingAtItems:
        """See `flows.items.look`."""
        it = self.parts
        about = it.about
        return LookingAtItems(
            about.region, about.region_name, it.database, it.registry, it.redirects, it.catalogues, it.world.clock
        )

    @property
    def comparing(self) -> ComparingItems:
        """See `flows.items.compare`."""
        it = self.parts
        return ComparingItems(it.about.region, it.database, it.registry, it.catalogues, it.parity, it.world.clock)

    async def publish(self, caller: str, since: int, page_token: str) -> ItemsPage:
        """See `flows.items.publish`; every caller that is a partner is told the same."""
        assert caller, "the caller is proven"
        return await publish_items(since, page_token, database=self.parts.database, own_region=self._region)

    async def refresh(self, code: str) -> Refreshed:
        """See `flows.items.refresh`."""
        refreshed = await self.refreshing.refresh(code)
        if refreshed.told:
            self.parts.signals.told()
        return refreshed

    async def import_items(self, definitions: Sequence[ItemDefinition], actor: str) -> Imported:
        """See `flows.items.import_ours`."""
        return await import_items(
            definitions,
            actor,
            database=self.parts.database,
            catalogues=self.parts.catalogues,
            divisions=self.parts.divisions,
            own_region=self._region,
            clock=self.parts.world.clock,
        )

    async def own_version(self) -> int:
        """Return the version of our own catalogue; 0 when no items are imported."""
        return await self.parts.database.read(lambda tx: items.version_of(tx, self._region))

    def doubt(self, code: str, refusals: Sequence[str]) -> None:
        """A partner refused envelopes for these reasons; its catalogue may be newer than what we hold."""
        if DOUBTS.intersection(refusals):
            self.doubted.add(code)

    @property
    def _region(self) -> str:
        return self.parts.about.region
