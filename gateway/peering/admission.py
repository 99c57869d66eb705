"""Who may come in now: a call above its partner's allowance waits a little for its turn, then is asked to come again.

Comes after the caller is proven and before its message is read, so that a flood costs a look at a few numbers and
fills the places of its own partner only.  Waiting smooths what an honest sender has too much of for a moment; a sender
that repeats at once what was turned away is slowed down by it to as many tries as wait.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from gateway.peering.allowance import Allowance, Full, Lane, lane_of
from gateway.peering.arity import Context, MaybeHandler, inside, unread
from gateway.peering.callers import caller
from gateway.peering.interceptors import HEALTH, Continuation
from gateway.peering.pace import Pace

WAITS_SECONDS = 2.0
"""A call that has not got its turn by then is refused with RATE_EXCEEDED."""
LOOKS_EVERY = 0.1
"""Seconds at least between two looks of a call whose rate is used up."""
MOST_WAITING = 256
"""Calls of one partner that wait at the same time, four full connections; one more is refused at once.  A flood that waits
for its answers thereby makes 128 calls a second at the most, each of which costs a refusal."""


@dataclass(slots=True)
class _Waiting:
    """Calls of one partner that wait, by lane, the first in the longest."""

    count: int = 0
    lanes: dict[Lane, deque[asyncio.Future[None]]] = field(default_factory=dict)


@dataclass(slots=True)
class Turns:
    """Hands out the places of an allowance.

    Args:
        waits_seconds: how long a call may wait for its turn.
        most_waiting: calls of one partner that may wait.
    """

    allowance: Allowance
    waits_seconds: float = WAITS_SECONDS
    most_waiting: int = MOST_WAITING
    _waiting: dict[str, _Waiting] = field(default_factory=dict)

    async def enter(self, region: str, rpc: str) -> None:
        """Return once the call is let in; `leave` must follow.

        Raises:
            GatewayError: RATE_EXCEEDED with the bound and the seconds after which to come again.
        """
        full = self.allowance.enter(region, rpc)
        if full is None:
            return
        waiting = self._waiting.setdefault(region, _Waiting())
        if waiting.count >= self.most_waiting:
            raise full.as_error()
        waiting.count += 1
        try:
            await self._wait(region, rpc, full, waiting.lanes.setdefault(lane_of(rpc), deque()))
        finally:
            waiting.count -= 1
            if not waiting.count:
                self._waiting.pop(region, None)

    def leave(self, region: str, rpc: str) -> None:
        """The call has ended; the first that waits for its place is woken."""
        self.allowance.leave(region, rpc)
        waiting = self._waiting.get(region)
        if waiting:
            _wake_first(waiting.lanes.get(lane_of(rpc), deque()))

    async def _wait(self, region: str, rpc: str, full: Full, lane: deque[asyncio.Future[None]]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + self.waits_seconds
        while True:
            left = end - loop.time()
            if left <= 0:
                raise full.as_error()
            if full.place:
                tried = await self._when_a_place_is_free(region, rpc, full, lane, left)
            else:
                # Nothing can wake it but time: those that wait for places are not told in vain.
                await asyncio.wait([loop.create_future()], timeout=min(left, max(full.seconds, LOOKS_EVERY)))
                tried = self.allowance.enter(region, rpc)
            if tried is None:
                return
            full = tried

    async def _when_a_place_is_free(
        self, region: str, rpc: str, full: Full, lane: deque[asyncio.Future[None]], left: float
    ) -> Full | None:
        place = asyncio.get_running_loop().create_future()
        lane.append(place)
        tried: Full | None = full
        try:
            await asyncio.wait([place], timeout=left)
            tried = self.allowance.enter(region, rpc)
        finally:
            if not place.done():
                lane.remove(place)
            elif tried is full or (tried is not None and not tried.place):
                # The place it was woken for is still free, and may fit another.
                _wake_first(lane)
        return tried


def _wake_first(lane: deque[asyncio.Future[None]]) -> None:
    while lane:
        place = lane.popleft()
        if not place.done():
            place.set_result(None)
            return


class Admission(grpc.aio.ServerInterceptor):
    """Lets proven calls in as far as their partner's allowance goes, then reads and answers them at a least pace.

    Args:
        pace: makes what watches over the messages of one call.
    """

    def __init__(self, turns: Turns, pace: Callable[[], Pace]) -> None:
        self._turns = turns
        self._pace = pace

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> MaybeHandler:
        """Wrap the handler; nobody is proven in a health check, which is bounded where it passes."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        pace = self._pace()
        reading = unread(handler, pace.read, pace.write)
        if handler_call_details.method == HEALTH:
            return reading
        rpc = handler_call_details.method.rpartition("/")[2]

        @asynccontextmanager
        async def around(context: Context) -> AsyncIterator[None]:
            region = caller()
            await self._turns.enter(region, rpc)
            try:
                yield
            finally:
                if pace.stuck:
                    # gRPC cannot end a call whose answer nobody reads before the caller does, or its deadline, or the
                    # end of the connection: until then it keeps a place of its own partner.
                    told_at_the_end: Any = context.add_done_callback  # the stub asks for a class of its own
                    told_at_the_end(lambda _: self._turns.leave(region, rpc))
                else:
                    self._turns.leave(region, rpc)

        return inside(around, reading)
