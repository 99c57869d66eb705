"""A form counts once: sent again as it was it is answered as before, with another content it is refused, in words for people."""

from collections.abc import Awaitable
from typing import TypeVar

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason

T = TypeVar("T")
_OF_SYSTEMS = frozenset({Reason.KEY_REUSED, Reason.CASE_TAKEN})
"""How the flows say it, for local systems: with their keys and numbers, of which nobody at a page knows."""


async def counted_once(done: Awaitable[T]) -> T:
    """Return what came of a form.  Raises FORM_USED when it came before with another content."""
    try:
        return await done
    except GatewayError as error:
        if error.reason in _OF_SYSTEMS:
            raise GatewayError(Reason.FORM_USED) from error
        raise
