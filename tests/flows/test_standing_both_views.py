"""How things stand with a partner, seen from both sides: asked over TLS, kept, judged, told."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from gateway.app.opening import read_folder
from gateway.app.standing_loop import LOOK_EVERY, ask_standings
from gateway.case import events as ev
from gateway.flows.standing.ask import ASK_EVERY
from gateway.flows.standing.lights import Light
from gateway.flows.standing.view import BothViews
from gateway.local.standing_out import both_views
from gateway.telemetry import make_logger
from tests.flows.regions import Region, Regions, agreement, regions

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"


async def view_of(region: Region, code: str) -> BothViews:
    """How a region sees a partner."""
    (found,) = await region.gateway.standing.both_views(code)
    return found


def edit_agreement(all_regions: Regions, ours: str, theirs: str, **changes: object) -> None:
    """One side's file says otherwise, and goes live."""
    region = all_regions[ours]
    (file,) = region.settings.partners.glob(f"{theirs}-*.yaml")
    content = yaml.safe_load(file.read_text("utf-8"))
    content["agreements"] = [agreement(ours, theirs, **changes)]
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


async def test_every_field_of_how_it_sees_us_is_told_and_kept(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        enshi.courier.down.add(QIANJIANG)
        await enshi.act(number, ev.ReceivedByHandler())
        await enshi.gateway.deliver(QIANJIANG)
        all_regions.clock.pass_time(minutes=90)
        assert await origin.gateway.standing.asking.ask(ENSHI) is None
        seen = await view_of(origin, ENSHI)
        told = seen.view.told
        assert (told.queued, told.oldest_waiting) == (1, 90 * 60.0)
        assert told.last_error == "PARTNER_UNREACHABLE"
        assert told.last_error_at == all_regions.clock() - timedelta(minutes=90)
        assert told.software
        assert told.exchange_minor == 0
        assert "rpc/Reconcile" in told.features
        assert told.last_contact is not None
        assert (seen.alike, seen.differing) == (True, ())
        assert seen.papers_end is not None
        assert origin.courier.certificate_ends(ENSHI) is not None, "the server's own certificate counts as well"
        assert seen.standing.clock_skew == timedelta()
        assert seen.light is Light.YELLOW
        assert seen.wrong[0].word == "their_queue_old"
        # The same partner as the other side sees it: it cannot be reached, since when, and until when it rests.
        there = await view_of(enshi, QIANJIANG)
        assert there.light is Light.RED
        assert there.wrong[0].word == "away"
        content = both_views([there], all_regions.clock())["partners"]
        assert isinstance(content, list)
        assert content[0]["here"]["last_error"]["place"] == "peering"
        assert content[0]["here"]["queued"] == 1


async def test_the_terms_that_differ_are_named_with_what_each_side_reads(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin = all_regions[QIANJIANG]
        item = agreement(ENSHI, QIANJIANG)["items"][0]
        changed = [item | {"directions": ["inward"], "limits": {"push_workdays": 3}}]
        edit_agreement(all_regions, ENSHI, QIANJIANG, valid_to="2027-12-31", items=changed)
        there = all_regions[ENSHI]
        await look_again(there)
        await origin.gateway.standing.asking.ask(ENSHI)
        seen = await view_of(origin, ENSHI)
        assert seen.alike is False
        assert {(one.term, one.here, one.there) for one in seen.differing} == {
            ("valid_to", "2028-12-31", "2027-12-31"),
            ("items/000120011000/handlers", "422800, 500114", "422800"),
            (
                "items/000120011000/limits",
                "accept_workdays 5, mail_workdays 2, push_workdays 1, recheck_workdays 1, send_result_workdays 1",
                "accept_workdays 5, mail_workdays 2, push_workdays 3, recheck_workdays 1, send_result_workdays 1",
            ),
        }
        (wrong,) = [one for one in seen.wrong if one.word == "agreement"]
        assert "2028-12-31" in wrong.said.zh or "办理地" in wrong.said.zh
        # Mended on the other side: alike at the next question.
        edit_agreement(all_regions, ENSHI, QIANJIANG)
        await look_again(there)
        await origin.gateway.standing.asking.ask(ENSHI)
        assert (await view_of(origin, ENSHI)).alike is True


async def look_again(region: Region) -> None:
    """The folder of partner files is read as the running gateway reads it."""
    region.gateway.registry.reload(read_folder(region.settings, region.clock()).partners)


async def test_who_is_due_is_asked_gently_and_those_that_rest_are_not(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI, wires="grpc") as all_regions:
        origin = all_regions[QIANJIANG]
        asking = origin.gateway.standing.asking
        assert await asking.due() == [ENSHI, XIANGXI]
        origin.courier.down.add(XIANGXI)
        assert await asking.ask(ENSHI) is None
        error = await asking.ask(XIANGXI)
        assert error
        assert await asking.due() == []
        all_regions.clock.pass_time(seconds=ASK_EVERY.total_seconds() + 1)
        assert await asking.due() == [ENSHI], "what failed is asked later, each time later"
        all_regions.clock.pass_time(seconds=ASK_EVERY.total_seconds())
        assert await asking.due() == [ENSHI, XIANGXI]
        seen = await origin.gateway.standing.both_views()
        assert [(one.partner.code, one.light.value) for one in seen] == [(XIANGXI, "red"), (ENSHI, "green")]
        assert seen[0].wrong[0].word == "not_answering"
        # A flight that fails leaves the partner in peace; no question disturbs its rest.
        await origin.submit(origin.a_case(to=XIANGXI))
        await origin.gateway.deliver(XIANGXI)
        assert XIANGXI not in await asking.due()


async def turns(region: Region, *happenings: Callable[[], Awaitable[None]]) -> list[str]:
    """Run the loop; before each look after the first something happens.  Returns the partners it found away."""
    left = iter(happenings)
    log = io.StringIO()

    async def sleep(seconds: float) -> None:
        assert seconds == LOOK_EVERY
        happening = next(left, None)
        if happening is None:
            raise asyncio.CancelledError
        await happening()

    region.gateway.world = replace(region.gateway.world, sleep=sleep)
    logger = make_logger(region="", level="info", style="json", stream=log, clock=region.clock)
    with pytest.raises(asyncio.CancelledError):
        await ask_standings(region.gateway, logger)
    return [json.loads(line)["partner"] for line in log.getvalue().splitlines()]


async def test_the_loop_asks_everybody_at_start_and_again_when_it_is_time(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        origin = all_regions[QIANJIANG]
        origin.courier.down.add(XIANGXI)
        told: list[object] = []

        async def note() -> None:
            told.append((await view_of(origin, ENSHI)).view.told_at)

        async def soon() -> None:
            await note()
            all_regions.clock.pass_time(minutes=5)

        async def later() -> None:
            await note()
            all_regions.clock.pass_time(minutes=9)

        start = all_regions.clock()
        away = await turns(origin, soon, later, note)
        assert told == [start, start, start + timedelta(minutes=14)]
        assert away == [XIANGXI], "a partner that does not answer is asked later and later, and is no failed delivery"
        assert (await view_of(origin, XIANGXI)).standing.failures == 0
