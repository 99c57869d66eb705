"""From where somebody acts: carried along with all that a request at the console sets off, so that the audit can name it.

It is a fact of the request and of no flow, as a trace id is: no flow passes it on or asks for it, and none can leave it out.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import TypeVar

from gateway.store.database import Transaction

LONGEST = 64

T = TypeVar("T")
_from: ContextVar[str] = ContextVar("acting_from", default="")


def act_from(address: str) -> None:
    """Say from where what this task does from now on is done; empty for nowhere outside."""
    _from.set(address[:LONGEST])


def acting_from() -> str:
    """Return from where the work at hand was set off; empty for what the gateway, its systems and partners do."""
    return _from.get()


def carried(work: Callable[[Transaction], T]) -> Callable[[Transaction], T]:
    """Return work that knows, in whichever thread it runs, from where it was set off."""
    address = _from.get()
    if not address:
        return work

    @wraps(work)  # drills name a transaction by its own work
    def from_there(tx: Transaction) -> T:
        before = _from.set(address)
        try:
            return work(tx)
        finally:
            _from.reset(before)

    return from_there
