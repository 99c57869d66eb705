"""The connection test of 黔江, bound to keys of tests; servers that are not what they should be."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from gateway.app.world import new_uuid7
from gateway.flows.onboarding.steps import Fault, Mark, Step, Trial
from gateway.flows.onboarding.try_connection import Trying
from gateway.flows.sealing import Sealer
from gateway.peering.client import GrpcCourier
from gateway.peering.lines import Credentials
from gateway.peering.probing import Probe
from gateway.trust.partner_view import PartnerFilesView
from gateway.trust.tls import Certified
from gateway.trust.tokens import TokenMaker
from tests.certificates import QIANJIANG, region, wall_clock

BOUND = 0.3
"""Seconds of each look, so that a black hole costs a test no more."""


@asynccontextmanager
async def trying(
    clock: Callable[[], datetime] = wall_clock, certified: Certified | None = None
) -> AsyncIterator[Trying]:
    """The connection test of 黔江; `certified` is what it shows instead of its own certificate."""
    own = region(QIANJIANG)
    shown = certified or own.certified
    tokens = TokenMaker(own.code, own.token_key, shown.fingerprint, clock, new_uuid7)
    ours = Credentials(shown, tokens.token_for)
    courier = GrpcCourier(own.code, lambda: ours, clock)
    try:
        yield Trying(
            region=own.code,
            certified=shown,
            way=Probe(own.code, shown, clock, seconds=BOUND),
            courier=courier,
            sealer=Sealer(own.code, lambda _: own.seal_key, new_uuid7, timedelta(days=7)),
            keys_of=lambda partner: PartnerFilesView([partner]).keys_of(partner.code),
            clock=clock,
            draw=Random(7).randrange,
            minor=0,
        )
    finally:
        await courier.close()


def failing(trial: Trial) -> Step:
    """The one step that failed; everything before it went well and everything that needs it was not tried."""
    found = [step for step in trial.steps if step.mark is Mark.FAILED]
    assert len(found) == 1, [(step.key, step.mark, step.said.en) for step in trial.steps]
    assert not trial.is_ok
    assert found[0].fault is not None
    assert found[0].fix is not None
    step = found[0]
    assert "{" not in f"{step.said.zh}{step.said.en}{step.fix.zh}{step.fix.en}"
    return step


def marks(trial: Trial) -> dict[str, Mark]:
    """How each step ended."""
    return {step.key: step.mark for step in trial.steps}


def stopped_at(trial: Trial, key: str, fault: Fault) -> Step:
    """The test went well until a step, failed there on this side, and tried nothing after it."""
    step = failing(trial)
    assert (step.key, step.fault) == (key, fault), (step.key, step.said.en)
    before = [one.mark for one in trial.steps[: step.number - 1]]
    assert before == [Mark.PASSED] * len(before)
    assert {one.mark for one in trial.steps[step.number :]} == {Mark.SKIPPED}
    return step


def unused_port() -> int:
    """A port nobody listens on."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@asynccontextmanager
async def black_hole() -> AsyncIterator[str]:
    """An address where connections are neither taken nor refused: a full queue drops them, as a firewall does."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(address)
            fillers.append(filler)
        try:
            yield f"127.0.0.1:{address[1]}"
        finally:
            for filler in fillers:
                filler.close()


@asynccontextmanager
async def speaking(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object], context: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """A server that does one thing with every connection."""
    handling: set[asyncio.Task[None]] = set()

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handling.add(asyncio.current_task())
        with suppress(asyncio.CancelledError, ConnectionError, ssl.SSLError):
            await handle(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(handled, "127.0.0.1", 0, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)


async def reads_to_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says nothing, for as long as the other side stays."""
    await reader.read()


async def plain_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers as a server does that knows no TLS."""
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    await reader.read()


def showing(certified: Certified, folder: Path) -> ssl.SSLContext:
    """TLS of a server that shows this certificate, whatever its dates and names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, private = folder / "server.crt", folder / "server.key"
    certificate.write_bytes(certified.certificate_pem)
    private.write_bytes(certified.private_pem)
    context.load_cert_chain(certificate, private)
    context.set_alpn_protocols(["h2"])
    return context
