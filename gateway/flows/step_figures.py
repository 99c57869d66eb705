"""How long the steps of cases took against their limits: as shares of the limit, so that items with other limits compare.

A step counts once it is done, and while it has run over.  Its limit is the time from its start to when it runs out, pauses and
days off included, as its clock is counted (`case.clock.limits`); what the other side must do is taken as it said.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import TypeVar

from gateway.case.clock.calendars import Calendars
from gateway.case.clock.schedule import runs_seen
from gateway.case.kinds import Clock
from gateway.case.states import Party
from gateway.store.figures import CaseFigures

Key = TypeVar("Key")

SHOWN = (Clock.PUSH, Clock.SIGN_OFF, Clock.NOTICE, Clock.PROMISED, Clock.SEND_RESULT, Clock.DELIVERY)
"""In the order of a case's life.  The legal limit lies beyond the promised one; a supplement waits for the applicant."""


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step of several cases.

    Attributes:
        cases: in which it is done, or ran over.
        late: of which its limit ran out first.
        used: median of the time it took.
        share, most: of its limit in per cent: the median, and what nine of ten took at the most.
    """

    clock: Clock
    cases: int
    late: int
    used: timedelta
    share: int
    most: int


@dataclass(frozen=True, slots=True)
class _Taken:
    clock: Clock
    used: timedelta
    share: float
    is_late: bool


class StepsTaken:
    """The steps of cases, counted once for each case and gathered as often as wanted."""

    def __init__(self, found: Iterable[CaseFigures], calendars: Calendars, now: datetime) -> None:
        """Count the steps of these cases."""
        self._of = [(one, tuple(_taken(one, calendars, now))) for one in found]

    def overall(self) -> tuple[StepFigures, ...]:
        """Return the steps of all cases."""
        return _gathered(step for _, steps in self._of for step in steps)

    def by(self, key_of: Callable[[CaseFigures], Key]) -> Mapping[Key, tuple[StepFigures, ...]]:
        """Return the steps of the cases of each key."""
        groups: defaultdict[Key, list[_Taken]] = defaultdict(list)
        for one, steps in self._of:
            groups[key_of(one)] += steps
        return {key: _gathered(steps) for key, steps in groups.items()}


def _taken(one: CaseFigures, calendars: Calendars, now: datetime) -> Iterator[_Taken]:
    if one.clockwork is None:
        return
    handling, pushing = calendars.of(one.handler_division), calendars.of(one.origin_division)
    told = one.party == Party.ORIGIN.value
    for run, _ in runs_seen(one.clockwork, handling, pushing, told=told):
        due = run.end.due
        if run.clock not in SHOWN or due is None:
            continue
        is_late = (run.fulfilled or run.dropped or now) > due
        if run.fulfilled is None and not is_late:
            continue
        used = max((run.fulfilled or run.dropped or now) - run.started, timedelta())
        limit = due - run.started
        yield _Taken(run.clock, used, 100 * used / limit if limit > timedelta() else 0.0, is_late)


def _gathered(steps: Iterable[_Taken]) -> tuple[StepFigures, ...]:
    by_clock: defaultdict[Clock, list[_Taken]] = defaultdict(list)
    for one in steps:
        by_clock[one.clock].append(one)
    return tuple(_figures(clock, by_clock[clock]) for clock in SHOWN if by_clock[clock])


def _figures(clock: Clock, steps: list[_Taken]) -> StepFigures:
    shares = [one.share for one in steps]
    most = quantiles(shares, n=10, method="inclusive")[-1] if len(shares) > 1 else shares[0]
    return StepFigures(
        clock,
        len(steps),
        sum(one.is_late for one in steps),
        timedelta(seconds=median(one.used.total_seconds() for one in steps)),
        round(median(shares)),
        round(most),
    )
