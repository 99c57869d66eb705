"""An edited calendar becomes live: its folder is looked at every few seconds, and running clocks are counted anew.

A file with an error keeps its last good version.  What went live and what did not is said in the log.
"""

import asyncio

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.app.reloading import EVERY, mark_of
from gateway.case.days import day_in_china
from gateway.files.findings import Findings
from gateway.flows.clocks.time_limits import look_again
from gateway.settings import Settings
from gateway.settings.calendars import check_calendars
from gateway.telemetry import Said


class ReloadingCalendars:
    """Watches the calendars folder of one gateway."""

    name = "reload calendars"
    every = EVERY

    def __init__(self, gateway: Gateway, settings: Settings, log: FilteringBoundLogger) -> None:
        self._gateway = gateway
        self._folder = settings.calendars
        self._log = log
        self._seen = mark_of(self._folder)

    async def look(self) -> bool:
        """Reload when anything in the folder changed; True when what is counted with changed."""
        mark = mark_of(self._folder)
        if mark == self._seen:
            return False
        gateway = self._gateway
        now = gateway.world.clock()
        before = gateway.almanac.current()
        checked = await asyncio.to_thread(check_calendars, self._folder, gateway.divisions, day_in_china(now))
        if not checked.files and any(finding.is_error for finding in checked.findings):
            self._seen = None
            tell_calendar_findings(checked.findings, self._log)
            return False
        self._seen = mark
        after = gateway.almanac.reload(checked)
        tell_calendar_findings(gateway.almanac.findings, self._log)
        self._log.info(Said.CALENDARS_RELOADED, files=len(checked.files))
        if after == before:
            return False
        await look_again(gateway.database, after.versions, now)
        return True


def tell_calendar_findings(findings: Findings, log: FilteringBoundLogger) -> None:
    """Say in the log what is wrong with calendars, and which year is not published."""
    for finding in findings:
        if finding.is_error:
            log.error(Said.CALENDARS_REFUSED, file=finding.file, line=finding.line, reason=finding.key)
        else:
            log.warning(Said.CALENDARS_WARNING, file=finding.file, line=finding.line, reason=finding.key)
