"""Maintenance is announced: every partner is told at its next contact, and turned away while it goes on.

1 possible   it ends after it begins and after now, within a week
2 keep       the announcement with its audit row: one transaction; what was announced before gives way to it

The local door is not concerned: cases are taken in, and what we owe partners leaves.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.store import audit, maintenance
from gateway.store.database import Database, Transaction
from gateway.store.maintenance import Announced

FARTHEST = timedelta(days=7)
"""From now to its end; partners heed nothing beyond it."""
LONGEST_REASON = 200
"""Characters."""

_ENDS_BEFORE = Text("结束时间不晚于开始时间", "it ends before it begins")
_OVER = Text("结束时间已过", "its end is past")
_TOO_FAR = Text("结束时间太远", "its end is too far ahead")


@dataclass(frozen=True, slots=True)
class Notice:
    """What an operator wants to announce.

    Attributes:
        begins: None for now.
        reason: for partners to read; nothing personal.
    """

    begins: datetime | None
    ends: datetime
    reason: Text
    by: str


async def announce(notice: Notice, *, database: Database, new_id: str, now: datetime) -> Announced:
    """Announce maintenance; on disk when this returns.

    Raises:
        GatewayError: MAINTENANCE_TIMES.
    """
    begins = notice.begins or now
    for wrong, detail in (
        (notice.ends <= begins, _ENDS_BEFORE),
        (notice.ends <= now, _OVER),
        (notice.ends > now + FARTHEST, _TOO_FAR),
    ):
        if wrong:
            raise GatewayError(Reason.MAINTENANCE_TIMES, detail=detail, days=FARTHEST.days)
    said = Announced(new_id, begins, notice.ends, notice.reason.zh, notice.reason.en, now, notice.by)

    def keep(tx: Transaction) -> None:
        maintenance.announce(tx, said)
        span = f"{begins.isoformat(timespec='seconds')}/{notice.ends.isoformat(timespec='seconds')}"
        audit.note(tx, now, notice.by, "maintenance.announce", said.id, detail=span)

    await database.write(keep)
    return said
