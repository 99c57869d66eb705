"""Cases from before names were hashed get their hash, a few at a time while the gateway runs, until none is left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.case.errors import GatewayError
from gateway.flows.people.searching import Searching
from gateway.telemetry import Said

BETWEEN = 0.2
"""Seconds between two pieces, in which others write: a million cases take a quarter of an hour."""
AFTER_FAILURE = 60.0


@asynccontextmanager
async def cases_named(searching: Searching, gateway: Gateway, log: FilteringBoundLogger) -> AsyncIterator[None]:
    """Hash names while the block runs; a failure is told and tried again."""

    async def name_all() -> None:
        while True:
            try:
                if not await searching.name_some():
                    return
            except GatewayError as error:
                log.exception(Said.WORKER_FAILED, worker="naming cases", exc_info=error)
                await gateway.world.sleep(AFTER_FAILURE)
            else:
                await gateway.world.sleep(BETWEEN)

    task = asyncio.create_task(name_all(), name="naming cases")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
