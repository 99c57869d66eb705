"""An edited partner file becomes live: the folder is looked at every few seconds, and all that rests on it follows.

A file with an error keeps its last good version; a removed file closes its partner to new cases.  What went live and
what did not is said in the log.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.case.days import day_in_china
from gateway.files.findings import Findings
from gateway.partners.check import check_folder
from gateway.partners.snapshot import Partners
from gateway.settings import Settings
from gateway.telemetry import Said

EVERY = 2.0
"""Seconds between two looks; listing a hundred files costs about a millisecond."""

Mark = tuple[tuple[str, int, int], ...]


class Reloading:
    """Watches the partners folder of one gateway.

    Args:
        follow: told of every new snapshot, to renew trust and connections.
    """

    name = "reload partners"

    def __init__(
        self, gateway: Gateway, settings: Settings, log: FilteringBoundLogger, follow: Callable[[Partners], None]
    ) -> None:
        self._gateway = gateway
        self._settings = settings
        self._log = log
        self._follow = follow
        self._seen = mark_of(settings.partners)

    async def look(self) -> bool:
        """Reload when anything in the folder changed; True when a new snapshot is live."""
        mark = mark_of(self._settings.partners)
        if mark == self._seen:
            return False
        gateway = self._gateway
        before = gateway.registry.current().digest
        today = day_in_china(gateway.world.clock())
        checked = await asyncio.to_thread(
            check_folder, self._settings.partners, gateway.divisions, self._settings.region, today, gateway.redirects
        )
        if not checked.files and not checked.is_clean:
            # The folder cannot be opened: nothing is known of its files, so every partner stays as it is.
            self._seen = None
            tell_findings(checked.findings, self._log)
            return False
        self._seen = mark
        snapshot = gateway.registry.reload(checked)
        tell_findings(gateway.registry.findings, self._log)
        self._log.info(Said.PARTNERS_RELOADED, files=len(checked.files), held_back=list(gateway.registry.held_back))
        if snapshot.digest == before:
            return False
        self._follow(snapshot)
        for partner in snapshot:
            gateway.signals.wake(partner.code)
        return True


def mark_of(folder: Path) -> Mark | None:
    """Return what changes when a file of the folder does: names, sizes and times.

    None when the folder cannot be read now, as when no file descriptor is left: that is no folder without files, and
    must not close every partner.
    """
    try:
        os.scandir(folder).close()  # `rglob` takes a folder it may not read for an empty one
        found = [(path.name, path.stat()) for path in sorted(folder.rglob("*")) if path.is_file()]
    except OSError:
        return None
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)


def tell_findings(findings: Findings, log: FilteringBoundLogger) -> None:
    """Say in the log what is wrong with partner files, and what is merely worth a look."""
    for finding in findings:
        if finding.is_error:
            log.error(Said.PARTNERS_REFUSED, file=finding.file, line=finding.line, reason=finding.key)
        else:
            log.warning(Said.PARTNERS_WARNING, file=finding.file, line=finding.line, reason=finding.key)
