"""Files that are looked at again and again while the gateway runs, each kind in a loop of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from gateway.app.world import World
from gateway.telemetry import Said
from gateway.work.pulse import Pulse
from gateway.work.regular import regularly

WITHIN = 120.0
"""Seconds without a look after which the loop counts as stuck."""


class Followed(Protocol):
    """Something on disk that is followed."""

    @property
    def name(self) -> str:
        """Names its loop in health and log."""

    @property
    def every(self) -> float:
        """Seconds between two looks."""

    async def look(self) -> bool:
        """Take what changed; True when something did."""


@asynccontextmanager
async def following(followed: Followed, pulse: Pulse, log: FilteringBoundLogger, world: World) -> AsyncIterator[None]:
    """Look regularly while the block runs; a look that fails is told, and followed by the next."""

    def failed(_: str, error: BaseException) -> None:
        log.error(Said.WORKER_FAILED, worker="reload", exc_info=error)

    look = pulse.beating(followed.name, WITHIN, followed.look)
    turns = regularly(look, every=followed.every, sleep=world.sleep, failed=failed)
    task = asyncio.create_task(turns, name=followed.name)
    pulse.runs_in(followed.name, task)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
