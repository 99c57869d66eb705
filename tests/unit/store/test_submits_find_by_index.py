"""What every submit asks is answered from an index, however full the store is."""

from datetime import UTC, datetime

import apsw
import pytest

from gateway.store import cases, possessions
from gateway.store.migrating import migrate


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (cases._FIND_OF_SYSTEM, "cases_of_system (system=? AND origin_number=?)"),
        (cases._FIND, "(case_id=?)"),
        ("SELECT 1 FROM case_files WHERE sha256 = :sha256", "case_files_by_digest (sha256=?)"),
        (possessions.WAITING, "possessions_unclaimed (owner=? AND held_until>?)"),
        (possessions.ENDED, "possessions_by_end (held_until<?)"),
    ],
)
def test_it_walks_no_table(tmp_path, sql, index):
    file = tmp_path / "store.sqlite3"
    migrate(file, now=datetime(2026, 11, 24, tzinfo=UTC))
    store = apsw.Connection(str(file))
    facts = dict.fromkeys(("system", "number", "id", "sha256", "least", "owner", "now", "limit"), 1)
    [plan] = [row[3] for row in store.execute(f"EXPLAIN QUERY PLAN {sql}", facts)]
    store.close()
    assert index in plan, plan
