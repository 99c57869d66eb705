"""While maintenance goes on partners are turned away with the time of its end; DescribeGateway alone is answered as ever.

What is announced is read from the store once a second at the most, so that an announcement takes effect within that time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from gateway.case.days import CHINA
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store import maintenance
from gateway.store.database import Database
from gateway.store.maintenance import Announced

LOOKS_EVERY = 1.0
"""Seconds between two looks into the store."""


@dataclass(slots=True)
class TurningAway:
    """What is announced, as the store said lately."""

    region_name: str
    database: Database
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    _known: Announced | None = field(default=None, init=False)
    _looked_at: float = field(default=float("-inf"), init=False)

    async def need_no_maintenance(self) -> None:
        """Return when a call may be served.

        Raises:
            GatewayError: MAINTENANCE with its end, and the seconds until then.
        """
        now = self.clock()
        known = await self._current(now)
        if known is None or not known.is_on(now):
            return
        seconds = max(1, ceil((known.ends - now).total_seconds()))
        until = known.ends.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
        raise GatewayError(Reason.MAINTENANCE, region=self.region_name, until=until, retry_after_seconds=seconds)

    def forget(self) -> None:
        """Look into the store at the next call: something was announced or ended."""
        self._looked_at = float("-inf")

    async def _current(self, now: datetime) -> Announced | None:
        at = self.monotonic()
        if not 0 <= at - self._looked_at < LOOKS_EVERY:
            self._known = await self.database.read(lambda tx: maintenance.current(tx, now))
            self._looked_at = at
        return self._known
