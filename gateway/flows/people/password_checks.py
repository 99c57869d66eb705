"""Passwords are checked a few at a time: each costs some 50 ms and 64 MiB by design, and the gateway has other work.

At most `HASHES_AT_ONCE` at once and `MOST_WAITING` behind them; whoever comes then is told to come again (SIGN_IN_BUSY), so
that a flood of guesses costs the gateway a bounded queue and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason

HASHES_AT_ONCE = 2
MOST_WAITING = 40
"""Checks that wait for their turn: some two seconds of work."""


@dataclass(slots=True)
class PasswordChecks:
    """Places where passwords are checked."""

    under_way: int = 0
    """Checks that are being made or wait for it."""
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHES_AT_ONCE))

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Have a place while the block runs.  Raises SIGN_IN_BUSY when too many wait."""
        if self.under_way >= HASHES_AT_ONCE + MOST_WAITING:
            raise GatewayError(Reason.SIGN_IN_BUSY)
        self.under_way += 1
        try:
            async with self._places:
                yield
        finally:
            self.under_way -= 1
