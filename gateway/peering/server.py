"""The listening side: gRPC over mutual TLS, from start to a stop that lets calls in flight end."""

from collections.abc import AsyncIterator, Callable, Iterable
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import grpc
from cryptography import x509
from grpc_health.v1 import health_pb2, health_pb2_grpc  # type: ignore[import-untyped]
from grpc_health.v1.health import aio as health  # type: ignore[import-untyped]

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.partners.limits import Limits
from gateway.peering.admission import Admission, Turns
from gateway.peering.allowance import Allowance
from gateway.peering.bounds import CALLS_AT_ONCE, IDLE_SECONDS, SERVER_HANDSHAKE_SECONDS, SERVER_OPTIONS, SERVICE
from gateway.peering.certificates import Certs
from gateway.peering.interceptors import (
    Deadline,
    Doorkeeping,
    ErrorsToStatus,
    PeerIdentityFromTls,
    ReportInternal,
    ReportServed,
)
from gateway.peering.pace import Pace
from gateway.peering.served import PeeringFlows
from gateway.peering.servicer import ExchangeServicer
from gateway.trust.identity import PeerIdentity
from gateway.trust.tls import Certified
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2_grpc


@dataclass(frozen=True, slots=True)
class Listening:
    """What a peering server is made of.

    Attributes:
        address: `host:port`; port 0 takes a free one.
        certified: our certificate; names our region.
        roots: the authorities of all partners, and our own so that there is always one.
        keeping: how callers are proven.
        flows: what is served.
        limits_of: what a partner file allows its partner; asked at every call.
        monotonic: seconds that no change of the clock moves.
        stop_seconds: how long calls in flight may go on when the server stops.
        pace: makes what watches over the pace of one call.
        handshake_seconds: a connection that has not ended its handshake by then is closed.
        idle_seconds: a connection without a call is closed after it.
        ready: what health checks are told until `PeeringServer.set_ready` says otherwise.
        served: told of every call that ended.
    """

    address: str
    certified: Certified
    roots: Iterable[x509.Certificate]
    keeping: Doorkeeping
    flows: PeeringFlows
    new_trace_id: Callable[[], str]
    report: ReportInternal
    limits_of: Callable[[str], Limits]
    monotonic: Callable[[], float]
    stop_seconds: float = 10.0
    pace: Callable[[], Pace] = Pace
    handshake_seconds: float = SERVER_HANDSHAKE_SECONDS
    idle_seconds: float = IDLE_SECONDS
    ready: bool = True
    served: ReportServed = lambda _method, _caller, _reason, _seconds: None


class PeeringServer:
    """A running server; only `peering_server` makes one."""

    def __init__(
        self,
        port: int,
        certs: Certs,
        health_servicer: health.HealthServicer,
        allowance: Allowance,
        keeping: Doorkeeping,
    ) -> None:
        self.port = port
        self._allowance = allowance
        self._keeping = keeping
        self._certs = certs
        self._health = health_servicer

    def renew(self, certified: Certified, now: datetime) -> None:
        """Serve new connections with another certificate of ours.

        Raises:
            GatewayError: CERTIFICATE_REGION, CERTIFICATE_EXPIRED; the one before stays.
        """
        self._certs.renew(certified, now)

    def trust(self, roots: Iterable[x509.Certificate]) -> None:
        """Follow a new snapshot of the partner files; the handshakes of new connections are judged by these roots."""
        self._certs.trust(roots)

    def end_denied(self, kids: AbstractSet[str] = frozenset()) -> int:
        """End the calls of callers whose certificate, region or token key is refused from now on; return how many.

        Args:
            kids: ids of keys that are refused.
        """
        denied = self._keeping.denied()

        def refused(caller: PeerIdentity) -> bool:
            return caller.kid in kids or (caller.region, caller.certificate_serial) in denied

        return self._keeping.in_progress.end(refused)

    def keep_only(self, regions: Iterable[str]) -> None:
        """Forget what partners have used whose files are gone."""
        self._allowance.keep_only(frozenset(regions))

    async def set_ready(self, *, ready: bool) -> None:
        """Tell health checks whether calls are welcome."""
        status = health_pb2.HealthCheckResponse.SERVING if ready else health_pb2.HealthCheckResponse.NOT_SERVING
        for service in ("", SERVICE):
            await self._health.set(service, status)


@asynccontextmanager
async def peering_server(listening: Listening) -> AsyncIterator[PeeringServer]:
    """Serve other regions while the block runs; at its end calls in flight get `stop_seconds` to end.

    Raises:
        GatewayError: CONFIGURATION when the address cannot be listened on; CERTIFICATE_REGION, CERTIFICATE_EXPIRED
            for our own certificate.
    """
    keeping = listening.keeping
    certs = Certs(keeping.own_region, listening.certified, listening.roots, keeping.clock())
    allowance = Allowance(listening.limits_of, listening.monotonic)
    server = grpc.aio.server(
        interceptors=[
            ErrorsToStatus(listening.new_trace_id, listening.report, listening.served, listening.monotonic),
            PeerIdentityFromTls(keeping),
            Deadline(),
            Admission(Turns(allowance), listening.pace),
        ],
        options=(
            *SERVER_OPTIONS,
            ("grpc.server_handshake_timeout_ms", round(listening.handshake_seconds * 1000)),
            ("grpc.max_connection_idle_ms", round(listening.idle_seconds * 1000)),
        ),
        maximum_concurrent_rpcs=CALLS_AT_ONCE,
    )
    exchange_service_pb2_grpc.add_ExchangeServiceServicer_to_server(
        ExchangeServicer(listening.flows, allowance), server
    )
    health_servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    port = _listen(server, listening.address, certs)
    running = PeeringServer(port, certs, health_servicer, allowance, keeping)
    await server.start()
    await running.set_ready(ready=listening.ready)
    try:
        yield running
    finally:
        await health_servicer.enter_graceful_shutdown()
        await server.stop(listening.stop_seconds)


def _listen(server: grpc.aio.Server, address: str, certs: Certs) -> int:
    try:
        port = server.add_secure_port(address, certs.credentials())
    except RuntimeError:
        port = 0
    if port == 0:
        finding = FieldFinding(
            "peering.listen",
            Text(f"无法监听 {address}", f"cannot listen on {address}"),
            Text("端口可能已被占用, 换一个端口或停掉占用者", "the port may be in use: choose another or stop its user"),
        )
        raise GatewayError(Reason.CONFIGURATION, findings=[finding], count=1)
    return port
