"""Parts for the tests of the outbox: a store with its tables, envelopes, and how much work a statement is to SQLite."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import apsw

from gateway.store import outbox
from gateway.store.database import Transaction
from gateway.store.migrating import migrate
from gateway.store.moments import to_store
from gateway.store.outbox import Owed
from gateway.store.sqlite.connection import connect
from gateway.store.sqlite.transaction import SqliteTransaction

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ENSHI = "422800"
LEASE = timedelta(seconds=60)
MIB = 1024 * 1024

T = TypeVar("T")


@contextmanager
def a_store(folder: Path) -> Iterator[tuple[apsw.Connection, Transaction]]:
    """A store with its tables, and one long transaction on it."""
    file = folder / "store.db"
    migrate(file, now=NOW)
    connection = connect(file)
    try:
        connection.execute("BEGIN")
        yield connection, SqliteTransaction(connection, writes=True)
    finally:
        connection.close(force=True)


def owed(envelope_id: str, case_id: str = "", sequence: int = 1, **changes: Any) -> Owed:
    """An envelope that is due; of a case of its own unless a case is named."""
    facts = {
        "partner": ENSHI,
        "payload_sha256": bytes(32),
        "bytes": 2000,
        "materials_wait": False,
        "due_at": NOW,
        "tries": 0,
        "last_reason": "",
        "owed_at": NOW,
        "expires_at": NOW + timedelta(days=7),
        "priority": outbox.BULK if sequence == 1 else outbox.NEWS,
    } | changes
    return Owed(envelope_id=envelope_id, case_id=case_id or f"case of {envelope_id}", sequence=sequence, **facts)


def fill(connection: apsw.Connection, count: int, **columns: str) -> None:
    """Owe many envelopes at once; a column may be an SQL expression of `i`, their number."""
    due = to_store(NOW) - 10**9
    values = {
        "envelope_id": "printf('many-%08d', i)",
        "partner": f"'{ENSHI}'",
        "case_id": "printf('case-%08d', i)",
        "sequence": "1",
        "payload_sha256": "x'00'",
        "bytes": "2000",
        "materials_wait": "0",
        "due_at": f"{due} + i",
        "tries": "1",
        "last_reason": "''",
        "owed_at": f"{due} + i",
        "expires_at": f"{due} + {10**12} + i",
        "outcome": "''",
        "batch_id": "''",
    } | columns
    connection.execute(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
        f" INSERT INTO outbox ({', '.join(values)}) SELECT {', '.join(values.values())} FROM n"
    )


def steps(connection: apsw.Connection, work: Callable[[], T]) -> int:
    """How many steps of its machine SQLite needs for something, in tens; unlike time it is the same each run."""
    taken = 0

    def count() -> bool:
        nonlocal taken
        taken += 1
        return False

    connection.set_progress_handler(count, 10)
    try:
        work()
    finally:
        connection.set_progress_handler(None)
    return taken


def line(tx: Transaction, case_id: str) -> list[tuple[int, bool]]:
    """Sequence of each unsettled envelope of a case, and whether it stands in front."""
    rows = tx.rows(
        "SELECT sequence, behind FROM outbox WHERE case_id = :id AND settled_at IS NULL ORDER BY sequence",
        {"id": case_id},
    )
    return [(sequence, not behind) for sequence, behind in rows]


def settle(tx: Transaction, envelope_id: str) -> bool:
    """The partner accepted an envelope."""
    return outbox.settle(tx, envelope_id, outbox.ACCEPTED, NOW)
