"""A case that an operator gave up unasked, and that the handler had all the same: nothing of it is lost, and no number left out."""

from pathlib import Path

import pytest

from gateway.app.gateway import Gateway
from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.queue.fail import ARRIVED
from gateway.store import audit
from gateway.store.database import Transaction
from tests.fakes import UnreliableCourier
from tests.flows.queue_build import (
    ENSHI,
    QIANJIANG,
    ObjectingCourier,
    Objection,
    Refusing,
    deed,
    live_on,
    owed_in,
)
from tests.flows.regions import Region, regions
from tests.flows.restored_build import back_up, burn_down_and_restore

COUNTY = "422801"
"""恩施市, with a gateway of its own inside 恩施州."""


async def give_up(region: Region, number: str) -> None:
    """The operator ends a case without asking anybody."""
    step = await region.gateway.queue.fail(deed("改到现场办", case_id=number), without_asking=True)
    assert step.changed
    assert await region.state(number) is State.UNDELIVERABLE


async def acts_of(region: Region, subject: str) -> list[str]:
    def read(tx: Transaction) -> list[str]:
        return [one.act for one in audit.about(tx, subject)]

    return await region.gateway.database.read(read)


async def test_a_receipt_that_was_under_way_while_the_operator_gave_up_counts(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await origin.act(number, ev.Note("请加急"))
        await origin.act(number, ev.Note("再请加急"))
        origin.courier.meanwhile = lambda: give_up(origin, number)
        await origin.gateway.deliver(ENSHI)
        origin.courier.meanwhile = None
        assert await origin.state(number) is State.AWAITING_SIGN_OFF, "the handler has it, and says so"
        await both.settle_down()
        assert await origin.story(number) == await handler.story(number)
        assert [kind for _, kind in await origin.story(number)] == ["opened", "Note", "Note"]
        assert not await owed_in(origin, number)
        await origin.act(number, ev.Withdrawn())
        await both.settle_down()
        assert await origin.state(number) is await handler.state(number) is State.WITHDRAWN


async def test_what_followed_the_opening_goes_again_so_that_no_number_is_left_out(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        origin.courier.lose_answers = True
        number = await origin.submit(origin.a_case(to=ENSHI))
        await origin.gateway.deliver(ENSHI)
        origin.courier.lose_answers = False
        for words in ("请加急", "再请加急"):
            await origin.act(number, ev.Note(words))
        await give_up(origin, number)
        await handler.act(number, ev.ReceivedByHandler("ES-1"))
        await live_on(both, hours=2)
        assert await origin.state(number) is await handler.state(number) is State.WITH_HANDLER
        await origin.act(number, ev.Withdrawn())
        await live_on(both, hours=2)
        assert await origin.state(number) is await handler.state(number) is State.WITHDRAWN
        assert await origin.story(number) == await handler.story(number)
        assert not await owed_in(origin, number)


async def test_a_region_that_collects_brings_its_receipt_after_the_case_was_given_up(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        collector = handler.gateway.collector()
        await collector.collect(QIANJIANG, 0)
        await origin.act(number, ev.Note("请加急"))
        await give_up(origin, number)
        await collector.collect(QIANJIANG, 0)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        for _ in range(2):
            await collector.collect(QIANJIANG, 0)
        assert await origin.story(number) == await handler.story(number) == [(1, "opened"), (2, "Note")]


async def test_a_partner_that_is_asked_says_that_it_has_what_was_given_up(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin = all_regions[QIANJIANG]
        origin.courier.lose_answers = True
        number = await origin.submit(origin.a_case(to=COUNTY))
        await origin.gateway.deliver(COUNTY)
        origin.courier.lose_answers = False
        await give_up(origin, number)
        step = await origin.gateway.queue.redirect(deed(case_id=number), ENSHI, without_asking=False)
        assert (step.changed, dict(step.skipped)) == (0, {ARRIVED: 1})
        assert await origin.state(number) is State.AWAITING_SIGN_OFF, "its receipt is here"


async def test_a_refusal_that_comes_after_the_case_was_given_up_ends_it_as_refused(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        (file,) = handler.settings.partners.glob(f"{QIANJIANG}-*.yaml")
        file.write_text(file.read_text(encoding="utf-8").replace("2028-12-31", "2026-01-02"), encoding="utf-8")
        await both.reopen(handler)
        origin.courier.meanwhile = lambda: give_up(origin, number)
        await origin.gateway.deliver(ENSHI)
        assert await origin.state(number) is State.REFUSED_BY_PARTNER


@pytest.mark.parametrize("how", ["fail", "redirect"])
async def test_what_the_handler_has_spoken_about_is_not_taken_from_it_unasked(tmp_path: Path, how: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin, county = all_regions[QIANJIANG], all_regions[COUNTY]
        origin.courier.lose_answers = True
        number = await origin.submit(origin.a_case(to=COUNTY))
        await origin.gateway.deliver(COUNTY)
        await county.act(number, ev.ReceivedByHandler("C-1"))
        await county.gateway.deliver(QIANJIANG)
        assert await origin.state(number) is State.FORWARDED, "the event waits for the receipt of the opening"
        desk = origin.gateway.queue
        wanted = deed(case_id=number)
        step = await (
            desk.fail(wanted, without_asking=True)
            if how == "fail"
            else desk.redirect(wanted, ENSHI, without_asking=True)
        )
        assert (step.changed, dict(step.skipped)) == (0, {ARRIVED: 1})
        origin.courier.lose_answers = False
        await live_on(all_regions, hours=2)
        assert await origin.state(number) is await county.state(number) is State.WITH_HANDLER


async def test_a_receipt_for_a_case_that_was_redirected_unasked_is_noted(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin, prefecture = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=COUNTY))

        async def redirect() -> None:
            origin.courier.meanwhile = None
            step = await origin.gateway.queue.redirect(deed(case_id=number), ENSHI, without_asking=True)
            assert step.changed == 1

        origin.courier.meanwhile = redirect
        await origin.gateway.deliver(COUNTY)
        await all_regions.settle_down()
        assert await origin.story(number) == await prefecture.story(number) == [(1, "opened")]
        assert "receipt.too_late" in await acts_of(origin, number)


class Misnaming(Refusing):
    """Refuses everything as held already, in an envelope that went to somebody else."""

    def __init__(self, there: Gateway, named: str) -> None:
        super().__init__(there, Reason.ALREADY_HELD)
        self._named = named

    def take(self, tx: Transaction, envelope: object, now: object) -> int | None:
        raise GatewayError(Reason.ALREADY_HELD, envelope_id=self._named)


class MisnamingCourier(ObjectingCourier):
    """Carries to partners that name an envelope which was never theirs."""

    named = ""

    def refusing(self, there: Gateway, said: Objection) -> Refusing:
        return Misnaming(there, self.named)


async def test_a_second_handler_cannot_bring_back_to_life_what_went_to_the_first(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin, county = all_regions[QIANJIANG], all_regions[COUNTY]
        origin.courier.down.add(COUNTY)
        number = await origin.submit(origin.a_case(to=COUNTY))
        (first,) = await owed_in(origin, number)
        courier = MisnamingCourier(QIANJIANG, all_regions.gateways)
        courier.named = first.envelope_id
        courier.objects = lambda header: Objection.of(Reason.ALREADY_HELD, sealed=True)
        await origin.gateway.queue.redirect(deed(case_id=number), ENSHI, without_asking=True)
        origin.courier = origin.gateway.courier = UnreliableCourier(courier)
        await origin.gateway.deliver(ENSHI)
        courier.objects = lambda _: None
        await live_on(all_regions, hours=5)
        assert not await county.feed(), "it was taken from it, and nothing goes there"
        assert await origin.state(number) is State.REFUSED_BY_PARTNER


async def test_a_restored_gateway_learns_that_what_it_had_given_up_was_taken_in(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        origin.courier.lose_answers = True
        number = await origin.submit(origin.a_case(to=ENSHI))
        await origin.gateway.deliver(ENSHI)
        origin.courier.lose_answers = False
        for words in ("请加急", "再请加急"):
            await origin.act(number, ev.Note(words))
        await give_up(origin, number)
        back_up(origin, tmp_path / "backup")
        both.clock.pass_time(hours=1)
        await burn_down_and_restore(both, origin, tmp_path / "backup", tmp_path / "again")
        await origin.gateway.restored.catch_up(ENSHI)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        await live_on(both, hours=2)
        assert await origin.story(number) == await handler.story(number)
        assert [kind for _, kind in await origin.story(number)] == ["opened", "Note", "Note"]
