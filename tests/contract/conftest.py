"""A database of every product, and a store of material files, for the suites that define them."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from database_build import TABLES, Open, inline, sqlite
from material_build import GcmVault

from gateway.store.database import Database, Transaction
from gateway.store.files import MaterialFiles
from tests.simulation.inline_database import InlineDatabase


@pytest.fixture(params=[sqlite, inline])
async def open_database(request, tmp_path) -> AsyncIterator[Open]:
    """Opens the same data as often as asked."""
    opened: list[Database] = []
    open_data = request.param(tmp_path)

    def open_one() -> Database:
        opened.append(open_data())
        return opened[-1]

    yield open_one
    for database in opened:
        await database.close()


@pytest.fixture
async def database(open_database) -> Database:
    database = open_database()

    def make(tx: Transaction) -> None:
        for sql in TABLES:
            tx.execute(sql)

    await database.write(make)
    return database


@pytest.fixture
def of_threads(database) -> None:
    """The test looks in from another thread while a store function runs."""
    if isinstance(database, InlineDatabase):
        pytest.skip("one event loop, one thread: nobody can look in while a function runs")


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "materials"


@pytest.fixture
def files(folder) -> MaterialFiles:
    return MaterialFiles(folder, GcmVault(), limit=2**20)


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    if shutil.which("mount") is None:
        pytest.skip("there is no mount command")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
