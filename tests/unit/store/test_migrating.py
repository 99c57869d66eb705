"""Tables come from numbered files, each run once and never again."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.migrating import MIGRATIONS, migrate, read_migrations

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FIRST = """
-- A comment with a semicolon; and 'a quote.
CREATE TABLE regions (code TEXT PRIMARY KEY, note TEXT DEFAULT 'a;b');
CREATE TRIGGER keep BEFORE DELETE ON regions BEGIN
    SELECT RAISE(ABORT, 'regions are never deleted; they are closed');
END;
INSERT INTO regions (code) VALUES ('422800');
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_pre_regions.sql").write_text(FIRST, encoding="utf-8")
    return folder


@pytest.fixture
def store(tmp_path) -> Path:
    return tmp_path / "store.db"


def add(folder: Path, name: str, sql: str) -> None:
    (folder / name).write_text(sql, encoding="utf-8")


def rows(store: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(apsw.Connection(str(store))) as connection:
        return connection.execute(sql).fetchall()


def test_every_file_runs_once_in_the_order_of_numbers(store, folder):
    add(folder, "0003_pre_more.sql", "INSERT INTO regions (code) VALUES ('500114')")
    add(folder, "0002_post_name.sql", "ALTER TABLE regions ADD COLUMN name TEXT")
    names = ("0001_pre_regions.sql", "0002_post_name.sql", "0003_pre_more.sql")
    assert migrate(store, now=NOW, folder=folder) == names
    assert migrate(store, now=NOW, folder=folder) == ()
    assert rows(store, "SELECT code, note, name FROM regions") == [("422800", "a;b", None), ("500114", "a;b", None)]
    assert rows(store, "SELECT name, applied_at FROM migrations") == [(name, 1772443800000000) for name in names]


def test_a_later_release_runs_only_what_is_new(store, folder):
    migrate(store, now=NOW, folder=folder)
    add(folder, "0002_pre_name.sql", "ALTER TABLE regions ADD COLUMN name TEXT")
    assert migrate(store, now=NOW, folder=folder) == ("0002_pre_name.sql",)


def test_post_files_wait_while_the_former_release_still_runs(store, folder):
    add(folder, "0002_pre_name.sql", "ALTER TABLE regions ADD COLUMN name TEXT")
    add(folder, "0003_post_note.sql", "ALTER TABLE regions DROP COLUMN note")
    add(folder, "0004_pre_size.sql", "ALTER TABLE regions ADD COLUMN size INTEGER")
    assert migrate(store, now=NOW, folder=folder, post=False) == ("0001_pre_regions.sql", "0002_pre_name.sql")
    assert migrate(store, now=NOW, folder=folder, post=False) == ()
    assert migrate(store, now=NOW, folder=folder) == ("0003_post_note.sql", "0004_pre_size.sql")


def test_an_edited_file_is_refused_by_name(store, folder):
    migrate(store, now=NOW, folder=folder)
    add(folder, "0001_pre_regions.sql", FIRST + "-- one more remark\n")
    with pytest.raises(GatewayError) as refused:
        migrate(store, now=NOW, folder=folder)
    assert refused.value.reason is Reason.MIGRATION_CHANGED
    assert "0001_pre_regions.sql" in str(refused.value)


def test_line_ends_of_another_system_are_no_edit(store, folder):
    migrate(store, now=NOW, folder=folder)
    (folder / "0001_pre_regions.sql").write_bytes(FIRST.replace("\n", "\r\n").encode())
    assert migrate(store, now=NOW, folder=folder) == ()


def test_a_store_of_a_newer_program_is_refused_by_name(store, folder):
    add(folder, "0002_pre_name.sql", "ALTER TABLE regions ADD COLUMN name TEXT")
    migrate(store, now=NOW, folder=folder)
    (folder / "0002_pre_name.sql").unlink()
    with pytest.raises(GatewayError) as refused:
        migrate(store, now=NOW, folder=folder)
    assert refused.value.reason is Reason.STORE_NEWER
    assert "0002_pre_name.sql" in str(refused.value)


def test_a_file_that_fails_undoes_all_that_were_waiting_and_is_named(store, folder):
    migrate(store, now=NOW, folder=folder)
    add(folder, "0002_pre_name.sql", "ALTER TABLE regions ADD COLUMN name TEXT")
    add(folder, "0003_pre_bad.sql", "INSERT INTO regions (code) VALUES ('1'); INSERT INTO nowhere VALUES (1)")
    with pytest.raises(ValueError, match=r"0003_pre_bad\.sql: .*nowhere"):
        migrate(store, now=NOW, folder=folder)
    assert rows(store, "SELECT * FROM regions") == [("422800", "a;b")]
    assert rows(store, "SELECT name FROM migrations") == [("0001_pre_regions.sql",)]


@pytest.mark.parametrize(
    "sql",
    ["COMMIT", "SELECT 1; ROLLBACK", "BEGIN", "SAVEPOINT a", "PRAGMA foreign_keys = on", "ATTACH ':memory:' AS other"],
)
def test_a_file_may_not_touch_the_transaction_it_runs_in(store, folder, sql):
    add(folder, "0002_pre_ends.sql", f"INSERT INTO regions (code) VALUES ('1'); {sql};")
    with pytest.raises(ValueError, match=r"0002_pre_ends\.sql: take BEGIN, COMMIT"):
        migrate(store, now=NOW, folder=folder)
    assert rows(store, "SELECT name FROM sqlite_master") == []


def test_a_table_that_others_refer_to_can_be_rebuilt(store, folder):
    add(
        folder,
        "0002_pre_items.sql",
        "CREATE TABLE items (region TEXT REFERENCES regions (code)); INSERT INTO items VALUES ('422800')",
    )
    migrate(store, now=NOW, folder=folder)
    add(
        folder,
        "0003_post_rebuild.sql",
        "CREATE TABLE regions_new (code TEXT PRIMARY KEY); INSERT INTO regions_new SELECT code FROM regions;"
        " DROP TABLE regions; ALTER TABLE regions_new RENAME TO regions",
    )
    assert migrate(store, now=NOW, folder=folder) == ("0003_post_rebuild.sql",)
    assert rows(store, "PRAGMA foreign_key_check") == []


def test_rows_that_refer_to_nothing_afterwards_undo_the_migration(store, folder):
    add(
        folder,
        "0002_pre_items.sql",
        "CREATE TABLE items (region TEXT REFERENCES regions (code)); INSERT INTO items VALUES ('nowhere')",
    )
    with pytest.raises(ValueError, match="1 rows that refer to nothing, in: items"):
        migrate(store, now=NOW, folder=folder)
    assert rows(store, "SELECT name FROM sqlite_master") == []


@pytest.mark.parametrize("name", ["1_pre_a.sql", "0002_a.sql", "0002_pre_Ä.sql", "0002_mid_a.sql"])
def test_a_name_of_another_form_is_refused(store, folder, name):
    add(folder, name, "SELECT 1")
    with pytest.raises(ValueError, match="NNNN_pre_words"):
        migrate(store, now=NOW, folder=folder)


def test_a_number_used_twice_is_refused(store, folder):
    add(folder, "0001_post_again.sql", "SELECT 1")
    with pytest.raises(ValueError, match=r"0001_post_again\.sql has the same number"):
        migrate(store, now=NOW, folder=folder)


def test_a_new_file_below_one_that_has_run_is_refused(store, folder):
    add(folder, "0003_pre_name.sql", "ALTER TABLE regions ADD COLUMN name TEXT")
    migrate(store, now=NOW, folder=folder)
    add(folder, "0002_pre_late.sql", "SELECT 1")
    with pytest.raises(ValueError, match=r"0002_pre_late\.sql: 0003_pre_name\.sql has run already"):
        migrate(store, now=NOW, folder=folder)


@pytest.mark.parametrize("attempt", range(5))
def test_programs_that_start_at_once_run_each_file_once(store, folder, attempt):
    with ThreadPoolExecutor(8) as threads:
        begun = [threads.submit(migrate, store, now=NOW, folder=folder) for _ in range(8)]
    ran = [name for one in begun for name in one.result()]
    assert ran == ["0001_pre_regions.sql"]


def test_the_files_of_this_release_make_a_store(store):
    names = tuple(migration.name for migration in read_migrations())
    assert names
    assert migrate(store, now=NOW) == names
    assert migrate(store, now=NOW) == ()
    assert len(list(MIGRATIONS.iterdir())) == len(names)
