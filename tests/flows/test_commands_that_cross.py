"""Two commands at once, and commands that meet a flight: what one decided on may have changed when it writes."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from gateway.case import events as ev
from gateway.case.states import State
from gateway.flows.delivery.courier import Recalled
from gateway.flows.queue.fail import NOT_ASKED, OFFLINE
from gateway.flows.queue.hold import hold
from gateway.partners.partner import Partner
from gateway.store.database import Database, StoreFigures, Transaction
from tests.fakes import DirectCourier, UnreliableCourier
from tests.flows.queue_build import ENSHI, QIANJIANG, deed, live_on, owed_in, standing_of
from tests.flows.regions import Region, Regions, regions

COUNTY = "422801"
"""恩施市, with a gateway of its own inside 恩施州."""

T = TypeVar("T")


class Between:
    """A database in which something happens once, between a read and what follows it."""

    def __init__(self, inner: Database, happening: Callable[[], Awaitable[Any]]) -> None:
        self._inner = inner
        self._happening: Callable[[], Awaitable[Any]] | None = happening

    async def write(self, work: Callable[[Transaction], T]) -> T:
        return await self._inner.write(work)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        found = await self._inner.read(work)
        if self._happening:
            happening, self._happening = self._happening, None
            await happening()
        return found

    def figures(self) -> StoreFigures:
        return self._inner.figures()

    async def close(self) -> None:
        await self._inner.close()


class Answering(UnreliableCourier):
    """A courier with which something happens once, as soon as a partner has said what it has."""

    then: Callable[[], Awaitable[None]] | None = None

    @classmethod
    def of(cls, all_regions: Regions, region: Region) -> "Answering":
        courier = cls(DirectCourier(region.code, all_regions.gateways))
        region.courier = region.gateway.courier = courier
        return courier

    async def get_receipts(
        self, partner: Partner, envelope_ids: Sequence[str], *, issued_by_us: bool = False
    ) -> Recalled:
        said = await super().get_receipts(partner, envelope_ids, issued_by_us=issued_by_us)
        if self.then:
            then, self.then = self.then, None
            await then()
        return said


async def test_a_hold_that_is_released_while_it_is_put_in_force_keeps_nothing_back(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        number = await origin.submit(origin.a_case(to=ENSHI))
        desk = origin.gateway.queue

        async def somebody_else_releases_it() -> None:
            (one,) = (await desk.overview()).holds
            await desk.end_hold(deed("弄错了"), one.hold_id)

        parts = origin.gateway
        step = await hold(
            deed(partner=ENSHI),
            None,
            database=Between(parts.database, somebody_else_releases_it),
            own_region=QIANJIANG,
            new_id=parts.world.new_id,
            clock=parts.world.clock,
            told=parts.signals.told,
        )
        assert step.changed == 0
        await live_on(both, hours=1)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF, "nobody would ever let it go"


async def test_a_case_sent_anew_while_its_first_handler_is_asked_is_not_redirected(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin, county = all_regions[QIANJIANG], all_regions[COUNTY]
        origin.courier.down.add(COUNTY)
        number = await origin.submit(origin.a_case(to=COUNTY))
        await origin.gateway.queue.fail(deed(case_id=number), without_asking=True)
        courier = Answering.of(all_regions, origin)

        async def sent_anew() -> None:
            await origin.gateway.release(origin.system, number)
            await origin.gateway.delivery.retry_partner(COUNTY, "staff:S001")
            await origin.gateway.deliver(COUNTY)

        courier.then = sent_anew
        step = await origin.gateway.queue.redirect(deed(case_id=number), ENSHI, without_asking=False)
        assert step.changed == 0
        assert await origin.state(number) is await county.state(number) is State.AWAITING_SIGN_OFF
        assert not await all_regions[ENSHI].feed()


async def test_a_case_sent_anew_and_still_waiting_is_not_redirected_on_what_was_said_of_the_old_envelope(
    tmp_path: Path,
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin, county = all_regions[QIANJIANG], all_regions[COUNTY]
        origin.courier.down.add(COUNTY)
        number = await origin.submit(origin.a_case(to=COUNTY))
        await origin.gateway.queue.fail(deed(case_id=number), without_asking=True)
        courier = Answering.of(all_regions, origin)

        async def sent_anew() -> None:
            await origin.gateway.release(origin.system, number)
            courier.lose_answers = True
            await origin.gateway.delivery.retry_partner(COUNTY, "staff:S001")
            await origin.gateway.deliver(COUNTY)
            courier.lose_answers = False

        courier.then = sent_anew
        step = await origin.gateway.queue.redirect(deed(case_id=number), ENSHI, without_asking=False)
        assert (step.changed, dict(step.skipped)) == (0, {NOT_ASKED: 1})
        await live_on(all_regions, hours=5)
        assert await origin.state(number) is await county.state(number) is State.AWAITING_SIGN_OFF
        assert not await all_regions[ENSHI].feed(), "one handler has it, and one only"


async def test_ending_a_part_of_the_queue_comes_to_an_end_at_either_side(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        numbers = [await origin.submit(origin.a_case(to=ENSHI)) for _ in range(3)]
        await both.settle_down()
        for number in numbers:
            await origin.act(number, ev.Note("请看"))
            await handler.act(number, ev.ReceivedByHandler("ES"))
        for region, partner in ((origin, ENSHI), (handler, QIANJIANG)):
            desk, wanted, ended = region.gateway.queue, deed("电话告知", partner=partner, limit=2), 0
            for _ in range(10):
                step = await desk.fail(wanted, without_asking=False)
                ended += step.changed
                if step.after is None:
                    break
                wanted = deed("电话告知", partner=partner, limit=2, after=step.after)
            assert (step.after, ended) == (None, 3), region.code
            again = await desk.fail(deed("电话告知", partner=partner), without_asking=False)
            assert (again.changed, dict(again.skipped)) == (0, {OFFLINE: 3}), "what was done is passed over"
        await live_on(both, hours=30, every=2)
        for number in numbers:
            assert await origin.story(number) == await handler.story(number)
            assert not await owed_in(origin, number)
            assert not await standing_of(handler, number)
