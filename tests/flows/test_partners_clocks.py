"""Our clock against those of partners: nothing that cannot be undone happens by time alone while they differ."""

import sys
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.app.health import Health
from gateway.case.ailments import Ailment, Weight
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.clocks.clock_watch import ClockWatch
from gateway.flows.clocks.listening import ASKED
from gateway.flows.delivery.standings import standings
from gateway.partners.partner import Partner
from gateway.telemetry import Metrics, make_logger
from gateway.wire.description import Description
from tests.build import NOW, a_definition
from tests.fakes import FakeClock, UnreliableCourier
from tests.flows.regions import CARD, Region, Regions, regions

ENSHI, QIANJIANG, XIANGXI, LIANGJIANG = "422800", "500114", "433100", "500157"
LICENCE = a_definition(basic_code=CARD, item_type="01", materials=(), form_schema="")
HOUR = timedelta(hours=1)


class TellingCourier(UnreliableCourier):
    """Partners whose clocks are off by `skew`, or that find our token wrong by their clock; `asked` counts."""

    def __init__(self, inner: UnreliableCourier) -> None:
        super().__init__(inner)
        self.skew: dict[str, timedelta] = {}
        self.rejects: dict[str, Reason] = {}
        self.asked = Counter[str]()

    async def describe(self, partner: Partner) -> Description:
        self.asked[partner.code] += 1
        if reason := self.rejects.get(partner.code):
            raise GatewayError(Reason.PARTNER_REJECTED_US, partner=partner.short_name, reason=reason.value)
        said = await super().describe(partner)
        return replace(said, time=said.time + self.skew.get(partner.code, timedelta()))


@dataclass
class Scene:
    """Some regions; the courier of the first tells other times."""

    all: Regions
    ours: Region
    courier: TellingCourier

    async def health(self) -> dict[Ailment, tuple[Weight, dict[str, object]]]:
        log = make_logger(region="", level="error", style="json", stream=sys.stderr, clock=self.all.clock)
        health = Health(self.ours.gateway, self.ours.settings, log, Metrics(), free_disk=lambda: 1 << 40)
        await health.examine()
        return {one.ailment: (one.weighs, dict(one.facts)) for one, _ in health.checkup().found}


@asynccontextmanager
async def a_scene(folder: Path, *codes: str):
    async with regions(folder, *codes) as all_regions:
        ours = all_regions[codes[0]]
        courier = TellingCourier(ours.courier)
        ours.courier = courier
        await all_regions.reopen(ours)
        yield Scene(all_regions, ours, courier)


@pytest.mark.parametrize("ahead", [HOUR, timedelta(days=365)])
async def test_an_opening_is_not_given_up_by_a_clock_that_partners_do_not_share_also_after_a_restart(
    tmp_path: Path, ahead: timedelta
) -> None:
    async with a_scene(tmp_path, QIANJIANG, ENSHI) as scene:
        number = await scene.ours.submit(scene.ours.a_case(to=ENSHI))
        scene.all.clock.pass_time(days=8)
        scene.courier.skew[ENSHI] = -ahead
        for _ in range(9):
            assert (await scene.ours.gateway.sweep()).held
            scene.all.clock.pass_time(minutes=20)
        assert await scene.ours.state(number) is State.FORWARDED, "for longer than a jump is remembered"
        await scene.all.reopen(scene.ours)
        assert (await scene.ours.gateway.sweep()).held, "asked before anything is ended"
        weight, facts = (await scene.health())[Ailment.CLOCK_DIFFERS]
        assert (weight, facts["minutes"], facts["partners"]) == (Weight.RED, f"{ahead // HOUR * 60:+}", ENSHI)

        scene.courier.skew.clear()
        scene.all.clock.pass_time(minutes=11)
        assert not (await scene.ours.gateway.sweep()).held
        assert await scene.ours.state(number) is State.UNDELIVERABLE


async def test_silence_is_no_acceptance_by_a_clock_that_partners_do_not_share(tmp_path: Path) -> None:
    async with a_scene(tmp_path, ENSHI, QIANJIANG) as scene:
        origin = scene.all[QIANJIANG]
        await scene.ours.publish(LICENCE)
        await scene.all.ask_for_items()
        number = await origin.submit(origin.a_case(to=ENSHI))
        await scene.all.settle_down()
        scene.all.clock.pass_time(days=14)
        scene.courier.rejects[QIANJIANG] = Reason.TOKEN_NOT_YET_VALID
        done = await scene.ours.gateway.time_limits.run_out()
        assert (done.held, done.told) == (True, 0), "who finds our token dated ahead says that our clock is"
        assert Ailment.CLOCK_DIFFERS in await scene.health()
        assert await scene.ours.state(number) is State.AWAITING_SIGN_OFF
        del scene.courier.rejects[QIANJIANG]
        scene.all.clock.pass_time(minutes=11)
        assert (await scene.ours.gateway.time_limits.run_out()).told > 0
        assert await scene.ours.state(number) is State.ACCEPTED


async def test_one_partner_of_several_whose_clock_is_wrong_stops_nothing_and_is_named(tmp_path: Path) -> None:
    async with a_scene(tmp_path, QIANJIANG, ENSHI, XIANGXI) as scene:
        number = await scene.ours.submit(scene.ours.a_case(to=ENSHI))
        scene.all.clock.pass_time(days=8)
        scene.courier.skew[XIANGXI] = HOUR
        assert not (await scene.ours.gateway.sweep()).held
        assert await scene.ours.state(number) is State.UNDELIVERABLE
        weight, facts = (await scene.health())[Ailment.PARTNER_CLOCKS]
        assert (weight, facts) == (Weight.YELLOW, {"count": 1, "partners": XIANGXI})
        database, registry = scene.ours.gateway.database, scene.ours.gateway.registry
        told = {one.code: one.clock_skew for one in await standings(database, registry, scene.all.clock())}
        assert told == {ENSHI: timedelta(), XIANGXI: HOUR}


async def test_partners_that_are_away_do_not_stop_clocks_and_are_not_asked_all_the_time(tmp_path: Path) -> None:
    async with a_scene(tmp_path, ENSHI, QIANJIANG) as scene:
        origin = scene.all[QIANJIANG]
        await scene.ours.publish(LICENCE)
        await scene.all.ask_for_items()
        number = await origin.submit(origin.a_case(to=ENSHI))
        await scene.all.settle_down()
        scene.courier.asked.clear()
        await scene.ours.gateway.time_limits.run_out()
        assert scene.courier.asked.total() == 0, "nothing is about to happen by time"
        scene.courier.down.add(QIANJIANG)
        scene.all.clock.pass_time(days=14)
        for _ in range(4):
            await scene.ours.gateway.time_limits.run_out()
            await scene.ours.gateway.listening.listen()
        assert scene.courier.asked == {QIANJIANG: 1}
        assert await scene.ours.state(number) is State.ACCEPTED


def a_watch() -> tuple[FakeClock, ClockWatch]:
    clock = FakeClock(NOW)
    return clock, ClockWatch(clock, lambda: clock().timestamp() - clock.jumped)


@pytest.mark.parametrize(
    ("skews", "minutes"),
    [
        ((), None),
        ((11,), 11),
        ((10,), None),
        ((0, 500), None),
        ((-15, -500), -15),
        ((0, 15, 20), 15),
        ((0, 0, 15, 20), None),
        ((-20, 15, 15), 15),
    ],
)
def test_the_middle_one_of_the_clocks_counts(skews: tuple[int, ...], minutes: int | None) -> None:
    _, watch = a_watch()
    for code, skew in enumerate(skews):
        watch.heard(str(code), timedelta(minutes=skew))
    assert watch.differs() == (None if minutes is None else timedelta(minutes=minutes))
    assert watch.is_doubtful() is (minutes is not None)


def test_what_was_heard_is_forgotten_when_our_clock_is_set_and_after_a_day() -> None:
    clock, watch = a_watch()
    assert not watch.is_doubtful()
    watch.heard(ENSHI, HOUR)
    clock.pass_time(hours=23)
    assert watch.is_doubtful()
    clock.jump(hours=1)
    assert watch.is_doubtful()
    assert watch.differs() is None
    for _ in range(7):
        clock.pass_time(minutes=10)
        watch.is_doubtful()
    assert not watch.is_doubtful()
    watch.heard(ENSHI, HOUR)
    clock.pass_time(hours=25)
    assert not watch.is_doubtful()


async def test_a_few_partners_are_asked_and_no_more(tmp_path: Path) -> None:
    async with a_scene(tmp_path, QIANJIANG, ENSHI, XIANGXI, LIANGJIANG, "422801") as scene:
        await scene.ours.gateway.listening.listen()
        await scene.ours.gateway.listening.listen()
        assert scene.courier.asked.total() == min(4, ASKED)
        scene.all.clock.pass_time(minutes=11)
        await scene.ours.gateway.listening.listen(HOUR)
        assert scene.courier.asked.total() == 4
        await scene.ours.gateway.listening.listen()
        assert scene.courier.asked.total() == 8
