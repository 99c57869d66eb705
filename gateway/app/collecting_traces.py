"""Where the traces of a gateway go: to the collector its settings name, or nowhere."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from gateway.app.gateway import Gateway
from gateway.app.watching import traced
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.settings import Settings
from gateway.telemetry import NO_SPANS, Spans


@asynccontextmanager
async def spans_of(settings: Settings, version: str, clock: Callable[[], datetime]) -> AsyncIterator[Spans]:
    """Collect the steps of traces while the block runs.

    Raises:
        GatewayError: CONFIGURATION when an endpoint is named and the libraries for it are not there.
    """
    wanted = settings.traces
    if wanted.endpoint is None:
        yield NO_SPANS
        return
    try:
        # Some 20 MB of memory and libraries that are not installed by default: only where traces are wanted.
        from gateway.telemetry.open_telemetry import over_http  # noqa: PLC0415
    except ImportError as error:
        raise _not_installed() from error
    spans = over_http(wanted.endpoint, region=settings.region, version=version, sample=wanted.sample, clock=clock)
    try:
        yield spans
    finally:
        # It waits for the collector; what else is stopping is not to wait with it.
        await asyncio.to_thread(spans.close)


def collect_steps(gateway: Gateway, spans: Spans) -> None:
    """Have the steps of a gateway collected, from now on; its courier is watched then as well."""
    gateway.watching.spans = spans
    gateway.courier = traced(gateway.courier, gateway.watching)


def _not_installed() -> GatewayError:
    finding = FieldFinding(
        "traces.endpoint",
        Text("没有安装链路追踪所需的库", "the libraries for traces are not installed"),
        Text(
            "pip install 'tongban-gateway[traces]'; 或从 gateway.yaml 删去 traces.endpoint",
            "pip install 'tongban-gateway[traces]', or delete traces.endpoint from gateway.yaml",
        ),
    )
    return GatewayError(Reason.CONFIGURATION, findings=[finding], count=1)
