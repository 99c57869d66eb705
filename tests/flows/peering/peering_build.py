"""A real server of 恩施 and a real courier of 黔江 on loopback; the flows behind the server are plain functions."""

import types
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from time import monotonic

import grpc
import pytest
from google.rpc import status_pb2

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.limits import Limits as PartnerLimits
from gateway.partners.partner import Partner
from gateway.peering.client import GrpcCourier
from gateway.peering.interceptors import Doorkeeping
from gateway.peering.lines import Credentials
from gateway.peering.served import PeeringFlows
from gateway.peering.server import Listening, PeeringServer, peering_server
from gateway.peering.strangers import Strangers
from gateway.trust.identity import IdentityCache
from gateway.trust.partner_view import PartnerFilesView
from gateway.wire.description import Description, Limits, Standing
from gateway.wire.envelope import Sealed, Signature
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2, exchange_service_pb2_grpc, problem_pb2
from tests.certificates import ENSHI, QIANJIANG, XIANGXI, Region, region, wall_clock

TB = "TB500114202611230000000000017"
IDS = [f"0193a1b2-0000-7000-8000-{number:012d}" for number in range(100)]
MOMENT = datetime(2026, 11, 23, 1, 2, 3, 456000, tzinfo=UTC)
DIGEST = "ab" * 32
ROOMY = PartnerLimits(envelopes_per_minute=600_000, concurrent_calls=64)


@types.coroutine
def a_moment():
    """Let every other task that can go on do so once."""
    yield


@dataclass
class Heard:
    """What the server told those around it."""

    regions: list[str] = field(default_factory=list)
    refused: list[tuple[str, Reason]] = field(default_factory=list)
    failures: list[tuple[str, str, BaseException]] = field(default_factory=list)
    denied: set[tuple[str, int]] = field(default_factory=set)
    partners: list[Partner] = field(default_factory=list)
    limits: dict[str, PartnerLimits] = field(default_factory=dict)

    def view(self) -> PartnerFilesView:
        return PartnerFilesView(self.partners)


@dataclass
class Door:
    """A running server, and who is around it."""

    server: PeeringServer
    heard: Heard
    of: Region

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    def partner(self, *before: str, **changes: object) -> Partner:
        """The server's region as a partner of those who call it; addresses `before` are tried first."""
        return self.of.as_partner(*before, self.address, **changes)


@asynccontextmanager
async def door(
    flows: PeeringFlows, of: Region | None = None, address: str = "127.0.0.1:0", stop_seconds: float = 1.0, **bounds
):
    own = of or region(ENSHI)
    seconds = bounds.pop("monotonic", monotonic)
    heard = Heard(partners=[region(code).as_partner() for code in (QIANJIANG, XIANGXI) if code != own.code])
    traces = count(1)
    keeping = Doorkeeping(
        own_region=own.code,
        partners=heard.view,
        clock=wall_clock,
        cache=IdentityCache(),
        heard_from=heard.regions.append,
        refused=lambda method, error: heard.refused.append((method, error.reason)),
        strangers=Strangers(seconds),
        denied=lambda: heard.denied,
    )
    listening = Listening(
        address=address,
        certified=own.certified,
        roots=[own.authority.certificate, *(root for partner in heard.partners for root in partner.roots)],
        keeping=keeping,
        flows=flows,
        new_trace_id=lambda: f"trace-{next(traces)}",
        report=lambda method, trace, error: heard.failures.append((method, trace, error)),
        limits_of=lambda code: heard.limits.get(code, ROOMY),
        monotonic=seconds,
        stop_seconds=stop_seconds,
        **bounds,
    )
    async with peering_server(listening) as server:
        yield Door(server, heard, own)


@asynccontextmanager
async def courier(of: Region | None = None, **changes) -> AsyncIterator[GrpcCourier]:
    own = of or region(QIANJIANG)
    ours = Credentials(own.certified, own.tokens().token_for)
    made = GrpcCourier(own.code, changes.pop("credentials", lambda: ours), wall_clock, **changes)
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def raw(address: str, certified=None, roots: bytes | None = None):
    """A channel as any client could make it: no token, no manners."""
    certified = certified or region(QIANJIANG).certified
    trusted = roots or region(ENSHI).authority.certificate_pem
    credentials = grpc.ssl_channel_credentials(trusted, certified.private_pem, certified.certificate_pem)
    async with grpc.aio.secure_channel(address, credentials) as channel:
        yield channel


def stub_of(channel):
    return exchange_service_pb2_grpc.ExchangeServiceStub(channel)


def bearing(token: str):
    return (("authorization", f"Bearer {token}"),)


def problem_in(error: grpc.aio.AioRpcError) -> problem_pb2.Problem:
    """The Problem in the details of a status; there must be exactly one."""
    details = dict(error.trailing_metadata())["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(details)
    assert status.code == error.code().value[0]
    assert status.message == error.details()
    problem = problem_pb2.Problem()
    assert sum(detail.Unpack(problem) for detail in status.details) == 1
    return problem


@asynccontextmanager
async def failing(reason: Reason, /, **facts):
    """A block that must fail for exactly this reason, with at least these facts, in whole sentences."""
    with pytest.raises(GatewayError) as caught:
        yield caught
    error = caught.value
    assert error.reason is reason, str(error)
    assert "{" not in error.cause.zh + error.cause.en + error.fix.zh + error.fix.en
    assert {name: str(error.facts[name]) for name in facts} == {name: str(fact) for name, fact in facts.items()}


def sealed_bytes(payload: bytes = b"payload", kind: str = "application/x") -> bytes:
    signature = exchange_pb2.Signature(sig=b"sig", keyid="key")
    return exchange_pb2.SealedEnvelope(payload=payload, payload_type=kind, signatures=[signature]).SerializeToString(
        deterministic=True
    )


def sealed(payload: bytes = b"payload", kind: str = "application/x") -> Sealed:
    return Sealed(payload, kind, (Signature(b"sig", "key"),))


def description(**changes: object) -> Description:
    said = Description(
        region=ENSHI,
        region_name="恩施土家族苗族自治州",
        exchange_minor=0,
        features=("log_head",),
        limits=Limits(1 << 20, 3 << 20, 64, 200 << 20, 64 << 20, timedelta(days=7), 600),
        incarnation="one",
        time=MOMENT,
        standing=Standing(),
        software="tongban 0.1.0",
    )
    return replace(said, **changes)
