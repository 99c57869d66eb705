"""Waiting in a drill: for something to be so, within a bound; and the passing of real time, which is what faults last."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress


class NotInTime(Exception):
    """What was awaited did not come to be within its bound."""


async def lapse(seconds: float) -> None:
    """Let so much real time pass."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


async def until(holds: Callable[[], bool], within: float, what: str, *, every: float = 0.05) -> float:
    """Look until `holds`; return the seconds it took.

    Raises:
        NotInTime: it did not hold within `within` seconds.
    """
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > within:
            raise NotInTime(f"{what}: not within {within:.0f} s")
        await lapse(every)
    return time.monotonic() - begun
