"""What a database promises to the flows, whichever product stands behind it.

A store function is a plain function of a transaction; a flow hands it to `Database.write` or `Database.read`.

Guarantees, held by the contract suite in tests/contract/:

- what one function wrote is there wholly or not at all, and is seen by nobody before it is committed;
- `write` returns after the commit that contains the work has reached the disk, never before;
- functions handed over one after the other by the same caller run in that order;
- an error of one function is raised to its caller alone.

A function may be run again, and may commit after its caller has given up waiting.  So it has no effect outside its
transaction: it appends to no list, sends nothing and wakes nobody; it returns, and its caller acts.

SQL names its parameters `:name`, whatever the product; a difference between products is an attribute of `Dialect`.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
NO_PARAMETERS: Mapping[str, object] = MappingProxyType({})


class ConstraintBroken(Exception):
    """A statement would have broken a uniqueness, NOT NULL, CHECK or foreign key rule; it changed nothing.

    The text names tables and columns, never values.
    """


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the SQL of one product differs; goes into a statement as it is.

    Attributes:
        name: the product.
        skip_locked: makes a claim pass over rows another claim has locked; empty where there is one writer.
    """

    name: str
    skip_locked: str


class Transaction(Protocol):
    """What a store function may do.  It ends with the function; afterwards every call raises RuntimeError.

    Every call raises ConstraintBroken for a broken rule of the schema and STORE_NOT_WRITABLE when the disk or the
    product fails.  Neither is to be caught without a `savepoint` around what may fail.
    """

    @property
    def dialect(self) -> Dialect:
        """The product's differences."""
        ...

    def execute(self, sql: str, params: Mapping[str, object] = NO_PARAMETERS) -> None:
        """Run one statement for its effect."""
        ...

    def changed(self, sql: str, params: Mapping[str, object] = NO_PARAMETERS) -> int:
        """Run one INSERT, UPDATE or DELETE; return how many rows it inserted, changed or deleted."""
        ...

    def rows(self, sql: str, params: Mapping[str, object] = NO_PARAMETERS) -> list[tuple[Any, ...]]:
        """Run one statement; return all its rows.  The statement bounds how many there can be."""
        ...

    def row(self, sql: str, params: Mapping[str, object] = NO_PARAMETERS) -> tuple[Any, ...] | None:
        """Run one statement that gives at most one row; return it, or None.  Raises ValueError if it gave more."""
        ...

    def many(self, sql: str, params: Iterable[Mapping[str, object]]) -> None:
        """Run one statement once for each set of parameters."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what is done inside if an exception leaves it; the exception goes on.  Nests."""
        ...


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What health and metrics need to know; counted since the database was opened.

    Attributes:
        writes: functions whose work was committed.
        groups: commits that succeeded; failed_groups: groups that were undone as a whole.
        largest_group: most functions in one commit.
        waiting: writes that wait for their turn.
        last_commit_at: last commit that succeeded; last_failure_at: last group that was undone.
        log_pages: pages of the write-ahead log after the last commit; grows while a read keeps it from being
            copied back.
        writable: whether the newest group was committed; true before the first.
    """

    writes: int = 0
    groups: int = 0
    failed_groups: int = 0
    largest_group: int = 0
    waiting: int = 0
    last_commit_at: datetime | None = None
    last_failure_at: datetime | None = None
    log_pages: int = 0
    writable: bool = True


class Database(Protocol):
    """Runs store functions."""

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Return what `work` returned, once what it wrote is committed and on disk.

        Raises:
            STORE_BUSY: as many writes are waiting as may wait; nothing was done.
            STORE_NOT_WRITABLE: the disk or the product failed, or the database is closed.  The work is undone and not
                seen by anyone; only a crash at that moment can leave it committed.
            Exception: whatever `work` raised; its work is undone.
        """
        ...

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Return what `work` returned; it sees one committed state throughout and cannot change it.

        Raises:
            STORE_BUSY: as many reads are waiting as may wait.
            STORE_NOT_WRITABLE: the disk or the product failed, or the database is closed.
            Exception: whatever `work` raised.
        """
        ...

    def figures(self) -> StoreFigures:
        """Return the counters as they stand."""
        ...

    async def close(self) -> None:
        """Finish what waits, refuse what comes, let go of the files.  May be called again."""
        ...
