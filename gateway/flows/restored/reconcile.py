"""What we hold of one day with a partner: counts and digest, and the lines on demand.

Both sides work the same digest out of their own rows, so that two equal answers say that nothing is missing on either.
Bound: a day is added up 50,000 rows at a time; a page has at most 5,000 lines.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from gateway.case.days import CHINA
from gateway.store import reconcile as store
from gateway.store.database import Database, Transaction
from gateway.store.reconcile import Settled
from gateway.wire.reconcile import PAGE_LINES, DayAsked, DayDigest, DayHeld, Direction, Line


async def reconcile(caller: str, asked: DayAsked, *, database: Database, clock: Callable[[], datetime]) -> DayHeld:
    """Tell a partner what we hold of a day; directions are seen from the caller."""
    now = clock()
    return await database.read(lambda tx: held(tx, caller, asked, asked.direction.turned, now))


def held(tx: Transaction, partner: str, asked: DayAsked, direction: Direction, now: datetime) -> DayHeld:
    """Return our view of a day.

    Args:
        direction: seen from us: FROM_CALLER is what we sealed.
    """
    read = store.ours if direction is Direction.FROM_CALLER else store.theirs
    start, end = span_of(asked.day)
    total = DayDigest()
    for page in store.pages(tx, read, partner, start, end):
        total.add(lines_of(page))
    if not asked.with_lines:
        return DayHeld(total.count, total.digest, now)
    lines = lines_of(read(tx, partner, start, end, asked.page_token, PAGE_LINES.most))
    more = lines[-1].envelope_id if len(lines) == PAGE_LINES.most else ""
    return DayHeld(total.count, total.digest, now, lines, more)


def span_of(day: date) -> tuple[datetime, datetime]:
    """Return the first moment of a day in Asia/Shanghai, and that of the next."""
    start = datetime.combine(day, time(), CHINA)
    return start, start + timedelta(days=1)


def lines_of(settled: Sequence[Settled]) -> tuple[Line, ...]:
    """Return settled envelopes as lines."""
    return tuple(Line(one.envelope_id, one.payload_sha256.hex(), one.outcome) for one in settled)
