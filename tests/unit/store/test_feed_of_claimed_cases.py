"""What nobody was told yet is told to the system that claims the case, behind all it has confirmed."""

from datetime import UTC, datetime

from gateway.store import feed
from gateway.store.database import Transaction
from tests.simulation.inline_database import Disk

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def a_feed(tx: Transaction) -> None:
    for system, case_id, envelope_id in (
        ("", "case-1", "e1"),
        ("window", "case-2", "e2"),
        ("", "case-1", "e3"),
        ("", "case-3", "e4"),
        ("window", "case-2", "e5"),
    ):
        feed.tell(tx, NOW, system, case_id, feed.EVENT, "500114", envelope_id)


def told(disk: Disk, system: str, after: int = 0) -> list[str]:
    return [entry.envelope_id for entry in disk.look(lambda tx: feed.waiting(tx, system, after, 100))]


def last_told(disk: Disk) -> int:
    return disk.look(lambda tx: feed.waiting(tx, "window", 0, 100))[-1].position


def test_a_system_that_has_read_further_learns_of_a_case_it_claims():
    disk = Disk.migrated()
    disk.change(a_feed)
    read = last_told(disk)
    disk.change(lambda tx: feed.hand_to(tx, "window", "case-1"))
    assert told(disk, "window", after=read) == ["e1", "e3"]
    assert told(disk, "") == ["e4"]


def test_what_is_confirmed_after_a_claim_is_only_what_was_read_before():
    disk = Disk.migrated()
    disk.change(a_feed)
    read = last_told(disk)
    disk.change(lambda tx: feed.hand_to(tx, "window", "case-1"))
    disk.change(lambda tx: feed.confirm(tx, "window", read, NOW))
    assert told(disk, "window") == ["e1", "e3"]


def test_a_claim_of_a_case_without_news_changes_nothing():
    disk = Disk.migrated()
    disk.change(a_feed)
    before = disk.look(lambda tx: tx.rows("SELECT * FROM feed"))
    disk.change(lambda tx: feed.hand_to(tx, "window", "case-9"))
    assert disk.look(lambda tx: tx.rows("SELECT * FROM feed")) == before
