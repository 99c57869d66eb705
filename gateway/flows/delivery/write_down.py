"""What became of a flight is written down in one transaction, and apart where one envelope stands in the way.

An envelope whose case rests on something unreadable would else keep every other envelope of its flight from being
settled, and so hold up its partner for ever.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.database import Database

T = TypeVar("T")

STORE_FAILED = frozenset({Reason.STORE_BUSY, Reason.STORE_NOT_WRITABLE})
"""Reasons that say nothing about an envelope, and everything about the moment."""


async def write_down(database: Database, settle: Callable[..., T]) -> T:
    """Return what `settle` returned, the second time told to keep envelopes apart when it failed the first time.

    Args:
        settle: a store function with a keyword `apart`, as `Settling.settle` has one.

    Raises:
        GatewayError: STORE_BUSY, STORE_NOT_WRITABLE.
    """
    try:
        return await database.write(partial(settle, apart=False))
    except GatewayError as error:
        if error.reason in STORE_FAILED:
            raise
    return await database.write(partial(settle, apart=True))
