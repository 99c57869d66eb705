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
_TRANSLATED = (apsw.ConstraintError, *_FAILURES)


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
        if self._over or not self._connection.in_transaction:
            raise self._not_now()
        try:
            # Always to the end: a statement left half-way keeps its snapshot, and the log, alive.
            return self._connection.execute(sql, params or None).fetchall()
        except _TRANSLATED as error:
            raise self._meant(error) from error

    def row(self, sql: str, params: Mapping[str, object] = NO_PARAMETERS) -> tuple[Any, ...] | None:
        """See `Transaction.row`."""
        found = self.rows(sql, params)
        if len(found) > 1:
            raise ValueError(f"{len(found)} rows where one was asked for")
        return found[0] if found else None

    def many(self, sql: str, params: Iterable[Mapping[str, object]]) -> None:
        """See `Transaction.many`."""
        if self._over or not self._connection.in_transaction:
            raise self._not_now()
        try:
            self._connection.executemany(sql, params).fetchall()
        except _TRANSLATED as error:
            raise self._meant(error) from error

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

    def _not_now(self) -> Exception:
        """Why nothing may run: outside the transaction each statement would commit itself."""
        if self._over:
            return RuntimeError("a transaction was used after the function it was given to had returned")
        return not_writable("the transaction was ended by an earlier error")

    def _meant(self, error: apsw.Error) -> Exception:
        """What an error of SQLite means to a store function."""
        if isinstance(error, apsw.ConstraintError):
            return ConstraintBroken(str(error))
        if isinstance(error, apsw.ReadOnlyError) and not self._writes:
            return RuntimeError("a function given to read() tried to write")
        return not_writable(error)
