"""An edited partner file becomes live, and all that rests on it follows: trust, connections, log, whoever waits.

The folder is looked at several times a second (`partners.folder`).  What went live and what did not is said in the log at once.
"""

import os
from collections.abc import Callable
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.files.findings import Findings
from gateway.flows.partner_files.go_live import Reload
from gateway.partners.snapshot import Partners
from gateway.telemetry import Said

EVERY = 2.0
"""Seconds between two looks at a folder that is edited once in a while."""
LOOK_EVERY = 0.2
"""Seconds between two looks at the partners folder: an edit is live within a second."""

Mark = tuple[tuple[str, int, int], ...]


class Reloading:
    """Watches the partners folder of one gateway.

    Args:
        follow: told of every new snapshot, to renew trust and connections.
    """

    name = "reload partners"
    every = LOOK_EVERY

    def __init__(self, gateway: Gateway, log: FilteringBoundLogger, follow: Callable[[Partners], None]) -> None:
        self._gateway = gateway
        self._log = log
        self._follow = follow
        self._unfollowed: Partners | None = None
        gateway.going_live.tell = self.tell

    async def look(self) -> bool:
        """Make live what was edited; True when a new snapshot is in force."""
        if self._unfollowed is not None:
            self._let_follow(self._unfollowed)
        reload = await self._gateway.going_live.look()
        return reload is not None and reload.snapshot is not None

    def tell(self, reload: Reload) -> None:
        """Say how a reload went, and let all that rests on the snapshot follow."""
        tell_findings(reload.findings, self._log)
        self._log.info(
            Said.PARTNERS_RELOADED,
            files=reload.files,
            version=[f"{code} {version}" for code, version in sorted(reload.live.items())],
            held_back=list(reload.held_back),
        )
        if reload.snapshot is not None:
            self._let_follow(reload.snapshot)

    def _let_follow(self, snapshot: Partners) -> None:
        """Renew what rests on a snapshot; what fails is told and tried again at the next look, for the snapshot is in force."""
        self._unfollowed = snapshot
        try:
            self._follow(snapshot)
        except Exception as error:  # noqa: BLE001 - our own certificate may be unreadable at this moment, for one
            self._log.error(Said.WORKER_FAILED, worker=self.name, exc_info=error)
            return
        self._unfollowed = None
        for partner in snapshot:
            self._gateway.signals.wake(partner.code)


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
