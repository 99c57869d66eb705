"""What a restored gateway asks its store is found by an index made for it, however much the store holds."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from gateway.store import came_back, inbox, incarnation, reconcile
from gateway.store.incarnation import DONE, ENDED, CaughtUp
from gateway.store.migrating import migrate
from gateway.store.sqlite.transaction import SqliteTransaction
from tests.build import an_id

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ENSHI = "422800"


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[SqliteTransaction]:
    migrate(tmp_path / "store.db", now=NOW)
    with closing(apsw.Connection(str(tmp_path / "store.db"))) as connection:
        connection.execute("BEGIN")
        yield SqliteTransaction(connection, writes=True)


class Explained:
    """Stands where a transaction does, and notes how each statement would be run."""

    def __init__(self, tx: SqliteTransaction) -> None:
        self._tx = tx
        self.plans: list[str] = []

    def rows(self, sql: str, params: dict[str, object]) -> list[tuple[object, ...]]:
        self.plans += [str(row[3]) for row in self._tx.rows(f"EXPLAIN QUERY PLAN {sql}", params)]
        return self._tx.rows(sql, params)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda tx: reconcile.ours(tx, ENSHI, NOW, NOW + DAY), "outbox_by_sealing"),
        (lambda tx: reconcile.theirs(tx, ENSHI, NOW, NOW + DAY), "inbox_by_sealing"),
        (lambda tx: came_back.under(tx, "QJ-1"), "(origin_number=?)"),
    ],
    ids=["ours of a day", "theirs of a day", "what came back under a number"],
)
def test_a_question_has_an_index_of_its_own(tx, ask, index):
    explained = Explained(tx)
    ask(explained)
    assert index in explained.plans[0], explained.plans


def test_a_day_is_told_page_by_page_in_the_order_of_ids_and_only_what_was_settled(tx):
    start = NOW.replace(hour=16) - DAY
    for n in range(1, 8):
        outcome = (inbox.ACCEPTED, inbox.REFUSED, inbox.NEVER_SEEN)[n % 3]
        sealed_at = start + timedelta(seconds=n) if n < 7 else start - timedelta(microseconds=1)
        inbox.remember(tx, ENSHI, an_id(n), bytes([n]) * 32, outcome, an_id(99), NOW, sealed_at)
    inbox.remember(tx, "500114", an_id(20), bytes(32), inbox.ACCEPTED, an_id(99), NOW, start)
    told = reconcile.theirs(tx, ENSHI, start, start + DAY)
    assert [one.envelope_id for one in told] == [an_id(n) for n in (1, 3, 4, 6)]
    assert reconcile.theirs(tx, ENSHI, start, start + DAY, an_id(3), 1) == told[2:3]
    assert reconcile.theirs(tx, ENSHI, start + DAY, start + 2 * DAY) == []


def test_a_restored_life_is_the_newest_whatever_the_clock_says_and_remembers_with_whom_it_has_caught_up(tx):
    assert incarnation.life(tx) is None
    assert incarnation.begin(tx, "first", NOW) == "first"
    assert incarnation.begin(tx, "other", NOW + DAY) == "first", "an ordinary start begins no life"
    incarnation.begin_restored(tx, "second", NOW + DAY, NOW - 400 * DAY)
    life = incarnation.life(tx)
    assert life
    assert (life.id, life.backup_at) == ("second", NOW + DAY)
    assert incarnation.current(tx) == incarnation.begin(tx, "other", NOW) == "second"
    assert incarnation.note_caught_up(tx, "second", ENSHI, DONE, 7, NOW)
    assert not incarnation.note_caught_up(tx, "second", ENSHI, ENDED, 0, NOW), "the first word stands"
    assert incarnation.caught_up(tx, "second") == [CaughtUp(ENSHI, DONE, 7, NOW)]
    assert incarnation.caught_up(tx, "first") == []
