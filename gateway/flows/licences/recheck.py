"""Licences that could not be verified yet (待核验) are asked about again until somebody can say, or nobody needs to know.

1 find       those that are due, the longest waiting first, a bounded number
2 claim      the next try is written before anybody is asked: it comes later each time, at most six hours apart
3 drop       the case is decided or over, or the licence was replaced: purpose gone, nobody is asked
4 verify     see `verify_licences`
5 tell       what is known now goes into the feed of the system in charge, and into the audit

A licence that proves invalid moves nothing by itself: the handler's gateway refuses to accept or grant on it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.model import Case, LicenceCheck, Material
from gateway.case.states import FINAL, Party, State
from gateway.flows.licences.held import materials_of
from gateway.flows.licences.verify import Checked, Stage, Verifying, record_checks
from gateway.store import cases, events, feed, licence_checks
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.licence_checks import Waiting
from gateway.trust.vault import Vault

MOST = 32
CASES_AT_ONCE = 4
FIRST_GAP = timedelta(minutes=2)
LONGEST_GAP = timedelta(hours=6)
DECIDED = frozenset({State.GRANTED, State.DENIED, State.AWAITING_DELIVERY})


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What a round found.

    Attributes:
        asked: licences asked about.
        told: of them, those that are known to be valid or invalid now.
        more: whether others wait for the next round.
    """

    asked: int = 0
    told: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Rechecking:
    """The flow, bound to one gateway."""

    database: Database
    vault: Vault
    region: str
    verifying: Verifying
    clock: Callable[[], datetime]
    told: Callable[[], None]

    async def recheck(self) -> Rechecked:
        """Ask about every licence that is due, as far as one round goes."""
        if self.verifying.source is None:
            return Rechecked()
        now = self.clock()
        due = await self.database.write(lambda tx: self._claim(tx, now))
        room = asyncio.Semaphore(CASES_AT_ONCE)
        done = await asyncio.gather(*(self._case(case_id, waiting, room) for case_id, waiting in due.items()))
        told = sum(one for _, one in done)
        if told:
            self.told()
        return Rechecked(sum(one for one, _ in done), told, more=sum(map(len, due.values())) == MOST)

    def _claim(self, tx: Transaction, now: datetime) -> dict[str, list[Waiting]]:
        due: dict[str, list[Waiting]] = {}
        for waiting in licence_checks.due(tx, now, MOST):
            licence_checks.put_off(tx, waiting, now + gap_after(waiting.tries))
            due.setdefault(waiting.case_id, []).append(waiting)
        return due

    async def _case(self, case_id: str, waiting: list[Waiting], room: asyncio.Semaphore) -> tuple[int, int]:
        async with room:
            case, materials = await self.database.write(lambda tx: self._still_wanted(tx, case_id, waiting))
            if case is None or not materials:
                return 0, 0
            checks = await self.verifying.verify(case, materials)
        now = self.clock()
        return len(checks), await self.database.write(lambda tx: self._keep(tx, case_id, checks, now))

    def _still_wanted(
        self, tx: Transaction, case_id: str, waiting: list[Waiting]
    ) -> tuple[Case | None, tuple[Material, ...]]:
        """Return what has to be asked about of a case; drop what has not."""
        row = cases.find(tx, case_id)
        case, wanted = None, dict[str, Material]()
        if row is not None and row.standing.state not in FINAL | DECIDED:
            case, materials = materials_of(tx, self.vault, row, self.region)
            current = {(one.material_id, one.version): one for one in materials}
            wanted = {
                one.material_id: current[one.material_id, one.version]
                for one in waiting
                if (one.material_id, one.version) in current
            }
        for one in waiting:
            if one.material_id not in wanted:
                licence_checks.settle(tx, case_id, one.material_id)
        return case, tuple(wanted.values())

    def _keep(self, tx: Transaction, case_id: str, checks: tuple[Checked, ...], now: datetime) -> int:
        row = cases.find(tx, case_id)
        if row is None:
            raise LookupError(f"case {case_id} is gone")
        # Whoever verified it in between has told it already.
        news = [
            one
            for one in checks
            if one.verdict.check is not LicenceCheck.PENDING
            and licence_checks.waits(tx, case_id, one.material.material_id)
        ]
        record_checks(tx, self.vault, case_id, Stage.LATER, checks, by=f"gateway:{self.region}", now=now)
        for one in news:
            self._tell(tx, row, one, now)
        return len(news)

    def _tell(self, tx: Transaction, row: CaseRow, one: Checked, now: datetime) -> None:
        opener = row.partner if row.party is Party.HANDLER else self.region
        opening = events.by_sequence(tx, row.case_id, opener, 1)
        envelope = opening.envelope_id if opening else ""
        note = f"{one.verdict.check.value} {one.material.material_id}"
        feed.tell(tx, now, row.system, row.case_id, feed.LICENCE, opener, envelope, note)


def gap_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries: two minutes, then twice as long each time, at most six hours."""
    return min(FIRST_GAP * (1 << min(tries, 10)), LONGEST_GAP)
