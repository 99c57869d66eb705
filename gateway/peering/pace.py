"""The least pace of a call: whoever sends or reads more slowly is cut off, and what came is kept.

Only the time in which we wait for the other side counts; our own disk may take what it needs.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.peering.arity import Context

PACE_SECONDS = 30.0
PACE_BYTES = 64 * 1024
"""In every 30 seconds of waiting for the other side at least so much moves, or a whole message that is shorter; a chunk
of 256 KiB needs 9 KB/s."""


@dataclass(slots=True)
class Pace:
    """Watches over the messages of one call, in both directions.

    Args:
        seconds: of waiting in which `least` bytes must have moved.

    Attributes:
        stuck: a message was begun to be written and the other side has not made room for it.
    """

    seconds: float = PACE_SECONDS
    least: int = PACE_BYTES
    stuck: bool = field(default=False, init=False)
    _waited: float = field(default=0.0, init=False)
    _moved: int = field(default=0, init=False)

    async def read(self, context: Context) -> Any:
        """Read the next message.

        Raises:
            GatewayError: TOO_SLOW.
        """
        async with self._waiting():
            message = await context.read()
        self._count(0 if message is grpc.aio.EOF else len(message))
        return message

    async def write(self, context: Context, answer: Any) -> None:
        """Write a message; waits until the other side makes room for it.

        Raises:
            GatewayError: TOO_SLOW.
        """
        self.stuck = True
        async with self._waiting():
            await context.write(answer)
        self.stuck = False
        self._count(answer.ByteSize())

    @asynccontextmanager
    async def _waiting(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        timer = asyncio.timeout(max(0.0, self.seconds - self._waited))
        try:
            async with timer:
                yield
        except TimeoutError:
            if not timer.expired():
                raise
            raise GatewayError(Reason.TOO_SLOW, pace=round(self.seconds), bytes=self.least) from None
        self._waited += loop.time() - begun

    def _count(self, moved: int) -> None:
        self._moved += moved
        if self._moved >= self.least:
            self._waited, self._moved = 0.0, 0
