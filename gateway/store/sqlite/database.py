"""`Database` on one SQLite file: one writer, a few readers."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from gateway.store.address import carried
from gateway.store.database import StoreFigures, T, Transaction
from gateway.store.sqlite.connection import connect
from gateway.store.sqlite.readers import Readers
from gateway.store.sqlite.writer import CommitWatch, Writer
from gateway.store.waiting import Job, WaitingRoom

WAITING_WRITES = 10_000


class SqliteDatabase:
    """Runs store functions on a SQLite file; several event loops may use it.

    Args:
        path: the file; `migrating.migrate` gives it its tables.
        clock: aware UTC; only for the figures.
        waiting_writes: most writes that may wait; one more is refused with STORE_BUSY.
        vfs: see `connection.connect`.
        watch: see `writer.CommitWatch`; none outside drills.

    Raises:
        STORE_NOT_WRITABLE: the file cannot be opened, or is no database.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], datetime],
        waiting_writes: int = WAITING_WRITES,
        vfs: str = "",
        watch: CommitWatch | None = None,
    ) -> None:
        self._connection = connect(path, vfs=vfs)
        self._waiting = WaitingRoom(waiting_writes)
        self._writer = Writer(self._connection, self._waiting, clock, watch)
        self._readers = Readers(lambda: connect(path, vfs=vfs))

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """See `Database.write`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.put(Job(carried(work), loop, future))
        return await future

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """See `Database.read`."""
        return await self._readers.read(work)

    def figures(self) -> StoreFigures:
        """See `Database.figures`."""
        return replace(self._writer.figures, waiting=len(self._waiting))

    async def close(self) -> None:
        """See `Database.close`."""
        self._waiting.close()
        await asyncio.to_thread(self._let_go)

    def _let_go(self) -> None:
        self._writer.join()
        self._readers.close()
        self._connection.close()  # the last one to close copies the log back
