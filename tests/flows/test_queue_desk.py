"""The desk of the queue: hold, release, retry, fail and redirect, each in steps, audited, and safe to repeat."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.reasons import Answer, Reason
from gateway.case.states import State
from gateway.flows.queue.fail import ARRIVED, NOT_ASKED, OFFLINE
from gateway.store import audit, queue
from gateway.store import events as event_store
from gateway.store.database import Transaction
from gateway.store.queue import ASIDE, HELD, PARKED, START, WAITING, Selection
from tests.flows.queue_build import (
    ENSHI,
    QIANJIANG,
    STAFF,
    XIANGXI,
    Objection,
    deed,
    live_on,
    look_after,
    objecting,
    owed_in,
    standing_of,
    to_the_end,
)
from tests.flows.regions import CARD, Region, regions


async def submitted(region: Region, to: str, count: int) -> list[str]:
    return [await region.submit(region.a_case(to=to)) for _ in range(count)]


async def kept(region: Region, numbers: list[str]) -> list[str]:
    return [one.kept_back for number in numbers for one in await standing_of(region, number)]


async def audited(region: Region, subject: str, act: str) -> list[tuple[str, str, str]]:
    def read(tx: Transaction) -> list[tuple[str, str, str]]:
        return [(one.actor, one.outcome, one.detail) for one in audit.about(tx, subject) if one.act == act]

    return await region.gateway.database.read(read)


async def hold(region: Region, until: Any = None, **selection: Any) -> str:
    desk = region.gateway.queue
    steps = await to_the_end(lambda after: desk.hold(deed(after=after, limit=2, **selection), until))
    return steps[-1].hold_id


async def test_a_hold_keeps_back_what_waits_and_what_comes_later_and_others_fly(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        origin = all_regions[QIANJIANG]
        numbers = await submitted(origin, ENSHI, 3)
        others = await submitted(origin, XIANGXI, 1)
        hold_id = await hold(origin, partner=ENSHI)
        numbers += await submitted(origin, ENSHI, 1)
        await all_regions.settle_down()
        assert await kept(origin, numbers) == [HELD] * 4
        assert [await origin.state(one) for one in others] == [State.AWAITING_SIGN_OFF]
        told = [(kind, number) for kind, number in await origin.feed() if kind == "kept_back"]
        assert told == [("kept_back", one) for one in numbers[:3]]
        assert await audited(origin, ENSHI, "queue.hold") == [
            (STAFF, "2", f"partner={ENSHI} hold={hold_id}; 对方检修"),
            (STAFF, "1", f"partner={ENSHI} hold={hold_id}; 对方检修"),
        ]

        desk = origin.gateway.queue
        steps = await to_the_end(lambda after: desk.end_hold(deed("修好了", after=after, limit=3), hold_id))
        assert sum(step.changed for step in steps) == 4
        await all_regions.settle_down()
        assert [await origin.state(one) for one in numbers] == [State.AWAITING_SIGN_OFF] * 4
        assert not (await desk.overview()).holds


async def test_a_hold_of_an_item_or_a_case_catches_that_only_and_the_later_steps_of_its_case_wait(
    tmp_path: Path,
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        await hold(origin, basic_code="999999999999")
        first, second = await submitted(origin, ENSHI, 2)
        await hold(origin, case_id=first, basic_code=CARD, partner=ENSHI)
        await origin.act(first, ev.Note("请加急"))
        await all_regions.settle_down()
        assert await kept(origin, [first]) == [HELD, HELD]
        assert await origin.state(second) is await handler.state(second) is State.AWAITING_SIGN_OFF


async def test_a_hold_of_a_cause_catches_what_fails_for_it(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        courier = objecting(all_regions, origin)
        await hold(origin, cause="STORE_BUSY")
        numbers = await submitted(origin, ENSHI, 2)
        busy = Objection("STORE_BUSY", Answer.RETRIABLE)
        courier.objects = lambda header: busy if header.case_id == numbers[0] else None
        await all_regions.settle_down()
        assert await kept(origin, numbers) == [HELD]
        await live_on(all_regions, hours=6)
        assert len(courier.tried) == 2
        assert set(courier.tried.values()) == {1}


async def test_a_hold_runs_out_by_itself_and_lets_go_what_no_other_hold_catches(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        numbers = await submitted(origin, ENSHI, 2)
        await hold(origin, origin.clock().replace(hour=23), partner=ENSHI)
        await hold(origin, case_id=numbers[0])
        await live_on(all_regions, hours=1)
        assert await kept(origin, numbers) == [HELD, HELD]
        all_regions.clock.now = all_regions.clock.now.replace(hour=23, minute=1)
        await look_after(all_regions)
        assert await kept(origin, numbers) == [HELD]
        assert await origin.state(numbers[1]) is State.AWAITING_SIGN_OFF
        assert len((await origin.gateway.queue.overview()).holds) == 1


async def test_one_case_goes_out_of_a_wider_hold_that_keeps_catching(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        await hold(origin, partner=ENSHI)
        numbers = await submitted(origin, ENSHI, 2)
        desk = origin.gateway.queue
        (step,) = await to_the_end(lambda after: desk.let_go(deed("急件", after=after, case_id=numbers[0])))
        assert step.changed == 1
        await look_after(all_regions)
        assert await origin.state(numbers[0]) is State.AWAITING_SIGN_OFF
        await origin.act(numbers[0], ev.Note("后来的"))
        assert await kept(origin, numbers) == [HELD, HELD], "what comes later is caught again"

        await to_the_end(lambda after: desk.let_go(deed("修好了", after=after, partner=ENSHI)))
        await all_regions.settle_down()
        assert await kept(origin, numbers) == []
        assert not (await desk.overview()).holds, "a hold that lies within the selection ends"


async def test_the_same_hold_again_goes_on_and_makes_no_second_one(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        numbers = await submitted(origin, ENSHI, 5)
        desk = origin.gateway.queue
        first = await desk.hold(deed(partner=ENSHI, limit=2), None)
        assert await kept(origin, numbers) == [HELD] * 2 + [WAITING] * 3, "broken off after one step"
        assert await hold(origin, partner=ENSHI) == first.hold_id
        assert await kept(origin, numbers) == [HELD] * 5
        assert len((await desk.overview()).holds) == 1


async def test_retrying_lets_what_is_parked_fly_at_once_and_leaves_what_is_held(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]
        courier = objecting(all_regions, origin)
        numbers = await submitted(origin, ENSHI, 3)
        courier.objects = lambda _: Objection.of(Reason.SEAL_KEY_UNKNOWN)
        await live_on(all_regions, hours=1, every=0.1)
        await hold(origin, case_id=numbers[2])
        assert await kept(origin, numbers) == [PARKED, PARKED, HELD]
        courier.objects = lambda _: None
        desk = origin.gateway.queue
        steps = await to_the_end(
            lambda after: desk.retry(deed("公钥已登记", after=after, cause="SEAL_KEY_UNKNOWN", partner=ENSHI))
        )
        assert sum(step.changed for step in steps) == 2
        await all_regions.settle_down()
        assert [await origin.state(one) for one in numbers[:2]] == [State.AWAITING_SIGN_OFF] * 2
        assert await kept(origin, numbers) == [HELD]
        assert [one[:2] for one in await audited(origin, ENSHI, "queue.retry")] == [(STAFF, "2")]
        assert await audited(origin, ENSHI, "partner.retry") == [(STAFF, "done", "公钥已登记")]


async def test_parked_failures_are_grouped_by_cause_with_what_to_do(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        origin = all_regions[QIANJIANG]
        courier = objecting(all_regions, origin)
        courier.objects = lambda header: Objection.of(
            Reason.SEAL_KEY_UNKNOWN if header.recipient == ENSHI else Reason.WRONG_RECIPIENT
        )
        await submitted(origin, ENSHI, 2)
        await submitted(origin, XIANGXI, 1)
        await live_on(all_regions, hours=1, every=0.1)
        seen = await origin.gateway.queue.overview()
        groups = [(one.cause.word, one.count, one.partners, one.kept_back) for one in seen.groups]
        assert groups == [("SEAL_KEY_UNKNOWN", 2, (ENSHI,), PARKED), ("WRONG_RECIPIENT", 1, (XIANGXI,), PARKED)]
        assert "公钥" in seen.groups[0].cause.fix.zh
        (enshi,) = [one for one in seen.partners if one.standing.code == ENSHI]
        assert (enshi.waiting, enshi.parked, enshi.held) == (0, 2, 0)
        assert enshi.next_try is not None
        assert await origin.gateway.queue.count(queue.Selection(kept=(PARKED,))) == 3


async def test_an_opening_is_failed_only_after_the_partner_never_saw_it_or_on_the_operators_word(
    tmp_path: Path,
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        origin.courier.down.add(ENSHI)
        seen, away, never = await submitted(origin, ENSHI, 3)
        await origin.act(never, ev.Note("请加急"))
        origin.courier.down.clear()
        origin.courier.lose_answers = True
        await origin.gateway.queue.hold(deed(case_id=away), None)
        await origin.gateway.queue.hold(deed(case_id=never), None)
        await origin.gateway.deliver(ENSHI)
        origin.courier.lose_answers = False

        origin.courier.down.add(ENSHI)
        desk = origin.gateway.queue
        step = await desk.fail(deed("改到现场办", partner=ENSHI), without_asking=False)
        assert (step.changed, dict(step.skipped)) == (1, {NOT_ASKED: 3}), "the note is closed, nothing else"
        origin.courier.down.clear()
        step = await desk.fail(deed("改到现场办", case_id=never), without_asking=False)
        assert (step.changed, dict(step.skipped)) == (2, {})
        assert await origin.state(never) is State.UNDELIVERABLE
        step = await desk.fail(deed("改到现场办", case_id=seen), without_asking=False)
        assert (step.changed, dict(step.skipped)) == (0, {ARRIVED: 1})
        assert await origin.state(seen) is State.AWAITING_SIGN_OFF

        origin.courier.down.add(ENSHI)
        step = await desk.fail(deed("改到现场办", case_id=away), without_asking=True)
        assert (step.changed, dict(step.skipped)) == (1, {})
        assert await origin.state(away) is State.UNDELIVERABLE
        assert ("not_handed_over", away) in await origin.feed()
        assert [one[:2] for one in await audited(origin, away, "queue.fail")] == [(STAFF, "1")]
        origin.courier.down.clear()
        await live_on(all_regions, hours=5)
        assert await origin.story(seen) == await handler.story(seen)


async def test_an_opening_given_up_unasked_that_had_arrived_comes_back_when_the_handler_speaks(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        origin.courier.lose_answers = True
        (number,) = await submitted(origin, ENSHI, 1)
        await origin.gateway.deliver(ENSHI)
        await origin.gateway.queue.fail(deed(case_id=number), without_asking=True)
        assert await origin.state(number) is State.UNDELIVERABLE
        origin.courier.lose_answers = False
        await handler.act(number, ev.ReceivedByHandler("ES-1"))
        await live_on(all_regions, hours=5)
        assert await origin.state(number) is await handler.state(number) is State.WITH_HANDLER
        assert await origin.story(number) == await handler.story(number)


async def test_an_event_of_the_origin_is_closed_offline_under_its_number_and_what_follows_need_not_wait(
    tmp_path: Path,
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        (number,) = await submitted(origin, ENSHI, 1)
        await all_regions.settle_down()
        courier = objecting(all_regions, origin)
        courier.objects = lambda _: Objection.of(Reason.WRONG_RECIPIENT)
        await origin.act(number, ev.Note("一"))
        await origin.act(number, ev.Note("二"))
        await live_on(all_regions, hours=1, every=0.1)
        assert await kept(origin, [number]) == [PARKED, PARKED]
        (first, _) = await owed_in(origin, number)
        step = await origin.gateway.queue.fail(deed("电话告知", envelope_id=first.envelope_id), without_asking=False)
        assert step.changed == 1
        courier.objects = lambda _: None
        await all_regions.settle_down()
        assert [kind for _, kind in await handler.story(number)] == ["opened", "HandledOffline"]
        await live_on(all_regions, hours=26, every=2)
        assert await origin.story(number) == await handler.story(number)
        assert [kind for _, kind in await handler.story(number)] == ["opened", "HandledOffline", "Note"]
        offline = next(one.event for one in (await handler.view(number)).events if one.row.kind == "HandledOffline")
        assert offline is not None
        assert (offline.reason, offline.happening) == ("电话告知", ev.HandledOffline(first.envelope_id))
        assert "not_handed_over" in [kind for kind, _ in await origin.feed()]


async def test_an_event_closed_offline_that_had_arrived_counts_as_what_it_was(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        (number,) = await submitted(origin, ENSHI, 1)
        await all_regions.settle_down()
        origin.courier.lose_answers = True
        await origin.act(number, ev.Withdrawn())
        await origin.gateway.deliver(ENSHI)
        await origin.gateway.queue.fail(deed("电话告知", case_id=number), without_asking=False)
        origin.courier.lose_answers = False
        await live_on(all_regions, hours=5)
        assert await origin.state(number) is await handler.state(number) is State.WITHDRAWN
        assert await origin.story(number) == await handler.story(number)
        assert [kind for _, kind in await origin.story(number)] == ["opened", "Withdrawn"]
        standings = {one.row.kind: one.row.standing for one in (await origin.view(number)).events}
        assert standings == {"opened": event_store.FOLDED, "Withdrawn": event_store.FOLDED}


async def test_an_event_of_the_handler_is_set_aside_and_still_reaches_the_origin_in_the_end(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        (number,) = await submitted(origin, ENSHI, 1)
        await all_regions.settle_down()
        courier = objecting(all_regions, handler)
        courier.objects = lambda header: Objection.of(Reason.WRONG_RECIPIENT) if header.sequence == 1 else None
        await handler.act(number, ev.ReceivedByHandler("ES-1"))
        await live_on(all_regions, hours=1, every=0.1)
        step = await handler.gateway.queue.fail(deed("电话告知", case_id=number), without_asking=False)
        assert step.changed == 1
        again = await handler.gateway.queue.fail(deed("电话告知", case_id=number), without_asking=False)
        assert (again.changed, dict(again.skipped)) == (0, {OFFLINE: 1}), "the word that people settled it stands"
        settled = (await handler.gateway.queue.show(number)).envelopes
        assert ["fail" in one.can for one in settled] == [False, False]
        assert (await kept(handler, [number]))[0] == ASIDE
        tried = sum(courier.tried.values())
        await live_on(all_regions, hours=60, every=2)
        assert sum(courier.tried.values()) <= tried + 4, "slowly"
        assert (await kept(handler, [number]))[0] == ASIDE
        courier.objects = lambda _: None
        await live_on(all_regions, hours=26, every=2)
        assert await origin.story(number) == await handler.story(number)
        assert await origin.state(number) is await handler.state(number) is State.WITH_HANDLER


async def test_a_step_is_never_larger_than_its_bound_and_every_envelope_is_seen_once(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        origin = all_regions[QIANJIANG]
        numbers = await submitted(origin, ENSHI, 7) + await submitted(origin, XIANGXI, 6)
        desk = origin.gateway.queue
        steps = await to_the_end(lambda after: desk.hold(deed(after=after, limit=4), None))
        assert [step.seen for step in steps] == [4, 4, 4, 1]
        assert await kept(origin, numbers) == [HELD] * 13


async def test_an_unknown_hold_or_envelope_is_said_so(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        desk = all_regions[QIANJIANG].gateway.queue
        with pytest.raises(GatewayError) as no_hold:
            await desk.end_hold(deed(after=START), "nothing")
        assert no_hold.value.reason is Reason.HOLD_UNKNOWN
        with pytest.raises(GatewayError) as no_envelope:
            await desk.show("nothing")
        assert no_envelope.value.reason is Reason.ENVELOPE_UNKNOWN


async def test_a_clock_that_jumps_ends_no_hold_and_silences_nothing_that_is_parked(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, clock = all_regions[QIANJIANG], all_regions.clock
        courier = objecting(all_regions, origin)
        held, parked = await submitted(origin, ENSHI, 2)
        await hold(origin, clock() + timedelta(days=2), case_id=held)
        courier.objects = lambda _: Objection.of(Reason.WRONG_RECIPIENT)
        await origin.gateway.sweep()
        clock.jump(days=300)
        await origin.gateway.queue.upkeep.look_after()
        assert await kept(origin, [held]) == [HELD], "wall time is not to be trusted now"
        for _ in range(4):
            clock.pass_time(minutes=3)
            await all_regions.settle_down()
        assert await kept(origin, [parked]) == [PARKED]
        clock.jump(days=-300)
        courier.objects = lambda _: None
        await live_on(all_regions, hours=1)
        assert await origin.state(parked) is State.AWAITING_SIGN_OFF


async def test_a_walk_follows_the_order_in_which_envelopes_are_owed_and_sorts_nothing(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin = all_regions[QIANJIANG]

        def plan_of(tx: Transaction, wanted: Selection) -> list[str]:
            sql, facts = queue.walk(wanted, START, 500)
            return [row[-1] for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", facts)]

        for wanted in (
            Selection(),
            Selection(partner=ENSHI),
            Selection(partner=ENSHI, cause="STORE_BUSY", kept=(PARKED,)),
            Selection(basic_code=CARD, failed=True),
        ):
            first, *rest = await origin.gateway.database.read(lambda tx, w=wanted: plan_of(tx, w))
            assert "INDEX outbox_owed" in first
            assert "owed_at>" in first.replace("owed_at)>", "owed_at>"), "it goes on where it stopped"
            assert not [line for line in rest if "ORDER BY" in line and "LAST TERM" not in line]


async def test_an_event_that_had_arrived_counts_although_what_took_its_place_came_too_late(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        origin, handler = all_regions[QIANJIANG], all_regions[ENSHI]
        (number,) = await submitted(origin, ENSHI, 1)
        await all_regions.settle_down()
        origin.courier.lose_answers = True
        await origin.act(number, ev.Note("请看"))
        await origin.gateway.deliver(ENSHI)
        await origin.gateway.queue.fail(deed("电话告知", case_id=number), without_asking=False)
        origin.courier.lose_answers = False
        all_regions.clock.pass_time(days=8)
        await all_regions.settle_down()
        await live_on(all_regions, hours=5)
        assert await origin.story(number) == await handler.story(number)
        assert [kind for _, kind in await origin.story(number)] == ["opened", "Note"]
