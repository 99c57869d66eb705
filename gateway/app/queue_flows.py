"""The desk of the queue, bound to one gateway: look, hold, release, retry, fail, redirect, and the upkeep of what is kept back."""

from dataclasses import dataclass, field
from datetime import datetime

from gateway.app.delivery_flows import DeliveryFlows
from gateway.app.parts import Parts
from gateway.flows.queue.deed import Deed, Step
from gateway.flows.queue.fail import Asking, fail
from gateway.flows.queue.hold import hold
from gateway.flows.queue.let_go import end_hold, let_go
from gateway.flows.queue.redirect import Redirecting
from gateway.flows.queue.retry import retry
from gateway.flows.queue.show import QueueCase, show
from gateway.flows.queue.upkeep import Upkeep
from gateway.flows.queue.view import Overview, Viewing
from gateway.store.queue import Selection


@dataclass(slots=True)
class QueueFlows:
    """What operators do with the queue of one gateway."""

    parts: Parts
    viewing: Viewing = field(init=False)
    upkeep: Upkeep = field(init=False)

    def __post_init__(self) -> None:
        parts = self.parts
        self.viewing = Viewing(parts.database, parts.registry, parts.world.clock)
        self.upkeep = Upkeep(
            parts.database,
            parts.registry,
            parts.about.region,
            parts.world.clock,
            parts.watch.is_doubtful,
            parts.signals.wake,
            parts.listening.listen,
        )

    async def overview(self) -> Overview:
        """See `flows.queue.view`."""
        return await self.viewing.overview()

    async def count(self, wanted: Selection, *, openings: bool = False) -> int:
        """See `flows.queue.view`."""
        return await self.viewing.count(wanted, self.parts.about.region if openings else "")

    async def show(self, key: str) -> QueueCase:
        """See `flows.queue.show`."""
        return await show(key, database=self.parts.database, own_region=self.parts.about.region)

    async def hold(self, deed: Deed, until: datetime | None) -> Step:
        """See `flows.queue.hold`."""
        parts = self.parts
        return await hold(
            deed,
            until,
            database=parts.database,
            own_region=parts.about.region,
            new_id=parts.world.new_id,
            clock=parts.world.clock,
            told=parts.signals.told,
        )

    async def let_go(self, deed: Deed) -> Step:
        """See `flows.queue.let_go`."""
        parts = self.parts
        return await let_go(deed, database=parts.database, clock=parts.world.clock, wake=parts.signals.wake)

    async def end_hold(self, deed: Deed, hold_id: str) -> Step:
        """See `flows.queue.let_go`."""
        parts = self.parts
        return await end_hold(deed, hold_id, database=parts.database, clock=parts.world.clock, wake=parts.signals.wake)

    async def retry(self, deed: Deed) -> Step:
        """See `flows.queue.retry`."""
        parts = self.parts
        return await retry(
            deed,
            database=parts.database,
            retry_partner=DeliveryFlows(parts).retry_partner,
            clock=parts.world.clock,
            wake=parts.signals.wake,
        )

    async def fail(self, deed: Deed, *, without_asking: bool) -> Step:
        """See `flows.queue.fail`."""
        parts = self.parts
        return await fail(
            deed,
            without_asking=without_asking,
            asking=self.asking,
            region_name=parts.about.region_name,
            wake=parts.signals.wake,
            told=parts.signals.told,
        )

    async def redirect(self, deed: Deed, to: str, *, without_asking: bool) -> Step:
        """See `flows.queue.redirect`."""
        parts = self.parts
        redirecting = Redirecting(parts.opening, self.asking, parts.signals.wake, parts.signals.told)
        return await redirecting.redirect(deed, to, without_asking=without_asking)

    @property
    def asking(self) -> Asking:
        """What asks partners what became of envelopes."""
        parts = self.parts
        return Asking(parts.database, parts.registry, parts.courier, parts.settling, parts.keys_of, parts.world.clock)
