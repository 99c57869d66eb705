"""A database file that is only looked at, beside a gateway that may be running or not: every statement that writes is refused.

Each read sees one committed state; nothing is copied back from the log, and nobody waits.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import apsw

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.database import StoreFigures, T, Transaction
from gateway.store.sqlite.transaction import SqliteTransaction


class LookingOnly:
    """`Database` without writing.

    Raises:
        GatewayError: STORE_NOT_WRITABLE when the file cannot be opened, or is no database.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            self._connection.set_busy_timeout(5_000)
            self._connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
        except apsw.Error as error:
            raise GatewayError(Reason.STORE_NOT_WRITABLE, detail=f"{path}: {type(error).__name__}") from error

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Refuse: raises STORE_NOT_WRITABLE."""
        raise GatewayError(Reason.STORE_NOT_WRITABLE, detail=f"{getattr(work, '__name__', 'work')}: opened to be read")

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """See `Database.read`."""
        return await asyncio.to_thread(self._read, work)

    def _read(self, work: Callable[[Transaction], T]) -> T:
        self._connection.execute("BEGIN")
        transaction = SqliteTransaction(self._connection, writes=False)
        try:
            return work(transaction)
        finally:
            self._connection.execute("ROLLBACK")

    def figures(self) -> StoreFigures:
        """See `Database.figures`; nothing is ever written."""
        return StoreFigures()

    async def close(self) -> None:
        """See `Database.close`."""
        self._connection.close()
