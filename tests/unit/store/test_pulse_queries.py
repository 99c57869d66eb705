"""What health asks of the store every few seconds costs the same with a million envelopes queued: no query walks a table."""

from datetime import UTC, datetime

import pytest

from gateway.store import pulse
from gateway.store.migrating import migrate
from gateway.store.sqlite import SqliteDatabase

NOW = datetime(2026, 11, 25, tzinfo=UTC)


class Explained:
    """A transaction that tells how its statements would be run, instead of running them."""

    def __init__(self, tx) -> None:
        self._tx = tx
        self.plan: list[str] = []

    def row(self, sql, params):
        self.plan = [str(step[3]) for step in self._tx.rows(f"EXPLAIN QUERY PLAN {sql}", params)]


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda tx: pulse.is_overdue(tx, "422800", NOW), "outbox_in_front"),
        (lambda tx: pulse.oldest_owed(tx, "422800"), "outbox_owed"),
        (lambda tx: pulse.unclaimed(tx, NOW, 1000), "feed_waiting"),
    ],
    ids=["overdue", "oldest", "unclaimed"],
)
async def test_every_question_follows_an_index(tmp_path, ask, index):
    file = tmp_path / "store.sqlite3"
    migrate(file, now=NOW)
    database = SqliteDatabase(file, clock=lambda: NOW)

    def plan(tx):
        explained = Explained(tx)
        ask(explained)
        return explained.plan

    steps = await database.read(plan)
    await database.close()
    assert any(index in step for step in steps), steps
    assert not any("TEMP B-TREE" in step or step.startswith(("SCAN outbox", "SCAN feed")) for step in steps), steps
