"""The proxy of a drill does to bytes what it says, in the direction it says, and counts it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest

from tests.faults.proxy import HERE, Harm, Proxy, proxy_to

WORDS = bytes(range(256)) * 8


@dataclass
class Line:
    """A client and, behind the proxy, a server's ends of one connection."""

    proxy: Proxy
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    far_reader: asyncio.StreamReader
    far_writer: asyncio.StreamWriter


@asynccontextmanager
async def a_line() -> AsyncIterator[Line]:
    taken: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await taken.put((reader, writer))

    server = await asyncio.start_server(take, HERE, 0)
    async with proxy_to(server.sockets[0].getsockname()[1]) as proxy:
        ends = await asyncio.open_connection(HERE, proxy.port)
        far = await taken.get()
        try:
            yield Line(proxy, *ends, *far)
        finally:
            for writer in (ends[1], far[1]):
                writer.transport.abort()
            server.close()


async def test_without_harm_everything_passes_both_ways_and_nothing_is_counted():
    async with a_line() as line:
        line.writer.write(WORDS)
        assert await line.far_reader.readexactly(len(WORDS)) == WORDS
        line.far_writer.write(WORDS)
        assert await line.reader.readexactly(len(WORDS)) == WORDS
        assert (line.proxy.bitten, line.proxy.onward.passed, line.proxy.back.passed) == (0, len(WORDS), len(WORDS))


async def test_one_way_loss_swallows_one_direction_and_leaves_the_other():
    async with a_line() as line:
        line.proxy.back.turn(Harm.SWALLOW)
        line.writer.write(WORDS)
        assert await line.far_reader.readexactly(len(WORDS)) == WORDS
        line.far_writer.write(WORDS)
        await bitten(line.proxy)
        line.proxy.heal()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await line.reader.readexactly(1)
        assert line.proxy.onward.bitten == 0


async def test_what_is_held_comes_whole_when_the_harm_is_over():
    async with a_line() as line:
        line.proxy.back.turn(Harm.HOLD)
        line.far_writer.write(WORDS)
        await bitten(line.proxy)
        assert line.proxy.back.passed == 0
        line.proxy.heal(reset=False)
        assert await line.reader.readexactly(len(WORDS)) == WORDS


async def test_a_trickle_gives_one_byte_and_the_rest_when_the_harm_is_over():
    async with a_line() as line:
        line.proxy.onward.turn(Harm.TRICKLE)
        line.writer.write(WORDS)
        assert await line.far_reader.read(len(WORDS)) == WORDS[:1]
        line.proxy.heal(reset=False)
        assert await line.far_reader.readexactly(len(WORDS) - 1) == WORDS[1:]


async def test_corruption_turns_one_bit_over():
    async with a_line() as line:
        line.proxy.onward.turn(Harm.CORRUPT)
        line.writer.write(WORDS[:200])
        came = await line.far_reader.readexactly(200)
        assert sum((a ^ b).bit_count() for a, b in zip(came, WORDS, strict=False)) == 1


async def test_a_cut_passes_so_many_bytes_and_then_resets():
    async with a_line() as line:
        line.proxy.onward.turn(Harm.CUT, after=100)
        line.writer.write(WORDS)
        assert await before_the_reset(line.far_reader) == WORDS[:100]
        assert line.proxy.resets >= 1


async def test_a_delayed_chunk_comes_later_and_whole():
    async with a_line() as line:
        line.proxy.onward.turn(Harm.DELAY, seconds=0.01)
        line.writer.write(WORDS)
        assert await line.far_reader.readexactly(len(WORDS)) == WORDS
        assert line.proxy.onward.bitten >= 1


async def test_a_refusing_proxy_resets_new_connections_and_counts_them():
    async with a_line() as line:
        line.proxy.refusing = True
        reader, writer = await asyncio.open_connection(HERE, line.proxy.port)
        assert await before_the_reset(reader) == b""
        writer.close()
        assert line.proxy.resets == 1


async def test_a_reset_breaks_off_what_is_open():
    async with a_line() as line:
        assert line.proxy.reset() == 2
        assert await before_the_reset(line.reader) == b""


async def before_the_reset(reader: asyncio.StreamReader) -> bytes:
    """Return what comes before the connection is broken off."""
    came = b""
    with suppress(ConnectionResetError):
        while part := await reader.read(4096):
            came += part
    return came


async def bitten(proxy: Proxy) -> None:
    """Wait until the proxy has harmed something."""
    async with asyncio.timeout(10):
        while not proxy.bitten:
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.005)
