"""The end of catching up with a partner: what was lost in between is filled, and the partner is on an equal footing again.

A version we gave as the handler and never handed over is gone, and one behind it may have arrived: the other side would
wait for the missing one for ever.  A note in its place, which says so, lets both sides go on.  An event of ours that was
refused, such as one that came too late, and whose next envelope is lost, goes into a new one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.case.events import Actor, Event, Note
from gateway.flows.clocks.timing import Timing
from gateway.flows.delivery.resealing import reseal
from gateway.flows.folding import fold_what_is_due
from gateway.flows.recording import record
from gateway.flows.restored.behind import Behind
from gateway.flows.sealing import Sealer
from gateway.partners.partner import Partner
from gateway.store import audit, cases, catching_up, events, incarnation, interrupted
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault

AT_ONCE = 50
"""Cases mended in one transaction."""

_LOST = (
    "网关由备份恢复, 本办件第 {version} 号事件未能找回, 由本留言占位; 如有疑问请与本地区联系。"
    " / This gateway was restored from a backup; event {version} of this case could not be recovered, and this note"
    " stands in its place."
)


@dataclass(frozen=True, slots=True)
class Finishing:
    """What the end needs, bound to one gateway.

    Attributes:
        sealer: one that seals for a partner we are behind with.
        name: of our region, in whose name the notes are made.
    """

    database: Database
    vault: Vault
    sealer: Sealer
    timing: Timing
    behind: Behind
    name: str
    clock: Callable[[], datetime]
    wake: Callable[[str], None]
    told: Callable[[], None]

    async def finish(self, partner: Partner, taken: int, left_out: int) -> None:
        """Mend what has gaps, note that we have caught up, and let new things be sealed."""
        life = self.behind.life
        assert life is not None, "only a restored life catches up"
        code = partner.code
        sealer = self.sealer
        for case_id in await self.database.read(lambda tx: interrupted.with_gaps(tx, code)):
            await self.database.write(lambda tx, case_id=case_id: self._fill(tx, sealer, case_id))  # type: ignore[misc]
        for case_id, sequence in await self.database.read(lambda tx: interrupted.refused(tx, code, sealer.region)):
            await self.database.write(
                lambda tx, case_id=case_id, sequence=sequence: self._again(tx, sealer, case_id, sequence)  # type: ignore[misc]
            )
        now = self.clock()

        def note(tx: Transaction) -> None:
            if incarnation.note_caught_up(tx, life.id, code, incarnation.DONE, taken, now):
                by = f"gateway:{sealer.region}"
                audit.note(tx, now, by, "partner.caught_up", code, detail=f"{taken} {left_out}")
            catching_up.forget(tx, life.id, code)

        await self.database.write(note)
        await self.behind.look(self.database)
        self.wake(code)
        self.told()

    def _fill(self, tx: Transaction, sealer: Sealer, case_id: str) -> None:
        row, now = cases.find(tx, case_id), self.clock()
        while row is not None and interrupted.has_gap(tx, row.case_id, row.case_version):
            note = Event(
                event_id=sealer.new_id(),
                actor=Actor(name="自动", division=sealer.region, organisation=f"{self.name}通办网关"),
                occurred_at=now,
                recorded_at=now,
                happening=Note(_LOST.format(version=row.case_version + 1)),
            )
            by = f"gateway:{sealer.region}"
            row = record(tx, self.vault, sealer, self.timing, row, note, by=by, now=now).row
            row = fold_what_is_due(tx, self.vault, self.timing, row, now).row

    def _again(self, tx: Transaction, sealer: Sealer, case_id: str, sequence: int) -> None:
        row, now = cases.find(tx, case_id), self.clock()
        event = events.by_sequence(tx, case_id, sealer.region, sequence)
        if row is not None and event is not None:
            reseal(tx, self.vault, sealer, row, event, now)
