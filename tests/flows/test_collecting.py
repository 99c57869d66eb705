"""A region that can only dial out: it brings its answers and takes what it is owed, over the calls it makes itself."""

from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.delivery.courier import NO_ANSWERS, Answers, HandedOut
from gateway.partners.partner import Partner
from tests.build import a_digest, a_file, a_material
from tests.fakes import DirectCourier, UnreliableCourier, unreachable
from tests.flows.regions import regions

ENSHI, QIANJIANG = "422800", "500114"
SCAN = b"a scanned page" * 40_000


@pytest.mark.parametrize("wires", ["direct", "grpc"])
async def test_a_region_that_only_dials_out_gets_its_cases_with_their_files(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires, collects=(ENSHI,)) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        await origin.upload(SCAN)
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(SCAN)),)))
        await all_regions.settle_down()
        assert await origin.state(number) is State.FORWARDED, "nobody dials the handler"

        collector = handler.gateway.collector()
        assert await collector.collect(QIANJIANG, 0) == 1
        assert await handler.state(number) is State.AWAITING_SIGN_OFF
        assert await origin.state(number) is State.FORWARDED, "the receipt goes with the next call"
        assert await collector.collect(QIANJIANG, 0) == 0
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        size, chunks = await handler.gateway.transfer.give_material(handler.system, a_digest(SCAN))
        assert (size, b"".join([chunk async for chunk in chunks])) == (len(SCAN), SCAN)

        await handler.act(number, ev.ReceivedByHandler("ES-1"))
        await all_regions.settle_down()
        assert await origin.state(number) is State.WITH_HANDLER, "its own events it delivers itself"


async def test_what_is_not_answered_within_ten_minutes_is_handed_out_again_and_gets_its_first_receipt(
    tmp_path: Path,
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        assert await handler.gateway.collector().collect(QIANJIANG, 0) == 1
        forgetful = handler.gateway.collector()
        assert await forgetful.collect(QIANJIANG, 0) == 0, "the lease is on"
        all_regions.clock.pass_time(minutes=11)
        assert await forgetful.collect(QIANJIANG, 0) == 1
        assert await forgetful.collect(QIANJIANG, 0) == 0
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        assert [kind for kind, _ in await handler.feed()] == ["case"]


async def test_a_partner_that_is_pushed_to_cannot_collect(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        with pytest.raises(GatewayError) as refused:
            await all_regions[QIANJIANG].gateway.hand_out(ENSHI, NO_ANSWERS, 64, 0)
        assert refused.value.reason is Reason.NOT_SERVED


async def test_nothing_is_handed_out_to_a_partner_that_is_paused_and_its_answers_count(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await handler.gateway.collector().collect(QIANJIANG, 0)
        collector = handler.gateway.collector()
        all_regions.clock.pass_time(minutes=11)
        assert await collector.collect(QIANJIANG, 0) == 1
        await origin.act(number, ev.Note("请加急"))
        (file,) = origin.settings.partners.glob(f"{ENSHI}-*.yaml")
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("status: active", "status: paused"), encoding="utf-8")
        await all_regions.reopen(origin)
        with pytest.raises(GatewayError) as paused:
            await collector.collect(QIANJIANG, 0)
        assert paused.value.reason is Reason.PARTNER_PAUSED
        assert await origin.state(number) is State.AWAITING_SIGN_OFF, "its receipt counts"
        file.write_text(text, encoding="utf-8")
        await all_regions.reopen(origin)
        for _ in range(2):
            await collector.collect(QIANJIANG, 0)
        assert await origin.story(number) == await handler.story(number) == [(1, "opened"), (2, "Note")]


class Breaking(UnreliableCourier):
    """The next call to collect is lost, while `breaks`."""

    breaks = False

    async def collect(self, partner: Partner, answered: Answers, max_envelopes: int, wait_seconds: int) -> HandedOut:
        if self.breaks:
            raise unreachable(partner)
        return await super().collect(partner, answered, max_envelopes, wait_seconds)


async def test_an_envelope_whose_files_are_here_is_not_forgotten_when_the_next_call_is_lost(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        courier = handler.courier = handler.gateway.courier = Breaking(DirectCourier(ENSHI, all_regions.gateways))
        await origin.upload(SCAN)
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(a_material("m1", a_file(SCAN)),)))
        collector = handler.gateway.collector()
        courier.cut_download_after = len(SCAN) // 2
        await collector.collect(QIANJIANG, 0)
        courier.cut_download_after = None
        courier.breaks = True
        with pytest.raises(GatewayError):
            await collector.collect(QIANJIANG, 0)
        courier.breaks = False
        assert await collector.collect(QIANJIANG, 0) == 1, "without another ten minutes"
        assert await handler.state(number) is State.AWAITING_SIGN_OFF
