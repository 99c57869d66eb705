"""Who is calling, within one call: set by the interceptor that proved it, read by the servicer.

Knows every call in progress with its caller, so that those of a caller that is refused from now on can be ended.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.trust.identity import PeerIdentity

_CALLER: ContextVar[PeerIdentity] = ContextVar("caller")


def set_caller(identity: PeerIdentity) -> None:
    """Note the proven caller of the call this task serves."""
    _CALLER.set(identity)


def caller() -> str:
    """Return the gateway code of the proven caller.

    Raises:
        GatewayError: CERTIFICATE_MISSING where nobody was proven; a servicer without its interceptors serves nobody.
    """
    identity = _CALLER.get(None)
    if identity is None:
        raise GatewayError(Reason.CERTIFICATE_MISSING)
    return identity.region


def proven_caller() -> str:
    """Return the gateway code of the proven caller; empty where nobody was proven."""
    identity = _CALLER.get(None)
    return identity.region if identity else ""


class InProgress:
    """The calls in progress of one server."""

    def __init__(self) -> None:
        self._calls: dict[asyncio.Timeout, PeerIdentity] = {}

    def __len__(self) -> int:
        return len(self._calls)

    @asynccontextmanager
    async def call(self, identity: PeerIdentity) -> AsyncIterator[None]:
        """Serve one call in the block.

        Raises:
            GatewayError: CERTIFICATE_DENIED when `end` ended it.
        """
        ending = asyncio.timeout(None)
        self._calls[ending] = identity
        try:
            async with ending:
                yield
        except TimeoutError:
            # A TimeoutError of something within is no matter of this.
            if not ending.expired():
                raise
            raise GatewayError(Reason.CERTIFICATE_DENIED, region=identity.region) from None
        finally:
            del self._calls[ending]

    def end(self, refused: Callable[[PeerIdentity], bool]) -> int:
        """End the calls of callers that are refused from now on; return how many.  Called in the server's loop."""
        now = asyncio.get_running_loop().time()
        over = [ending for ending, identity in self._calls.items() if refused(identity)]
        for ending in over:
            ending.reschedule(now)
        return len(over)
