"""One gateway with every flow bound to what it needs; doors and loops are given these and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from gateway.app.delivery_flows import DeliveryFlows
from gateway.app.item_flows import ItemFlows
from gateway.app.parts import Parts
from gateway.app.queue_flows import QueueFlows
from gateway.app.reconciling_flows import ReconcilingFlows
from gateway.app.restored_flows import RestoredFlows
from gateway.app.standing_flows import StandingFlows
from gateway.case.reasons import Reason
from gateway.flows.act import Act, Acted, Before, act, claim_case
from gateway.flows.delivery.collect import Collector, hand_out
from gateway.flows.delivery.courier import Answers, HandedOut, Recalled
from gateway.flows.delivery.deliver import NOTHING, Flight, deliver
from gateway.flows.delivery.recall import get_envelopes, get_issued_receipts, get_receipts
from gateway.flows.delivery.release import Released, release
from gateway.flows.describe import describe
from gateway.flows.licences.recheck import Rechecked
from gateway.flows.materials.send import send_materials
from gateway.flows.receive import receive
from gateway.flows.submit import UNCHECKED, Submission, Submitted, submit
from gateway.flows.sweep import Sweeping, Swept
from gateway.store import claims, feed
from gateway.wire.description import Description
from gateway.wire.envelope import Sealed


@dataclass(slots=True)
class Gateway(Parts):
    """Everything a gateway does, without doors and without loops."""

    items: ItemFlows = field(init=False)
    restored: RestoredFlows = field(init=False)
    delivery: DeliveryFlows = field(init=False)
    queue: QueueFlows = field(init=False)
    standing: StandingFlows = field(init=False)
    reconciling: ReconcilingFlows = field(init=False)

    def __post_init__(self) -> None:
        Parts.__post_init__(self)
        self.items = ItemFlows(self)
        self.restored = RestoredFlows(self)
        self.delivery = DeliveryFlows(self)
        self.queue = QueueFlows(self)
        self.standing = StandingFlows(self)
        self.reconciling = ReconcilingFlows(self, self.restored)

    async def submit(self, submission: Submission) -> Submitted:
        """See `flows.submit`."""
        self.gate.need()
        bound = partial(
            submit, database=self.database, opening=self.opening, clock=self.world.clock, wake=self.signals.wake
        )
        done = await self.watching.submitted(submission, bound)
        if UNCHECKED in done.notes:
            # It may have published since it was asked: ask again soon.
            self.items.doubted.add(done.partner)
        return done

    async def act(self, deed: Act, *before: Before) -> Acted:
        """See `flows.act`; licences are verified before: see `flows.licences.gate`."""
        self.gate.need()
        bound = partial(
            act,
            database=self.database,
            vault=self.vault,
            sealer=self.sealer,
            timing=self.timing,
            clock=self.world.clock,
            wake=self.signals.wake,
            checks=self.checks,
            before=(self.licence_gate.before, *before),
        )
        return await self.watching.acted(await self.licence_gate.with_verified_supplement(deed), bound)

    async def claim_case(self, system: str, case_id: str) -> None:
        """See `flows.act.claim_case`."""
        await claim_case(system, case_id, database=self.database, clock=self.world.clock)

    async def release(self, system: str, case_id: str) -> Released:
        """See `flows.delivery.release`."""
        return await release(
            system,
            case_id,
            database=self.database,
            vault=self.vault,
            sealer=self.sealer,
            clock=self.world.clock,
            wake=self.signals.wake,
        )

    async def confirm_feed(self, system: str, up_to: int) -> int:
        """See `flows.look`."""
        return await self.looking.confirm_feed(system, up_to, self.world.clock())

    async def has_news(self, system: str, after: int) -> bool:
        """Whether the feed of a system has something behind a position."""
        return bool(await self.database.read(lambda tx: feed.waiting(tx, system, after, 1)))

    async def receive(self, sealed: Sequence[Sealed], caller: str) -> Answers:
        """See `flows.receive`; nothing is taken in from a partner we are behind with."""
        self.gate.need()
        self.behind.need(caller)
        answers = receive(
            sealed,
            caller,
            database=self.database,
            vault=self.vault,
            sealer=self.sealer,
            keys_of=self.keys_of,
            taking_in=self.taking_in,
            clock=self.world.clock,
            told=self.signals.told,
        )
        return await self.watching.received(sealed, caller, answers)

    async def deliver(self, code: str) -> Flight:
        """See `flows.delivery.deliver`; nothing leaves for a partner we are behind with."""
        if self.behind.is_behind(code):
            return NOTHING
        flight = await deliver(
            code,
            database=self.database,
            registry=self.registry,
            courier=self.courier,
            settling=self.settling,
            keys_of=self.keys_of,
            clock=self.world.clock,
            told=self.watching.turn(code, self.signals.told),
        )
        self.items.doubt(code, flight.refusals)
        if flight.back:
            # Its files wait for that as well.
            self.signals.wake(code)
        return flight

    async def send_materials(self, code: str) -> bool:
        """See `flows.materials.send`."""
        if self.behind.is_behind(code):
            return False
        return await send_materials(
            code,
            database=self.database,
            registry=self.registry,
            courier=self.courier,
            settling=self.settling,
            files=self.files,
            clock=self.world.clock,
            wake=self.signals.wake,
        )

    async def hand_out(self, caller: str, answered: Answers, max_envelopes: int, wait_seconds: int) -> HandedOut:
        """See `flows.delivery.collect.hand_out`."""
        self.behind.need(caller)
        return await hand_out(
            caller,
            answered,
            max_envelopes,
            wait_seconds,
            database=self.database,
            registry=self.registry,
            settling=self.settling,
            keys_of=self.keys_of,
            clock=self.world.clock,
            something_owed=self.signals.something_owed,
            told=self.signals.told,
            flown=partial(self.watching.flown, caller),
        )

    def collector(self) -> Collector:
        """See `flows.delivery.collect.Collector`."""
        return Collector(
            registry=self.registry,
            courier=self.courier,
            transfer=self.transfer,
            region=self.about.region,
            keys_of=self.keys_of,
            receive=self.receive,
            clock=self.world.clock,
        )

    async def describe(self, caller: str, *, with_terms: bool = False) -> Description:
        """See `flows.describe`."""
        bound = partial(describe, about=self.about, database=self.database, registry=self.registry)
        said = await bound(caller, clock=self.world.clock, with_terms=with_terms)
        said = replace(said, next_keys_sealed=self.papers.announcement(self.world.clock()))
        if not self.behind.is_behind(caller):
            return said
        return replace(said, standing=replace(said.standing, last_error=Reason.CATCHING_UP.value))

    async def get_receipts(
        self, caller: str, envelope_ids: Sequence[str], *, issued_by_caller: bool = False
    ) -> Recalled:
        """See `flows.delivery.recall`; “never seen” is not said to a partner we are behind with."""
        if issued_by_caller:
            return await get_issued_receipts(caller, envelope_ids, database=self.database, vault=self.vault)
        return await get_receipts(
            caller,
            envelope_ids,
            may_promise=not self.behind.is_behind(caller),
            again=self.sealer.again,
            database=self.database,
            vault=self.vault,
            own_region=self.about.region,
            new_id=self.world.new_id,
            clock=self.world.clock,
        )

    async def get_envelopes(
        self, caller: str, ids: Sequence[str] = (), of_case: tuple[str, str, int] | None = None
    ) -> HandedOut:
        """See `flows.delivery.recall`."""
        again = partial(get_envelopes, database=self.database, vault=self.vault, own_region=self.about.region)
        return await again(caller, ids=ids, of_case=of_case)

    def callable_types(self) -> frozenset[str] | None:
        """Return the types of electronic licences that can be looked up now; None when that is not known."""
        return self.verifying.callable_types()

    async def recheck_licences(self) -> Rechecked:
        """See `flows.licences.recheck`."""
        return await self.rechecking.recheck()

    async def sweep(self) -> Swept:
        """See `flows.sweep`; what is kept back has its exits looked after before: see `flows.queue.upkeep`."""
        await self.queue.upkeep.look_after()
        return await Sweeping(
            self.database,
            self.registry,
            self.courier,
            self.settling,
            self.keys_of,
            self.watch,
            self.signals.told,
            self.listening.listen,
        ).sweep()

    async def partners_with_work(self) -> list[str]:
        """Return the partners for whom something is due now, whether they may be called or not."""
        now = self.world.clock()
        codes = [partner.code for partner in self.registry.current() if not partner.is_sample]
        return await self.database.read(lambda tx: [code for code in codes if claims.has_work(tx, code, now)])

    async def heard_from(self, code: str) -> None:
        """See `app.delivery_flows`."""
        await self.delivery.heard_from(code)
        await self.queue.upkeep.heard_from(code)
        await self.standing.heard_from(code)
