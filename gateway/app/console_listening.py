"""The address of the console: how many connections it bears, and how long one that says nothing is kept.

The gateway's other doors need file descriptors and memory too, so a flood of connections, or of ones that trickle, ends here:

    connections          at most `MOST_CONNECTIONS`; a further one is closed before anything is read of it
    handshake of TLS     `HANDSHAKE_SECONDS`, then it is closed
    head of a request    `QUIET_SECONDS` from when the connection was opened, or the last answer went out
    what is no request   answered in two words with the headers of every page, and closed; none of it is said again
    body of a request    bounded by what takes it (`console.guard`, `console.window_posted`); compressed ones are never unpacked
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus

from aiohttp import web

from gateway.console.guard import HEADERS

MOST_CONNECTIONS = 1000
"""Three for each page that may be live, and room for those who come and go."""
HANDSHAKE_SECONDS = 10.0
QUIET_SECONDS = 75.0


@asynccontextmanager
async def console_listening(
    app: web.Application,
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    grace: float = 1.0,
    most: int = MOST_CONNECTIONS,
    quiet: float = QUIET_SECONDS,
) -> AsyncIterator[int]:
    """Serve an application while the block runs; return the port.

    Args:
        grace: seconds in which what is under way may end.

    Raises:
        OSError: it cannot listen there.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=grace)
    await runner.setup()
    try:
        taking = runner.server
        if taking is None:
            raise RuntimeError("a runner that was set up has a server")
        listener = await asyncio.get_running_loop().create_server(
            partial(bounded_protocol, taking, most, quiet),
            host,
            port,
            ssl=tls,
            ssl_handshake_timeout=HANDSHAKE_SECONDS if tls else None,
        )
        try:
            yield listener.sockets[0].getsockname()[1]
        finally:
            listener.close()
    finally:
        await runner.cleanup()


def bounded_protocol(taking: web.Server, most: int, quiet: float) -> asyncio.Protocol:
    """Return what speaks with one connection: HTTP while fewer than `most` are open, else it closes it."""
    if len(taking.connections) >= most:
        return _Refusing()
    loop = asyncio.get_running_loop()
    speaking = partial(_Speaking, taking, loop=loop, auto_decompress=False, keepalive_timeout=quiet)
    return speaking(access_log=None)  # type: ignore[arg-type]  # none is kept: addresses name cases


class _Speaking(web.RequestHandler):
    """Speaks HTTP; the library's own answer to an address that is too long would quote it, and lack the headers of a page."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        del message  # it quotes what came
        answer = super().handle_error(request, status, exc, HTTPStatus(status).phrase)
        answer.headers.update({**HEADERS, "Cache-Control": "no-store", "Server": "tongban"})
        return answer


class _Refusing(asyncio.Protocol):
    """Closes a connection as soon as it is made."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
