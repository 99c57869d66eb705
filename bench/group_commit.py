"""What sharing the fsync is worth here: commits of one row each, against the same rows through the writer thread.

    python bench/group_commit.py [rows] [folder]

The folder is a new one on the disk to be measured, by default below the system's folder for temporary files; with tmpfs
there, the result says nothing.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.store.database import Transaction
from gateway.store.sqlite import SqliteDatabase

BODY = bytes(2048)
CALLERS = (1, 16, 64, 256)


def make(tx: Transaction) -> None:
    """Make the table."""
    tx.execute("CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")


def put(tx: Transaction) -> None:
    """Write one row of the size of a small envelope."""
    tx.execute("INSERT INTO bodies (body) VALUES (:body)", {"body": BODY})


async def rate(folder: Path, callers: int, rows: int) -> tuple[float, float]:
    """Return rows per second and rows per commit, when so many callers each wait for their own row."""
    database = SqliteDatabase(folder / f"{callers}.db", clock=lambda: datetime.now(UTC))
    await database.write(make)

    async def caller() -> None:
        for _ in range(rows // callers):
            await database.write(put)

    before, begun = database.figures(), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    seconds, after = time.perf_counter() - begun, database.figures()
    await database.close()
    written = after.writes - before.writes
    return written / seconds, written / (after.groups - before.groups)


def main(argument: Callable[[int, str], str]) -> None:
    """Measure and print one line for each number of callers."""
    rows = int(argument(1, "8000"))
    with tempfile.TemporaryDirectory(dir=argument(2, "") or None) as folder:
        alone = 0.0
        for callers in CALLERS:
            # One caller never shares a commit: that is the rate of single commits.
            speed, group = asyncio.run(rate(Path(folder), callers, rows if callers > 1 else rows // 4))
            alone = alone or speed
            print(f"{callers:4} callers: {speed:8.0f} rows/s, {group:6.1f} rows a commit, {speed / alone:4.1f} x")


if __name__ == "__main__":
    main(lambda place, default: sys.argv[place] if len(sys.argv) > place else default)
