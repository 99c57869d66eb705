"""How a database file is opened: safely first, then fast."""

import os
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
        # SQLite would make it readable by all; log and shared memory take over the mode of the database.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        connection = apsw.Connection(str(path), vfs=vfs or None, statementcachesize=CACHED_STATEMENTS)
        connection.set_busy_timeout(BUSY_MS)
        for pragma, value in (
            ("page_size", PAGE_BYTES),  # before anything is stored, or it has no effect
            ("journal_mode", "wal"),
            ("synchronous", "full"),
            ("foreign_keys", "on"),
            ("journal_size_limit", LOG_LIMIT_BYTES),
            ("temp_store", "memory"),  # sorting must not write to a folder that is not ours
            ("trusted_schema", "off"),
            ("cache_size", -32 * 1024),  # KiB
        ):
            connection.pragma(pragma, value)
    except (apsw.Error, OSError) as error:
        raise not_writable(f"{path}: {error}") from error
    return connection
