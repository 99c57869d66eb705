"""A store that is full already: rows of one real case, many times over, under numbers and ids of their own.

Every column is copied as the gateway itself wrote it, but for ids, numbers and times; so the rows are those of this release without anything here
knowing the tables.  Bodies are left apart: they are sealed for their place and cannot be copied, and no measurement here opens an old one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import apsw

from gateway.app.world import uuid7
from gateway.case.code.numbers import make_case_number

AT_ONCE = 100_000
SPACING_MS = 100
"""Between two cases, so that ids and times lie in order, as they do when cases come one after the other."""

# What differs from case to case; `n` is the place, `ids` the row of names made for it.
_DIFFERS: Mapping[str, Mapping[str, str]] = {
    "cases": {
        "case_id": "ids.case_id",
        "origin_number": "'bulk-' || ids.n",
        "handler_number": "CASE WHEN t.handler_number = '' THEN '' ELSE 'bulk-' || ids.n END",
        "applicant_key": "randomblob(32)",
        "opened_at": "ids.at",
        "changed_at": "ids.at",
    },
    "events": {"case_id": "ids.case_id", "event_id": "ids.envelope_id", "envelope_id": "ids.envelope_id"},
    "outbox": {
        "envelope_id": "ids.envelope_id",
        "case_id": "ids.case_id",
        "owed_at": "ids.at",
        "due_at": "ids.at",
        "settled_at": "CASE WHEN t.settled_at IS NULL THEN NULL ELSE ids.at END",
    },
    "inbox": {"envelope_id": "ids.envelope_id", "received_at": "ids.at", "sealed_at": "ids.at"},
    "evidence": {"object_id": "ids.envelope_id", "at": "ids.at"},
    "audit": {"subject": "ids.case_id", "at": "ids.at"},
    "feed": {"case_id": "ids.case_id", "envelope_id": "ids.envelope_id", "confirmed_at": "ids.at"},
}
_OF_CASE = {
    "cases": "case_id = :case",
    "events": "case_id = :case AND sequence = 1",
    "outbox": "case_id = :case AND sequence = 1",
    "inbox": "envelope_id = :envelope",
    "evidence": "object_id = :envelope",
    "audit": "subject = :case",
    "feed": "case_id = :case",
}
_COUNTED = ("position",)  # given by the table itself
_STEP = 0x9E3779B97F4A7C15 | 1  # no factor in common with 31, so that different places give different numbers


def fill(
    store: Path,
    case_id: str,
    count: int,
    *,
    first: int = 0,
    until: datetime | None = None,
    spacing_ms: int = SPACING_MS,
    tables: Sequence[str] = tuple(_DIFFERS),
    differs: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    functions: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
) -> list[str]:
    """Add the rows of `count` cases like `case_id` to the store of a gateway that does not run; return some of their numbers.

    Args:
        first: place of the first one; others of the same store have other places.
        until: when the last one was opened; now when it is None.
        spacing_ms: between two cases.
        tables: which tables are filled.
        differs: what else differs from case to case, by table and column, in SQL over `ids` and `functions`.
    """
    ends = int((until or datetime.now(UTC)).timestamp() * 1000)
    begins = ends - spacing_ms * (first + count)
    connection = apsw.Connection(str(store))
    try:
        for name, function in functions.items():
            connection.create_scalar_function(name, function)
        # The store is thrown away if this breaks off.
        for pragma in ("synchronous = OFF", "cache_size = -2000000", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        envelope = _envelope_of(connection, case_id)
        connection.execute("CREATE TEMP TABLE ids (n INTEGER PRIMARY KEY, case_id TEXT, envelope_id TEXT, at INTEGER)")
        sample: list[str] = []
        indexes = _without_indexes(connection) if count > first else []
        for start in range(first, first + count, AT_ONCE):
            places = range(start, min(start + AT_ONCE, first + count))
            with connection:
                connection.execute("DELETE FROM ids")
                connection.executemany(
                    "INSERT INTO ids VALUES (?, ?, ?, ?)", _names(case_id[2:8], places, begins, spacing_ms)
                )
                for table in tables:
                    made = {**_DIFFERS[table], **differs.get(table, {})}
                    _copy(connection, table, made, {"case": case_id, "envelope": envelope})
                sample += [row[0] for row in connection.execute("SELECT case_id FROM ids WHERE n % 997 = 0")]
        connection.execute("DROP TABLE ids")
        for sql in indexes:
            connection.execute(sql)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("PRAGMA optimize").fetchall()
    finally:
        connection.close()
    return sample


def one_case(store: Path) -> str:
    """Return the number of a case of a store."""
    connection = apsw.Connection(str(store), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return str(connection.execute("SELECT case_id FROM cases ORDER BY opened_at LIMIT 1").fetchall()[0][0])
    finally:
        connection.close()


def _envelope_of(connection: apsw.Connection, case_id: str) -> str:
    sql = "SELECT envelope_id FROM events WHERE case_id = ? AND sequence = 1"
    return str(connection.execute(sql, (case_id,)).fetchall()[0][0])


def _without_indexes(connection: apsw.Connection) -> list[str]:
    """Drop the indexes of the tables that are filled, and return how to make them again: sorting at the end is far quicker."""
    found = connection.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    there = [(str(name), str(sql)) for name, table, sql in found.fetchall() if table in _DIFFERS]
    for name, _ in there:
        connection.execute(f"DROP INDEX {name}")
    return [sql for _, sql in there]


def _names(gateway: str, places: range, begins: int, spacing_ms: int) -> Iterator[tuple[int, str, str, int]]:
    for n in places:
        at = begins + spacing_ms * n
        number = make_case_number(gateway, datetime.fromtimestamp(at / 1000, UTC), _digits_of(n * _STEP % 31**12))
        yield n, number, uuid7(at, n), at * 1000


def _digits_of(number: int) -> Callable[[int], int]:
    """Return what draws the digits of a number one after the other."""

    def draw(base: int) -> int:
        nonlocal number
        number, digit = divmod(number, base)
        return digit

    return draw


def _copy(connection: apsw.Connection, table: str, differs: Mapping[str, str], facts: Mapping[str, str]) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in _COUNTED]
    values = ", ".join(differs.get(column, f"t.{column}") for column in columns)
    # The template is read first, so that what is added is not taken for one.
    connection.execute(f"CREATE TEMP TABLE template AS SELECT * FROM main.{table} WHERE {_OF_CASE[table]}", facts)
    connection.execute(
        f"INSERT INTO main.{table} ({', '.join(columns)}) SELECT {values} FROM ids CROSS JOIN template t ORDER BY ids.n"
    )
    connection.execute("DROP TABLE template")
