"""One gateway with its watch: what happens is counted, logged and traced from here on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from structlog.typing import FilteringBoundLogger

from gateway.app.collecting_traces import collect_steps, spans_of
from gateway.app.gateway import Gateway
from gateway.app.measuring import Measuring
from gateway.settings import Settings
from gateway.telemetry import Metrics, measures


@asynccontextmanager
async def watched(
    gateway: Gateway, settings: Settings, log: FilteringBoundLogger, metrics: Metrics
) -> AsyncIterator[Measuring]:
    """Watch a gateway while the block runs; yields what reads its state into the metrics.

    Raises:
        GatewayError: CONFIGURATION when traces are wanted and cannot be made.
    """
    measuring = Measuring(gateway, metrics, settings=settings)
    await measuring.begin()
    metrics.know(partner.code for partner in gateway.registry.current())
    metrics.show(measures.BUILD, {(gateway.about.software, settings.region): 1})
    gateway.watching.flown = measuring.flown
    gateway.watching.log = log
    async with spans_of(settings, gateway.about.software, gateway.world.clock) as spans:
        collect_steps(gateway, spans)
        yield measuring
