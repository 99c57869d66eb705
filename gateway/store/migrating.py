"""How the embedded database gets its tables, and changes them from release to release.

Numbered files in `migrations/`, each run once, in the order of their numbers:

    0007_pre_add_lease.sql     before this release's code runs; the release before can still work with it
    0008_post_drop_owner.sql   once nothing of the release before runs any more

Guarantees that all waiting files take effect together or none does, that two processes starting at once run each file
once, and that no row breaks a foreign key afterwards.  A table of what was run, with checksums, lies in the database:
a file that was edited after it ran is refused, and so is a database that a newer program has changed.

A file may rebuild a table that others refer to.  It ends no transaction and sets no PRAGMA; that is refused.  It makes
no deferred constraint: one row breaking that would undo the work of everybody in its group.
"""

import hashlib
import re
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import apsw

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.database import Transaction
from gateway.store.moments import to_store
from gateway.store.sqlite.connection import connect
from gateway.store.waiting import not_writable

MIGRATIONS = Path(__file__).parent / "migrations"
_NAME = re.compile(r"(?P<number>[0-9]{4})_(?P<when>pre|post)_[a-z0-9_]+\.sql", re.ASCII)
_NOT_FOR_FILES = {apsw.SQLITE_TRANSACTION, apsw.SQLITE_SAVEPOINT, apsw.SQLITE_PRAGMA, apsw.SQLITE_ATTACH}
_DONE = """
CREATE TABLE IF NOT EXISTS migrations (
    name TEXT NOT NULL PRIMARY KEY,     -- of the file
    sha256 TEXT NOT NULL,               -- of its text, line ends as LF
    applied_at INTEGER NOT NULL         -- microseconds since 1970-01-01 UTC
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name, whether it waits for the former release to be gone, its statements and their checksum."""

    name: str
    post: bool
    sql: str
    sha256: str


def read_migrations(folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    """Return the files of a folder in the order of their numbers.

    Raises:
        ValueError: a file with another kind of name, or a number used twice; names the file.
    """
    found: dict[str, Migration] = {}
    for file in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(file.name)
        if match is None:
            raise ValueError(f"{file}: a migration is named NNNN_pre_words.sql or NNNN_post_words.sql")
        if match["number"] in found:
            raise ValueError(f"{file}: {found[match['number']].name} has the same number; take the next free one")
        sql = file.read_text(encoding="utf-8")  # line ends become LF, however the file was checked out
        sha256 = hashlib.sha256(sql.encode()).hexdigest()
        found[match["number"]] = Migration(file.name, match["when"] == "post", sql, sha256)
    return tuple(found.values())


def migrate(path: Path, *, now: datetime, folder: Path = MIGRATIONS, post: bool = True) -> tuple[str, ...]:
    """Bring the database at `path` up to date, making it if it is not there; return the names of the files that ran.

    Args:
        now: aware UTC.
        post: False stops in front of the first waiting post file, while a program of the former release still runs.

    Raises:
        MIGRATION_CHANGED: a file that had run here was edited; names it.
        STORE_NEWER: a file that had run here is not known to this program; names it.
        STORE_NOT_WRITABLE: the disk or SQLite failed.
        ValueError: a file is wrong: its SQL, its name, or a number below one that has run; names it.
    """
    known = read_migrations(folder)
    with closing(connect(path)) as connection:
        # Off while tables are rebuilt, and checked at the end; inside a transaction the switch has no effect.
        connection.pragma("foreign_keys", "off")
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_DONE)
            waiting = _waiting(connection, known, post=post)
            for migration in waiting:
                _run(connection, migration, now)
            _check_references(connection)
            connection.execute("COMMIT")
        except apsw.Error as error:
            raise not_writable(f"{path}: {error}") from error
        # Closing undoes what was not committed.
    return tuple(migration.name for migration in waiting)


def newer_than_this_program(tx: Transaction) -> str:
    """Return the name of a file that has run in a database and that this program does not know; empty for none."""
    known = {migration.name for migration in read_migrations()}
    done = (str(name) for (name,) in tx.rows("SELECT name FROM migrations ORDER BY name"))
    return next((name for name in done if name not in known), "")


def _waiting(connection: apsw.Connection, known: tuple[Migration, ...], *, post: bool) -> list[Migration]:
    rows = connection.execute("SELECT name, sha256 FROM migrations ORDER BY name").fetchall()
    done = {str(name): str(sha256) for name, sha256 in rows}
    names = {migration.name for migration in known}
    for name in done:
        if name not in names:
            raise GatewayError(Reason.STORE_NEWER, file=name)
    waiting: list[Migration] = []
    for migration in known:
        if migration.name in done:
            if done[migration.name] != migration.sha256:
                raise GatewayError(Reason.MIGRATION_CHANGED, file=migration.name)
            if waiting:
                raise ValueError(f"{waiting[0].name}: {migration.name} has run already; give it a higher number")
        else:
            waiting.append(migration)
    if not post:
        first = next((place for place, migration in enumerate(waiting) if migration.post), len(waiting))
        del waiting[first:]
    return waiting


def _run(connection: apsw.Connection, migration: Migration, now: datetime) -> None:
    connection.set_authorizer(_allow)
    try:
        connection.execute(migration.sql, can_cache=False).fetchall()
    except apsw.AuthError as error:
        raise ValueError(f"{migration.name}: take BEGIN, COMMIT, ROLLBACK, SAVEPOINT, PRAGMA and ATTACH out") from error
    except (apsw.SQLError, apsw.ConstraintError, apsw.BindingsError) as error:
        raise ValueError(f"{migration.name}: {error}") from error
    finally:
        connection.set_authorizer(None)
    connection.execute(
        "INSERT INTO migrations (name, sha256, applied_at) VALUES (:name, :sha256, :at)",
        {"name": migration.name, "sha256": migration.sha256, "at": to_store(now)},
    )


def _allow(operation: int, *_details: str | None) -> int:
    return apsw.SQLITE_DENY if operation in _NOT_FOR_FILES else apsw.SQLITE_OK


def _check_references(connection: apsw.Connection) -> None:
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise ValueError(f"the migrations leave {len(broken)} rows that refer to nothing, in: {tables}")
