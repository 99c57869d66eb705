"""Many whole gateways in one process, each with its own keys, store and port: the other end of a gateway with ninety partners.

    python -m bench.crowd FOLDER…

They take envelopes in and receipt them; nothing leaves by itself and no local system calls.  Says `ready` on a line when all listen, and runs until it is
stopped.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from gateway.app.opening import opened
from gateway.app.peering_door import listening
from gateway.app.run import grpc_courier
from gateway.app.world import real_world
from gateway.peering.server import peering_server
from gateway.settings import load_divisions, load_settings
from gateway.telemetry import make_logger


def main(folders: Sequence[str]) -> None:
    """Run the gateways of these folders."""
    asyncio.run(_run([Path(folder) for folder in folders]))


async def _run(folders: Sequence[Path]) -> None:
    stop, world, divisions = asyncio.Event(), real_world(), load_divisions()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log = make_logger(region="", level="error", style="json", stream=sys.stderr, clock=world.clock)
    async with AsyncExitStack() as on:
        for folder in folders:
            settings, findings = load_settings(folder / "gateway.yaml", divisions)
            if settings is None:
                raise RuntimeError(f"{folder}: {findings}")
            courier = grpc_courier(settings, world)
            on.push_async_callback(courier.close)
            gateway = await on.enter_async_context(
                opened(settings, world, courier_of=lambda _, one=courier: one, assign=lambda _: "zongchuang")
            )
            await on.enter_async_context(peering_server(listening(gateway, settings, log)))
        print("ready", flush=True)
        await stop.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
