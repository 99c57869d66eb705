"""What an earlier release owed stands in line after the change, news before new cases."""

import shutil
from contextlib import closing
from pathlib import Path

from gateway.store import claims
from gateway.store.migrating import MIGRATIONS, migrate
from gateway.store.moments import to_store
from gateway.store.sqlite.connection import connect
from gateway.store.sqlite.transaction import SqliteTransaction
from tests.unit.store.outbox_build import ENSHI, LEASE, MIB, NOW, line

LAST_BEFORE = "0007"
CASE = (
    "INSERT INTO cases (case_id, party, partner, agreement, powers, system, origin_number, handler_number, basic_code,"
    " item_name, mode, origin_division, handler_division, state, base, supplement_open, decision, case_version,"
    " our_sequence, their_sequence, applicant_key, private, opened_at, changed_at) VALUES (:id, :party, :partner, '', '',"
    " 'window', :id, '', '', '', '', '', '', 'accepted', 'accepted', 0, '', 1, 1, 1, x'', x'', 0, 0)"
)
OWED = (
    "INSERT INTO outbox (envelope_id, partner, case_id, sequence, payload_sha256, bytes, materials_wait, due_at, tries,"
    " last_reason, owed_at, expires_at, settled_at, outcome, batch_id)"
    " VALUES (:id, :partner, :case, :sequence, x'00', 100, 0, :at, 0, '', :at, :end, :settled, '', '')"
)


def test_the_queue_of_an_earlier_release_flies_in_order_with_its_news_first(tmp_path: Path) -> None:
    before = tmp_path / "migrations"
    before.mkdir()
    for file in MIGRATIONS.glob("*.sql"):
        if file.name[:4] <= LAST_BEFORE:
            shutil.copy(file, before)
    store = tmp_path / "store.db"
    migrate(store, now=NOW, folder=before)
    at = to_store(NOW)
    with closing(connect(store)) as connection:
        connection.execute(CASE, {"id": "ours", "party": "origin", "partner": ENSHI})
        connection.execute(CASE, {"id": "theirs", "party": "handler", "partner": ENSHI})
        for name, case, sequence, settled in (
            ("opening", "ours", 1, None),
            ("note", "ours", 2, None),
            ("settled", "theirs", 1, at),
            ("accepted", "theirs", 2, None),
            ("decided", "theirs", 3, None),
        ):
            facts = {"id": name, "case": case, "sequence": sequence, "settled": settled}
            connection.execute(OWED, facts | {"partner": ENSHI, "at": at, "end": at + 10**12})
    migrate(store, now=NOW)
    with closing(connect(store)) as connection:
        connection.execute("BEGIN")
        tx = SqliteTransaction(connection, writes=True)
        assert line(tx, "ours") == [(1, True), (2, False)]
        assert line(tx, "theirs") == [(2, True), (3, False)]
        one_at_a_time = [claims.claim(tx, ENSHI, NOW, NOW + LEASE, 1, 3 * MIB)[0].envelope_id for _ in range(2)]
        assert sorted(one_at_a_time) == ["accepted", "opening"]
        priorities = dict(tx.rows("SELECT envelope_id, priority FROM outbox WHERE settled_at IS NULL"))
        assert priorities == {"opening": 1, "note": 0, "accepted": 0, "decided": 0}
