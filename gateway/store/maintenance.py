"""Our own maintenance (维护通知), as it was announced: from when until when, why, by whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

_COLUMNS = "id, begins_at, ends_at, reason_zh, reason_en, announced_at, announced_by, ended_at, ended_by"


@dataclass(frozen=True, slots=True)
class Announced:
    """One announcement; `ended_at` is set when it was ended, or another took its place, before its time was over."""

    id: str
    begins: datetime
    ends: datetime
    reason_zh: str
    reason_en: str
    announced_at: datetime
    announced_by: str
    ended_at: datetime | None = None
    ended_by: str = ""

    def is_on(self, now: datetime) -> bool:
        """Whether it goes on at this moment."""
        return self.ended_at is None and self.begins <= now < self.ends


def announce(tx: Transaction, announced: Announced) -> None:
    """Keep an announcement; one that has not ended gives way to it."""
    end(tx, announced.announced_at, announced.announced_by)
    tx.execute(
        "INSERT INTO maintenance (id, begins_at, ends_at, reason_zh, reason_en, announced_at, announced_by)"
        " VALUES (:id, :begins, :ends, :zh, :en, :at, :by)",
        {
            "id": announced.id,
            "begins": to_store(announced.begins),
            "ends": to_store(announced.ends),
            "zh": announced.reason_zh,
            "en": announced.reason_en,
            "at": to_store(announced.announced_at),
            "by": announced.announced_by,
        },
    )


def end(tx: Transaction, now: datetime, by: str) -> bool:
    """End what is announced or goes on; False when nothing was."""
    return bool(
        tx.changed(
            "UPDATE maintenance SET ended_at = :now, ended_by = :by WHERE ended_at IS NULL AND ends_at > :now",
            {"now": to_store(now), "by": by},
        )
    )


def current(tx: Transaction, now: datetime) -> Announced | None:
    """Return what is announced or goes on at `now`."""
    row = tx.row(
        f"SELECT {_COLUMNS} FROM maintenance WHERE ended_at IS NULL AND ends_at > :now ORDER BY ends_at DESC LIMIT 1",
        {"now": to_store(now)},
    )
    return None if row is None else _from_store(row)


def newest(tx: Transaction, limit: int) -> list[Announced]:
    """Return the last announcements, the newest first."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM maintenance ORDER BY announced_at DESC, id DESC LIMIT :limit", {"limit": limit}
    )
    return [_from_store(row) for row in rows]


def _from_store(row: tuple[Any, ...]) -> Announced:
    name, begins, ends, zh, en, at, by, ended_at, ended_by = row
    ended = None if ended_at is None else from_store(ended_at)
    return Announced(name, from_store(begins), from_store(ends), zh, en, from_store(at), by, ended, ended_by)
