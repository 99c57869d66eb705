"""A clock of ours ran out: it is told, once for each end it has.

0 steady    wall time runs as it should                                    else: nothing happens by time alone
1 find      the cases to look at, the longest waiting first, a bounded number; partners' clocks agree with ours, if there are any
2 look      count again with the calendars in force; nothing has run out: note when to look next
3 tell      at the handler an event DeadlinePassed, made by the gateway itself: sealed, owed, folded, fed, audited;
            five days of silence on a licence are acceptance (视为受理, 行政许可法 art. 32)
            at the origin its own late hand-over, in the feed alone: only the handler makes events of clocks

Steps 2 and 3 are one transaction a case.  What was missed while the gateway was down is caught up at the next round.
An extension or a pause moves an end, and the new end is told again; a case that fails waits an hour and holds up no other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.clock.limits import Reading
from gateway.case.errors import GatewayError
from gateway.case.events import Actor, DeadlinePassed, Event, Supplemented
from gateway.case.kinds import Clock
from gateway.case.reasons import Reason
from gateway.case.states import Party
from gateway.flows.clocks.clock_watch import ClockWatch
from gateway.flows.clocks.timing import Timing, is_ours, is_untold
from gateway.flows.folding import KIND_OF
from gateway.flows.licences.held import ask_soon
from gateway.flows.recording import record
from gateway.flows.sealing import Sealer
from gateway.store import audit, cases, counting, events, feed
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault

MOST = 128
LATER = timedelta(hours=1)
MOST_AT_ONCE = 16
"""Events of one case in one look; it has eight clocks."""

_STORE = frozenset({Reason.STORE_BUSY, Reason.STORE_NOT_WRITABLE})


@dataclass(frozen=True, slots=True)
class RanOut:
    """What a round found.

    Attributes:
        held: wall time is not to be trusted, so that nothing was told.
        told: clocks told as run out.
        put_off: cases that failed, by their reason.
        more: whether others wait for the next round.
    """

    held: bool = False
    told: int = 0
    put_off: tuple[Reason, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """The flow, bound to one gateway.

    Attributes:
        name: of the gateway's region, in whose name the event is made.
        listen: asks partners what time they have, unless they were asked lately.
    """

    database: Database
    vault: Vault
    sealer: Sealer
    timing: Timing
    watch: ClockWatch
    name: str
    wake: Callable[[str], None]
    told: Callable[[], None]
    listen: Callable[[], Awaitable[None]]

    async def run_out(self) -> RanOut:
        """Tell every clock of ours that ran out, as far as one round goes."""
        now = self.watch.clock()
        found = await self.database.read(lambda tx: cases.due(tx, now, MOST))
        if found and not self.watch.has_jumped():
            await self.listen()
        if self.watch.is_doubtful():
            return RanOut(held=True)
        done = await asyncio.gather(*(self._one(case_id, now) for case_id in found))
        told = sum(one for one in done if isinstance(one, int))
        if told:
            self.told()
        failed = tuple(one for one in done if isinstance(one, Reason))
        return RanOut(told=told, put_off=failed, more=len(found) == MOST)

    async def _one(self, case_id: str, now: datetime) -> int | Reason:
        try:
            told, partner = await self.database.write(lambda tx: self._look(tx, case_id, now))
        except GatewayError as error:
            if error.reason in _STORE:
                raise
            reason = error.reason
            await self.database.write(lambda tx: cases.look_again_at(tx, case_id, now + LATER))
            return reason
        if told and partner:
            self.wake(partner)
        return told

    def _look(self, tx: Transaction, case_id: str, now: datetime) -> tuple[int, str]:
        """Tell what ran out of one case; return how much, and the partner to whom something is owed."""
        row = cases.find(tx, case_id)
        if row is None:
            raise LookupError(f"case {case_id} is gone")
        if row.party is Party.ORIGIN:
            return self._look_at_origin(tx, row, now), ""
        told = 0
        while told < MOST_AT_ONCE and (passed := self._passed(tx, row, now)):
            row = self._tell(tx, row, passed, now)
            told += 1
        if not told:
            moved = self.timing.timed(row)
            cases.move(tx, moved, row.changed_at)
            silent = self._silent(tx, moved)
            if silent and moved.next_due and moved.next_due <= now < silent:
                cases.look_again_at(tx, case_id, silent)
        return told, row.partner

    def _silent(self, tx: Transaction, row: CaseRow) -> datetime | None:
        """Return when silence becomes acceptance, as this gateway saw the last supplement of the origin come in."""
        came = [
            one.arrived_at
            for one in events.of_case(tx, row.case_id)
            if one.kind == KIND_OF[Supplemented] and one.sender == row.partner and one.standing == events.FOLDED
        ]
        return self.timing.silence_until(row, max(came, default=None))

    def _passed(self, tx: Transaction, row: CaseRow, now: datetime) -> DeadlinePassed | None:
        """Return the next end to tell of a case we handle, the earliest first; None when there is none."""
        late = self._late(row, now)
        silent = self.timing.silence_until(row)
        if silent and silent <= now:
            silent = self._silent(tx, row)
        first = late[0] if late else None
        if silent and silent <= now and (first is None or first.due is None or silent <= first.due):
            return DeadlinePassed(Clock.NOTICE, silent, deemed_accepted=True)
        return DeadlinePassed(first.clock, first.due) if first and first.due else None

    def _late(self, row: CaseRow, now: datetime) -> list[Reading]:
        work = row.clockwork
        if work is None:
            return []
        late = [
            (one.due, one)
            for one in self.timing.readings(row, now)
            if one.due and one.due <= now and is_ours(one, row.party) and is_untold(one, work)
        ]
        return [one for _, one in sorted(late, key=lambda pair: pair[0])]

    def _tell(self, tx: Transaction, row: CaseRow, passed: DeadlinePassed, now: datetime) -> CaseRow:
        region = self.sealer.region
        event = Event(
            event_id=self.sealer.new_id(),
            actor=Actor(name="自动", division=region, organisation=f"{self.name}通办网关"),
            occurred_at=passed.due_at,
            recorded_at=now,
            happening=passed,
        )
        kept = record(tx, self.vault, self.sealer, self.timing, row, event, by=f"gateway:{region}", now=now)
        mine = events.by_id(tx, row.case_id, event.event_id)
        if mine is None:
            raise LookupError(f"event {event.event_id} was not kept")
        feed.tell(tx, now, row.system, row.case_id, feed.EVENT, region, mine.envelope_id)
        if passed.deemed_accepted:
            ask_soon(tx, self.vault, kept.row, region, now)
        return kept.row

    def _look_at_origin(self, tx: Transaction, row: CaseRow, now: datetime) -> int:
        late = self._late(row, now)
        moved = self.timing.timed(row)
        for reading in late:
            moved = self.timing.told(moved, reading)
            opening = events.by_sequence(tx, row.case_id, self.sealer.region, 1)
            envelope = opening.envelope_id if opening else ""
            word = reading.clock.value
            feed.tell(tx, now, row.system, row.case_id, feed.DEADLINE, self.sealer.region, envelope, word)
            audit.note(tx, now, f"gateway:{self.sealer.region}", "case.deadline", row.case_id, detail=word)
        cases.move(tx, moved, now if late else row.changed_at)
        return len(late)


async def look_again(database: Database, calendars: str, now: datetime) -> int:
    """Have every case with a running clock of ours looked at again if it was counted with other calendars.

    Args:
        calendars: versions of the calendars in force; with the same ones as last time nothing is done.
    """

    def look(tx: Transaction) -> int:
        return cases.look_at_all(tx, now) if counting.is_counted_anew(tx, calendars) else 0

    return await database.write(look)
