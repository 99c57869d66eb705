"""Waits without an end of their own: a supplement notice that names no date, a special procedure that lasts.

No limit runs in them, so no clock turns red and the case could be forgotten.  After thirty days it turns yellow and is listed
among what presses; its state does not change and nothing is sent: who waits has to act (`docs/time-limits.md`).
"""

from datetime import datetime, timedelta

from msgspec import Struct

from gateway.case.clock.clockwork import Clockwork
from gateway.case.kinds import Clock
from gateway.case.states import Party

REMIND_AFTER = timedelta(days=30)
"""Natural days."""


class Wait(Struct, frozen=True):
    """One of them.

    Attributes:
        clock: that under which it is shown; owed_by: the side that has to act.
        since: when it began; reminds: when it is told.
    """

    clock: Clock
    owed_by: Party
    since: datetime

    @property
    def reminds(self) -> datetime:
        """The moment from which it is shown as pressing."""
        return self.since + REMIND_AFTER


def waits_without_end(clockwork: Clockwork) -> list[Wait]:
    """Return what a case waits for without a date, the longest first."""
    if clockwork.is_over or not (clockwork.supplements or clockwork.suspensions):
        return []
    asked = clockwork.supplements[-1] if clockwork.supplements and clockwork.respond_by is None else None
    found = [Wait(Clock.SUPPLEMENT, Party.ORIGIN, asked.start)] if asked and asked.end is None else []
    open_since = min((one.start for one in clockwork.suspensions if one.end is None), default=None)
    if open_since is not None:
        clock = Clock.PROMISED if clockwork.limits.promised or clockwork.promised_by else Clock.LEGAL
        found.append(Wait(clock, Party.HANDLER, open_since))
    return sorted(found, key=lambda wait: wait.since)
