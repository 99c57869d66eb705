"""Processes killed as a power failure would, under load: what was acknowledged is on both sides, once, with equal bytes."""

import asyncio
import secrets
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bench.count import count, unsettled
from bench.load import request_bytes
from gateway.cli.demo_data import agreements
from gateway.cli.federation import Site, make_sites, start, start_all, stop, stop_all

ENSHI, QIANJIANG = "422800", "500114"
NAMES = {ENSHI: "恩施州", QIANJIANG: "黔江区"}
QUICK = {"first_wait": "1s", "growth": "1.0", "longest_wait": "1s"}
SETTINGS = "\nlimits:\n  sweep_interval: 1s\nlog:\n  level: error\n"
CASES = 240


async def submit_until_acknowledged(session: aiohttp.ClientSession, origin: Site, number: int) -> str:
    """What a careful local system does: ask again until there is an answer."""
    body = request_bytes(origin.code, ENSHI, f"K-{number}")
    headers = {"Authorization": f"Bearer {origin.api_key}", "Content-Type": "application/json"}
    while True:
        try:
            async with session.post(f"{origin.url}/v1/cases", data=body, headers=headers) as answer:
                if answer.status == 202:
                    return str((await answer.json())["case_id"])
                assert answer.status in (500, 503), await answer.text()
        except aiohttp.ClientError:
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.05)


@pytest.mark.timeout(180)
async def test_nothing_acknowledged_is_lost_or_doubled_when_either_side_is_killed(tmp_path: Path) -> None:
    sites = make_sites(
        tmp_path,
        NAMES,
        now=datetime.now(UTC),
        secret=secrets.token_bytes,
        agreements=agreements,
        retry=QUICK,
        extra_settings=SETTINGS,
    )
    origin, handler = sites[QIANJIANG], sites[ENSHI]
    await start_all(sites.values())
    try:
        async with aiohttp.ClientSession() as session:
            numbers = asyncio.Queue[int]()
            for number in range(CASES):
                numbers.put_nowait(number)
            acknowledged: list[str] = []

            async def caller() -> None:
                while not numbers.empty():
                    acknowledged.append(await submit_until_acknowledged(session, origin, numbers.get_nowait()))

            load = [asyncio.create_task(caller()) for _ in range(4)]
            for share, victims in enumerate(([origin], [handler], [origin, handler]), 1):
                while len(acknowledged) < share * CASES // 4:
                    await asyncio.wait(load, timeout=0.01)
                for victim in victims:
                    await stop(victim, hard=True)
                await asyncio.gather(*(start(victim) for victim in victims))
            await asyncio.gather(*load)
        while unsettled(origin.store_file):
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.1)
    finally:
        await stop_all(sites.values())
    counted = count(origin.store_file, handler.store_file, set(acknowledged))
    assert len(set(acknowledged)) == CASES, "every request of one number is one case"
    assert (counted.received, counted.lost, counted.doubled) == (CASES, 0, 0)
