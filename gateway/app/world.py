"""Time and chance, the only place they come from; everything below takes them as parameters."""

import asyncio
import os
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.work.rounds import Sleeper


@dataclass(frozen=True, slots=True)
class World:
    """What a gateway takes from outside itself.

    Attributes:
        clock: aware UTC.
        new_id: a new UUIDv7 in text form.
        draw: a number from 0 to n-1 that nobody can guess.
        jitter: a number from 0 to 1 that spreads retries.
        nonce: 12 random bytes.
        sleep: waits that many seconds.
        monotonic: seconds that no change of the clock moves.
    """

    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    draw: Callable[[int], int]
    jitter: Callable[[], float]
    nonce: Callable[[], bytes]
    sleep: Sleeper
    monotonic: Callable[[], float]


def real_world(ahead: timedelta = timedelta()) -> World:
    """Return this machine's time and chance; `ahead` puts its clock forward, for drills."""
    return World(
        clock=lambda: datetime.now(UTC) + ahead,
        new_id=new_uuid7,
        draw=secrets.randbelow,
        jitter=random.random,
        nonce=lambda: os.urandom(12),
        sleep=asyncio.sleep,
        monotonic=time.monotonic,
    )


def new_uuid7() -> str:
    """Return a UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, the rest random."""
    return uuid7(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10)))


def uuid7(milliseconds: int, chance: int) -> str:
    """Return the UUIDv7 of a moment and 80 random bits, of which 74 are used (RFC 9562 §5.7)."""
    number = (milliseconds & (1 << 48) - 1) << 80 | chance & (1 << 80) - 1
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(0b11 << 62) | 0b10 << 62
    return str(UUID(int=number))
