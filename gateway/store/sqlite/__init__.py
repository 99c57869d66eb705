"""The embedded database: SQLite, one writer thread, group commit.

    callers ──▶ waiting room ──all that waits──▶ BEGIN · a savepoint each · COMMIT ──▶ callers are told

Guarantees what `store.database` promises.  The file must not be opened by the standard library's sqlite3 in the same
process: closing it there would drop our locks.

Leaves to others: tables (`migrations/`, `migrating`), what is written (`cases`, `outbox` …).
"""

from gateway.store.sqlite.database import SqliteDatabase

__all__ = ["SqliteDatabase"]
