"""The flows of a gateway that was restored from a backup, bound to it; and comparing days, which any partner may ask for."""

from dataclasses import dataclass, replace

from gateway.app.parts import Parts
from gateway.flows.delivery.courier import Answers
from gateway.flows.receive import receive
from gateway.flows.restored.case_again import CaseAgain
from gateway.flows.restored.catch_up import CameBack, CatchingUp
from gateway.flows.restored.fetch_back import FetchingBack
from gateway.flows.restored.finish_catching_up import Finishing
from gateway.flows.restored.reconcile import reconcile
from gateway.flows.restored.taking_back import TakingBack
from gateway.flows.sealing import Sealer
from gateway.wire.envelope import Sealed
from gateway.wire.reconcile import DayAsked, DayHeld


@dataclass(frozen=True, slots=True)
class RestoredFlows:
    """What a restored gateway does before anything new."""

    parts: Parts

    async def reconcile(self, caller: str, asked: DayAsked) -> DayHeld:
        """See `flows.restored.reconcile`."""
        return await reconcile(caller, asked, database=self.parts.database, clock=self.parts.world.clock)

    async def catch_up(self, code: str) -> CameBack:
        """See `flows.restored.catch_up`."""
        it = self.parts
        finishing = Finishing(
            it.database,
            it.vault,
            self._sealer,
            it.timing,
            it.behind,
            it.about.region_name,
            it.world.clock,
            it.signals.wake,
            it.signals.told,
        )
        flow = CatchingUp(
            it.database,
            it.registry,
            it.courier,
            it.transfer,
            it.behind,
            self.fetching,
            self.taking_back,
            self._take_in,
            finishing,
            it.world.clock,
        )
        return await flow.catch_up(code)

    async def still_behind(self) -> list[str]:
        """Return the partners that can be asked and have not been, as the store says now."""
        it = self.parts
        if not it.behind.restored:
            return []
        await it.behind.look(it.database)
        return [one.code for one in it.registry.current() if not one.is_sample and it.behind.is_behind(one.code)]

    @property
    def _sealer(self) -> Sealer:
        """What seals for a partner we are behind with: receipts and notes that the end of catching up needs."""
        return replace(self.parts.sealer, holds=_nobody)

    async def _take_in(self, sealed: list[Sealed], code: str) -> Answers:
        it = self.parts
        return await receive(
            sealed,
            code,
            database=it.database,
            vault=it.vault,
            sealer=self._sealer,
            keys_of=it.keys_of,
            taking_in=it.taking_in,
            clock=it.world.clock,
            told=it.signals.told,
        )

    @property
    def fetching(self) -> FetchingBack:
        """What fetches envelopes of either side back from a partner."""
        it = self.parts
        return FetchingBack(it.about.region, it.database, it.courier, it.keys_of, lambda: it.own_keys, it.world.clock)

    def taking_back(self) -> TakingBack:
        """What writes back what came, bound to the partner snapshot in force."""
        it = self.parts
        snapshot, region = it.registry.current(), it.about.region
        again = CaseAgain(region, snapshot, it.vault, it.catalogues, it.timing, it.assign)
        return TakingBack(region, it.vault, it.settling, again)


def _nobody(_: str) -> bool:
    return False
