"""What people have settled before its first try can be tried again all the same, as the desk offers."""

from pathlib import Path

from gateway.case import events as ev
from gateway.case.states import State
from gateway.store.queue import ASIDE, Selection
from tests.flows.queue_build import ENSHI, QIANJIANG, deed, standing_of
from tests.flows.regions import regions


async def test_an_envelope_set_aside_before_its_first_try_is_tried_when_its_case_is_named(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        other = await origin.submit(origin.a_case(to=ENSHI))
        await both.settle_down()
        await handler.act(number, ev.ReceivedByHandler("ES-1"))
        await handler.act(other, ev.ReceivedByHandler("ES-2"))
        desk = handler.gateway.queue
        assert (await desk.fail(deed("电话告知", case_id=number), without_asking=False)).changed == 1
        shown = (await desk.show(number)).envelopes[0]
        assert shown.standing
        assert (shown.standing.kept_back, shown.owed.tries, "retry" in shown.can) == (ASIDE, 0, True)

        counted = Selection(case_id=number, kept=("", "parked", ASIDE), failed=True)
        assert await desk.count(counted) == 1, "so many are looked at"
        assert (await desk.retry(deed("再试", partner=QIANJIANG))).changed == 0, "in bulk what is settled is left alone"
        step = await desk.retry(deed("再试", case_id=number))
        assert (step.seen, step.changed) == (1, 1)
        assert (await standing_of(handler, number))[0].kept_back == ""
        step = await desk.retry(deed("再试", case_id=other))
        assert step.changed == 0, "what waits for its first try has not failed"
        await both.settle_down()
        assert await origin.state(number) is State.WITH_HANDLER
