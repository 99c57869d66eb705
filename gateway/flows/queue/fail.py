"""An operator ends envelopes that cannot be handed over.

An opening       the partner is asked first, or the operator says not to: never seen → 未送达对方, with all that follows it;
                 a receipt → it arrived after all, and that counts
An event         of the origin: closed as 线下处理; another envelope with its number and its event id says so to the handler, so that
                 later ones of the case need not wait.  Should the first have arrived after all, that counts
An event         of the handler: its version is given and cannot be taken back.  It is set aside, still owed and tried slowly, so
                 that the origin never has a gap; a new event 线下处理 says that people settled it
What says 线下处理 is left alone: the same deed again passes over what it has ended
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.events import Actor, Event, HandledOffline
from gateway.case.states import Party
from gateway.flows.bounding import within
from gateway.flows.delivery.courier import Courier
from gateway.flows.delivery.giving_up import GIVEN_UP_UNASKED, NEVER_SEEN, give_up_opening
from gateway.flows.delivery.parking import slow_try
from gateway.flows.delivery.resealing import RESEALED, reseal
from gateway.flows.delivery.settle import Settling, prove_receipts
from gateway.flows.delivery.write_down import STORE_FAILED, write_down
from gateway.flows.folding import KIND_OF
from gateway.flows.queue.deed import MOST_ASKED, Deed, Step, goes_on, next_found, note
from gateway.flows.recording import record
from gateway.partners.registry import Registry
from gateway.store import cases, events, feed, outbox, queue
from gateway.store.case_row import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.events import EventRow
from gateway.store.outbox import Owed
from gateway.store.queue import HELD, PARKED, WAITING, Found
from gateway.trust.suites import VerifyKey

OFFLINE = "HANDLED_OFFLINE"
"""Word shown for an envelope that people settled (线下处理); it is no refusal."""
ASKED_WITHIN = 35.0
"""Overall deadline of one question to one partner, in seconds."""
NOT_ASKED = "PARTNER_NOT_ASKED"
"""Why an opening was left alone: the partner could not be asked whether it has it."""
ARRIVED = "ARRIVED"
"""Why an opening was left alone: the partner has it after all."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What a partner says became of some openings: those it never saw, and those it answered long ago."""

    never_seen: frozenset[str]
    arrived: frozenset[str]


NOTHING_KNOWN = Fate(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Asking:
    """What asking partners about openings needs."""

    database: Database
    registry: Registry
    courier: Courier
    settling: Settling
    keys_of: Callable[[str], Mapping[str, VerifyKey]]
    clock: Callable[[], datetime]

    async def fate_of(self, code: str, envelope_ids: Sequence[str]) -> Fate:
        """Ask a partner for its receipts of up to 64 envelopes; what it answered is settled.  Nothing known: it is away."""
        partner = self.registry.current().of(code)
        if partner is None or not envelope_ids:
            return NOTHING_KNOWN
        try:
            recalled = await within(ASKED_WITHIN, partner, self.courier.get_receipts(partner, envelope_ids))
        except GatewayError:
            return NOTHING_KNOWN
        now = self.clock()
        proven = prove_receipts(recalled.receipt_batches, partner, self.settling.region, self.keys_of(code), now)

        def settle(tx: Transaction, *, apart: bool) -> None:
            found = [outbox.find(tx, one) for one in envelope_ids if one in proven.receipts]
            # Also what was given up: the partner has it all the same.
            answered = [owed for owed in found if owed and owed.outcome in ("", outbox.GIVEN_UP)]
            self.settling.settle(tx, partner, answered, proven, (), now, apart=apart)

        if proven.receipts:
            await write_down(self.database, settle)
        return Fate(frozenset(recalled.never_seen), frozenset(proven.receipts))


async def fail(
    deed: Deed,
    *,
    without_asking: bool,
    asking: Asking,
    region_name: str,
    wake: Callable[[str], None],
    told: Callable[[], None],
) -> Step:
    """Do the next step of ending envelopes.

    Args:
        without_asking: give openings up although their partner was not asked; the operator answers for it.
    """
    bounded = Deed(deed.selection, deed.reason, deed.actor, deed.after, min(deed.limit, MOST_ASKED))
    found = await next_found(asking.database, bounded, (WAITING, HELD, PARKED))
    fates = NOTHING_KNOWN if without_asking else await _fates(asking, found)
    ending = _Ending(asking, deed, region_name, fates, without_asking=without_asking)
    changed, skipped = await asking.database.write(lambda tx: ending.end_all(tx, found))
    for code in {one.partner for one in found}:
        wake(code)
    told()
    return Step(len(found), changed, goes_on(found, bounded), skipped=skipped)


async def _fates(asking: Asking, found: Sequence[Found]) -> Fate:
    openings: dict[str, list[str]] = defaultdict(list)
    for one in found:
        if one.sequence == 1:
            openings[one.partner].append(one.envelope_id)
    asked = await asking.database.read(
        lambda tx: {code: [one for one in ids if _is_opening(tx, one)] for code, ids in openings.items()}
    )
    # All at once: each step names 64 openings at most, and partners that are away cost one bound together.
    fates = await asyncio.gather(*(asking.fate_of(code, ids) for code, ids in asked.items()))
    return Fate(
        frozenset(one for fate in fates for one in fate.never_seen),
        frozenset(one for fate in fates for one in fate.arrived),
    )


def _is_opening(tx: Transaction, envelope_id: str) -> bool:
    owed = outbox.find(tx, envelope_id)
    row = cases.find(tx, owed.case_id) if owed else None
    return row is not None and row.party is Party.ORIGIN


@dataclass(frozen=True, slots=True)
class _Ending:
    asking: Asking
    deed: Deed
    region_name: str
    fates: Fate
    without_asking: bool

    def end_all(self, tx: Transaction, found: Sequence[Found]) -> tuple[int, Mapping[str, int]]:
        """End these envelopes; return how many ended, and how many were left alone by reason."""
        now = self.asking.clock()
        skipped: Counter[str] = Counter()
        changed = 0
        for one in found:
            try:
                with tx.savepoint():
                    why = self._end(tx, one, now)
            except GatewayError as error:
                if error.reason in STORE_FAILED:
                    raise
                why = error.reason.value
            changed += not why
            skipped.update((why,) if why else ())
        note(tx, self.deed, "fail", changed, now)
        return changed, dict(skipped)

    def _end(self, tx: Transaction, one: Found, now: datetime) -> str:
        """End an envelope; return why not, empty when it is ended."""
        owed = outbox.find(tx, one.envelope_id)
        row = cases.find(tx, one.case_id)
        event = events.by_sequence(tx, one.case_id, self._region, one.sequence)
        if owed is None or row is None or event is None:
            raise LookupError(f"envelope {one.envelope_id} belongs to no case")
        if event.envelope_id != owed.envelope_id:
            return RESEALED  # meanwhile
        if owed.settled_at is not None:
            # With its opening, or by a receipt that came meanwhile.
            return "" if owed.outcome == outbox.GIVEN_UP else ARRIVED
        if event.kind == events.OPENING:
            return self._opening(tx, row, event, owed, now)
        if event.kind == KIND_OF[HandledOffline]:
            return OFFLINE
        self._event(tx, row, event, owed, now)
        return ""

    @property
    def _region(self) -> str:
        return self.asking.settling.region

    def _opening(self, tx: Transaction, row: CaseRow, event: EventRow, owed: Owed, now: datetime) -> str:
        """Give an opening up; return why not, empty when it was."""
        never_seen = owed.envelope_id in self.fates.never_seen
        if not never_seen and not self.without_asking:
            return NOT_ASKED
        if not never_seen and events.has_of(tx, row.case_id, row.partner):
            return ARRIVED  # It has spoken about the case, so it has it.
        reason = NEVER_SEEN if never_seen else GIVEN_UP_UNASKED
        give_up_opening(tx, self._region, row, event, owed.envelope_id, now, reason=reason, by=self.deed.actor)
        return ""

    def _event(self, tx: Transaction, row: CaseRow, event: EventRow, owed: Owed, now: datetime) -> None:
        settling = self.asking.settling
        said = Event(
            event_id=event.event_id if event.version is None else settling.sealer.new_id(),
            actor=Actor(name="运维", division=self._region, organisation=f"{self.region_name}通办网关"),
            occurred_at=now,
            recorded_at=now,
            happening=HandledOffline(owed.envelope_id),
            reason=self.deed.reason,
        )
        feed.tell(tx, now, row.system, row.case_id, feed.NOT_HANDED_OVER, self._region, owed.envelope_id, OFFLINE)
        if event.version is None:
            reseal(tx, settling.vault, settling.sealer, row, event, now, instead=said, anew=True)
            return
        partner = self.asking.registry.current().of(row.partner)
        due = slow_try(partner, owed.expires_at, settling.jitter(), now) if partner else now
        if queue.set_aside(tx, owed.envelope_id, due, now):
            record(tx, settling.vault, settling.sealer, settling.timing, row, said, by=self.deed.actor, now=now)
