"""`Database` on SQLite in memory, without a thread: everything runs in the turns of the event loop.

The same transactions, savepoints and group commit as the embedded database; what lasts is the `Disk`, which outlives
whoever uses it.  A death before a commit loses the group, a death after it keeps the group and tells nobody.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any

import apsw

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.database import StoreFigures, T, Transaction
from gateway.store.migrating import read_migrations
from gateway.store.sqlite.transaction import SqliteTransaction
from gateway.store.waiting import not_writable, sendable

GROUP_LIMIT = 256
CACHED_STATEMENTS = 1024


class Disk:
    """One SQLite database in memory.  Opening it again finds what was committed."""

    def __init__(self) -> None:
        self.connection = apsw.Connection(":memory:", statementcachesize=CACHED_STATEMENTS)
        self.connection.pragma("foreign_keys", "on")
        self._tables: list[str] = []

    @classmethod
    def migrated(cls) -> "Disk":
        """A disk with the tables of the newest release, empty."""
        disk = cls()
        for migration in read_migrations():
            disk.connection.execute(migration.sql)
        return disk

    def become(self, other: "Disk") -> None:
        """Hold what another disk holds, which has the same tables.  Statements prepared here stay prepared."""
        if not self._tables:
            names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            self._tables = [str(name) for (name,) in self.connection.execute(names)]
        self.connection.execute("PRAGMA defer_foreign_keys = on; BEGIN")
        for table in self._tables:
            self.connection.execute(f"DELETE FROM {table}")
        for table in self._tables:
            rows = other.connection.execute(f"SELECT * FROM {table}").fetchall()
            if rows:
                holes = ", ".join("?" * len(rows[0]))
                self.connection.executemany(f"INSERT INTO {table} VALUES ({holes})", rows)
        self.connection.execute("COMMIT")

    def committed(self) -> None:
        """A group was written."""

    def power_lost(self) -> None:
        """Whoever wrote died."""

    def change(self, work: Callable[[Transaction], T]) -> T:
        """Write while nobody runs on it."""
        self.connection.execute("BEGIN IMMEDIATE")
        done = work(SqliteTransaction(self.connection, writes=True))
        self.connection.execute("COMMIT")
        return done

    def look(self, work: Callable[[Transaction], T]) -> T:
        """Read what is committed, as somebody who takes the disk out."""
        self.connection.execute("BEGIN")
        try:
            return work(SqliteTransaction(self.connection, writes=False))
        finally:
            self.connection.execute("ROLLBACK")


class Moment(Enum):
    """When a process may die at a commit."""

    BEFORE = "before"
    AFTER = "after"


class InlineDatabase:
    """Runs store functions in the event loop.

    Args:
        clock: aware UTC; only for the figures.
        waiting_writes: most writes that may wait; one more is refused with STORE_BUSY.
        syncing: seconds the next commit takes.
        at_commit: asked before and after every commit; True ends this database there and then.
        twice: asked for each group; True has its functions run, undone and run again, as the embedded database may.
    """

    def __init__(
        self,
        disk: Disk,
        *,
        clock: Callable[[], datetime],
        waiting_writes: int = 10_000,
        syncing: Callable[[], float] = lambda: 0.0,
        at_commit: Callable[[Moment], bool] = lambda _: False,
        twice: Callable[[], bool] = lambda: False,
    ) -> None:
        self._disk = disk
        self._connection = disk.connection
        self._clock = clock
        self._bound = waiting_writes
        self._syncing = syncing
        self._at_commit = at_commit
        self._twice = twice
        self._jobs: deque[tuple[Callable[[Transaction], Any], asyncio.Future[Any]]] = deque()
        self._figures = StoreFigures()
        self._turn: asyncio.TimerHandle | None = None
        self._closed = False
        self._idle: asyncio.Future[None] | None = None
        self.dead = False
        self.held = False
        self.broken = False

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """See `Database.write`."""
        self._alive()
        if self._closed:
            raise not_writable("the store is closed")
        if len(self._jobs) >= self._bound:
            raise GatewayError(Reason.STORE_BUSY, limit=self._bound)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append((work, future))
        self._go_on()
        return await future

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """See `Database.read`."""
        self._alive()
        if self._closed:
            raise not_writable("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        loop.call_soon(self._read, work, future)
        return await future

    def figures(self) -> StoreFigures:
        """See `Database.figures`."""
        return replace(self._figures, waiting=len(self._jobs))

    async def close(self) -> None:
        """See `Database.close`."""
        self._closed = True
        while self._jobs and not self.dead:
            self._idle = asyncio.get_running_loop().create_future()
            await self._idle

    def die(self) -> None:
        """Do nothing any more; what waits is never done."""
        self.dead = True
        self._jobs.clear()
        if self._idle and not self._idle.done():
            self._idle.set_result(None)

    def let_go(self) -> None:
        """Go on after `held`."""
        self.held = False
        self._go_on()

    def _alive(self) -> None:
        if self.dead:
            raise asyncio.CancelledError

    def _go_on(self) -> None:
        if self._jobs and self._turn is None and not self.held:
            self._turn = asyncio.get_running_loop().call_later(self._syncing(), self._commit_a_group)

    def _commit_a_group(self) -> None:
        self._turn = None
        if self.dead or self.held:
            return
        jobs = [self._jobs.popleft() for _ in range(min(GROUP_LIMIT, len(self._jobs)))]
        try:
            if self.broken:
                raise not_writable("the disk fails")
            self._run_in_vain(jobs)
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._run(work) for work, _ in jobs]
            if self._at_commit(Moment.BEFORE):
                self._connection.execute("ROLLBACK")
                return
            self._connection.execute("COMMIT")
            self._disk.committed()
        except BaseException as error:  # noqa: BLE001 - whatever it is, every caller has to be told
            with suppress(apsw.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            failed = self._figures.failed_groups + 1
            self._figures = replace(self._figures, failed_groups=failed, last_failure_at=self._clock(), writable=False)
            outcomes = [(None, not_writable(error)) for _ in jobs]
        else:
            self._count([error for _, error in outcomes])
            if self._at_commit(Moment.AFTER):
                return
        for (_, future), (value, failure) in zip(jobs, outcomes, strict=True):
            _tell(future, value, failure)
        if self._idle and not self._jobs and not self._idle.done():
            self._idle.set_result(None)
        self._go_on()

    def _run_in_vain(self, jobs: Sequence[tuple[Callable[[Transaction], Any], asyncio.Future[Any]]]) -> None:
        if self._twice():
            self._connection.execute("BEGIN IMMEDIATE")
            for work, _ in jobs:
                self._run(work)
            self._connection.execute("ROLLBACK")

    def _run(self, work: Callable[[Transaction], Any]) -> tuple[Any, BaseException | None]:
        self._connection.execute("SAVEPOINT job")
        tx = SqliteTransaction(self._connection, writes=True)
        value, failure = None, None
        try:
            value = work(tx)
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            failure = sendable(error)
        tx.end()
        if not self._connection.in_transaction:
            raise failure or not_writable("a function ended the transaction")
        if failure is not None:
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")
        return value, failure

    def _count(self, failures: list[BaseException | None]) -> None:
        figures = self._figures
        self._figures = replace(
            figures,
            writes=figures.writes + failures.count(None),
            groups=figures.groups + 1,
            largest_group=max(figures.largest_group, len(failures)),
            last_commit_at=self._clock(),
            writable=True,
        )

    def _read(self, work: Callable[[Transaction], Any], future: asyncio.Future[Any]) -> None:
        if self.dead:
            return
        tx = SqliteTransaction(self._connection, writes=False)
        value, failure = None, None
        changes = self._connection.total_changes()
        self._connection.execute("BEGIN")
        try:
            value = work(tx)
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            failure = sendable(error)
        finally:
            tx.end()
            if self._connection.total_changes() != changes:
                failure = RuntimeError("a function given to read() tried to write")
            self._connection.execute("ROLLBACK")
        _tell(future, value, failure)


def _tell(future: asyncio.Future[Any], value: Any, failure: BaseException | None) -> None:
    if future.done():  # its caller was cancelled
        return
    if failure is None:
        future.set_result(value)
    else:
        future.set_exception(failure)
