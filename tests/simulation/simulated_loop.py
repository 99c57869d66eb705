"""An event loop whose time is a number: it jumps to the next timer when nothing is ready.

No sockets, no threads: what asks for a thread runs in the loop, a turn later.  So everything that happens happens in
one order, and the same order every time.

Every task belongs to whoever started the first of its kind (`owner_of`), so that a simulated process can be ended with
all that it had begun.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from typing import Any


class NothingLeft(Exception):
    """Everybody waits for somebody else, and no timer will ever wake anyone."""


OWNER: ContextVar["Owner | None"] = ContextVar("OWNER", default=None)


class Owner:
    """What tasks belong to; in the order in which they began."""

    def __init__(self) -> None:
        self.tasks: dict[asyncio.Task[Any], None] = {}


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs tasks in simulated time.

    Attributes:
        turns: how often the loop has looked for work; a bound against loops that never let time pass.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._selector = self
        self.set_task_factory(self._new_task)
        self.turns = 0
        self.broken: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.broken.append(context))

    def time(self) -> float:
        return self._now

    def select(self, timeout: float | None) -> list[object]:
        """Stand in for waiting on sockets: nothing ever comes from outside, so time goes on."""
        self.turns += 1
        if timeout is None:
            raise NothingLeft
        if timeout > 0:
            self._now = max(self._now, self._scheduled[0].when())
        return []

    def _process_events(self, event_list: list[object]) -> None:
        assert not event_list

    def _write_to_self(self) -> None:
        """Only a thread would need it, and there is none."""

    def run_in_executor(self, _executor: object, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run what wants a thread at the next turn, here."""
        future: asyncio.Future[Any] = self.create_future()

        def run() -> None:
            if future.cancelled():
                return
            try:
                future.set_result(func(*args))
            except BaseException as error:  # noqa: BLE001 - as an executor does
                future.set_exception(error)

        self.call_soon(run)
        return future

    async def sleep(self, seconds: float) -> None:
        """Let simulated time pass."""
        future: asyncio.Future[None] = self.create_future()
        timer = self.call_later(seconds, lambda: future.done() or future.set_result(None))
        try:
            await future
        finally:
            timer.cancel()

    @staticmethod
    def _new_task(
        loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], context: Context | None = None
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, context=context)
        owner = OWNER.get() if context is None else context.get(OWNER)
        if owner is not None:
            owner.tasks[task] = None
            task.add_done_callback(lambda done: owner.tasks.pop(done, None))
        return task


def run_simulated(main: Callable[[SimulatedLoop], Coroutine[Any, Any, Any]]) -> Any:
    """Run one story to its end in a loop of its own."""
    loop = SimulatedLoop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(main(loop))
    finally:
        left = [task for task in asyncio.all_tasks(loop) if not task.done()]
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=3600))
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()
