"""The operator's socket bears half, huge and idle callers, is nobody else's at any moment, and outlives a gateway that was killed."""

import asyncio
import gzip
import os
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from gateway.app.operators_socket import MOST, _owners_alone, operators_socket
from tests.faults.waiting import lapse

PATIENCE = 20


@asynccontextmanager
async def a_socket(path: Path, *, quiet: float = 75.0) -> AsyncIterator[Path]:
    """A socket that tells the size of what is posted."""

    async def size(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    app = web.Application(client_max_size=1024)
    app.add_routes([web.post("/size", size)])
    async with operators_socket(app, path, quiet=quiet):
        yield path


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[Path]:
    async with a_socket(tmp_path / "control.sock") as path:
        yield path


async def posted(path: Path, body: bytes, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        async with session.post("http://gateway/size", data=body, headers=headers) as answer:
            return answer.status, await answer.text()


async def test_it_is_the_owners_alone_before_anybody_can_connect(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    before = os.umask(0)
    try:
        with closing(_owners_alone(path)):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, "whatever the account's umask leaves"
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_unix_connection(path)
        async with a_socket(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert await posted(path, b"four") == (200, "4")
        assert os.umask(0) == 0, "the umask of the process, which other threads use, is not touched"
    finally:
        os.umask(before)
    assert not path.exists()


async def test_one_left_behind_by_a_gateway_that_was_killed_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    left = await asyncio.start_unix_server(lambda _r, _w: None, path)
    left.close()
    if not path.exists():
        path.touch()
    async with a_socket(path):
        assert await posted(path, b"") == (200, "0")


async def test_a_huge_request_is_refused_and_a_packed_one_is_not_unpacked(control: Path) -> None:
    assert (await posted(control, bytes(2048)))[0] == 413
    packed = gzip.compress(bytes(10_000_000))[:1000]
    status, told = await posted(control, packed, Content_Encoding="gzip")
    assert (status, told) == (200, str(len(packed))), "bytes are taken as they came"
    reader, writer = await asyncio.open_unix_connection(control)
    writer.write(b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n")
    assert b" 400 " in await asyncio.wait_for(reader.readline(), PATIENCE)
    writer.transport.abort()


async def test_callers_beyond_the_bound_are_closed_and_places_come_free(control: Path) -> None:
    async with AsyncExitStack() as on:
        writers = []  # held: one that nobody holds is closed
        for _ in range(MOST):
            _, writer = await asyncio.open_unix_connection(control)
            on.callback(writer.transport.abort)
            writer.write(b"GET /si")  # half a request
            writers.append(writer)
        reader, writer = await asyncio.open_unix_connection(control)
        on.callback(writer.transport.abort)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                assert await posted(control, b"four") == (200, "4")
                break
            except aiohttp.ClientError:
                await lapse(0.01)


async def test_who_says_nothing_or_half_is_closed(tmp_path: Path) -> None:
    async with a_socket(tmp_path / "control.sock", quiet=0.1) as path:
        for half in (b"", b"POST /size HTT"):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(half)
            answer = await asyncio.wait_for(reader.read(), PATIENCE)
            assert not answer or b" 40" in answer
            writer.transport.abort()
