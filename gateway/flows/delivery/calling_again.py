"""A call that failed on its way is made again at once, a bounded number of times.

For work of many calls in a row, each safe to repeat, where one that is lost must not cost all the others.  Leaves to others:
the growing waits between attempts, which are values in the partner file.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason

CALLS = 3
"""The first one counted.  At one message lost in twenty, one call in some thousand then still fails."""

_ON_ITS_WAY = frozenset({Reason.PARTNER_UNREACHABLE, Reason.PARTNER_SLOW})
T = TypeVar("T")


async def call_again(call: Callable[[], Awaitable[T]]) -> T:
    """Return what the call returns, made up to three times while it does not get through.

    Raises:
        GatewayError: what the last call raised; at once whatever the far side answered.
    """

    def was_lost(error: BaseException) -> bool:
        return isinstance(error, GatewayError) and error.reason in _ON_ITS_WAY

    async def once() -> T:
        return await call()

    return await AsyncRetrying(retry=retry_if_exception(was_lost), stop=stop_after_attempt(CALLS), reraise=True)(once)
