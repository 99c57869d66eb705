"""The chain over the audit, bound to one gateway, and the loop that makes its next head every minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.flows.audit_chain import ROWS_AT_ONCE, AuditChain
from gateway.settings import Settings
from gateway.telemetry import Said
from gateway.work.regular import regularly

EVERY = 60.0
"""Seconds between two heads, while there are rows."""
TOLD_EVERY = 3600.0
"""Seconds between two heads that are told to the log, which is kept elsewhere."""
ONE_TURN = 300.0
"""Seconds after which a turn counts as stuck."""


def audit_chain(gateway: Gateway, settings: Settings) -> AuditChain:
    """Return the flows."""
    return AuditChain(gateway.database, gateway.vault, gateway.world.clock, settings.retention.audit)


@asynccontextmanager
async def audit_sealed(chain: AuditChain, gateway: Gateway, log: FilteringBoundLogger) -> AsyncIterator[None]:
    """Make heads while the block runs."""
    told = -TOLD_EVERY

    async def seal_all() -> None:
        nonlocal told
        last = None
        while seal := await chain.seal():
            last = seal
            if seal.rows < ROWS_AT_ONCE:
                break
        if last and gateway.world.monotonic() - told >= TOLD_EVERY:
            told = gateway.world.monotonic()
            log.info(Said.AUDIT_SEALED, count=last.last, sha256=last.head.hex())

    def failed(_: str, error: BaseException) -> None:
        log.error(Said.WORKER_FAILED, worker="audit sealing", exc_info=error)

    turn = gateway.pulse.beating("audit", EVERY + ONE_TURN, seal_all)
    task = asyncio.create_task(regularly(turn, every=EVERY, sleep=gateway.world.sleep, failed=failed), name="audit")
    gateway.pulse.runs_in("audit", task)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
