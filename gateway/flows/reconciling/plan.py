"""Which days are due to be reconciled with which partner, every night.

Each partner has its moment between 02:00 and 05:00 in Asia/Shanghai, by its code, so that ninety are not asked together.  From
then on the days before are due that have not been compared since: each of the last seven, then 14, 21, 28 and 34 days back,
because an envelope may be answered long after it was sealed; and whatever is not settled between both sides.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from gateway.case.days import CHINA, day_in_china
from gateway.flows.reconciling.reconcile_day import FARTHEST
from gateway.store import reconciliations
from gateway.store.database import Transaction

NIGHT = time(2)
SPREAD = timedelta(hours=3)
DAYS_BACK = (1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 34)


def round_began(code: str, now: datetime) -> datetime | None:
    """Return when the round of today began for a partner; None when it has not yet."""
    minutes = int(SPREAD / timedelta(minutes=1))
    began = datetime.combine(day_in_china(now), NIGHT, CHINA) + timedelta(minutes=int(code) % minutes)
    return began if began <= now else None


def due_days(tx: Transaction, code: str, now: datetime) -> list[date]:
    """Return the days to reconcile with a partner now, the newest first; none before its moment of the night."""
    began = round_began(code, now)
    if began is None:
        return []
    today = day_in_china(now)
    first = today - timedelta(days=FARTHEST)
    wanted = {today - timedelta(days=back) for back in DAYS_BACK}
    wanted |= {day for day, _ in reconciliations.open_days(tx, code, first) if day < today}
    rows = reconciliations.of_days(tx, first, today, code)
    done = _compared_since(rows, began, now)
    return sorted(wanted - done, reverse=True)


def _compared_since(rows: Iterable[reconciliations.Compared], began: datetime, now: datetime) -> set[date]:
    """Return the days both directions of which were compared since; a moment ahead was written by a clock that ran ahead."""
    fresh: dict[date, set[str]] = {}
    for row in rows:
        if row.compared_at is not None and began <= row.compared_at <= now:
            fresh.setdefault(row.day, set()).add(row.direction)
    return {day for day, directions in fresh.items() if len(directions) == 2}
