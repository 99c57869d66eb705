"""Removing what is no longer kept, bound to one gateway, and the loop that does it every hour."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.flows.retention import Retaining, Terms
from gateway.settings import Settings
from gateway.telemetry import Said
from gateway.work.regular import regularly

EVERY = 3600.0
"""Seconds between two looks at what is due."""
ONE_TURN = 900.0
"""Seconds between two pieces after which the loop counts as stuck, and that the first turn may take."""


def retaining(gateway: Gateway, settings: Settings) -> Retaining:
    """Return the flow with the terms of `gateway.yaml`."""
    kept = settings.retention
    return Retaining(
        gateway.database,
        gateway.about.region,
        Terms(content=kept.content, news=kept.news, audit=kept.audit),
        gateway.watch,
        gateway.listening.listen,
    )


@asynccontextmanager
async def kept_no_longer(flow: Retaining, gateway: Gateway, log: FilteringBoundLogger) -> AsyncIterator[None]:
    """Remove what is due every hour while the block runs."""

    def failed(_: str, error: BaseException) -> None:
        log.error(Said.WORKER_FAILED, worker="retention", exc_info=error)

    turn = gateway.pulse.beating("retention", EVERY + ONE_TURN, partial(remove_what_is_due, flow, gateway, log))
    task = asyncio.create_task(regularly(turn, every=EVERY, sleep=gateway.world.sleep, failed=failed), name="retention")
    gateway.pulse.runs_in("retention", task)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def remove_what_is_due(flow: Retaining, gateway: Gateway, log: FilteringBoundLogger) -> None:
    """Remove one bounded piece after the other until nothing is due; others write in between."""
    more = True
    cases = size = 0
    while more:
        done = await flow.step()
        gateway.pulse.beat("retention")
        cases, size = cases + done.cases, size + done.removed.bytes
        more = done.more
    if cases:
        log.info(Said.CONTENT_REMOVED, count=cases, bytes=size)
