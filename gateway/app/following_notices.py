"""Edited wordings of notices count without a restart: the operator's folder is looked at every few seconds.

What went into force is in the audit and the log; what did not is in the log and on the operators' page of local files.
"""

import asyncio

from structlog.typing import FilteringBoundLogger

from gateway.app.gateway import Gateway
from gateway.app.reloading import EVERY, mark_of
from gateway.settings.wordings_in_force import WordingsInForce
from gateway.store import audit
from gateway.store.database import Transaction
from gateway.telemetry import Said


class FollowingNotices:
    """Watches the wordings of notices of one gateway."""

    name = "notices"
    every = EVERY

    def __init__(self, gateway: Gateway, wordings: WordingsInForce, log: FilteringBoundLogger) -> None:
        self._gateway = gateway
        self._wordings = wordings
        self._log = log
        self._seen: object = _NEVER

    async def look(self) -> bool:
        """Read the files again when one was touched; True when a notice says something else now."""
        folder = self._wordings.folder
        mark = await asyncio.to_thread(mark_of, folder) if folder else None
        if mark == self._seen:
            return False
        self._seen = mark
        findings_before = self._wordings.findings
        read = await asyncio.to_thread(self._wordings.read_again)
        changed = sorted(kind.value for kind in self._wordings.put(read))
        if self._wordings.findings != findings_before:
            self._tell()
        if not changed:
            return False
        self._log.info(Said.NOTICES_RELOADED, file=", ".join(changed))
        now, actor = self._gateway.world.clock(), f"gateway:{self._gateway.about.region}"

        def note(tx: Transaction) -> None:
            for kind in changed:
                audit.note(tx, now, actor, "notice.worded", kind)

        await self._gateway.database.write(note)
        return True

    def _tell(self) -> None:
        for finding in self._wordings.findings:
            if finding.is_error:
                self._log.error(Said.NOTICES_REFUSED, file=finding.file, line=finding.line, reason=finding.key)
            else:
                self._log.warning(Said.NOTICES_WARNING, file=finding.file, line=finding.line, reason=finding.key)


_NEVER = object()
