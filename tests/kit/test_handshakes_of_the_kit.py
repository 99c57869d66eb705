"""Whether a server speaks a TLS that should be forgotten is told by what it answers to an old first message."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.kit.conformance.handshakes import TLS_1_1, speaks_old

CHANCE = bytes(range(32))
SERVER_HELLO = b"\x16\x03\x02\x00\x04\x02\x00\x00\x00"
ALERT = b"\x15\x03\x02\x00\x02\x02\x46"


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that answers every connection with the same bytes and then closes it."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readexactly(5)
        heard.append(head + await reader.readexactly(int.from_bytes(head[3:5])))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


@pytest.mark.parametrize(("answer", "old"), [(SERVER_HELLO, True), (ALERT, False), (b"", False)])
async def test_a_server_that_goes_on_speaks_it_and_one_that_alerts_or_closes_does_not(answer, old):
    async with answering(answer) as (port, _):
        assert await speaks_old("127.0.0.1", port, "localhost", CHANCE) is old


async def test_what_is_offered_is_tls_1_1_at_most_with_the_host_name():
    async with answering(ALERT) as (port, heard):
        await speaks_old("127.0.0.1", port, "gateway.example.invalid", CHANCE)
    record = heard[0]
    assert record[0] == 22
    assert record[5] == 1
    assert int.from_bytes(record[6:9]) == len(record) - 9
    assert int.from_bytes(record[9:11]) == TLS_1_1
    assert CHANCE in record
    assert b"gateway.example.invalid" in record


async def test_a_port_where_nobody_listens_is_no_answer():
    async with answering(b"") as (port, _):
        pass
    with pytest.raises(OSError, match=r".*"):
        await speaks_old("127.0.0.1", port, "localhost", CHANCE)
