"""The clocks of a case row: begun, wound and looked at with the calendars in force.

Each clock is counted by the side that must act, with its calendar: PUSH with that of the origin's division, the others with
that of the handler's.  A row carries three moments that follow from its clockwork, so that pressing cases are found
without counting: when this gateway has to act (`next_due`), when the case turns yellow, when it turns red.

A row from before clocks were kept has no clockwork; it has no readings either, and stays as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from gateway.case.clock.calendars import Calendar, Calendars
from gateway.case.clock.clockwork import Clockwork, wind
from gateway.case.clock.limits import Reading, readings
from gateway.case.clock.schedule import Mark, deadlines, schedule, silence_until
from gateway.case.clock.step_limits import Limits
from gateway.case.clock.waits import waits_without_end
from gateway.case.events import Event
from gateway.case.item.definition import ItemDefinition
from gateway.case.kinds import Clock
from gateway.case.model import Case, Mode
from gateway.case.states import Party
from gateway.partners.agreement import Permit
from gateway.store.cases import CaseRow

# Read from the class each costs a fifth of a microsecond, and they are asked for some thirty times a case.
_PUSH, _ORIGIN = Clock.PUSH, Party.ORIGIN


def limits_of(case: Case, definition: ItemDefinition | None, permit: Permit) -> Limits:
    """Return how long each step of a new case may take: what the item says, and what was agreed."""
    agreed = permit.limits
    return Limits.of_item(
        definition,
        joint=case.mode is Mode.JOINT,
        push=agreed.push_workdays,
        recheck=agreed.recheck_workdays,
        accept=agreed.accept_workdays,
        send_result=agreed.send_result_workdays,
        notice_from=permit.notice_from,
    )


@dataclass(frozen=True, slots=True)
class Timing:
    """What clocks are counted with.

    Attributes:
        calendars: gives the calendars in force; asked once for each look.
    """

    calendars: Callable[[], Calendars]

    def begun(self, row: CaseRow, case: Case, limits: Limits, taken_in_at: datetime | None = None) -> CaseRow:
        """Return a new case's row with its clocks begun.

        Args:
            taken_in_at: when the handler's gateway took it in; None at the origin.
        """
        return self.timed(structs.replace(row, clockwork=Clockwork.begin(limits, case.received_at_window, taken_in_at)))

    def handed_over(self, row: CaseRow, at: datetime) -> CaseRow:
        """Return a row of the origin after the receipt that says since when the handler has the case.

        Its moments are as they were: folding, which follows every receipt, looks at the clocks anew.
        """
        if row.clockwork is None:
            return row
        return structs.replace(row, clockwork=structs.replace(row.clockwork, taken_in_at=at))

    def ended(self, row: CaseRow, at: datetime) -> CaseRow:
        """Return a row of the origin whose case the handler's gateway refused."""
        if row.clockwork is None:
            return row
        return self.timed(structs.replace(row, clockwork=structs.replace(row.clockwork, ended_at=at)))

    def told(self, row: CaseRow, reading: Reading) -> CaseRow:
        """Return a row in which a clock was told as run out."""
        if row.clockwork is None or reading.due is None:
            return row
        return self.timed(structs.replace(row, clockwork=row.clockwork.tell(reading.clock, reading.due)))

    def timed(self, row: CaseRow) -> CaseRow:
        """Return a row with the moments that follow from its clockwork."""
        work = row.clockwork
        if work is None:
            return row
        handling, pushing = self._calendars(row)
        at_origin = row.party is _ORIGIN
        marks = schedule(work, handling, pushing=pushing, told=at_origin)
        ours, warning, pressing, red = [], [], [], []
        for one in marks:
            if one.warns:
                warning.append(one.warns)
            if one.due is None:
                continue
            if one.ended is None:
                pressing.append(one.due)
            if one.is_red:
                red.append(one.due)
            if is_ours(one, row.party) and is_untold(one, work):
                ours.append(one.due)
        for wait in waits_without_end(work):
            warning.append(wait.reminds)
            pressing.append(wait.reminds)
        if not at_origin and (silent := silence_until(work, handling)):
            ours.append(silent)
        return structs.replace(
            row,
            next_due=min(ours, default=None),
            warns_at=min(warning, default=None),
            presses_at=min(pressing, default=None),
            overdue_at=min(red, default=None),
        )

    def readings(self, row: CaseRow, now: datetime) -> tuple[Reading, ...]:
        """Return the clocks of a case as this side sees them."""
        if row.clockwork is None:
            return ()
        handling, pushing = self._calendars(row)
        return readings(row.clockwork, handling, now, pushing=pushing, told=row.party is Party.ORIGIN)

    def silence_until(self, row: CaseRow, seen_at: datetime | None = None) -> datetime | None:
        """Return when silence becomes acceptance (视为受理), None where it does not; see `schedule.silence_until`."""
        return None if row.clockwork is None else silence_until(row.clockwork, self._calendars(row)[0], seen_at)

    def with_deadlines(self, row: CaseRow, event: Event) -> Event:
        """Return an event of the handler with the limits that run after it, counted here.

        What its system posted counts only for clocks that cannot be counted here, such as those of an item whose limits
        are not known.
        """
        work = row.clockwork
        if work is None:
            return event
        posted = tuple(one for one in event.deadlines if one.clock is not Clock.PUSH)
        wound = wind(work, replace(event, deadlines=posted))
        return replace(event, deadlines=deadlines(wound, self._calendars(row)[0], before=work))

    def _calendars(self, row: CaseRow) -> tuple[Calendar, Calendar]:
        now = self.calendars()
        return now.of(row.handler_division), now.of(row.origin_division)


def is_ours(reading: Reading | Mark, party: Party) -> bool:
    """Whether this side tells when a clock runs out: the origin of its own hand-over, the handler of all the others."""
    return reading.ended is None and (reading.clock is _PUSH) is (party is _ORIGIN)


def is_untold(reading: Reading | Mark, work: Clockwork) -> bool:
    """Whether a clock's present end was not told yet; an extension or a pause moves it, and it counts anew."""
    last = work.last_told(reading.clock) if work.told else None
    return reading.due is not None and (last is None or reading.due > last)
