"""Which failed calls are made once more, at once; everything else is for the queue, which knows what to repeat and when."""

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason

_KEY_NOT_KNOWN = (Reason.TOKEN_KEY_UNKNOWN.value, Reason.TOKEN_KEY_EXPIRED.value)
"""What a partner answers whose file does not have our newest key yet, or has it from a later moment on."""


class AnotherToken(GatewayError):
    """The partner does not know the key of our token, and there is an older one to try."""


def with_another_token(failure: GatewayError) -> AnotherToken:
    """Return the failure as one after which another token is tried."""
    other = AnotherToken(failure.reason)
    other.facts = failure.facts
    return other


def key_not_known(failure: GatewayError) -> bool:
    """Whether the partner could not judge our token because it does not know the key."""
    return failure.reason is Reason.PARTNER_REJECTED_US and failure.facts.get("reason") in _KEY_NOT_KNOWN


def worth_another_try(error: BaseException, *, kept: bool) -> bool:
    """Whether a call is made once more.

    Args:
        kept: whether its line was up before: it may have died unnoticed, with a restart of the partner say.
    """
    if not isinstance(error, GatewayError):
        return False
    return (kept and error.reason is Reason.PARTNER_UNREACHABLE) or isinstance(error, AnotherToken)
