"""Copies of a store file: taken while a gateway writes, read, checked, and put in place.

A copy is as the store stood at one moment: a read keeps that moment while pages are copied in pieces, and whoever writes
meanwhile writes into the log.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import apsw

from gateway.store.database import Transaction
from gateway.store.pace import Pace, sync_file, sync_folders
from gateway.store.sqlite.connection import connect
from gateway.store.sqlite.transaction import SqliteTransaction
from gateway.store.waiting import not_writable

T = TypeVar("T")
PAGES = 512
"""Copied at a time: 4 MiB."""


def copy_store(source: Path, target: Path, pace: Pace, tell: Callable[[int, int], None]) -> None:
    """Copy a store, as it stands now, into a new file that needs nothing beside it.

    Args:
        tell: called with pages copied and pages in all.

    Raises:
        STORE_NOT_WRITABLE: it cannot be read, or the target cannot be written.
    """
    if not source.is_file():
        raise not_writable(f"{source}: there is no such file")
    try:
        with closing(connect(source)) as read, closing(apsw.Connection(str(target))) as write:
            read.pragma("query_only", "on")
            # From the first read to the last page it is one moment; who writes meanwhile writes into the log.
            read.execute("BEGIN")
            read.execute("SELECT COUNT(*) FROM migrations").fetchall()
            with write.backup("main", read, "main") as copying:
                while not copying.done:
                    pace.during(lambda: copying.step(PAGES))
                    tell(copying.page_count - copying.remaining, copying.page_count)
            write.pragma("journal_mode", "delete")
        sync_file(target)
    except (apsw.Error, OSError) as error:
        raise not_writable(f"{source} → {target}: {error}") from error


def read_store(store: Path, read: Callable[[Transaction], T]) -> T:
    """Return what a function reads from a store, whether a gateway uses it or not.

    Raises:
        STORE_NOT_WRITABLE: it cannot be opened, or is no store of a gateway.
    """
    return _read(lambda: connect(store), store, read)


def read_copy(store: Path, read: Callable[[Transaction], T]) -> T:
    """Return what a function reads from a copy that nobody uses; not a byte of it changes.

    Raises:
        STORE_NOT_WRITABLE: it cannot be opened, or is no store of a gateway.
    """
    return _read(lambda: apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READONLY), store, read)


def _read(opening: Callable[[], apsw.Connection], store: Path, read: Callable[[Transaction], T]) -> T:
    try:
        with closing(opening()) as connection:
            connection.pragma("query_only", "on")
            connection.execute("BEGIN")
            tx = SqliteTransaction(connection, writes=False)
            try:
                return read(tx)
            finally:
                tx.end()
    except apsw.Error as error:
        raise not_writable(f"{store}: {error}") from error


def write_store(store: Path, work: Callable[[Transaction], T]) -> T:
    """Return what a function did in a transaction of its own; a gateway may be using the store.

    Raises:
        STORE_NOT_WRITABLE: it cannot be opened or written, within five seconds where a gateway is writing.
    """
    try:
        with closing(connect(store)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            tx = SqliteTransaction(connection, writes=True)
            try:
                done = work(tx)
            finally:
                tx.end()
            connection.execute("COMMIT")
            return done
    except apsw.Error as error:
        raise not_writable(f"{store}: {error}") from error


def is_sound(store: Path) -> bool:
    """Whether a store that nobody uses is whole by SQLite's own check."""
    try:
        with closing(apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            return bool(connection.pragma("quick_check", 1) == "ok")
    except apsw.Error:
        return False


def put_in_place(unfinished: Path, store: Path) -> None:
    """Give a store its name, once all of it lies in one file."""
    with closing(apsw.Connection(str(unfinished))) as connection:
        connection.pragma("journal_mode", "delete")
    sync_file(unfinished)
    unfinished.rename(store)
    sync_folders(store.parent, deep=False)


def remove_store(store: Path) -> None:
    """Remove a store file that did not come to its place, and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        store.with_name(store.name + suffix).unlink(missing_ok=True)
