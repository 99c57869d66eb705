"""A whole process is told to stop under load: health is red first, it ends within its bound, and nothing is lost or half."""

import asyncio
import secrets
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import apsw
import pytest

from bench.count import count, unsettled
from bench.load import request_bytes
from gateway.cli.demo_data import agreements
from gateway.cli.federation import Site, make_sites, start, start_all, stop_all
from gateway.cli.speech import ExitCode

ENSHI, QIANJIANG = "422800", "500114"
NAMES = {ENSHI: "恩施州", QIANJIANG: "黔江区"}
QUICK = {"first_wait": "1s", "growth": "1.0", "longest_wait": "1s"}
STOP_WITHIN = 5.0
SLACK = 3.0
"""Seconds until a process of a machine that is busy with others hears of a signal and is gone."""
SETTINGS = f"\nlimits:\n  sweep_interval: 1s\n  stop_within: {STOP_WITHIN:.0f}s\nlog:\n  level: warning\n"


def two_sites(folder: Path) -> dict[str, Site]:
    return make_sites(
        folder,
        NAMES,
        now=datetime.now(UTC),
        secret=secrets.token_bytes,
        agreements=agreements,
        retry=QUICK,
        extra_settings=SETTINGS,
    )


class Systems:
    """Local systems that submit and note what was acknowledged, until they are told that it is enough."""

    session: aiohttp.ClientSession

    def __init__(self, site: Site) -> None:
        self.site = site
        self.acknowledged: list[str] = []
        self.refused: set[int] = set()
        self.enough = False

    async def submit(self, name: str) -> None:
        number = 0
        headers = {"Authorization": f"Bearer {self.site.api_key}", "Content-Type": "application/json"}
        while not self.enough:
            body = request_bytes(self.site.code, ENSHI, f"{name}-{number}")
            try:
                async with self.session.post(f"{self.site.url}/v1/cases", data=body, headers=headers) as answer:
                    if answer.status == 202:
                        self.acknowledged.append((await answer.json())["case_id"])
                        number += 1
                    else:
                        self.refused.add(answer.status)
            except aiohttp.ClientError:
                await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.02)


async def trickling_upload(site: Site) -> bytes:
    """An upload of which a byte comes now and then, and which never ends; return what was answered."""
    reader, writer = await asyncio.open_connection(site.local.host, site.local.port)
    head = (
        f"PUT /v1/materials/{'0' * 64} HTTP/1.1",
        f"Host: {site.local}",
        f"Authorization: Bearer {site.api_key}",
        "Content-Type: application/octet-stream",
        "Content-Length: 1000000",
        "",
        "",
    )
    writer.write("\r\n".join(head).encode())
    answer = asyncio.create_task(reader.read())
    try:
        while not answer.done():
            writer.write(b"x")
            await asyncio.wait([answer], timeout=0.2)
        return answer.result()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def is_ready(site: Site, session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get(f"{site.url}/health/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


@pytest.mark.timeout(180)
async def test_a_stop_under_load_ends_in_time_and_loses_nothing(tmp_path: Path) -> None:
    sites = two_sites(tmp_path)
    origin, handler = sites[QIANJIANG], sites[ENSHI]
    await start_all(sites.values())
    systems = Systems(origin)
    try:
        async with aiohttp.ClientSession() as session:
            systems.session = session
            headers = {"Authorization": f"Bearer {origin.api_key}"}
            tasks = [asyncio.create_task(systems.submit(f"S{n}")) for n in range(8)]
            tasks.append(asyncio.create_task(trickling_upload(origin)))
            waiting = asyncio.create_task(session.get(f"{origin.url}/v1/feed?after=999999999&wait=50", headers=headers))
            for _ in range(2):
                before = len(systems.acknowledged)
                while len(systems.acknowledged) < before + 60:
                    await asyncio.wait(tasks, timeout=0.05)
                process = origin.process
                assert process
                process.send_signal(signal.SIGTERM)
                began = time.monotonic()
                while await is_ready(origin, session):
                    assert time.monotonic() < began + SLACK, "health is red at once"
                assert await process.wait() == ExitCode.OK
                assert time.monotonic() < began + STOP_WITHIN + SLACK
                with apsw.Connection(str(origin.store_file), flags=apsw.SQLITE_OPEN_READONLY) as store:
                    assert store.pragma("quick_check") == "ok"
                    there = {row[0] for row in store.execute("SELECT case_id FROM cases")}
                assert set(systems.acknowledged) <= there, "what was acknowledged is on disk when the process is gone"
                await start(origin)
            systems.enough = True
            await asyncio.gather(*tasks)
            assert systems.refused <= {503}
            (await waiting).release()
        while unsettled(origin.store_file):
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.1)
    finally:
        systems.enough = True
        await stop_all(sites.values())
    counted = count(origin.store_file, handler.store_file, set(systems.acknowledged))
    assert (counted.received, counted.lost) == (len(set(systems.acknowledged)), 0)
    for site in sites.values():
        assert "Traceback" not in (site.folder / "gateway.log").read_text("utf-8")


async def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    sites = two_sites(tmp_path)
    origin = sites[QIANJIANG]
    await start(origin)
    process = origin.process
    assert process
    try:
        async with aiohttp.ClientSession() as session:
            upload = asyncio.create_task(trickling_upload(origin))
            while not (origin.folder / "data" / "materials" / "partial").exists():
                await asyncio.wait([upload], timeout=0.05)
            process.send_signal(signal.SIGTERM)
            while await is_ready(origin, session):
                await asyncio.wait([upload], timeout=0.02)
            assert process.returncode is None, "the upload is under way"
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), SLACK) == 128 + signal.SIGTERM
            await upload
        await start(origin)
    finally:
        await stop_all(sites.values())
