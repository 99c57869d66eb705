"""A gateway that cannot start says what is in its way, by name, and what to do; one that stops waits for nobody's long poll."""

import asyncio
import secrets
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from gateway.app import running
from gateway.app.world import real_world
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.cli.demo_data import agreements
from gateway.cli.federation import make_sites
from gateway.settings import Settings, load_divisions, load_settings
from tests.flows.test_the_whole_gateway import QIANJIANG, a_pair


def a_home(folder: Path) -> Settings:
    names = {"422800": "恩施州", "500114": "黔江区"}
    sites = make_sites(folder, names, now=datetime.now(UTC), secret=secrets.token_bytes, agreements=agreements)
    settings, findings = load_settings(sites["500114"].folder / "gateway.yaml", load_divisions())
    assert settings, findings
    return settings


async def why_not(settings: Settings) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        async with running(settings, real_world()):
            raise AssertionError("it runs")
    return refused.value


async def test_a_port_of_local_systems_that_is_taken_is_named(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    with socket.socket() as taken:
        taken.bind((settings.local.listen.host, settings.local.listen.port))
        taken.listen()
        error = await why_not(settings)
    assert error.reason is Reason.CONFIGURATION
    (finding,) = error.findings
    assert finding.path == "local.listen"
    assert str(settings.local.listen) in finding.problem.zh


async def test_a_data_folder_that_cannot_be_made_is_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    error = await why_not(replace(settings, data=tmp_path / "file" / "data"))
    assert error.reason is Reason.STORE_NOT_WRITABLE


async def test_a_long_poll_does_not_hold_the_stop_up(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        async with a_pair(tmp_path) as pair:
            site = pair.sites[QIANJIANG]
            headers = {"Authorization": f"Bearer {site.api_key}"}

            async def poll() -> tuple[int, list[object]]:
                async with session.get(f"{site.url}/v1/feed?wait=50", headers=headers) as answer:
                    return answer.status, (await answer.json())["items"]

            polling = asyncio.create_task(poll())
            # Answered after the poll was sent, so the poll is under way.
            assert (await pair.call(QIANJIANG, "GET", "/v1/feed"))[0] == 200
            begun = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - begun < 10, "a stop may take 20 seconds, a poll 50"
        assert await polling == (200, [])
