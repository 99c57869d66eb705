"""How things stand with partners is shown to operators at this machine, and to nobody else."""

from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from gateway.app.flying import Flying
from gateway.app.local_door import operator_app
from gateway.case.states import State
from gateway.local.systems import Systems
from gateway.settings import load_divisions
from gateway.telemetry import Metrics, make_logger
from tests.flows.local_doors import WINDOW_KEY, by, door_of
from tests.flows.regions import regions

ENSHI, QIANJIANG = "422800", "500114"
SHOWN = {
    "partner",
    "name",
    "status",
    "delivery",
    "circuit",
    "failures",
    "last_error",
    "last_error_at",
    "quiet_until",
    "last_outward_at",
    "last_inward_at",
    "clock_skew_seconds",
    "owed",
    "oldest_owed_at",
    "held",
    "parked",
}


async def test_the_circuit_and_what_is_owed_are_shown_with_cause_and_next_step(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        origin.courier.down.add(ENSHI)
        await origin.submit(origin.a_case(to=ENSHI))
        metrics = Metrics()
        metrics.know([ENSHI])
        app = operator_app(origin.gateway, Systems.of((), load_divisions()), metrics)
        async with TestClient(TestServer(app)) as operator:

            async def shown() -> dict[str, object]:
                async with operator.get("/v1/standings") as answer:
                    assert answer.status == 200
                    (one,) = (await answer.json())["partners"]
                    assert set(one) == SHOWN
                    return one

            async def gauge(state: str) -> str:
                async with operator.get("/metrics") as answer:
                    text = await answer.text()
                name = f'tongban_partner_circuit{{partner="{ENSHI}",state="{state}"}} '
                return next(line.removeprefix(name) for line in text.splitlines() if line.startswith(name))

            before = await shown()
            assert (before["circuit"], before["owed"], before["last_error"]) == ("closed", 1, None)
            await both.settle_down()
            away = await shown()
            assert (away["circuit"], away["failures"], away["owed"]) == ("open", 1, 1)
            assert away["last_error"]["reason"] == "PARTNER_UNREACHABLE"
            assert away["last_error"]["place"] == "peering"
            assert away["last_error"]["next_step"]["zh"]
            assert away["quiet_until"] > away["last_error_at"]
            assert [await gauge(state) for state in ("closed", "open", "half_open")] == ["0.0", "1.0", "0.0"]
            both.clock.pass_time(seconds=3)
            assert (await shown())["circuit"] == "half_open"
            origin.courier.down.clear()
            await both.settle_down()
            back = await shown()
            assert (back["circuit"], back["failures"], back["owed"], back["quiet_until"]) == ("closed", 0, 0, None)
            assert back["clock_skew_seconds"] == 0.0
            assert await gauge("closed") == "1.0"


async def test_local_systems_do_not_see_how_things_stand_with_partners(tmp_path: Path) -> None:
    async with (
        regions(tmp_path, QIANJIANG, ENSHI) as both,
        door_of(both[QIANJIANG]) as window,
        window.get("/v1/standings", headers=by(WINDOW_KEY)) as answer,
    ):
        assert answer.status == 404


async def test_a_partner_is_in_doubt_until_it_answers_and_again_when_it_fails(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        with (tmp_path / "log").open("w", encoding="utf-8") as stream:
            log = make_logger(region=QIANJIANG, level="info", style="json", stream=stream, clock=both.clock)
            flying = Flying(origin.gateway, log, Metrics(), well=await origin.gateway.delivery.in_good_standing())
            assert flying.doubted(ENSHI), "nobody has reached it yet"
            await origin.submit(origin.a_case(to=ENSHI))
            assert await flying.fly(ENSHI)
            assert not flying.doubted(ENSHI)
            assert await origin.gateway.delivery.in_good_standing() == {ENSHI}
            origin.courier.down.add(ENSHI)
            number = await origin.submit(origin.a_case(to=ENSHI))
            assert not await flying.fly(ENSHI)
            assert flying.doubted(ENSHI)
            assert await origin.gateway.delivery.in_good_standing() == set()
            assert await origin.gateway.delivery.resting_shortly() == [ENSHI]
            origin.courier.down.clear()
            both.clock.pass_time(seconds=3)
            await flying.fly(ENSHI)
            assert not flying.doubted(ENSHI)
            assert await origin.state(number) is State.AWAITING_SIGN_OFF
        said = (tmp_path / "log").read_text("utf-8")
        assert said.index("partner.away") < said.index("partner.back")
