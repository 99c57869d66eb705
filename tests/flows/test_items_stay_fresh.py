"""The loop that asks partners for their items: at start, every quarter of an hour, and soon after a refusal."""

import asyncio
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.app.item_loop import DOUBTED_EVERY, ITEMS_EVERY, LOOK_EVERY, keep_items_fresh
from gateway.store import items
from gateway.telemetry import make_logger
from tests.build import a_definition
from tests.flows.regions import CARD, Region, Regions, regions

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"


def an_item(version: int = 1, **changes: Any) -> Any:
    return a_definition(basic_code=CARD, item_type="01", version=version, **changes)


async def turns(all_regions: Regions, region: Region, *happenings: Any) -> list[dict[str, Any]]:
    """Run the loop; before each look after the first something happens.  Returns what was logged."""
    left = iter(happenings)
    log = io.StringIO()

    async def sleep(seconds: float) -> None:
        assert seconds == LOOK_EVERY
        happening = next(left, None)
        if happening is None:
            raise asyncio.CancelledError
        await happening()

    region.gateway.world = replace(region.gateway.world, sleep=sleep)
    logger = make_logger(region="", level="info", style="json", stream=log, clock=all_regions.clock)
    with pytest.raises(asyncio.CancelledError):
        await keep_items_fresh(region.gateway, logger)
    return [json.loads(line) for line in log.getvalue().splitlines()]


async def held(region: Region, of: str = ENSHI) -> int:
    return await region.gateway.database.read(lambda tx: items.version_of(tx, of))


async def test_partners_are_asked_at_start_and_every_quarter_of_an_hour(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        await there.publish(an_item())
        seen = []

        async def soon() -> None:
            seen.append(await held(here))
            await there.publish(an_item(2))
            all_regions.clock.now += ITEMS_EVERY / 2

        async def later() -> None:
            seen.append(await held(here))
            all_regions.clock.now += ITEMS_EVERY / 2

        async def nothing() -> None:
            seen.append(await held(here))

        said = await turns(all_regions, here, soon, later, nothing)
        assert seen == [1, 1, 2]
        assert [line["event"] for line in said] == ["items.none", "items.refreshed", "items.refreshed"]


async def test_a_refusal_that_doubts_our_copy_has_the_partner_asked_within_a_minute(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as all_regions:
        here, there = all_regions[QIANJIANG], all_regions[ENSHI]
        seen = []

        async def refuse() -> None:
            await there.publish(a_definition())
            await here.submit(here.a_case(to=ENSHI))
            await all_regions.settle_down()
            assert here.gateway.items.doubted == {ENSHI}
            all_regions.clock.now += DOUBTED_EVERY

        async def look() -> None:
            seen.append(await held(here))
            assert here.gateway.items.doubted == set()

        await turns(all_regions, here, refuse, look)
        assert seen == [1]


async def test_one_partner_that_is_away_costs_the_others_nothing(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        here = all_regions[QIANJIANG]
        await all_regions[ENSHI].publish(an_item())
        here.courier.down.add(XIANGXI)
        said = await turns(all_regions, here)
        assert await held(here) == 1
        away = [line for line in said if line["event"] == "items.not_refreshed"]
        assert [(line["partner"], line["reason"]) for line in away] == [(XIANGXI, "PARTNER_UNREACHABLE")]


async def test_an_error_nobody_expected_ends_nothing(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as all_regions:
        here = all_regions[QIANJIANG]
        await all_regions[ENSHI].publish(an_item())

        class Breaking:
            async def describe(self, partner: Any) -> Any:
                if partner.code == XIANGXI:
                    raise RuntimeError("a bug")
                return await here.courier.describe(partner)

            async def get_items(self, partner: Any, since: int, page_token: str = "") -> Any:
                return await here.courier.get_items(partner, since, page_token)

        here.gateway.courier = Breaking()
        said = await turns(all_regions, here)
        assert await held(here) == 1
        assert "worker.failed" in [line["event"] for line in said]
