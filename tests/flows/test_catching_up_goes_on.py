"""Catching up over a bad line: each attempt goes on where the one before stopped, also in another process."""

import io
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.app.loops import tell_clocks
from gateway.case import events as ev
from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.calling_again import CALLS
from gateway.flows.restored.catch_up import DAYS_BACK
from gateway.partners.partner import Partner
from gateway.store import catching_up
from gateway.telemetry import make_logger
from gateway.wire.reconcile import DayAsked, DayHeld
from tests.fakes import UnreliableCourier, unreachable
from tests.flows.regions import regions
from tests.flows.restored_build import agree, back_up, burn_down_and_restore, rows

ENSHI, QIANJIANG = "422800", "500114"


class CountingCourier(UnreliableCourier):
    """Counts the days asked for, and loses calls: those of the days in `lost`, so often."""

    def __init__(self, inner: UnreliableCourier) -> None:
        super().__init__(inner)
        self.asked = Counter[date]()
        self.lost = Counter[date]()

    async def reconcile(self, partner: Partner, asked: DayAsked) -> DayHeld:
        self.asked[asked.day] += 1
        if self.lost[asked.day] > 0:
            self.lost[asked.day] -= 1
            raise unreachable(partner)
        return await super().reconcile(partner, asked)


async def test_an_attempt_that_was_cut_off_goes_on_with_the_next_day_also_in_another_process(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        burnt, partner = both[QIANJIANG], both[ENSHI]
        back_up(burnt, tmp_path / "backup")
        early = await burnt.submit(burnt.a_case(to=ENSHI))
        await both.settle_down()
        await partner.act(early, ev.ReceivedByHandler("ES-1"))
        await both.pass_time(days=5)
        late = await burnt.submit(burnt.a_case(to=ENSHI))
        await both.settle_down()
        courier = CountingCourier(burnt.courier)
        burnt.courier = courier
        backed_up = day_in_china(both.clock() - timedelta(days=5))
        await burn_down_and_restore(both, burnt, tmp_path / "backup", tmp_path / "again")

        courier.lost[backed_up + timedelta(days=2)] = CALLS
        with pytest.raises(GatewayError) as cut:
            await burnt.gateway.restored.catch_up(ENSHI)
        assert cut.value.reason is Reason.PARTNER_UNREACHABLE
        assert len(courier.asked) == DAYS_BACK + 3
        assert burnt.gateway.behind.days_done[ENSHI] == DAYS_BACK + 2, "it came further, which its loop can tell"
        assert await burnt.gateway.restored.still_behind() == [ENSHI]

        await both.reopen(burnt)
        courier.asked.clear()
        back = await burnt.gateway.restored.catch_up(ENSHI)
        assert min(courier.asked) == backed_up + timedelta(days=2), "what is done is not compared again"
        assert (back.taken, back.left_out) == (3, 0), "what the attempt before took is counted"
        assert await burnt.gateway.restored.still_behind() == []
        assert await rows(burnt, "SELECT * FROM catching_up") == [], "nothing is left of it"
        for number in (early, late):
            await agree(burnt, partner, number)


async def test_a_call_that_is_lost_is_made_again_at_once(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        burnt, partner = both[QIANJIANG], both[ENSHI]
        back_up(burnt, tmp_path / "backup")
        number = await burnt.submit(burnt.a_case(to=ENSHI))
        await both.settle_down()
        courier = CountingCourier(burnt.courier)
        burnt.courier = courier
        await burn_down_and_restore(both, burnt, tmp_path / "backup", tmp_path / "again")
        today = day_in_china(both.clock())
        courier.lost.update({today - timedelta(days=n): CALLS - 1 for n in range(DAYS_BACK)})
        assert (await burnt.gateway.restored.catch_up(ENSHI)).taken == 1
        assert courier.lost.total() == 0
        await agree(burnt, partner, number)


async def test_the_last_days_are_compared_in_every_attempt_because_more_may_come_to_them(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        burnt = both[QIANJIANG]
        back_up(burnt, tmp_path / "backup")
        courier = CountingCourier(burnt.courier)
        burnt.courier = courier
        await burn_down_and_restore(both, burnt, tmp_path / "backup", tmp_path / "again")
        today = day_in_china(both.clock())
        courier.lost[today + timedelta(days=1)] = CALLS
        with pytest.raises(GatewayError):
            await burnt.gateway.restored.catch_up(ENSHI)
        life = burnt.gateway.behind.life
        assert life
        reached = await burnt.gateway.database.read(lambda tx: catching_up.reached(tx, life.id, ENSHI))
        assert max(reached.days) == today - timedelta(days=2)
        assert len(reached.days) == DAYS_BACK - 1


async def test_clocks_that_wait_for_it_are_no_failure_of_a_worker_and_are_told_afterwards(tmp_path: Path) -> None:
    async with regions(tmp_path, ENSHI, QIANJIANG) as both:
        burnt, partner = both[ENSHI], both[QIANJIANG]
        number = await partner.submit(partner.a_case(to=ENSHI))
        await both.settle_down()
        back_up(burnt, tmp_path / "backup")
        await burn_down_and_restore(both, burnt, tmp_path / "backup", tmp_path / "again")
        both.clock.pass_time(days=3)
        lines = io.StringIO()
        log = make_logger(region=ENSHI, level="info", style="json", stream=lines, clock=both.clock)
        await tell_clocks(burnt.gateway, log)
        said = [json.loads(line) for line in lines.getvalue().splitlines()]
        assert [(one["level"], one["event"], one["count"]) for one in said] == [("info", "partner.catching_up", 1)]
        await burnt.gateway.restored.catch_up(QIANJIANG)
        both.clock.pass_time(hours=1)
        await tell_clocks(burnt.gateway, log)
        assert "DeadlinePassed" in [kind for _, kind in await burnt.story(number)]
