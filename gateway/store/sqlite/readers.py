"""Reads: a few threads, each read on a connection of its own that can change nothing.

Bounds: 4 reads at a time, 1,000 waiting or running; one more is refused with STORE_BUSY.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import apsw

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.database import T, Transaction
from gateway.store.sqlite.transaction import SqliteTransaction
from gateway.store.waiting import not_writable, sendable

THREADS = 4
WAITING_READS = 1_000


class Readers:
    """Runs functions that only read.

    Args:
        open_connection: gives a new connection to the database.
    """

    def __init__(self, open_connection: Callable[[], apsw.Connection]) -> None:
        self._open = open_connection
        self._idle: deque[apsw.Connection] = deque()
        self._places = threading.BoundedSemaphore(WAITING_READS)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store-reader")

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """See `Database.read`."""
        if not self._places.acquire(blocking=False):
            raise GatewayError(Reason.STORE_BUSY, limit=WAITING_READS)
        try:
            running = self._threads.submit(self._read, work)
        except RuntimeError:
            self._places.release()
            raise not_writable("the store is closed") from None
        running.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(running)

    def close(self) -> None:
        """Wait for the reads that were begun or wait, then let go of the file."""
        self._threads.shutdown()
        while self._idle:
            self._idle.pop().close()

    def _read(self, work: Callable[[Transaction], T]) -> T:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._open()
            connection.pragma("query_only", "on")
        tx = SqliteTransaction(connection, writes=False)
        try:
            connection.execute("BEGIN")
            return work(tx)
        except StopIteration as error:
            raise sendable(error) from error
        finally:
            tx.end()
            self._give_back(connection)

    def _give_back(self, connection: apsw.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except apsw.Error:
            connection.close(force=True)
        else:
            self._idle.append(connection)
