"""Reconciling days with partners (对账), bound to one gateway: what is due, doing it, the reports, explaining."""

from dataclasses import dataclass, field
from datetime import date

from gateway.app.parts import Parts
from gateway.app.restored_flows import RestoredFlows
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.reconciling.compare import Comparing
from gateway.flows.reconciling.explain import explain
from gateway.flows.reconciling.plan import due_days
from gateway.flows.reconciling.reconcile_day import Reconciling
from gateway.flows.reconciling.repair import Repairing
from gateway.flows.standing.ask import can_be_asked
from gateway.partners.partner import Partner
from gateway.store import reconciliations
from gateway.store.reconciliations import Compared, Difference


@dataclass(slots=True)
class ReconcilingFlows:
    """What a gateway does so that both sides go on holding the same."""

    parts: Parts
    restored: RestoredFlows
    comparing: Comparing = field(init=False)

    def __post_init__(self) -> None:
        it = self.parts
        self.comparing = Comparing(it.database, it.courier, it.world.clock)

    async def due(self, partner: Partner) -> list[date]:
        """Return the days to reconcile with a partner now, the newest first."""
        now = self.parts.world.clock()
        return await self.parts.database.read(lambda tx: due_days(tx, partner.code, now))

    async def reconcile_day(self, code: str, day: date, by: str) -> list[Compared]:
        """See `flows.reconciling.reconcile_day`."""
        return await self._flow.reconcile_day(code, day, by)

    async def not_asked(self, code: str, day: date, reason: str) -> None:
        """See `flows.reconciling.reconcile_day`."""
        await self._flow.not_asked(code, day, reason)

    async def explain(self, code: str, day: date, by: str, words: str) -> int:
        """See `flows.reconciling.explain`."""
        it = self.parts
        return await explain(code, day, by, words, database=it.database, now=it.world.clock())

    async def reports(self, first: date, last: date, partner: str, limit: int) -> list[Compared]:
        """Return how days came out, the newest first."""
        return await self.parts.database.read(lambda tx: reconciliations.of_days(tx, first, last, partner, limit))

    async def report(self, code: str, day: date, limit: int) -> list[tuple[Compared, list[Difference]]]:
        """Return how one day with a partner came out, with what differed.

        Raises:
            GatewayError: NO_DIFFERENCE when it was never tried.
        """
        found = await self.parts.database.read(
            lambda tx: [
                (one, reconciliations.differences_of(tx, day, code, one.direction, limit=limit))
                for one in reconciliations.of_days(tx, day, day, code)
            ]
        )
        if not found:
            raise GatewayError(Reason.NO_DIFFERENCE, day=day.isoformat(), partner=code)
        return found

    def askable(self) -> list[str]:
        """Return the partners that can be compared with from here, in the order of their codes."""
        return sorted(one.code for one in self.parts.registry.current() if can_be_asked(one))

    @property
    def _flow(self) -> Reconciling:
        it, restored = self.parts, self.restored
        repairing = Repairing(
            it.database,
            it.courier,
            it.settling,
            it.keys_of,
            it.transfer,
            restored.fetching,
            restored.taking_back,
            it.world.clock,
            it.signals.told,
        )
        return Reconciling(
            it.database,
            it.registry,
            self.comparing,
            repairing,
            it.behind.is_behind,
            it.signals.wake,
            it.world.clock,
        )
