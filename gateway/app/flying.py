"""Flights as the loops run them: each says in log and metrics how it went, and who is in doubt afterwards."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.partners.limits import FIRST_CALL
from gateway.telemetry import Metrics, Said

RESTED = FIRST_CALL.total_seconds() * 1.25
"""Seconds after which the rest after a first failure is over, jitter included."""


@dataclass(slots=True)
class Flying:
    """Flights of one gateway.

    Attributes:
        well: partners that answered and have not failed since; all others are in doubt.
    """

    gateway: Gateway
    log: FilteringBoundLogger
    metrics: Metrics
    well: set[str] = field(default_factory=set)

    async def fly(self, code: str) -> bool:
        """Fly once to a partner; True when another flight may follow at once."""
        started = monotonic()
        flight = await self.gateway.deliver(code)
        if flight.away:
            if code in self.well:
                self.wake_when_rested([code])
            self.well.discard(code)
        elif flight.sent or flight.back:
            self.well.add(code)
        if flight.back:
            self.log.info(Said.PARTNER_BACK, partner=code)
        if flight.sent:
            self.metrics.envelopes_delivered(code, flight.sent)
            self.log.debug(Said.ENVELOPE_SETTLED, partner=code, count=flight.settled)
            self.gateway.watching.flown(code, flight)
            for _ in range(flight.flights):
                self.metrics.flight(code, (monotonic() - started) / flight.flights)
        if flight.error:
            self.metrics.envelope_retried(code, flight.error.reason)
            self.log.warning(Said.PARTNER_AWAY, partner=code, reason=flight.error.reason.value, count=flight.sent)
        return flight.more

    def wake_when_rested(self, codes: Iterable[str]) -> None:
        """Have partners called again as soon as a first short rest is over, and not only at the next sweep."""
        for code in codes:
            asyncio.get_running_loop().call_later(RESTED, self.gateway.signals.wake, code)

    def doubted(self, code: str) -> bool:
        """Whether a partner failed lately, or was never reached."""
        return code not in self.well
