"""The door Prometheus reads the metrics at: one address, one page, nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.settings import Address
from gateway.telemetry import METRICS_TYPE

Measured = Callable[[], Awaitable[bytes]]


def metrics_answer(measured: Measured) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return what answers with the metrics."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=await measured(), headers={"Content-Type": METRICS_TYPE, "Cache-Control": "no-store"})

    return answer


@asynccontextmanager
async def metrics_door(measured: Measured, address: Address | None) -> AsyncIterator[str]:
    """Serve the metrics at an address while the block runs; yields it as `host:port`, empty when there is none.

    Raises:
        GatewayError: CONFIGURATION when the address cannot be listened on.
    """
    if address is None:
        yield ""
        return
    app = web.Application(client_max_size=1)
    app.router.add_get("/metrics", metrics_answer(measured))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, auto_decompress=False)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, address.host, address.port).start()
        except OSError as error:
            raise _cannot_listen(str(address), error) from error
        yield f"{address.host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _cannot_listen(address: str, error: OSError) -> GatewayError:
    finding = FieldFinding(
        "metrics.listen",
        Text(f"无法监听 {address}: {error.strerror}", f"cannot listen on {address}: {error.strerror}"),
        Text("端口可能已被占用, 换一个端口或停掉占用者", "the port may be in use: choose another or stop its user"),
    )
    return GatewayError(Reason.CONFIGURATION, findings=[finding], count=1)
