"""The one thread that writes, and its group commit.

The writer takes whatever came while the last commit ran, never waits for more, and commits it as one transaction, so
that one fsync serves all.  The error of one function undoes its own work only: the functions of a group run without
savepoints, for SQLite copies every page that changes once for each of them, and an error before anything was changed, as
nearly every refusal is, leaves nothing to undo.  After an error that does, the whole group is undone and run again with a
savepoint for each function, and so are the next `GROUPS_APART` groups: whoever makes functions fail late costs the others
at most one group in so many twice.
Errors that make SQLite end the whole transaction (disk full, I/O, memory) undo the group: none of its functions runs
any more, and every caller of the group is told STORE_NOT_WRITABLE.  The same when the commit fails.

The log is copied back into the database between two groups, after the callers of the first were told.

Drills may watch the three moments of a group at which a process may die: before its commit, after it, and after its
callers were told.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

import apsw

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.database import StoreFigures
from gateway.store.sqlite.transaction import SqliteTransaction
from gateway.store.waiting import Job, Outcome, WaitingRoom, not_writable, sendable, tell

GROUP_LIMIT = 256
CHECKPOINT_PAGES = 2_000
GROUPS_APART = 100
"""How many groups have a savepoint for each function after one had to be run twice."""


class Moment(Enum):
    """Where a group stands."""

    BEFORE = "before"
    """Every function has run; nothing is committed."""
    COMMITTED = "committed"
    """It is durable; no caller knows."""
    TOLD = "told"
    """Every caller was told."""


CommitWatch: TypeAlias = Callable[[Moment, Sequence[Callable[..., Any]]], None]
"""Is shown each moment of a group, on the writer's thread, with the functions of that group."""


class Writer:
    """Commits what waits in a room, until the room is closed and empty.

    Args:
        connection: its own from now on, until `join` returns.
        clock: aware UTC; only for the figures.
        watch: see `CommitWatch`; none outside drills.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        waiting: WaitingRoom,
        clock: Callable[[], datetime],
        watch: CommitWatch | None = None,
    ) -> None:
        self.figures = StoreFigures()
        self._connection = connection
        self._waiting = waiting
        self._clock = clock
        self._watch = watch
        self._log_pages = 0
        self._copied_pages = 0
        self._apart = 0
        connection.set_wal_hook(self._note_log)  # takes the place of a checkpoint inside the commit
        # A daemon, so that a start that fails half-way can still end the process; commits survive that.
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until everything that waited is committed; the room must be closed."""
        self._thread.join()

    def _work(self) -> None:
        try:
            while jobs := self._waiting.take(GROUP_LIMIT):
                tell(zip(jobs, self._commit(jobs), strict=True))
                self._show(Moment.TOLD, jobs)
                self._copy_log_back()
        finally:
            # Nobody may wait for a writer that is gone, whatever ended it.
            self._waiting.close()
            while jobs := self._waiting.take(GROUP_LIMIT):
                tell((job, Outcome(error=not_writable("the writer has stopped"))) for job in jobs)

    def _commit(self, jobs: list[Job]) -> list[Outcome]:
        """Run a group; return what its callers are to be told."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = self._together(jobs) or [self._run_apart(job) for job in jobs]
            self._show(Moment.BEFORE, jobs)
            self._connection.execute("COMMIT")
            self._show(Moment.COMMITTED, jobs)
        except BaseException as error:  # noqa: BLE001 - whatever it is, every caller has to be told
            with suppress(apsw.Error):  # if even this fails, the next BEGIN fails, and its group is told the same
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            self._count_failure()
            detail = _detail(error)
            return [Outcome(error=not_writable(detail)) for _ in jobs]
        self._count(outcomes)
        return outcomes

    def _together(self, jobs: list[Job]) -> list[Outcome] | None:
        """Run a group without savepoints; None, with nothing changed, when they are needed."""
        if self._apart:
            self._apart -= 1
            return None
        outcomes = []
        for job in jobs:
            before = self._connection.total_changes()
            outcomes.append(self._run(job))
            if outcomes[-1].error is not None and self._connection.total_changes() != before:
                self._connection.execute("ROLLBACK")
                self._connection.execute("BEGIN IMMEDIATE")
                if len(jobs) == 1:
                    return outcomes
                self._apart = GROUPS_APART
                return None
        return outcomes

    def _run_apart(self, job: Job) -> Outcome:
        """Run one function in a savepoint of its own."""
        self._connection.execute("SAVEPOINT job")
        outcome = self._run(job)
        if outcome.error is not None:
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")
        return outcome

    def _run(self, job: Job) -> Outcome:
        """Run one function.  What this raises itself makes the whole group worthless."""
        tx = SqliteTransaction(self._connection, writes=True)
        outcome = Outcome()
        try:
            outcome = Outcome(job.work(tx))
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and must not end the writer
            outcome = Outcome(error=sendable(error))
        tx.end()
        if not self._connection.in_transaction:
            raise outcome.error or not_writable("a function ended the transaction")
        return outcome

    def _show(self, moment: Moment, jobs: list[Job]) -> None:
        if self._watch:
            self._watch(moment, [job.work for job in jobs])

    def _count(self, outcomes: list[Outcome]) -> None:
        figures = self.figures
        self.figures = replace(
            figures,
            writes=figures.writes + sum(outcome.error is None for outcome in outcomes),
            groups=figures.groups + 1,
            largest_group=max(figures.largest_group, len(outcomes)),
            last_commit_at=self._clock(),
            log_pages=self._log_pages,
            writable=True,
        )

    def _count_failure(self) -> None:
        figures = self.figures
        self.figures = replace(
            figures, failed_groups=figures.failed_groups + 1, last_failure_at=self._clock(), writable=False
        )

    def _note_log(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _copy_log_back(self) -> None:
        if self._log_pages < self._copied_pages:  # the log was started over
            self._copied_pages = 0
        if self._log_pages - self._copied_pages >= CHECKPOINT_PAGES:
            self._copied_pages = self._log_pages
            with suppress(apsw.Error):  # nothing is lost: it stays in the log until a later turn, and log_pages grows
                self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)


def _detail(error: BaseException) -> object:
    """What all of a group may be told: one caller's own words are not for the others."""
    if isinstance(error, apsw.Error):
        return error
    if isinstance(error, GatewayError) and error.reason is Reason.STORE_NOT_WRITABLE:
        return error.facts.get("detail", "")
    return "the transaction was ended by an error"
