"""Reports of days compared, what partners told, our own maintenance: kept, found by an index, replaced and forgotten as said."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from gateway.flows.reconciling.plan import DAYS_BACK, due_days, round_began
from gateway.store import maintenance, partner_views, peers, reconcile, reconciliations
from gateway.store.maintenance import Announced
from gateway.store.migrating import migrate
from gateway.store.partner_views import Told, ToldTerm
from gateway.store.reconciliations import Compared, Difference, Done, Outcome
from gateway.store.sqlite.transaction import SqliteTransaction

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ENSHI, QIANJIANG = "422800", "500114"
YESTERDAY = date(2026, 11, 23)
EQUAL = Compared(YESTERDAY, ENSHI, "out", Outcome.EQUAL, 3, b"a", 3, b"a", tried_at=NOW, compared_at=NOW)


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

    def rows(self, sql: str, params: dict[str, object] | None = None) -> list[tuple[object, ...]]:
        self.plans += [str(row[3]) for row in self._tx.rows(f"EXPLAIN QUERY PLAN {sql}", params or {})]
        return self._tx.rows(sql, params or {})

    def row(self, sql: str, params: dict[str, object] | None = None) -> tuple[object, ...] | None:
        return next(iter(self.rows(sql, params)), None)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda tx: reconcile.waiting(tx, ENSHI, NOW, NOW + DAY), "outbox_owed"),
        (lambda tx: reconciliations.open_days(tx, ENSHI, YESTERDAY), "reconciliations_open"),
        (lambda tx: reconciliations.of_days(tx, YESTERDAY, YESTERDAY, ENSHI), "PRIMARY KEY"),
        (reconciliations.open_by_kind, "reconciliations_open"),
        (reconciliations.unexplained, "reconciliations_open"),
        (lambda tx: reconciliations.last_compared(tx, YESTERDAY), "PRIMARY KEY"),
        (lambda tx: maintenance.current(tx, NOW), "maintenance_by_end"),
    ],
    ids=[
        "what waits of a day",
        "days that are open",
        "reports of some days",
        "what differs",
        "who differs",
        "when compared",
        "what is announced",
    ],
)
def test_a_question_is_a_walk_along_an_index(tx, ask, index):
    explained = Explained(tx)
    ask(explained)
    assert any(index in plan for plan in explained.plans), explained.plans


def test_a_report_is_replaced_and_its_differences_stay_with_what_became_of_them(tx):
    differs = replace(EQUAL, outcome=Outcome.DIFFERS, differences=2)
    reconciliations.keep(tx, differs)
    found = [
        Difference("id-1", "not_known_there", "aa accepted", "", Done.RAISED),
        Difference("id-2", "other_outcome", "aa accepted", "aa refused", Done.RAISED),
    ]
    reconciliations.keep_differences(tx, YESTERDAY, ENSHI, "out", found, NOW)
    assert reconciliations.unexplained(tx) == {ENSHI: 1}
    assert reconciliations.open_by_kind(tx) == {ENSHI: {"not_known_there": 1, "other_outcome": 1}}
    later = NOW + DAY
    reconciliations.keep(tx, replace(EQUAL, outcome=Outcome.REPAIRED, compared_at=later, tried_at=later))
    reconciliations.keep_differences(tx, YESTERDAY, ENSHI, "out", [replace(found[1], done=Done.REPAIRED)], later)
    kept = reconciliations.differences_of(tx, YESTERDAY, ENSHI, "out")
    assert [(one.envelope_id, one.done, one.found_at, one.done_at) for one in kept] == [
        ("id-1", Done.GONE, NOW, later),
        ("id-2", Done.REPAIRED, NOW, later),
    ]
    assert reconciliations.unexplained(tx) == {}
    assert reconciliations.find(tx, YESTERDAY, ENSHI, "out").compared_at == later


def test_a_try_that_did_not_get_through_leaves_what_was_found_before(tx):
    reconciliations.keep(tx, replace(EQUAL, outcome=Outcome.DIFFERS))
    reconciliations.not_asked(tx, YESTERDAY, ENSHI, "out", "PARTNER_SLOW", NOW + DAY)
    after = reconciliations.find(tx, YESTERDAY, ENSHI, "out")
    assert (after.outcome, after.failure, after.compared_at) == (Outcome.DIFFERS, "PARTNER_SLOW", NOW)
    assert reconciliations.explain(tx, YESTERDAY, ENSHI, "staff:qin", "示例", NOW) == 1
    assert reconciliations.explain(tx, YESTERDAY, ENSHI, "staff:qin", "示例", NOW) == 0


def test_every_night_the_days_of_the_plan_are_due_once_and_what_is_open_besides(tx):
    began = round_began(ENSHI, NOW)
    assert began is not None
    assert began <= NOW
    assert round_began(ENSHI, began - timedelta(seconds=1)) is None, "not before its moment of the night"
    today = date(2026, 11, 24)
    planned = sorted((today - timedelta(days=back) for back in DAYS_BACK), reverse=True)
    assert due_days(tx, ENSHI, NOW) == planned
    for direction in ("out", "in"):
        reconciliations.keep(tx, replace(EQUAL, direction=direction))
    assert due_days(tx, ENSHI, NOW) == planned[1:], "a day is done when both directions are"
    old = today - timedelta(days=20)
    reconciliations.keep(tx, replace(EQUAL, day=old, outcome=Outcome.WAITS, compared_at=NOW - DAY))
    assert old in due_days(tx, ENSHI, NOW)
    too_old = today - timedelta(days=36)
    reconciliations.keep(tx, replace(EQUAL, day=too_old, outcome=Outcome.DIFFERS, compared_at=NOW - DAY))
    assert too_old not in due_days(tx, ENSHI, NOW)
    moments = {round_began(f"{code}", NOW + DAY) for code in range(420000, 420180)}
    assert len(moments) == 180, "partners are spread over the night"


def test_terms_that_were_told_stay_with_the_fingerprint_they_belong_to(tx):
    terms = (ToldTerm("1号", "valid_to", "2028-12-31"),)
    partner_views.keep(tx, ENSHI, Told(fingerprint="aa", terms=terms), NOW)
    partner_views.failed(tx, ENSHI, "PARTNER_SLOW", NOW)
    assert partner_views.find(tx, ENSHI).failures == 1
    partner_views.keep(tx, ENSHI, Told(fingerprint="aa"), NOW + DAY)
    view = partner_views.find(tx, ENSHI)
    assert (view.told.terms, view.told_at, view.failures, view.failed_for) == (terms, NOW + DAY, 0, "")
    partner_views.keep(tx, ENSHI, Told(fingerprint="bb"), NOW + DAY)
    assert partner_views.every(tx)[ENSHI].told.terms == ()


def test_an_announcement_gives_way_to_the_next_and_runs_out_by_itself(tx):
    first = Announced("1", NOW, NOW + DAY, "甲", "a", NOW, "staff:qin")
    maintenance.announce(tx, first)
    second = replace(first, id="2", begins=NOW + DAY, ends=NOW + 2 * DAY, announced_at=NOW + timedelta(hours=1))
    maintenance.announce(tx, second)
    assert maintenance.current(tx, NOW + timedelta(hours=2)) == second
    assert maintenance.current(tx, NOW + 3 * DAY) is None
    assert [(one.id, one.ended_by) for one in maintenance.newest(tx, 5)] == [("2", ""), ("1", "staff:qin")]
    assert not second.is_on(NOW)
    assert second.is_on(NOW + DAY)


def test_a_pause_is_a_rest_of_any_length_and_no_failure(tx):
    peers.told_to_pause(tx, ENSHI, NOW, NOW + 3 * DAY)
    peer = peers.find(tx, ENSHI)
    assert peer.rests(NOW + 2 * DAY, timedelta(hours=2))
    assert not peer.rests(NOW + 3 * DAY, timedelta(hours=2))
    assert peer.failures == 0
    peers.told_to_pause(tx, ENSHI, None, None)
    assert not peers.find(tx, ENSHI).rests(NOW, timedelta(hours=2))
    peers.told_to_pause(tx, QIANJIANG, None, None)
    assert peers.every(tx).keys() == {ENSHI}, "nothing is written where there is nothing to tell"
