"""Figures at a glance: cases in, out and over by day, how they ended, how long the steps took, by partner and by item.

Nothing personal is in them.  They rest on the newest 20,000 cases of the span, steps on the newest 5,000 of these, and say when that
was not all.  They are counted in the thread that reads, and so that what is kept of them is small.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.case.clock.calendars import Calendars
from gateway.case.days import day_in_china
from gateway.case.states import FINAL, State
from gateway.flows.step_figures import StepFigures, StepsTaken
from gateway.store import figures
from gateway.store.database import Database, Transaction
from gateway.store.figures import MOST_CASES, CaseFigures

MOST_STEPS = 5_000
"""Cases whose steps are counted."""
_FINAL = frozenset(state.value for state in State if state in FINAL)
_UNTIL_DECIDED = frozenset({State.GRANTED.value, State.DENIED.value, State.AWAITING_DELIVERY.value})


@dataclass(frozen=True, slots=True)
class Day:
    """Cases of one day: taken in here for others, taken in from others, and over (decided, or ended without)."""

    day: date
    ours: int
    theirs: int
    over: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """Cases of one partner or of one item, on one side.

    Attributes:
        party: our side of them, `origin` or `handler`.
        late: of which a time limit ran out, or was met late.
        steps: how long its steps took; only those that happened.
    """

    key: str
    name: str
    party: str
    cases: int
    ended: int
    late: int
    steps: tuple[StepFigures, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown.

    Attributes:
        all_counted: False when there were more cases than are counted.
        states: how many cases opened in the span stand where.
        ends: how cases were over in the span: `granted`, `denied`, or the state they ended in.
        steps: of all cases whose steps are counted.
    """

    at: datetime
    days: tuple[Day, ...]
    states: tuple[tuple[str, int], ...]
    partners: tuple[Line, ...]
    items: tuple[Line, ...]
    all_counted: bool
    ends: tuple[tuple[str, int], ...] = ()
    steps: tuple[StepFigures, ...] = ()


async def figures_of(
    span_days: int, *, database: Database, clock: Callable[[], datetime], calendars: Callable[[], Calendars]
) -> Figures:
    """Return the figures of the last days, today included."""
    now, in_force = clock(), calendars()
    return await database.read(lambda tx: _counted(tx, span_days, in_force, now))


def _counted(tx: Transaction, span_days: int, calendars: Calendars, now: datetime) -> Figures:
    today, since = day_in_china(now), now - timedelta(days=span_days)
    found = figures.lately(tx, since, now)
    days = [today - timedelta(days=back) for back in range(span_days - 1, -1, -1)]
    over = [(day, how) for day, how in map(_over, figures.over_lately(tx, since, now)) if day and day >= days[0]]
    opened, ended = Counter((day_in_china(one.opened_at), one.party) for one in found), Counter(day for day, _ in over)
    taken = StepsTaken(found[:MOST_STEPS], calendars, now)
    return Figures(
        at=now,
        days=tuple(Day(day, opened[day, "origin"], opened[day, "handler"], ended[day]) for day in days),
        states=tuple(Counter(one.state for one in found).most_common()),
        partners=_lines(found, _partner, taken.by(lambda one: (one.partner, one.party))),
        items=_lines(found, _item, taken.by(lambda one: (one.basic_code, one.party))),
        all_counted=len(found) < MOST_CASES,
        ends=tuple(Counter(how for _, how in over).most_common()),
        steps=taken.overall(),
    )


def _over(one: CaseFigures) -> tuple[date | None, str]:
    """Return on which day a case was over, and how."""
    work = one.clockwork
    at = (work.decided_at or work.ended_at) if work else None
    decided = one.decision if one.state in _UNTIL_DECIDED or one.state == State.DELIVERED.value else ""
    return (day_in_china(at) if at else None), decided or one.state


def _partner(one: CaseFigures) -> tuple[str, str]:
    return one.partner, ""


def _item(one: CaseFigures) -> tuple[str, str]:
    return one.basic_code, one.item_name


def _lines(
    found: Sequence[CaseFigures],
    key_of: Callable[[CaseFigures], tuple[str, str]],
    steps: Mapping[tuple[str, str], tuple[StepFigures, ...]],
) -> tuple[Line, ...]:
    groups: defaultdict[tuple[str, str], list[CaseFigures]] = defaultdict(list)
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
            steps=steps.get((key, party), ()),
        )
        for (key, party), same in groups.items()
    ]
    return tuple(sorted(lines, key=lambda one: (-one.cases, one.key, one.party)))
