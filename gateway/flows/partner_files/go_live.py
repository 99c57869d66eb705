"""Edited partner files become live: all or nothing per file, one snapshot swapped.

1 look      which files changed, stand still and can be read (`partners.folder`)
2 prepare   what of it may run: a wrong file keeps its last good version, a removed one closes its partner to new cases
3 keep      each version that begins or ends, each edit seen, audit (`keep`): one transaction
4 swap      one reference; who began before keeps the snapshot it took
5 tell      at once: log, metrics, connections, whoever asks

What cannot be written down does not go live: the look is taken again until it can.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from gateway.case.days import day_in_china
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings
from gateway.flows.partner_files.expected import Expected
from gateway.flows.partner_files.keep import Plan, keep, plan
from gateway.flows.partner_files.last_good import LastGood, last_good
from gateway.partners.folder import Looked, PartnerFolder
from gateway.partners.load import Loaded
from gateway.partners.registry import Prepared, Registry
from gateway.partners.snapshot import Partners
from gateway.store.database import Database
from gateway.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Reload:
    """What a look at the folder led to.

    Attributes:
        at: when the snapshot was swapped; None before the first.
        live: number of the version that went live, by code.
        removed: codes of partners whose file is gone.
        refused: files whose edit did not go live.
        held_back: files of which another version runs than the one in the folder, or none.
        snapshot: what is in force; None when it says what the one before said.
    """

    at: datetime | None
    files: int
    live: Mapping[str, int]
    removed: tuple[str, ...]
    refused: tuple[str, ...]
    held_back: tuple[str, ...]
    findings: Findings
    snapshot: Partners | None


NOTHING_YET = Reload(None, 0, MappingProxyType({}), (), (), (), (), None)


@dataclass(slots=True)
class GoingLive:
    """Makes live what is edited in one folder; one at a time.

    Attributes:
        tell: is told of every reload, before anybody else can start one.
        last: the newest reload.
        lock: held while the folder and the registry are compared or changed.
    """

    folder: PartnerFolder
    registry: Registry
    database: Database
    vault: Vault
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    expected: Expected = field(init=False)
    tell: Callable[[Reload], None] = lambda _: None
    last: Reload = NOTHING_YET
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _seen: dict[str, str] = field(default_factory=dict)
    _lost: Findings = ()
    _waiting: Looked | None = None

    def __post_init__(self) -> None:
        self.expected = Expected(self.monotonic)

    def live_of(self, code: str) -> Loaded | None:
        """Return the version of a partner that runs."""
        return next((one for one in self.registry.live.values() if one.partner.code == code), None)

    async def begin(self, looked: Looked) -> Reload:
        """Start on what ran before, then take what is in the folder; nothing has to stand still."""
        before = await last_good(self.database, self.vault, self.folder.folder.name, self.folder.divisions)
        self.registry.seed({self.folder.shown(file): one for file, one in before.live.items()}, before.closed)
        self._seen, self._lost = before.seen, _lost(before)
        async with self.lock:
            return await self._take(looked, starting=True)

    async def look(self) -> Reload | None:
        """Take what has changed in the folder; None when nothing has.

        Raises:
            GatewayError: STORE_…; nothing went live, and the next look tries again.
        """
        async with self.lock:
            return await self.look_at(())

    async def look_at(self, at_once: Collection[str]) -> Reload | None:
        """Do so while `lock` is held; files in `at_once`, by name in the folder, were written by us and stand still."""
        today = day_in_china(self.clock())
        looked = await asyncio.to_thread(self.folder.look, self.monotonic(), today, at_once=at_once)
        self._waiting = looked or self._waiting
        return await self._take(self._waiting) if self._waiting else None

    async def _take(self, looked: Looked, *, starting: bool = False) -> Reload:
        self._waiting = looked
        if not looked.is_open:
            self.last = replace(self.last, findings=looked.checked.findings, snapshot=None)
            self._waiting = None
            self.tell(self.last)
            return self.last
        now = self.clock()
        prepared, todo = await asyncio.to_thread(self._prepare, looked, now, starting)
        numbers = {} if todo.is_empty else await self.database.write(lambda tx: keep(tx, todo, self.vault, now))
        before = self.registry.current().digest
        snapshot = self.registry.take(prepared)
        self._waiting = None
        self._seen = {file: identity for file, identity in (self._seen | dict(todo.seen)).items() if identity}
        self.last = Reload(
            at=now,
            files=len(looked.checked.files),
            live=MappingProxyType(numbers),
            removed=todo.removed,
            refused=tuple(edit.file for edit in todo.edits if edit.outcome == "refused"),
            held_back=prepared.held_back,
            findings=(*self._lost, *prepared.findings),
            snapshot=None if snapshot.digest == before else snapshot,
        )
        self.tell(self.last)
        return self.last

    def _prepare(self, looked: Looked, now: datetime, starting: bool) -> tuple[Prepared, Plan]:
        prepared = self.registry.prepare(looked.checked)
        before = self.registry.live
        todo = plan(
            before,
            prepared.live,
            looked.seen,
            self._seen,
            prepared.findings,
            self.expected,
            now,
            starting=starting,
        )
        return prepared, todo


def _lost(before: LastGood) -> Findings:
    return tuple(
        Finding(
            version.file,
            0,
            "",
            Text(
                f"上次运行的第 {version.version} 版, 现在的程序读不出来",
                f"version {version.version}, which ran before, cannot be read by this program",
            ),
            Text(
                "改好文件; 改好之前, 没有文件的伙伴不生效",
                "mend the file; until then a partner without a good file is not live",
            ),
        )
        for version in before.unusable
    )
