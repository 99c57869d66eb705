"""A partner that floods, as a process of its own: calls and batches of rubbish, as many as it is told, without a pause.

    python -m tests.faults.flood HOME SECONDS RATE

Prints how many calls were answered and how many were turned away or failed.
"""

import asyncio
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


async def flood(home: Path, seconds: float, rate: float) -> tuple[int, int]:
    """Call for some seconds; return (answered, turned away)."""
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
        while time.monotonic() < begun + seconds:
            made += 1
            await lapse(max(0.0, begun + made / rate - time.monotonic()))
            try:
                await (courier.describe(partner) if made % 2 else courier.deliver(partner, rubbish))
                answered += 1
            except GatewayError:
                refused += 1

    try:
        await asyncio.gather(*(call() for _ in range(CALLERS)))
    finally:
        await courier.close()
    return answered, refused


if __name__ == "__main__":
    print(*asyncio.run(flood(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))))
