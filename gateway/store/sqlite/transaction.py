"""What a store function may do on a SQLite connection, and what SQLite's errors mean."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import apsw

from gateway.store.database import NO_PARAMETERS, ConstraintBroken, Dialect
from gateway.store.waiting import not_writable

SQLITE = Dialect(name="sqlite", skip_locked="")

_FAILURES = (
    apsw.FullError,
    apsw.IOError,
    apsw.NoMemError,
    apsw.ReadOnlyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.PermissionsError,
    apsw.ProtocolError,
)


class SqliteTransaction:
    """One function's share of the transaction that is open on a connection."""

    dialect = SQLITE

    def __init__(self, connection: apsw.Connection, *, writes: bool) -> None:
        self._connection = connection
        self._writes = writes
        self._over = False

    def end(self) -> None:
        """Refuse every further call: the function has returned."""
        self._over = True

    def execute(self, sql: str, params: Mapping[str, object] = NO_PARAMETERS) -> None:
        """See `Transaction.execute`."""
        self.rows(sql, params)

    def changed(self, sql: str, params: Mapping[str, object] = NO_PARAMETERS) -> int:
        """See `Transaction.changed`."""
        self.rows(sql, params)
        return self._connection.changes()

    def rows(self, sql: str, params: Mapping[str, object] = NO_PARAMETERS) -> list[tuple[Any, ...]]:
        """See `Transaction.rows`."""
        with self._meaning():
            # Always to the end: a statement left half-way keeps its snapshot, and the log, alive.
            return self._connection.execute(sql, params).fetchall()

    def row(self, sql: str, params: Mapping[str, object] = NO_PARAMETERS) -> tuple[Any, ...] | None:
        """See `Transaction.row`."""
        found = self.rows(sql, params)
        if len(found) > 1:
            raise ValueError(f"{len(found)} rows where one was asked for")
        return found[0] if found else None

    def many(self, sql: str, params: Iterable[Mapping[str, object]]) -> None:
        """See `Transaction.many`."""
        with self._meaning():
            self._connection.executemany(sql, params).fetchall()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """See `Transaction.savepoint`."""
        self.execute("SAVEPOINT step")  # the innermost of the name is meant
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self.execute("ROLLBACK TO step")
                self.execute("RELEASE step")
            raise
        self.execute("RELEASE step")

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """Translate SQLite's errors; refuse to run outside the transaction, where each statement would commit itself."""
        if self._over:
            raise RuntimeError("a transaction was used after the function it was given to had returned")
        if not self._connection.in_transaction:
            raise not_writable("the transaction was ended by an earlier error")
        try:
            yield
        except apsw.ConstraintError as error:
            raise ConstraintBroken(str(error)) from error
        except _FAILURES as error:
            if isinstance(error, apsw.ReadOnlyError) and not self._writes:
                raise RuntimeError("a function given to read() tried to write") from error
            raise not_writable(error) from error
