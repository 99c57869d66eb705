"""The deny list is followed: what is not believed any more stops counting within two seconds of its being written.

1 look     the file as it stands, twice a second, once it stands still
2 judge    one with a mistake changes nothing, nor does one that is gone: what was denied stays denied, and it is told
3 keep     the new list and its audit row, in one transaction; what cannot be kept is tried again
4 in force keys, certificates and regions are refused from here on; whoever holds connections is told

To deny nothing any more the file is emptied, not deleted.  Leaves to others: ending what is under way (`peering`).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings
from gateway.files.reader import MAX_BYTES
from gateway.partners.marks import owner_of
from gateway.partners.revoked import NOTHING_DENIED, NOTHING_REVOKED, Denied, Revoked, read_revoked
from gateway.store import audit, deny_lists
from gateway.store.database import Database, Transaction
from gateway.store.deny_lists import KeptList
from gateway.store.disk import on_disk

EVERY = 0.5
"""Seconds between two looks; a file is taken once it was seen alike at two of them, so within a second and a half."""

_GONE = (
    Text("拒绝名单文件不见了; 此前拒绝的继续拒绝", "the deny list is gone; what was denied stays denied"),
    Text(
        "放回文件; 确实不再拒绝任何证书密钥的, 写一个空文件",
        "put it back; to deny nothing any more write an empty file",
    ),
)


@dataclass(slots=True)
class Denying:
    """The deny list of one gateway.

    Attributes:
        denied: what is refused now.
        findings: why the file as it stands is not in force; empty when it is.
    """

    file: Path
    region: str
    database: Database
    clock: Callable[[], datetime]
    denied: Denied = NOTHING_DENIED
    findings: Findings = ()
    _revoked: Revoked = NOTHING_REVOKED
    _sha256: str = ""
    _seen: str = field(default="", init=False)
    _wrong: tuple[str, Findings] = field(default=("", ()), init=False)

    async def begin(self) -> None:
        """Go on with the list that was in force, then take the file as it stands.

        Raises:
            GatewayError: CONFIGURATION: the file is wrong and no list was ever in force; better no start than all doors open.
        """
        kept = await self.database.read(deny_lists.newest)
        if kept is not None:
            revoked, _ = read_revoked(kept.content.encode(), self.region)
            self._revoked, self._sha256 = revoked or NOTHING_REVOKED, kept.sha256
        self.denied = self._revoked.at(self.clock())
        await self.look(at_once=True)
        if kept is None and self.findings:
            wrong = [FieldFinding(f"{one.file}:{one.line}: {one.key}", one.problem, one.fix) for one in self.findings]
            raise GatewayError(Reason.CONFIGURATION, findings=wrong, count=len(wrong))

    async def look(self, *, at_once: bool = False) -> bool:
        """Take the file as it stands; True when something else is denied than before.

        Args:
            at_once: whether a file counts that was not seen like this at the look before: it may be half written.

        Raises:
            GatewayError: STORE_…; the list before stays in force.
        """
        raw, owner = await on_disk(_read, self.file)
        sha256 = hashlib.sha256(raw).hexdigest() if raw is not None else ""
        settled, self._seen = at_once or sha256 == self._seen, sha256
        if settled:
            await self._judge(raw, sha256, owner)
        before, self.denied = self.denied, self._revoked.at(self.clock())
        return before != self.denied

    async def _judge(self, raw: bytes | None, sha256: str, owner: str) -> None:
        if raw is None:
            self.findings = (Finding(str(self.file), 0, "", *_GONE),) if self._sha256 else ()
        elif sha256 == self._sha256:
            self.findings = ()
        elif sha256 == self._wrong[0]:
            self.findings = self._wrong[1]
        else:
            revoked, self.findings = read_revoked(raw, self.region, self.file.name)
            if revoked is None:
                self._wrong = sha256, self.findings
            else:
                await self._keep(revoked, KeptList(self.clock(), sha256, raw.decode("utf-8-sig"), owner))

    async def _keep(self, revoked: Revoked, kept: KeptList) -> None:
        def keep(tx: Transaction) -> None:
            deny_lists.keep(tx, kept)
            count = len(revoked.certificates) + len(revoked.keys) + len(revoked.regions)
            detail = f"entries={count} sha256={kept.sha256} before={self._sha256 or '-'}"
            audit.note(tx, kept.at, f"staff:{kept.who or '?'}", "keys.deny", self.file.name, detail=detail)

        await self.database.write(keep)
        self._revoked, self._sha256 = revoked, kept.sha256


def _read(file: Path) -> tuple[bytes | None, str]:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1), owner_of(file)
    except FileNotFoundError:
        return None, ""
    except OSError:
        # Not readable now: as if it were not there, so that nothing is let in by it.
        return None, ""
