"""One gateway with every flow bound to what it needs; doors and loops are given these and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from gateway.app.item_flows import ItemFlows
from gateway.app.parts import Parts
from gateway.flows.act import Act, Acted, act, claim_case
from gateway.flows.collect import Collector, hand_out
from gateway.flows.courier import Answers, HandedOut, Recalled
from gateway.flows.deliver import Flight, deliver
from gateway.flows.describe import describe
from gateway.flows.recall import get_envelopes, get_receipts
from gateway.flows.receive import receive
from gateway.flows.recheck_licences import Rechecked
from gateway.flows.release import Released, release
from gateway.flows.send_materials import send_materials
from gateway.flows.submit import UNCHECKED, Submission, Submitted, submit
from gateway.flows.sweep import Swept, sweep
from gateway.store import feed, outbox, peers
from gateway.wire.description import Description
from gateway.wire.envelope import Sealed


@dataclass(slots=True)
class Gateway(Parts):
    """Everything a gateway does, without doors and without loops."""

    items: ItemFlows = field(init=False)

    def __post_init__(self) -> None:
        Parts.__post_init__(self)
        self.items = ItemFlows(self)

    async def submit(self, submission: Submission) -> Submitted:
        """See `flows.submit`."""
        done = await submit(
            submission,
            database=self.database,
            opening=self.opening,
            clock=self.world.clock,
            wake=self.signals.wake,
        )
        if UNCHECKED in done.notes:
            # It may have published since it was asked: ask again soon.
            self.items.doubted.add(done.partner)
        return done

    async def act(self, deed: Act) -> Acted:
        """See `flows.act`; licences are verified before: see `flows.licence_gate`."""
        return await act(
            await self.licence_gate.with_verified_supplement(deed),
            database=self.database,
            vault=self.vault,
            sealer=self.sealer,
            timing=self.timing,
            clock=self.world.clock,
            wake=self.signals.wake,
            checks=self.checks,
            before=(self.licence_gate.before,),
        )

    async def claim_case(self, system: str, case_id: str) -> None:
        """See `flows.act.claim_case`."""
        await claim_case(system, case_id, database=self.database, clock=self.world.clock)

    async def release(self, system: str, case_id: str) -> Released:
        """See `flows.release`."""
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
        """See `flows.receive`."""
        return await receive(
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

    async def deliver(self, code: str) -> Flight:
        """See `flows.deliver`."""
        flight = await deliver(
            code,
            database=self.database,
            registry=self.registry,
            courier=self.courier,
            settling=self.settling,
            keys_of=self.keys_of,
            clock=self.world.clock,
            told=self.signals.told,
        )
        self.items.doubt(code, flight.refusals)
        return flight

    async def send_materials(self, code: str) -> bool:
        """See `flows.send_materials`."""
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
        """See `flows.collect.hand_out`."""
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
        )

    def collector(self) -> Collector:
        """See `flows.collect.Collector`."""
        return Collector(
            database=self.database,
            registry=self.registry,
            courier=self.courier,
            files=self.files,
            region=self.about.region,
            keys_of=self.keys_of,
            receive=self.receive,
            clock=self.world.clock,
        )

    async def describe(self, caller: str) -> Description:
        """See `flows.describe`."""
        return await describe(
            caller, about=self.about, database=self.database, registry=self.registry, clock=self.world.clock
        )

    async def get_receipts(self, caller: str, envelope_ids: Sequence[str]) -> Recalled:
        """See `flows.recall`."""
        return await get_receipts(
            caller,
            envelope_ids,
            database=self.database,
            vault=self.vault,
            own_region=self.about.region,
            new_id=self.world.new_id,
            clock=self.world.clock,
        )

    async def get_envelopes(
        self, caller: str, ids: Sequence[str] = (), of_case: tuple[str, str, int] | None = None
    ) -> HandedOut:
        """See `flows.recall`."""
        again = partial(get_envelopes, database=self.database, vault=self.vault, own_region=self.about.region)
        return await again(caller, ids=ids, of_case=of_case)

    def callable_types(self) -> frozenset[str] | None:
        """Return the types of electronic licences that can be looked up now; None when that is not known."""
        return self.verifying.callable_types()

    async def recheck_licences(self) -> Rechecked:
        """See `flows.recheck_licences`."""
        return await self.rechecking.recheck()

    async def sweep(self) -> Swept:
        """See `flows.sweep`."""
        return await sweep(
            database=self.database,
            registry=self.registry,
            courier=self.courier,
            settling=self.settling,
            files=self.files,
            keys_of=self.keys_of,
            clock=self.world.clock,
            told=self.signals.told,
        )

    async def partners_with_work(self) -> list[str]:
        """Return the partners for whom something is due now."""
        now: datetime = self.world.clock()
        codes = [partner.code for partner in self.registry.current() if not partner.is_sample]
        return await self.database.read(lambda tx: [code for code in codes if outbox.has_work(tx, code, now)])

    async def owed_to_partners(self) -> dict[str, int]:
        """Return how many envelopes each partner is owed."""
        codes = [partner.code for partner in self.registry.current() if not partner.is_sample]
        return await self.database.read(lambda tx: {code: outbox.waiting(tx, code)[0] for code in codes})

    async def heard_from(self, code: str) -> None:
        """A partner made an authentic call: its back-off ends, and what it is owed may go."""
        now = self.world.clock()
        if await self.database.write(lambda tx: peers.heard_from(tx, code, now)):
            self.signals.wake(code)
