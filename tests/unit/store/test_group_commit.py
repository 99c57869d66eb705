"""What happens to a group when SQLite ends the whole transaction, and how many syncs a group costs."""

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest
from faulty_disk import FaultyDisk

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.database import Transaction
from gateway.store.sqlite import SqliteDatabase
from gateway.store.sqlite.writer import CHECKPOINT_PAGES, GROUP_LIMIT

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Clock:
    """Moves a second at every look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
async def database(tmp_path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "store.db", clock=Clock())
    await database.write(make_table)
    yield database
    await database.close()


@pytest.fixture
async def watched(tmp_path) -> AsyncIterator[tuple[SqliteDatabase, FaultyDisk]]:
    layer = FaultyDisk("watched")
    database = SqliteDatabase(tmp_path / "store.db", clock=Clock(), vfs="watched")
    await database.write(make_table)
    yield database, layer
    layer.disk.fails = frozenset()
    await database.close()
    layer.unregister()


def make_table(tx: Transaction) -> None:
    tx.execute("CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")


def put(size: int = 100) -> Callable[[Transaction], None]:
    return lambda tx: tx.execute("INSERT INTO bodies (body) VALUES (zeroblob(:size))", {"size": size})


def count(tx: Transaction) -> int:
    row = tx.row("SELECT count(*) FROM bodies")
    assert row is not None
    return row[0]


async def in_one_group(database: SqliteDatabase, *works: Callable[[Transaction], object]) -> list[object]:
    """Run functions in one group; return what each caller got, errors included."""
    inside, go = threading.Event(), threading.Event()

    def hold(tx: Transaction) -> None:
        inside.set()
        assert go.wait(30)

    holding = asyncio.ensure_future(database.write(hold))
    assert await asyncio.to_thread(inside.wait, 30)
    tasks = [asyncio.ensure_future(database.write(work)) for work in works]
    await asyncio.wait(tasks, timeout=0)
    assert database.figures().waiting == len(works)
    go.set()
    await holding
    return await asyncio.gather(*tasks, return_exceptions=True)


def reasons(results: list[object]) -> list[Reason | None]:
    return [result.reason if isinstance(result, GatewayError) else None for result in results]


def bound_pages(database: SqliteDatabase, more: int | None):
    """Let the database grow by so many pages only; None: by any."""

    def work(tx: Transaction) -> None:
        row = tx.row("PRAGMA page_count")
        assert row is not None
        tx.rows(f"PRAGMA max_page_count = {row[0] + more if more is not None else 2**30}")

    return database.write(work)


async def test_a_full_disk_in_the_middle_of_a_group_undoes_the_group_and_tells_everybody(database):
    await bound_pages(database, 20)
    ran: list[str] = []

    def noted(name: str, size: int) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            ran.append(name)
            put(size)(tx)

        return work

    before = database.figures()
    results = await in_one_group(database, noted("fits", 100), noted("too large", 10**6), noted("after", 100))
    assert reasons(results) == [Reason.STORE_NOT_WRITABLE] * 3
    assert ran == ["fits", "too large"]
    assert await database.read(count) == 0
    figures = database.figures()
    assert not figures.writable
    assert figures.failed_groups == before.failed_groups + 1
    assert figures.last_failure_at > figures.last_commit_at
    assert {result.facts["detail"] for result in results} == {"database or disk is full"}

    await bound_pages(database, None)
    assert await in_one_group(database, put(), put(10**6), put()) == [None] * 3
    assert await database.read(count) == 3
    assert database.figures().writable


async def test_a_function_that_hides_the_end_of_the_transaction_changes_nothing_outside_it(database):
    await bound_pages(database, 20)

    def hides(tx: Transaction) -> str:
        with suppress(GatewayError):
            put(10**6)(tx)
        with suppress(GatewayError):
            put()(tx)
        with suppress(GatewayError), tx.savepoint():
            put()(tx)
        return "done"

    results = await in_one_group(database, put(), hides, put())
    assert reasons(results) == [Reason.STORE_NOT_WRITABLE] * 3
    await bound_pages(database, None)
    assert await database.read(count) == 0


async def test_the_words_of_one_callers_error_are_not_told_to_the_others(database):
    await bound_pages(database, 20)

    def fails(tx: Transaction) -> None:
        try:
            put(10**6)(tx)
        except GatewayError:
            raise LookupError("张三") from None

    results = await in_one_group(database, put(), fails)
    assert reasons(results) == [Reason.STORE_NOT_WRITABLE] * 2
    assert all("张三" not in str(result.facts) for result in results)
    await bound_pages(database, None)


async def test_a_group_costs_one_sync(watched):
    database, layer = watched
    await database.write(put())
    before = layer.disk.syncs
    await database.write(put())
    assert layer.disk.syncs == before + 1
    await in_one_group(database, *[put()] * 50)
    assert layer.disk.syncs == before + 2  # the holding write changed nothing


@pytest.mark.parametrize("act", ["write", "sync"])
async def test_a_commit_that_fails_is_told_to_everybody_and_seen_by_nobody(watched, act):
    database, layer = watched

    def breaks(tx: Transaction) -> None:
        put()(tx)
        layer.disk.fails = frozenset({act})

    results = await in_one_group(database, put(), breaks, put())
    assert reasons(results) == [Reason.STORE_NOT_WRITABLE] * 3
    assert await database.read(count) == 0
    assert reasons([*await in_one_group_of_one(database)]) == [Reason.STORE_NOT_WRITABLE]
    layer.disk.fails = frozenset()
    await database.write(put())
    assert await database.read(count) == 1
    assert database.figures().writable


async def in_one_group_of_one(database: SqliteDatabase) -> list[object]:
    return await asyncio.gather(database.write(put()), return_exceptions=True)


async def test_a_group_has_a_stated_size(database):
    assert await in_one_group(database, *[put()] * (GROUP_LIMIT + 10)) == [None] * (GROUP_LIMIT + 10)
    assert database.figures().largest_group == GROUP_LIMIT
    assert await database.read(count) == GROUP_LIMIT + 10


async def test_a_database_locked_by_another_program_is_told_as_not_writable(database, tmp_path):
    other = apsw.Connection(str(tmp_path / "store.db"))
    other.execute("BEGIN IMMEDIATE")
    database._connection.set_busy_timeout(1)
    assert reasons(await in_one_group_of_one(database)) == [Reason.STORE_NOT_WRITABLE]
    other.execute("ROLLBACK")
    other.close()
    assert await in_one_group_of_one(database) == [None]


async def test_the_log_is_copied_back_so_that_it_stops_growing(database):
    for _ in range(5):
        await database.write(put(CHECKPOINT_PAGES * 8192))
    await database.write(put())
    await database.write(put())
    assert database.figures().log_pages < 2 * CHECKPOINT_PAGES


async def test_a_new_file_is_for_its_owner_alone_and_has_safe_settings(database, tmp_path):
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    settings = [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("page_size", 8192)]
    for name, value in settings:
        assert await database.write(lambda tx, name=name: tx.row(f"PRAGMA {name}")) == (value,)
    assert await database.read(lambda tx: tx.row("PRAGMA query_only")) == (1,)


async def test_opening_it_again_here_keeps_our_locks_against_other_programs(database, tmp_path):
    again = SqliteDatabase(tmp_path / "store.db", clock=Clock())
    await again.write(put())
    # SQLite's locks on a database lie on 510 bytes from 0x40000002 on (sqlite.org/fileformat.html, "The Lock-Byte Page").
    program = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)"
    tried = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program, tmp_path / "store.db"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert "BlockingIOError" in tried.stderr
    await again.close()


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(b"a letter, not a database" * 1000)
    with pytest.raises(GatewayError) as refused:
        SqliteDatabase(path, clock=Clock())
    assert refused.value.reason is Reason.STORE_NOT_WRITABLE
    assert path.read_bytes().startswith(b"a letter")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MiB."""
    if shutil.which("mount") is None:
        pytest.skip("there is no mount command")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_disk_that_is_really_full_undoes_the_group_and_works_again_with_space(small_disk: Path):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1024 * 1024))
    database = SqliteDatabase(small_disk / "store.db", clock=Clock())
    await database.write(make_table)
    await database.write(put())
    results = await in_one_group(database, put(), put(2 * 1024 * 1024), put())
    assert reasons(results) == [Reason.STORE_NOT_WRITABLE] * 3
    assert await database.read(count) == 1
    ballast.unlink()
    assert await in_one_group(database, put(), put()) == [None, None]
    assert await database.read(count) == 3
    await database.close()
