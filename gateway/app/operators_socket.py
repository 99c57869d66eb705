"""The socket of the operator (`data/control.sock`): over it the commands speak to the gateway that runs.

Whoever may open it is an operator, so that it is never open to anybody but the owner of the folder:

    rights          0600 before anybody can connect, whatever rights the folder has
    left behind     one of a gateway that was killed is replaced; two gateways never share a folder (`opening`)
    connections     at most `MOST`; a further one is closed before anything is read of it
    silence         `QUIET_SECONDS` from when it was opened, or the last answer went out
    large requests  end as at the door to local systems (`local.api`); compressed ones are never unpacked
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from aiohttp import web

from gateway.app.console_listening import QUIET_SECONDS, bounded_protocol

MOST = 100
"""More commands than anybody runs at once; the other doors need descriptors, too."""
_QUEUED = 128


@asynccontextmanager
async def operators_socket(
    app: web.Application, path: Path, *, grace: float = 1.0, most: int = MOST, quiet: float = QUIET_SECONDS
) -> AsyncIterator[None]:
    """Serve an application at a path while the block runs.

    Args:
        grace: seconds in which what is under way may end.

    Raises:
        OSError: it cannot listen there.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=grace)
    await runner.setup()
    try:
        if runner.server is None:
            raise RuntimeError("a runner that was set up has a server")
        serve = partial(bounded_protocol, runner.server, most, quiet)
        listener = await asyncio.get_running_loop().create_unix_server(serve, sock=_owners_alone(path), backlog=_QUEUED)
        try:
            yield
        finally:
            listener.close()
            _remove(path)
    finally:
        await runner.cleanup()


def _owners_alone(path: Path) -> socket.socket:
    """Return a socket that is bound and not yet listened on, so that it has its rights before anybody gets in."""
    _remove(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(path))
        path.chmod(0o600)
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
