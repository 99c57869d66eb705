"""Parts for the tests of databases: how each product is opened, a table, and a write that keeps the others waiting."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.store.database import Database, Transaction
from gateway.store.sqlite import SqliteDatabase
from tests.simulation.inline_database import Disk, InlineDatabase

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TABLES = (
    "CREATE TABLE regions (code TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL)",
    "CREATE TABLE items (item TEXT NOT NULL PRIMARY KEY, region TEXT NOT NULL REFERENCES regions (code))",
)
ADD = "INSERT INTO regions (code, name) VALUES (:code, :name)"
Open = Callable[[], Database]


def sqlite(folder: Path) -> Open:
    return lambda: SqliteDatabase(folder / "store.db", clock=lambda: NOW, waiting_writes=100)


def inline(_folder: Path) -> Open:
    """The one of the simulation: no thread, so one event loop, and nothing else runs while a function does."""
    disk = Disk()
    return lambda: InlineDatabase(disk, clock=lambda: NOW, waiting_writes=100)


def add(code: str, name: str = "示例") -> Callable[[Transaction], str]:
    def work(tx: Transaction) -> str:
        tx.execute(ADD, {"code": code, "name": name})
        return code

    return work


def codes(tx: Transaction) -> list[str]:
    return [row[0] for row in tx.rows("SELECT code FROM regions ORDER BY code")]


class Held:
    """A write that keeps the writer busy until it is let go."""

    def __init__(self, database: Database) -> None:
        self._inline = database if isinstance(database, InlineDatabase) else None
        if self._inline:
            return
        self._inside = threading.Event()
        self._go = threading.Event()
        self._task = asyncio.ensure_future(database.write(self._work))

    def _work(self, _tx: Transaction) -> None:
        self._inside.set()
        assert self._go.wait(30)

    async def __aenter__(self) -> None:
        if self._inline:
            await self._inline.write(lambda _: None)
            self._inline.held = True
            return
        assert await asyncio.to_thread(self._inside.wait, 30)

    async def __aexit__(self, *_error: object) -> None:
        if self._inline:
            self._inline.let_go()
            return
        self._go.set()
        await self._task


async def queue(database: Database, *works: Callable[[Transaction], object]) -> list[asyncio.Task[object]]:
    """Hand functions over in this order; return once all of them wait."""
    before = database.figures().waiting
    tasks = [asyncio.ensure_future(database.write(work)) for work in works]
    await asyncio.wait(tasks, timeout=0)
    assert database.figures().waiting == before + len(works)
    return tasks
