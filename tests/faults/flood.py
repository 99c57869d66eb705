"""A partner that floods, as a process of its own: calls and batches of rubbish, as many as it is told, without a pause.

    python -m tests.faults.flood HOME RATE

Says `begun` once it was answered, goes on until its input ends, then prints how many calls were answered and how many were turned
away or failed.  It takes only what processor time others leave: whoever floods does so from a machine of its own.
"""

import asyncio
import contextlib
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from gateway.app.calling_partners import grpc_courier
from gateway.app.world import real_world
from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.partners.check import check_folder
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.settings import load_divisions, load_settings
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2 as pb
from tests.faults.waiting import lapse

CALLERS = 16
RUBBISH = 32


async def flood(home: Path, rate: float, told_to_end: asyncio.Event) -> tuple[int, int]:
    """Call until told to end; return (answered, turned away)."""
    divisions = load_divisions()
    settings, _ = load_settings(home / "gateway.yaml", divisions)
    assert settings
    registry = Registry(divisions)
    today = day_in_china(datetime.now(UTC))
    registry.reload(check_folder(settings.partners, divisions, settings.region, today, Redirects.packaged()))
    partner = next(iter(registry.current()))
    courier = grpc_courier(settings, real_world())
    rubbish = [pb.SealedEnvelope(payload=bytes(1024), payload_type="x").SerializeToString()] * RUBBISH
    begun = time.monotonic()
    made = answered = refused = 0

    async def call() -> None:
        nonlocal made, answered, refused
        while not told_to_end.is_set():
            made += 1
            await lapse(max(0.0, begun + made / rate - time.monotonic()))
            try:
                await (courier.describe(partner) if made % 2 else courier.deliver(partner, rubbish))
                answered += 1
                if answered == 1:
                    print("begun", flush=True)
            except GatewayError:
                refused += 1

    try:
        await asyncio.gather(*(call() for _ in range(CALLERS)))
    finally:
        await courier.close()
    return answered, refused


async def _until_input_ends(home: Path, rate: float) -> tuple[int, int]:
    told_to_end = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), told_to_end.set)
    return await flood(home, rate, told_to_end)


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    print(*asyncio.run(_until_input_ends(Path(sys.argv[1]), float(sys.argv[2]))))
