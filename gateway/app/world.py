"""Time and chance, the only place they come from; everything below takes them as parameters."""

import asyncio
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.store.sqlite.writer import CommitWatch
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
        commits: watches every commit, in drills (`failpoints`).
    """

    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    draw: Callable[[int], int]
    jitter: Callable[[], float]
    nonce: Callable[[], bytes]
    sleep: Sleeper
    monotonic: Callable[[], float]
    commits: CommitWatch | None = None


def real_world(offset: Callable[[], timedelta] = timedelta, commits: CommitWatch | None = None) -> World:
    """Return this machine's time and chance; for drills `offset` moves its clock and `commits` watches its store."""
    return World(
        clock=lambda: datetime.now(UTC) + offset(),
        new_id=new_uuid7,
        draw=_draw,
        jitter=random.random,
        nonce=lambda: os.urandom(12),
        sleep=asyncio.sleep,
        monotonic=time.monotonic,
        commits=commits,
    )


class _Pieces:
    """Random pieces for ids and draws, taken from the system many at a time: asking for each lets another thread go first.

    Not for nonces: of two copies of a running machine each would go on with the same pieces.
    """

    SIZE = 10
    AT_A_TIME = 256

    def __init__(self) -> None:
        self._left: list[bytes] = []
        os.register_at_fork(after_in_child=self._left.clear)

    def next(self) -> bytes:
        """Return ten bytes that nobody can guess and nobody else gets; from any thread."""
        try:
            return self._left.pop()
        except IndexError:
            block = os.urandom(self.SIZE * self.AT_A_TIME)
            self._left.extend(block[at : at + self.SIZE] for at in range(self.SIZE, len(block), self.SIZE))
            return block[: self.SIZE]


_pieces = _Pieces()


def _draw(below: int) -> int:
    # Of 64 random bits none of the 31^6 numbers it is asked for at most is likelier than another by more than 2^-34 of that.
    return int.from_bytes(_pieces.next()[:8]) % below


def new_uuid7() -> str:
    """Return a UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, the rest random."""
    return uuid7(time.time_ns() // 1_000_000, int.from_bytes(_pieces.next()))


def uuid7(milliseconds: int, chance: int) -> str:
    """Return the UUIDv7 of a moment and 80 random bits, of which 74 are used (RFC 9562 §5.7)."""
    number = (milliseconds & (1 << 48) - 1) << 80 | chance & (1 << 80) - 1
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(0b11 << 62) | 0b10 << 62
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
