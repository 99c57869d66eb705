"""Who is calling, within one call: set by the interceptor that proved it, read by the servicer."""

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
