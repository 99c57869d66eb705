"""An edited calendar is live within seconds, and running clocks are counted anew; a mistake in it changes nothing."""

from datetime import date

import pytest

from gateway.app.reloading_calendars import ReloadingCalendars
from gateway.case.kinds import Clock
from gateway.telemetry import Said
from tests.flows.regions import regions
from tests.unit.case.clock_build import day

HOLIDAY = 'region: "422800"\nname: 示例\nonce: {holidays: [2026-11-26]}\n'


class Log:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict]] = []

    def info(self, event, **facts):
        self.said.append((event, facts))

    warning = error = info


@pytest.fixture
async def pair(tmp_path):
    async with regions(tmp_path, "500114", "422800") as both:
        yield both


async def notice_day(region, number):
    seen = (await region.view(number)).clocks
    return next(day(one.due) for one in seen if one.clock is Clock.NOTICE)


async def test_a_saved_calendar_moves_what_runs(pair):
    window, office = pair["500114"], pair["422800"]
    number = await window.submit(window.a_case("422800"))
    await pair.settle_down()
    log = Log()
    reloading = ReloadingCalendars(office.gateway, office.settings, log)
    assert not await reloading.look()
    file = office.settings.calendars / "422800.yaml"
    file.write_text(HOLIDAY, encoding="utf-8")
    assert await reloading.look()
    assert await notice_day(office, number) == date(2026, 12, 2)
    assert not (await office.gateway.time_limits.run_out()).put_off
    assert day((await office.view(number)).row.next_due) == date(2026, 11, 25), "sign-off comes first"
    assert [event for event, _ in log.said] == [Said.CALENDARS_WARNING, Said.CALENDARS_RELOADED]


async def test_a_mistake_keeps_what_was_live_and_is_said(pair):
    office = pair["422800"]
    log = Log()
    reloading = ReloadingCalendars(office.gateway, office.settings, log)
    file = office.settings.calendars / "422800.yaml"
    file.write_text(HOLIDAY, encoding="utf-8")
    assert await reloading.look()
    file.write_text(HOLIDAY.replace("2026-11-26", "2026-11-28"), encoding="utf-8")
    assert not await reloading.look()
    assert not office.gateway.almanac.current().of("422800").is_workday(date(2026, 11, 26))
    refused = [facts for event, facts in log.said if event is Said.CALENDARS_REFUSED]
    assert refused == [{"file": "calendars/422800.yaml", "line": 3, "reason": "once.holidays[0]"}]
    file.unlink()
    assert await reloading.look()
    assert office.gateway.almanac.current().of("422800").is_workday(date(2026, 11, 26))
