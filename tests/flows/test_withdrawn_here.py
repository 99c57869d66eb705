"""A case that never reached the handler: nothing is done to it that has nobody to go to, and it can be withdrawn."""

from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import Clock
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.store import audit
from gateway.store import events as event_store
from tests.flows.queue_build import ENSHI, QIANJIANG, deed, live_on
from tests.flows.regions import Region, Regions, regions


async def never_handed_over(both: Regions) -> str:
    origin = both[QIANJIANG]
    origin.courier.down.add(ENSHI)
    number = await origin.submit(origin.a_case(to=ENSHI))
    await origin.act(number, ev.Note("请加急"))
    both.clock.pass_time(days=8)
    origin.courier.down.clear()
    assert (await origin.gateway.sweep()).given_up == 1
    assert await origin.state(number) is State.UNDELIVERABLE
    return number


async def refusal(origin: Region, number: str, happening: ev.Happening, **more: object) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        await origin.act(number, happening, **more)
    return refused.value


async def test_what_can_reach_nobody_is_refused_and_says_what_to_do_first(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await never_handed_over(both)
        assert (await origin.view(number)).possible == (ev.Withdrawn,)
        error = await refusal(origin, number, ev.Note("在吗"))
        assert error.reason is Reason.LIFECYCLE
        assert not error.retriable
        (finding,) = error.findings
        assert "release" in finding.fix.en
        assert "重新发送" in finding.fix.zh
        assert not await origin.gateway.partners_with_work(), "nothing is owed that would be tried in vain"

        await origin.gateway.release(origin.system, number)
        await origin.act(number, ev.Note("还在吗"))
        await live_on(both, hours=1)
        assert [kind for _, kind in await handler.story(number)] == ["opened", "Note", "Note"]
        assert await origin.story(number) == await handler.story(number)


async def test_a_withdrawal_ends_it_here_at_once_and_for_good(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await never_handed_over(both)
        keyed = {"idempotency_key": "k1", "request_sha256": b"1" * 32}
        done = await origin.act(number, ev.Withdrawn(), **keyed)
        assert (done.state, done.case_version) == (State.WITHDRAWN, None)
        again = await origin.act(number, ev.Withdrawn(), **keyed)
        assert (again.event_id, again.state, again.repeated) == (done.event_id, State.WITHDRAWN, True)
        view = await origin.view(number)
        assert {one.row.kind: one.row.standing for one in view.events} == dict.fromkeys(
            ("opened", "Note", "Withdrawn"), event_store.GIVEN_UP
        )
        assert not [one for one in view.clocks if one.clock is Clock.PUSH and one.ended is None], "nothing is owed"
        noted = await origin.gateway.database.read(lambda tx: audit.about(tx, number))
        assert "case.withdrawn_here" in {one.act for one in noted}

        assert (await refusal(origin, number, ev.Withdrawn())).reason is Reason.LIFECYCLE
        assert view.possible == ()
        note = await refusal(origin, number, ev.Note("又想办了"))
        assert "对方没有这件" in note.findings[0].problem.zh, "its envelope would wait for an opening that never goes"
        with pytest.raises(GatewayError) as gone:
            await origin.gateway.release(origin.system, number)
        assert gone.value.reason is Reason.LIFECYCLE
        await both.reopen(origin)
        await live_on(both, hours=9)
        assert not await origin.gateway.partners_with_work()
        assert await origin.state(number) is State.WITHDRAWN
        with pytest.raises(GatewayError) as unknown:
            await handler.view(number)
        assert unknown.value.reason is Reason.CASE_UNKNOWN


async def test_what_was_given_up_unasked_may_be_there_so_its_withdrawal_has_to_follow_it(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        origin.courier.lose_answers = True
        number = await origin.submit(origin.a_case(to=ENSHI))
        await origin.gateway.deliver(ENSHI)
        await origin.gateway.queue.fail(deed(case_id=number), without_asking=True)
        origin.courier.lose_answers = False
        assert (await origin.view(number)).possible == ()
        error = await refusal(origin, number, ev.Withdrawn())
        assert error.reason is Reason.LIFECYCLE
        assert "may have it" in error.findings[0].problem.en
        await origin.gateway.release(origin.system, number)
        await origin.act(number, ev.Withdrawn())
        await live_on(both, hours=2)
        assert await origin.state(number) is await handler.state(number) is State.WITHDRAWN
        assert await origin.story(number) == await handler.story(number)
