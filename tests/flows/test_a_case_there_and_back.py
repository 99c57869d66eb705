"""The main job: a case is handed to the region that decides, and what happens there comes back."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import Decision, StepKind
from gateway.case.model import DeliveryWay
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.store import bodies, evidence
from tests.build import a_digest, a_file, a_material
from tests.flows.regions import Region, regions

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"
PHOTO = b"a photograph" * 50_000


@pytest.fixture(params=["direct", "grpc"])
def wires(request: pytest.FixtureRequest) -> str:
    """Every story is played within the process and over real sockets."""
    return str(request.param)


async def decide(handler: Region, number: str) -> None:
    """Everything the handler does from sign-off to the decision."""
    await handler.act(number, ev.ReceivedByHandler("ES-2026-1"))
    await handler.act(number, ev.Accepted("恩人社受〔2026〕00001号"))
    now = handler.clock()
    await handler.act(number, ev.StepDone(StepKind.REVIEW, "审查", now, now + timedelta(minutes=5)))
    await handler.act(number, ev.Decided(Decision.GRANTED, "恩人社许〔2026〕00017号"))


async def test_both_sides_end_with_the_same_case(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        assert await origin.state(number) is State.FORWARDED

        await all_regions.settle_down()
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        assert await handler.state(number) is State.AWAITING_SIGN_OFF
        assert (await handler.view(number)).case == (await origin.view(number)).case

        await decide(handler, number)
        await all_regions.settle_down()
        done = await origin.act(number, ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满"))
        assert done.case_version is None, "the handler has not confirmed it yet"
        await all_regions.settle_down()

        assert await origin.state(number) is await handler.state(number) is State.DELIVERED
        assert await origin.story(number) == await handler.story(number)
        kinds = [kind for _, kind in await origin.story(number)]
        assert kinds == ["opened", "ReceivedByHandler", "Accepted", "StepDone", "Decided", "Delivered"]
        assert (await origin.view(number)).row.handler_number == "ES-2026-1"


async def test_the_local_systems_learn_everything_in_order(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        assert await handler.feed() == [("case", number)]
        await decide(handler, number)
        await all_regions.settle_down()
        assert await origin.feed() == [("receipt", number)] + [("event", number)] * 4
        items = await origin.gateway.looking.read_feed(origin.system, 0, 100)
        assert [type(item.event.happening).__name__ for item in items[1:] if item.event] == [
            "ReceivedByHandler",
            "Accepted",
            "StepDone",
            "Decided",
        ]
        assert await origin.gateway.confirm_feed(origin.system, items[1].position) == 2
        assert len(await origin.feed()) == 3


async def test_a_case_reaches_a_region_that_was_down(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        origin.courier.down.add(ENSHI)
        number = await origin.submit(origin.a_case(to=ENSHI))
        for _ in range(3):
            await all_regions.pass_time(hours=20)
        assert await origin.state(number) is State.FORWARDED
        assert (await origin.view(number)).deliveries[0].last_reason == "PARTNER_UNREACHABLE"

        origin.courier.down.clear()
        await all_regions.pass_time(hours=5)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        assert [kind for kind, _ in await handler.feed()] == ["case"]


async def test_a_call_from_the_partner_ends_the_back_off(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        origin = all_regions[QIANJIANG]
        origin.courier.down.add(ENSHI)
        number = await origin.submit(origin.a_case(to=ENSHI))
        for _ in range(20):
            await all_regions.pass_time(hours=4)
        origin.courier.down.clear()
        await all_regions.settle_down()
        assert await origin.state(number) is State.FORWARDED, "the back-off is on"
        await origin.gateway.heard_from(ENSHI)
        await all_regions.settle_down()
        assert await origin.state(number) is State.AWAITING_SIGN_OFF


async def test_a_repeat_after_a_lost_answer_gets_the_first_receipt_byte_for_byte(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        origin.courier.lose_answers = True
        await all_regions.settle_down()
        assert await handler.state(number) is State.AWAITING_SIGN_OFF
        assert await origin.state(number) is State.FORWARDED
        before = await handler.gateway.database.read(evidence.log)

        origin.courier.lose_answers = False
        await all_regions.pass_time(minutes=10)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        assert await handler.gateway.database.read(evidence.log) == before, "nothing new was said"
        (batch,) = [leaf for leaf in before if leaf.kind == evidence.RECEIPTS]
        for region in (origin, handler):
            kept = await region.gateway.database.read(
                lambda tx, region=region: bodies.fetch(tx, region.gateway.vault, ENSHI, batch.object_id)
            )
            assert a_digest(kept) == batch.sealed_sha256.hex()
        assert [kind for kind, _ in await handler.feed()] == ["case"]


async def test_both_sides_keep_the_same_bytes_as_evidence(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        await decide(handler, number)
        await all_regions.settle_down()
        logs = [await region.gateway.database.read(evidence.log) for region in (origin, handler)]
        facts = [{(leaf.sender, leaf.object_id, leaf.sealed_sha256, leaf.leaf) for leaf in log} for log in logs]
        assert facts[0] == facts[1]
        assert len([leaf for leaf in logs[0] if leaf.kind == evidence.ENVELOPE]) == 5


async def test_an_item_outside_the_agreement_is_refused_before_anything_is_kept(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        origin = all_regions[QIANJIANG]
        case = origin.a_case(to=ENSHI)
        other = type(case.item)(basic_code="000136001000", name="异地就医登记备案")
        with pytest.raises(GatewayError) as refused:
            await origin.submit(type(case)(**{f: getattr(case, f) for f in case.__slots__} | {"item": other}))
        assert refused.value.reason is Reason.ITEM_NOT_AGREED
        assert await origin.gateway.database.read(evidence.log) == []


async def test_a_case_the_handler_does_not_list_comes_back_refused_with_a_signed_reason(
    tmp_path: Path, wires: str
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        handler.gateway.registry.replace(
            type(handler.gateway.registry.current()).of_all(
                [],
                handler.gateway.divisions,
                closed=list(handler.gateway.registry.current()),
            )
        )
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        assert await origin.state(number) is State.REFUSED_BY_PARTNER
        items = await origin.gateway.looking.read_feed(origin.system, 0, 10)
        assert [(item.kind, item.note) for item in items] == [("receipt", "OUTSIDE_AGREEMENT")]
        assert items[0].refusal, "and why, in the handler's own signed words"
        assert "已移除" in items[0].refusal.cause.zh
        (opening,) = (await origin.view(number)).events
        assert opening.refusal == items[0].refusal
        with pytest.raises(GatewayError) as unknown:
            await handler.view(number)
        assert unknown.value.reason is Reason.CASE_UNKNOWN


async def test_a_supplement_round_with_a_file_travels_both_ways(tmp_path: Path, wires: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires=wires) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        await handler.act(number, ev.ReceivedByHandler())
        asked = ev.SupplementRequested((ev.Requirement("r1", "补交一寸照片", list_code="A001"),))
        await handler.act(number, asked)
        await all_regions.settle_down()
        assert await origin.state(number) is State.SUPPLEMENT_REQUESTED

        await origin.upload(PHOTO)
        photo = a_material("m9", a_file(PHOTO), version=1)
        await origin.act(number, ev.Supplemented(materials=(photo,), requirement_ids=("r1",)))
        await all_regions.settle_down()
        assert await origin.state(number) is await handler.state(number) is State.WITH_HANDLER
        size, chunks = await handler.gateway.transfer.give_material(handler.system, a_digest(PHOTO))
        assert size == len(PHOTO)
        assert b"".join([chunk async for chunk in chunks]) == PHOTO
