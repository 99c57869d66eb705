"""Keys that partners announced, what was decided about them, and announcements that were not believed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.store.database import Transaction
from gateway.store.moments import from_store, to_store

MOST = 32
"""Keys kept of one partner; what waits beyond is not kept, the oldest decided go first."""
_COLUMNS = (
    "partner, kid, use, algorithm, public, valid_from, seal_until, accept_until, proven_by, seen_at, again_at, standing,"
    " decided_at, decided_by"
)


class Standing(StrEnum):
    """What became of an announced key."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGED = "changed"
    """It was decided, or stood in the file, and is announced otherwise now; an alarm."""


@dataclass(frozen=True, slots=True)
class AnnouncedRow:
    """One announced key; times are aware UTC.

    Attributes:
        public: SubjectPublicKeyInfo in DER.
        proven_by: id of the key that sealed the announcement.
    """

    partner: str
    kid: str
    use: str
    algorithm: str
    public: bytes
    valid_from: datetime
    seal_until: datetime
    accept_until: datetime
    proven_by: str
    seen_at: datetime
    again_at: datetime
    standing: Standing
    decided_at: datetime | None = None
    decided_by: str = ""

    def says(self) -> tuple[object, ...]:
        """Return what makes two announcements of one key alike."""
        return self.use, self.algorithm, self.public, self.valid_from, self.seal_until, self.accept_until


@dataclass(frozen=True, slots=True)
class Doubt:
    """An announcement that is not believed."""

    partner: str
    reason: str
    since: datetime
    last_at: datetime
    times: int


def of(tx: Transaction, partner: str) -> dict[str, AnnouncedRow]:
    """Return what is kept of a partner, by key id."""
    rows = tx.rows(f"SELECT {_COLUMNS} FROM announced_keys WHERE partner = :partner", {"partner": partner})
    return {row[1]: _from_store(row) for row in rows}


def undecided(tx: Transaction) -> list[AnnouncedRow]:
    """Return what an operator has to look at, of all partners."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM announced_keys WHERE standing IN ('waiting', 'changed') ORDER BY partner, kid LIMIT 5000"
    )
    return [_from_store(row) for row in rows]


def keep(tx: Transaction, row: AnnouncedRow) -> None:
    """Keep a key as it is announced and decided now."""
    tx.execute(
        f"INSERT INTO announced_keys ({_COLUMNS}) VALUES (:partner, :kid, :use, :algorithm, :public, :valid_from,"
        " :seal_until, :accept_until, :proven_by, :seen_at, :again_at, :standing, :decided_at, :decided_by)"
        " ON CONFLICT (partner, kid) DO UPDATE SET use = :use, algorithm = :algorithm, public = :public,"
        " valid_from = :valid_from, seal_until = :seal_until, accept_until = :accept_until, proven_by = :proven_by,"
        " seen_at = :seen_at, again_at = :again_at, standing = :standing, decided_at = :decided_at,"
        " decided_by = :decided_by",
        {
            "partner": row.partner,
            "kid": row.kid,
            "use": row.use,
            "algorithm": row.algorithm,
            "public": row.public,
            "valid_from": to_store(row.valid_from),
            "seal_until": to_store(row.seal_until),
            "accept_until": to_store(row.accept_until),
            "proven_by": row.proven_by,
            "seen_at": to_store(row.seen_at),
            "again_at": to_store(row.again_at),
            "standing": row.standing.value,
            "decided_at": None if row.decided_at is None else to_store(row.decided_at),
            "decided_by": row.decided_by,
        },
    )


def forget(tx: Transaction, partner: str, kids: Iterable[str]) -> None:
    """Forget keys that are no longer announced and were not decided."""
    tx.many(
        "DELETE FROM announced_keys WHERE partner = :partner AND kid = :kid",
        [{"partner": partner, "kid": kid} for kid in kids],
    )


def doubt(tx: Transaction, partner: str, reason: str, now: datetime) -> bool:
    """Note an announcement that is not believed; True when that is news: another reason than last time, or the first."""
    before = tx.row("SELECT reason FROM doubtful_announcements WHERE partner = :partner", {"partner": partner})
    news = before is None or before[0] != reason
    tx.execute(
        "INSERT INTO doubtful_announcements (partner, reason, since, last_at, times) VALUES (:partner, :reason, :now, :now, 1)"
        " ON CONFLICT (partner) DO UPDATE SET since = CASE WHEN reason = :reason THEN since ELSE :now END,"
        " reason = :reason, last_at = :now, times = times + 1",
        {"partner": partner, "reason": reason, "now": to_store(now)},
    )
    return news


def believe(tx: Transaction, partner: str) -> None:
    """The newest announcement of a partner is believed, or it announces nothing."""
    tx.execute("DELETE FROM doubtful_announcements WHERE partner = :partner", {"partner": partner})


def doubts(tx: Transaction) -> list[Doubt]:
    """Return the announcements that are not believed, by partner."""
    rows = tx.rows(
        "SELECT partner, reason, since, last_at, times FROM doubtful_announcements ORDER BY partner LIMIT 5000"
    )
    return [
        Doubt(code, reason, from_store(since), from_store(last), times) for code, reason, since, last, times in rows
    ]


def _from_store(row: tuple[Any, ...]) -> AnnouncedRow:
    partner, kid, use, algorithm, public, begins, seals, accepts, by, seen, again, standing, decided, decided_by = row
    return AnnouncedRow(
        partner,
        kid,
        use,
        algorithm,
        bytes(public),
        from_store(begins),
        from_store(seals),
        from_store(accepts),
        by,
        from_store(seen),
        from_store(again),
        Standing(standing),
        None if decided is None else from_store(decided),
        decided_by,
    )
