"""A body of the store that cannot be decrypted holds up its own case, whatever was to be done with it; no other waits."""

from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.states import State
from gateway.store.database import Transaction
from gateway.store.queue import PARKED
from tests.flows.queue_build import ENSHI, QIANJIANG, deed, live_on, owed_in, standing_of
from tests.flows.regions import Region, regions

COUNTY = "422801"
"""恩施市, with a gateway of its own inside 恩施州."""


async def spoil(region: Region, envelope_id: str) -> bytes:
    """A page of the store was altered; returns what was there."""

    def swap(tx: Transaction) -> bytes:
        (kept,) = tx.row("SELECT sealed FROM bodies WHERE object_id = :id", {"id": envelope_id}) or (b"",)
        tx.execute(
            "UPDATE bodies SET sealed = :bytes WHERE object_id = :id",
            {"bytes": bytes([kept[0]]) + bytes(len(kept) - 1), "id": envelope_id},
        )
        return bytes(kept)

    return await region.gateway.database.write(swap)


async def mend(region: Region, envelope_id: str, sealed: bytes) -> None:
    """The page is as it was, say from a copy of the disk."""
    await region.gateway.database.write(
        lambda tx: tx.execute(
            "UPDATE bodies SET sealed = :bytes WHERE object_id = :id", {"bytes": sealed, "id": envelope_id}
        )
    )


async def test_a_held_event_that_cannot_be_read_keeps_no_other_receipt_of_the_flight_from_counting(
    tmp_path: Path,
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        broken, whole = [await origin.submit(origin.a_case(to=ENSHI)) for _ in range(2)]
        await both.settle_down()
        origin.courier.lose_answers = True
        for number in (broken, whole):
            await origin.act(number, ev.Note("请看"))
        await origin.gateway.deliver(ENSHI)
        origin.courier.lose_answers = False
        await handler.act(broken, ev.ReceivedByHandler("ES-1"))
        await handler.gateway.deliver(QIANJIANG)
        early = next(one.row for one in (await origin.view(broken)).events if one.row.standing == "held")
        kept = await spoil(origin, early.envelope_id)
        both.clock.pass_time(minutes=1)
        await live_on(both, hours=1)
        assert await origin.story(whole) == await handler.story(whole)
        assert not await owed_in(origin, whole), "its receipt counts"
        (one,) = await standing_of(origin, broken)
        assert one.kept_back == PARKED
        await mend(origin, early.envelope_id, kept)
        await live_on(both, hours=48, every=4)
        assert await origin.story(broken) == await handler.story(broken)
        assert not await owed_in(origin, broken)


async def test_an_expired_event_that_cannot_be_sealed_anew_stops_no_sweep(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        broken, whole = [await origin.submit(origin.a_case(to=ENSHI)) for _ in range(2)]
        await both.settle_down()
        handler.courier.down.add(QIANJIANG)
        for number in (broken, whole):
            await handler.act(number, ev.ReceivedByHandler("ES"))
        (owed,) = await owed_in(handler, broken)
        await spoil(handler, owed.envelope_id)
        both.clock.pass_time(days=8)
        handler.courier.down.clear()
        await handler.gateway.sweep()
        await live_on(both, hours=2)
        assert await origin.state(whole) is State.WITH_HANDLER
        (one,) = await standing_of(handler, broken)
        assert one.kept_back == PARKED


@pytest.mark.parametrize("how", ["fail", "redirect"])
async def test_one_that_cannot_be_read_does_not_stop_an_operator_who_ends_many(tmp_path: Path, how: str) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, COUNTY) as all_regions:
        origin = all_regions[QIANJIANG]
        broken, whole = [await origin.submit(origin.a_case(to=COUNTY)) for _ in range(2)]
        if how == "fail":
            await all_regions.settle_down()
            for number in (broken, whole):
                await origin.act(number, ev.Note("请看"))
        (owed,) = await owed_in(origin, broken)
        await spoil(origin, owed.envelope_id)
        desk = origin.gateway.queue
        step = await (
            desk.fail(deed(partner=COUNTY), without_asking=False)
            if how == "fail"
            else desk.redirect(deed(partner=COUNTY), ENSHI, without_asking=False)
        )
        assert (step.seen, step.changed, dict(step.skipped)) == (2, 1, {"VAULT_KEY_UNKNOWN": 1})
