"""A TCP proxy that hurts what passes: ours, so that every fault is exact, per direction, and counted when it bites.

`onward` is from the side that dials to the side that answers, `back` the other way.  TLS makes every change of bytes a
broken connection, never a wrong message: that is part of what the drill shows.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

from tests.faults.waiting import lapse

HERE = "127.0.0.1"
CHUNK = 65_536
LINGER_NONE = struct.pack("ii", 1, 0)


class Harm(Enum):
    """What happens to the bytes of one direction."""

    NONE = "pass"
    SWALLOW = "swallowed"
    """Read and thrown away: a black hole, or one-way loss when only one direction has it."""
    HOLD = "held"
    """Not passed on until the harm is over: answers come late, but they come."""
    TRICKLE = "one byte a second"
    CORRUPT = "corrupted"
    """One bit of each chunk is turned over."""
    CUT = "cut"
    """Passed up to a number of bytes, then the connection is reset."""
    DELAY = "delayed"


@dataclass(slots=True)
class Direction:
    """How the bytes of one direction fare, and what was done to them so far.

    Attributes:
        after: bytes a connection may still pass before CUT.
        seconds: of DELAY, for each chunk.
        passed: bytes; bitten: chunks that were harmed.
    """

    harm: Harm = Harm.NONE
    after: int = 0
    seconds: float = 0.0
    passed: int = 0
    bitten: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def turn(self, harm: Harm, *, after: int = 0, seconds: float = 0.0) -> None:
        """From now on do this to every connection, those under way included."""
        self.harm, self.after, self.seconds = harm, after, seconds
        self.changed.set()
        self.changed = asyncio.Event()


class Proxy:
    """Listens on a port of this machine and passes connections on to another.

    Attributes:
        onward, back: the two directions.
        refusing: new connections are reset at once.
        resets: connections reset by this proxy.
        connections: taken so far.
        target: the port they are passed on to.
    """

    def __init__(self, target: int) -> None:
        self.onward, self.back = Direction(), Direction()
        self.refusing = False
        self.resets = self.connections = 0
        self.target = target
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def bitten(self) -> int:
        """Everything that was harmed so far: chunks and connections."""
        return self.onward.bitten + self.back.bitten + self.resets

    async def listen(self) -> None:
        """Begin."""
        self._server = await asyncio.start_server(self._take, HERE, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End everything."""
        if self._server:
            self._server.close()
        self.reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heal(self, *, reset: bool = True) -> None:
        """Pass everything again; `reset` ends the connections that lost bytes, as a router that forgot them does."""
        self.refusing = False
        self.onward.turn(Harm.NONE)
        self.back.turn(Harm.NONE)
        if reset:
            self.reset()

    def reset(self) -> int:
        """Break every connection off with RST; return how many."""
        broken = 0
        for writer in list(self._open):
            broken += _reset(writer)
        self._open.clear()
        self.resets += broken
        return broken

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.refusing:
            self.resets += _reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(HERE, self.target)
        except OSError:
            _reset(writer)
            return
        self._open |= {writer, far_writer}
        ways = (
            asyncio.create_task(self._carry(reader, far_writer, self.onward)),
            asyncio.create_task(self._carry(far_reader, writer, self.back)),
        )
        self._tasks |= set(ways)
        try:
            await asyncio.wait(ways)
        finally:
            self._tasks -= set(ways)
            for end in (writer, far_writer):
                self._open.discard(end)
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Direction) -> None:
        carried = 0
        with suppress(OSError, asyncio.IncompleteReadError):
            while chunk := await reader.read(CHUNK):
                async for part in self._harmed(chunk, way, carried, writer):
                    writer.write(part)
                    way.passed += len(part)
                    carried += len(part)
                    await writer.drain()
            if way.harm is not Harm.SWALLOW and writer.can_write_eof():
                writer.write_eof()

    async def _harmed(
        self, chunk: bytes, way: Direction, carried: int, writer: asyncio.StreamWriter
    ) -> AsyncIterator[bytes]:
        """Yield what is left of a chunk, when it is due."""
        match way.harm:
            case Harm.NONE:
                yield chunk
                return
            case Harm.CUT if carried + len(chunk) <= way.after:
                yield chunk
                return
        way.bitten += 1
        match way.harm:
            case Harm.HOLD:
                while way.harm is Harm.HOLD:
                    await way.changed.wait()
                yield chunk
            case Harm.TRICKLE:
                async for part in _trickled(chunk, way):
                    yield part
            case Harm.CORRUPT:
                broken = bytearray(chunk)
                broken[len(broken) // 2] ^= 0x10
                yield bytes(broken)
            case Harm.CUT:
                yield chunk[: max(0, way.after - carried)]
                self.resets += _reset(writer)
                raise ConnectionResetError
            case Harm.DELAY:
                await lapse(way.seconds)
                yield chunk


async def _trickled(chunk: bytes, way: Direction) -> AsyncIterator[bytes]:
    for place in range(len(chunk)):
        if way.harm is not Harm.TRICKLE:
            yield chunk[place:]
            return
        yield chunk[place : place + 1]
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await way.changed.wait()


def _reset(writer: asyncio.StreamWriter) -> int:
    """Close with RST instead of FIN; 1 when there was something to close."""
    if writer.transport.is_closing():
        return 0
    found = writer.get_extra_info("socket")
    if found is not None:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
    writer.transport.abort()
    return 1


@asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    """Run a proxy in front of a port of this machine."""
    proxy = Proxy(port)
    await proxy.listen()
    try:
        yield proxy
    finally:
        await proxy.close()
