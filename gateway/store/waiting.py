"""Writes that wait for the writer, and how their callers learn what became of them.

Guarantees that writes leave in the order they came, that no more than a stated number wait, and that every event loop
is woken once for each group, however many of its callers are told.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Job:
    """One write: the function, and the future its caller awaits in its own event loop."""

    work: Callable[[Transaction], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: what it returned, or the error its caller gets."""

    value: Any = None
    error: BaseException | None = None


def not_writable(detail: object) -> GatewayError:
    """Return the error for a store that cannot take anything now."""
    return GatewayError(Reason.STORE_NOT_WRITABLE, detail=str(detail))


def sendable(error: BaseException) -> BaseException:
    """Return `error` in a shape that a future can carry: of StopIteration asyncio would make a wait without end."""
    if not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError("a store function raised StopIteration")
    wrapped.__cause__ = error
    return wrapped


class WaitingRoom:
    """A queue from event loops to the one writer thread.

    Args:
        bound: most jobs that may wait; one more is refused with STORE_BUSY.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._jobs: deque[Job] = deque()
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job) -> None:
        """Queue a job.

        Raises:
            STORE_BUSY: the room is full.
            STORE_NOT_WRITABLE: it is closed.
        """
        with self._changed:
            if self._closed:
                raise not_writable("the store is closed")
            if len(self._jobs) >= self._bound:
                raise GatewayError(Reason.STORE_BUSY, limit=self._bound)
            self._jobs.append(job)
            self._changed.notify()

    def take(self, limit: int) -> list[Job]:
        """Wait for jobs; return the `limit` that came first, or fewer.  Empty: closed, and all were taken."""
        with self._changed:
            while not self._jobs and not self._closed:
                self._changed.wait()
            return [self._jobs.popleft() for _ in range(min(limit, len(self._jobs)))]

    def close(self) -> None:
        """Refuse what comes from now on; what waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify()


def tell(told: Iterable[tuple[Job, Outcome]]) -> None:
    """Let the callers know, from any thread."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Job, Outcome]]] = {}
    for job, outcome in told:
        by_loop.setdefault(job.loop, []).append((job, outcome))
    for loop, group in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits there any more
            loop.call_soon_threadsafe(_settle, group)


def _settle(group: list[tuple[Job, Outcome]]) -> None:
    for job, outcome in group:
        if job.future.done():  # its caller was cancelled
            continue
        if outcome.error is None:
            job.future.set_result(outcome.value)
        else:
            job.future.set_exception(outcome.error)
