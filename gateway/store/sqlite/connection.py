"""How a database file is opened: safely first, then fast."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from gateway.store.waiting import not_writable

PAGE_BYTES = 8192  # bodies of about 2 KiB waste half of a page of 4 KiB
LOG_LIMIT_BYTES = 64 * 1024 * 1024
CACHE_KIB = 32 * 1024
BUSY_MS = 5_000
CACHED_STATEMENTS = 256
OLDEST_SQLITE = (3, 51, 3)  # 3.7.0 to 3.51.2 can corrupt a database when its log is reset


def connect(path: Path, *, vfs: str = "") -> apsw.Connection:
    """Open the file for writing, and make it, readable by its owner alone, when it is not there.

    Args:
        vfs: name of SQLite's file layer, empty for the usual one; tests count its syncs and break its writes.

    Raises:
        STORE_NOT_WRITABLE: it cannot be opened, or is no database.
    """
    if tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) < OLDEST_SQLITE:
        raise RuntimeError(
            f"apsw carries SQLite {apsw.sqlite_lib_version()}, which can corrupt data: install apsw >= 3.54"
        )
    try:
        with _one_at_a_time(path.parent):
            _make_private(path)
            connection = apsw.Connection(str(path), vfs=vfs or None, statementcachesize=CACHED_STATEMENTS)
            _set_up(connection)
    except (apsw.Error, OSError) as error:
        raise not_writable(f"{path}: {error}") from error
    return connection


def _make_private(path: Path) -> None:
    """Make the file before SQLite does, which would let everybody read it; its log takes over the mode.

    Only a new file: closing a file that is a database drops every lock this process has on it (POSIX), and with them
    the protection of its log.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))


def _set_up(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(BUSY_MS)
    # Plans do not depend on bound values: else every statement near a partial index is prepared anew for each new value.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    for pragma, value in (
        ("page_size", PAGE_BYTES),  # before anything is stored, or it has no effect
        ("journal_mode", "wal"),
        ("synchronous", "full"),
        ("foreign_keys", "on"),
        ("journal_size_limit", LOG_LIMIT_BYTES),
        ("temp_store", "memory"),  # sorting must not write to a folder that is not ours
        ("trusted_schema", "off"),
        ("cache_size", -CACHE_KIB),
    ):
        connection.pragma(pragma, value)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep other threads and programs from opening at the same moment.

    Of two that make a new file a WAL database at once, SQLite refuses one without waiting.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
