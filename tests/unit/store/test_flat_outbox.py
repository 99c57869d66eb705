"""A claim costs the same with a long queue as with a short one; counted in steps of SQLite, which are no matter of luck."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.flows.delivery.start_anew import start_anew
from gateway.store import backlog, claims, outbox, peers
from gateway.store.database import Transaction
from gateway.store.moments import to_store
from tests.unit.store.outbox_build import ENSHI, LEASE, MIB, NOW, a_store, fill, owed, steps

SHORT, LONG = 200, 20_000
LATER = to_store(NOW + timedelta(hours=1))
QUEUES = {
    "ready": {},
    "put off": {"due_at": f"{LATER} + i"},
    "kept back": {"kept_back": "'parked'"},
    "waiting for files": {"materials_wait": "1"},
    "behind others": {"case_id": "printf('case-%08d', i / 2)", "sequence": "1 + i % 2", "behind": "i % 2"},
    "of ninety partners": {"partner": "CASE i % 90 WHEN 0 THEN '422800' ELSE printf('%06d', 500000 + i % 90) END"},
    "expired": {"expires_at": str(to_store(NOW) - 10**9)},
}
WORK: dict[str, Callable[[Transaction], object]] = {
    "claim": lambda tx: claims.claim(tx, ENSHI, NOW, NOW + LEASE, 64, 3 * MIB),
    "claim files": lambda tx: claims.next_with_materials(tx, ENSHI, NOW, NOW + LEASE),
    "has work": lambda tx: claims.has_work(tx, ENSHI, NOW),
    "owed ahead": lambda tx: claims.owed_ahead(tx, ENSHI, NOW + timedelta(days=2), 1),
    "lies beyond": lambda tx: claims.lies_beyond(tx, ENSHI, NOW + timedelta(days=2), NOW + timedelta(days=2)),
    "unanswered": lambda tx: backlog.unanswered(tx, ENSHI, NOW, 64),
    "start anew": lambda tx: start_anew(tx, NOW),
    "settle": lambda tx: outbox.settle(tx, "many-00000007", outbox.ACCEPTED, NOW),
    "owe": lambda tx: outbox.owe(tx, owed("one more", "case-00000009", 3)),
}


def costs(folder: Path, queue: dict[str, str], count: int) -> dict[str, int]:
    folder.mkdir()
    with a_store(folder) as (connection, tx):
        fill(connection, count, **queue)
        outbox.owe(tx, owed("the one that is due", sequence=2))
        peers.take_off(tx, ENSHI, NOW + LEASE, NOW + LEASE)
        found = {}
        for name, work in WORK.items():
            connection.execute("SAVEPOINT one")
            found[name] = steps(connection, lambda work=work: work(tx))  # type: ignore[misc]
            connection.execute("ROLLBACK TO one")
        return found


@pytest.mark.parametrize("kind", QUEUES)
def test_a_hundred_times_as_many_envelopes_cost_no_more(tmp_path: Path, kind: str) -> None:
    short = costs(tmp_path / "short", QUEUES[kind], SHORT)
    long = costs(tmp_path / "long", QUEUES[kind], LONG)
    # Of ninety partners the short queue has three envelopes of ours, and a flight takes 64.
    allowed = {name: 1500 if kind == "of ninety partners" else taken * 1.5 + 20 for name, taken in short.items()}
    assert {name: taken for name, taken in long.items() if taken > allowed[name]} == {}, short


def test_counting_ends_at_its_bound(tmp_path: Path) -> None:
    with a_store(tmp_path) as (connection, tx):
        fill(connection, 3 * backlog.COUNTED_UP_TO, kept_back="'held'")
        found = backlog.of_partner(tx, ENSHI)
        assert (found.owed, found.held, found.parked) == (10_001, 10_001, 0)
        assert found.oldest == NOW - timedelta(seconds=1000) + timedelta(microseconds=1)
        assert backlog.of_partner(tx, "500114") == backlog.Backlog()


def test_no_statement_of_the_outbox_walks_through_a_table(tmp_path: Path) -> None:
    with a_store(tmp_path) as (connection, tx):
        plans: list[str] = []

        def note(_: object, sql: str, bindings: object) -> bool:
            if "outbox" in sql and not sql.startswith("EXPLAIN"):
                seen.append((sql, bindings))
            return True

        seen: list[tuple[str, object]] = []
        connection.set_exec_trace(note)
        for work in WORK.values():
            work(tx)
        backlog.of_partner(tx, ENSHI)
        claims.pull_forward(tx, ENSHI, NOW, NOW, NOW, 10)
        outbox.files_are_pulled(tx, ENSHI)
        connection.set_exec_trace(None)
        for sql, bindings in seen:
            plans += [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + sql, bindings)]
        scans = [plan for plan in plans if plan.startswith("SCAN") and "first_ones" not in plan]
        assert len(plans) > 10
        assert scans == []
        assert [plan for plan in plans if "TEMP B-TREE FOR ORDER BY" in plan] == []
