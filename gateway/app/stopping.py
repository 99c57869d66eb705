"""Taking a gateway down within a bound: doors and loops end side by side, then what they stand on.

1 red       health says so before anything else, so that nobody is sent here any more
2 closed    nothing new is taken in or begun
3 finished  calls and flights under way get most of `limits.stop_within`; what is not done by then is broken off
4 shut      the store commits what it was given and closes; what was not sent is owed and leaves at the next start

Nothing is half: whatever is broken off was one transaction or none.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self, TypeVar

from gateway.settings import Settings

T = TypeVar("T")
SHARE = 0.8
"""Of `limits.stop_within` for calls under way; the rest is for closing the store."""


def grace(settings: Settings) -> float:
    """Return the seconds that calls under way get when the gateway is stopped."""
    return settings.limits.stop_within.total_seconds() * SHARE


class SideBySide:
    """Context managers that are entered one after the other, and left at the same time.

    One that fails to end does not keep the others from ending; the first failure is raised when all have ended.
    """

    def __init__(self) -> None:
        self._entered: list[AbstractAsyncContextManager[Any]] = []

    async def enter(self, one: AbstractAsyncContextManager[T]) -> T:
        """Enter a context manager; it is left with the others."""
        value = await one.__aenter__()
        self._entered.append(one)
        return value

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ended = await asyncio.gather(
            *(one.__aexit__(None, None, None) for one in self._entered), return_exceptions=True
        )
        for one in ended:
            if isinstance(one, BaseException):
                raise one
