"""One proven connection per partner: made when needed, kept, and replaced when anything it rests on changes.

A line is kept while the partner's file, our own certificate and the partner's server certificate are those it was made
with.  A replaced line lets its calls in flight end.  Leaves to others: the calls (`client`).
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import grpc
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.partners.partner import Partner
from gateway.partners.schema import Endpoint
from gateway.peering.bounds import CLIENT_OPTIONS, MATERIAL_SECONDS
from gateway.peering.proving import server_certificate
from gateway.trust.identity import DenyList, ProvenCertificate, prove_certificate
from gateway.trust.partner_view import PartnerFilesView
from gateway.trust.tls import Certified
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2_grpc

_CLOSING_SECONDS = 1.0
_SAMPLE = Text("示例伙伴, 从不拨号", "a sample partner, never dialled")
_NO_ENDPOINT = Text("伙伴文件没有写地址", "its file names no endpoint")
_BROKEN_OFF = Text(
    "握手后连接中断, 对方可能不接受本方证书",
    "broken off after the handshake; the other side may not accept our certificate",
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """How we prove who we are; certificate and tokens are exchanged together, for a token names its certificate.

    Attributes:
        token_for: makes the token for the gateway with a given code; `trust.tokens.TokenMaker.token_for`.
        key_not_known: told that the gateway with a given code does not know the key of its token; whether another token may
            be tried.
    """

    certified: Certified
    token_for: Callable[[str], str]
    key_not_known: Callable[[str], bool] = lambda _: False


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A channel to a partner whose server is proven, and what it rests on.

    Attributes:
        digest: of the partner's file.
        ours: what we prove ourselves with on it, tokens as well.
    """

    channel: grpc.aio.Channel
    stub: "exchange_service_pb2_grpc.ExchangeServiceAsyncStub"
    digest: str
    ours: Credentials
    server: ProvenCertificate


class Lines:
    """The lines that are up, by partner and address."""

    def __init__(
        self,
        own_region: str,
        credentials: Callable[[], Credentials],
        clock: Callable[[], datetime],
        denied: Callable[[], DenyList],
        handshake_seconds: float,
    ) -> None:
        self._own_region = own_region
        self._credentials = credentials
        self._clock = clock
        self._denied = denied
        self._handshake_seconds = handshake_seconds
        self._lines: dict[tuple[str, str], Line] = {}
        self._making: dict[tuple[str, str], asyncio.Lock] = {}
        self._closing: dict[asyncio.Task[None], Line] = {}

    async def to(self, partner: Partner) -> tuple[Line, bool]:
        """Return a connected line, and whether it was up before; addresses are tried in the order of the partner file.

        Raises:
            GatewayError: PARTNER_UNREACHABLE, with what failed at the last address.
        """
        failure = _unreachable(partner, _SAMPLE if partner.is_sample else _NO_ENDPOINT)
        for endpoint in () if partner.is_sample else partner.endpoints:
            try:
                async with self._making.setdefault((partner.code, endpoint.address), asyncio.Lock()):
                    return await self._line(partner, endpoint)
            except GatewayError as error:
                failure = error
        raise failure

    def drop(self, line: Line) -> None:
        """Forget a line that failed, so that the next call proves anew and is not held up by gRPC's own waits."""
        for key, kept in list(self._lines.items()):
            if kept is line:
                del self._lines[key]
                self._close_later(line)

    def certificate_ends(self, code: str) -> datetime | None:
        """Return when the first certificate of a partner's servers that are connected ends; None when none is."""
        ends = [line.server.until for (region, _), line in self._lines.items() if region == code]
        return min(ends, default=None)

    def keep_only(self, codes: Collection[str]) -> None:
        """Drop the lines to partners that are gone."""
        for (code, _), line in list(self._lines.items()):
            if code not in codes:
                self.drop(line)

    def end_denied(self) -> int:
        """Close the lines to servers that are refused from now on, those that were let end too; their calls end now."""
        denied = self._denied()

        def is_refused(line: Line) -> bool:
            return (line.server.region, line.server.serial) in denied

        draining = {task: line for task, line in self._closing.items() if is_refused(line)}
        up = {key: line for key, line in self._lines.items() if is_refused(line)}
        for key, line in up.items():
            del self._lines[key]
            self._close_later(line, seconds=None)
        for task, line in draining.items():
            task.cancel()
            self._close_later(line, seconds=None)
        return len(up) + len(draining)

    async def close(self) -> None:
        """Close everything; calls in flight are cancelled after a second."""
        for line in list(self._lines.values()):
            self.drop(line)
        closing, self._closing = set(self._closing), {}
        if closing:
            _, late = await asyncio.wait(closing, timeout=_CLOSING_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _line(self, partner: Partner, endpoint: Endpoint) -> tuple[Line, bool]:
        key = (partner.code, endpoint.address)
        kept = self._lines.get(key)
        if kept is not None:
            if self._still_rests(kept, partner) and await _connects(kept.channel, self._handshake_seconds):
                return kept, True
            self.drop(kept)
        line = await self._make(partner, endpoint)
        self._lines[key] = line
        if not await _connects(line.channel, self._handshake_seconds):
            self.drop(line)
            raise _unreachable(partner, _BROKEN_OFF)
        return line, False

    def _still_rests(self, line: Line, partner: Partner) -> bool:
        return (
            line.digest == partner.digest
            and line.ours.certified.fingerprint == self._credentials().certified.fingerprint
            and self._clock() < line.server.until
            and (line.server.region, line.server.serial) not in self._denied()
        )

    async def _make(self, partner: Partner, endpoint: Endpoint) -> Line:
        ours = self._credentials()
        own = ours.certified
        certificate = await server_certificate(partner, endpoint, own, self._handshake_seconds)
        pem = certificate.public_bytes(Encoding.PEM)
        try:
            # A view of this partner alone: a certificate that proves another region proves nothing here.
            server = prove_certificate(
                pem, PartnerFilesView([partner]), self._own_region, self._clock(), self._denied()
            )
        except GatewayError as error:
            raise _unreachable(partner, error.cause) from None
        channel = grpc.aio.secure_channel(
            endpoint.address,
            grpc.ssl_channel_credentials(pem, own.private_pem, own.certificate_pem),
            options=(
                *CLIENT_OPTIONS,
                ("grpc.ssl_target_name_override", endpoint.expected_name),
                # Bounds gRPC's own attempts to connect again, which otherwise take 20 s each.
                ("grpc.min_reconnect_backoff_ms", round(self._handshake_seconds * 1000)),
            ),
        )
        stub = exchange_service_pb2_grpc.ExchangeServiceStub(channel)
        return Line(channel, stub, partner.digest, ours, server)

    def _close_later(self, line: Line, seconds: float | None = MATERIAL_SECONDS) -> None:
        task = asyncio.create_task(line.channel.close(seconds))
        self._closing[task] = line
        task.add_done_callback(lambda done: self._closing.pop(done, None))


async def _connects(channel: grpc.aio.Channel, seconds: float) -> bool:
    """Whether the channel is connected, or gets there within the time of a handshake."""
    pending = (grpc.ChannelConnectivity.IDLE, grpc.ChannelConnectivity.CONNECTING)
    try:
        async with asyncio.timeout(seconds):
            state = channel.get_state(try_to_connect=True)
            while state in pending:
                await channel.wait_for_state_change(state)
                state = channel.get_state(try_to_connect=True)
    except TimeoutError:
        return False
    return state is grpc.ChannelConnectivity.READY


def _unreachable(partner: Partner, detail: Text) -> GatewayError:
    return GatewayError(Reason.PARTNER_UNREACHABLE, partner=partner.short_name, detail=detail)
