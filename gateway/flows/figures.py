"""Figures at a glance: cases in and out by day, how they ended, how long the steps took, by partner and by item.

Nothing personal is in them.  They rest on the newest 20,000 cases of the span and say when that was not all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from gateway.case.days import day_in_china
from gateway.case.states import FINAL, State
from gateway.store import figures
from gateway.store.database import Database
from gateway.store.figures import MOST_CASES, CaseFigures

_FINAL = frozenset(state.value for state in State if state in FINAL)


@dataclass(frozen=True, slots=True)
class Day:
    """Cases of one day: taken in here for others, and taken in from others."""

    day: date
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True)
class Line:
    """Cases of one partner or of one item, on one side.

    Attributes:
        party: our side of them, `origin` or `handler`.
        late: of which a time limit ran out, or was met late.
        to_accept, to_decide: medians, as far as cases got there; None when none did.
    """

    key: str
    name: str
    party: str
    cases: int
    ended: int
    late: int
    to_accept: timedelta | None
    to_decide: timedelta | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown.

    Attributes:
        all_counted: False when there were more cases than are counted.
        states: how many cases stand where.
    """

    at: datetime
    days: tuple[Day, ...]
    states: tuple[tuple[str, int], ...]
    partners: tuple[Line, ...]
    items: tuple[Line, ...]
    all_counted: bool


async def figures_of(span_days: int, *, database: Database, clock: Callable[[], datetime]) -> Figures:
    """Return the figures of the last days, today included."""
    now = clock()
    today = day_in_china(now)
    since = now - timedelta(days=span_days)
    found = await database.read(lambda tx: figures.lately(tx, since, now))
    counted = Counter((day_in_china(one.opened_at), one.party) for one in found)
    days = [today - timedelta(days=back) for back in range(span_days - 1, -1, -1)]
    return Figures(
        at=now,
        days=tuple(Day(day, counted[day, "origin"], counted[day, "handler"]) for day in days),
        states=tuple(Counter(one.state for one in found).most_common()),
        partners=_lines(found, lambda one: (one.partner, "")),
        items=_lines(found, lambda one: (one.basic_code, one.item_name)),
        all_counted=len(found) < MOST_CASES,
    )


def _lines(found: Sequence[CaseFigures], key_of: Callable[[CaseFigures], tuple[str, str]]) -> tuple[Line, ...]:
    groups: dict[tuple[str, str], list[CaseFigures]] = defaultdict(list)
    names: dict[str, str] = {}
    for one in found:
        key, name = key_of(one)
        groups[key, one.party].append(one)
        names.setdefault(key, name)
    lines = [
        Line(
            key=key,
            name=names[key],
            party=party,
            cases=len(same),
            ended=sum(one.state in _FINAL for one in same),
            late=sum(one.overdue for one in same),
            to_accept=_median(one.accepted_at - one.opened_at for one in same if one.accepted_at),
            to_decide=_median(one.decided_at - one.opened_at for one in same if one.decided_at),
        )
        for (key, party), same in groups.items()
    ]
    return tuple(sorted(lines, key=lambda one: (-one.cases, one.key, one.party)))


def _median(spans: Iterable[timedelta]) -> timedelta | None:
    found = [max(one, timedelta()) for one in spans]
    return timedelta(seconds=median(one.total_seconds() for one in found)) if found else None
