"""What an error in a group costs the others: nothing when it changed nothing, a second run now and then when it did."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from gateway.store.database import Transaction
from gateway.store.sqlite import SqliteDatabase
from gateway.store.sqlite.writer import GROUPS_APART

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Work = Callable[[Transaction], object]


@pytest.fixture
async def database(tmp_path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "store.db", clock=lambda: NOW)
    await database.write(lambda tx: tx.execute("CREATE TABLE cases (id TEXT PRIMARY KEY)"))
    yield database
    await database.close()


class Functions:
    """Makes functions and counts how often each runs."""

    def __init__(self) -> None:
        self.ran: Counter[str] = Counter()

    def keeps(self, name: str) -> Work:
        def work(tx: Transaction) -> str:
            self.ran[name] += 1
            tx.execute("INSERT INTO cases (id) VALUES (:id)", {"id": name})
            return name

        return work

    def fails_early(self, name: str) -> Work:
        def work(tx: Transaction) -> None:
            self.ran[name] += 1
            tx.rows("SELECT id FROM cases")
            raise LookupError(name)

        return work

    def fails_late(self, name: str) -> Work:
        def work(tx: Transaction) -> None:
            self.keeps(name)(tx)
            raise LookupError(name)

        return work


@pytest.fixture
def made() -> Functions:
    return Functions()


async def in_one_group(database: SqliteDatabase, *works: Work) -> list[object]:
    inside, go = threading.Event(), threading.Event()

    def hold(_: Transaction) -> None:
        inside.set()
        assert go.wait(30)

    holding = asyncio.ensure_future(database.write(hold))
    assert await asyncio.to_thread(inside.wait, 30)
    tasks = [asyncio.ensure_future(database.write(work)) for work in works]
    await asyncio.wait(tasks, timeout=0)
    go.set()
    await holding
    return await asyncio.gather(*tasks, return_exceptions=True)


async def kept(database: SqliteDatabase) -> list[str]:
    return [row[0] for row in await database.read(lambda tx: tx.rows("SELECT id FROM cases ORDER BY id"))]


async def test_an_error_that_changed_nothing_is_its_callers_alone_and_nobody_runs_again(database, made):
    results = await in_one_group(database, made.keeps("a"), made.fails_early("b"), made.keeps("c"))
    assert [results[0], results[2]] == ["a", "c"]
    assert isinstance(results[1], LookupError)
    assert await kept(database) == ["a", "c"]
    assert made.ran == {"a": 1, "b": 1, "c": 1}


async def test_an_error_after_a_change_takes_its_own_work_back_and_keeps_that_of_the_others(database, made):
    results = await in_one_group(database, made.keeps("a"), made.fails_late("b"), made.keeps("c"))
    assert [results[0], results[2]] == ["a", "c"]
    assert isinstance(results[1], LookupError)
    assert await kept(database) == ["a", "c"]
    assert made.ran == {"a": 2, "b": 2, "c": 1}
    assert database.figures().failed_groups == 0


async def test_whoever_fails_late_again_and_again_costs_the_others_one_group_in_so_many_twice(database, made):
    await in_one_group(database, made.keeps("first"), made.fails_late("wrong"))
    ran = made.ran.copy()
    # The group that only holds the writer counts as well.
    for n in range(GROUPS_APART // 2):
        await in_one_group(database, made.keeps(f"{n}"), made.fails_late("wrong"))
    assert all(made.ran[f"{n}"] == 1 for n in range(GROUPS_APART // 2))
    assert made.ran["wrong"] - ran["wrong"] == GROUPS_APART // 2
    await in_one_group(database, made.keeps("last"), made.fails_late("wrong"))
    assert made.ran["last"] == 2
    assert len(await kept(database)) == GROUPS_APART // 2 + 2


async def test_a_function_that_fails_alone_in_its_group_runs_once(database, made):
    for _ in range(3):
        with pytest.raises(LookupError):
            await database.write(made.fails_late("a"))
    assert made.ran == {"a": 3}
    assert await kept(database) == []
    await database.write(made.keeps("a"))
    assert await kept(database) == ["a"]
