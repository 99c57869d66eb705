"""Looking: at one case, at many, at the feed.  What people and systems see is decoded from the sealed bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.clock.limits import Reading
from gateway.case.clock.waits import waits_without_end
from gateway.case.code.masking import mask_name
from gateway.case.errors import GatewayError
from gateway.case.event.history import Past
from gateway.case.event.results import is_sent_to_origin
from gateway.case.events import Delivered, Event, Extended, Happening, Withdrawn
from gateway.case.kinds import Power
from gateway.case.lifecycle import possible
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import Party, State
from gateway.flows.act import OPERATOR
from gateway.flows.clocks.timing import Timing
from gateway.flows.delivery.giving_up import GIVEN_UP_UNASKED
from gateway.flows.delivery.withdraw_here import ended_unseen, is_nowhere
from gateway.flows.past import COUNTS
from gateway.flows.reading import read_case, read_envelope, read_event
from gateway.flows.standing.pause import pause_of
from gateway.store import bodies, case_lists, cases, events, feed, licence_checks, outbox
from gateway.store.case_lists import Counted, Filter, Mark
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.events import EventRow
from gateway.store.feed import Entry
from gateway.store.licence_checks import CheckRow
from gateway.store.outbox import Owed
from gateway.trust.vault import Vault
from gateway.wire.codec import receipts_from_bytes, sealed_from_bytes
from gateway.wire.envelope import Problem


@dataclass(frozen=True, slots=True)
class EventView:
    """One event of a case; `event` is None for the opening, which is the case itself.

    Attributes:
        refusal: what the other side's signed receipt says, for an event of ours that was refused.
    """

    event: Event | None
    row: EventRow
    refusal: Problem | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case with everything that happened to it and how its envelopes fared.

    Attributes:
        clocks: how its limits stand now, as this side counts or was told.
        possible: the events this side may make now.
        licence_checks: every verification of its electronic licences, in order.
        partner_pauses_until: end of the maintenance the partner is in; None when it is in none.
    """

    row: CaseRow
    case: Case
    events: tuple[EventView, ...]
    deliveries: tuple[Owed, ...]
    possible: tuple[type[Happening], ...]
    clocks: tuple[Reading, ...] = ()
    licence_checks: tuple[CheckRow, ...] = ()
    partner_pauses_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One thing a local system has to learn; `note` is the reason word of a refusal.

    Attributes:
        joint_parent: number of the joint case (多地联办) the case is a part of, else empty.
        clocks: how the limits of the case stand when it is read.
    """

    position: int
    kind: str
    case_id: str
    at: datetime
    note: str
    case: Case | None
    event: Event | None
    state: State
    case_version: int
    party: Party
    refusal: Problem | None = None
    joint_parent: str = ""
    clocks: tuple[Reading, ...] = ()


def _possible(row: CaseRow, views: Sequence[EventView]) -> tuple[type[Happening], ...]:
    """What this side may make now, with the powers it was granted or that the handler's sending gave it."""
    if is_nowhere(row):
        unasked = any(one.row.kind == events.OPENING and one.row.reason == GIVEN_UP_UNASKED for one in views)
        return () if unasked else (Withdrawn,)
    if ended_unseen(row, next((one.row for one in views if one.row.kind == events.OPENING), None)):
        return ()
    own = possible(row.standing, row.party, row.powers)
    if row.clockwork and row.clockwork.extension:
        own = tuple(kind for kind in own if kind is not Extended)
    if row.party is Party.HANDLER or Delivered in own:
        return own
    past = [
        Past(one.event, Party.HANDLER if one.row.sender == row.partner else Party.ORIGIN)
        for one in views
        if one.event is not None and one.row.standing in COUNTS
    ]
    if not is_sent_to_origin(past):
        return own
    with_power = possible(row.standing, row.party, row.powers | {Power.DELIVER_RESULT})
    return tuple(kind for kind in with_power if kind in own or kind is Delivered)


Listed = tuple[CaseRow, str, tuple[Reading, ...]]
"""A case of a list: its row, the masked name of the applicant, its clocks."""
ListedPage = tuple[list[Listed], Mark | None]
"""Some cases of a list, and where a bounded look ended before there were as many as asked for."""


def _next_end(row: CaseRow, clocks: Sequence[Reading]) -> datetime | None:
    ends = [one.due for one in clocks if one.due and one.ended is None]
    ends += [one.reminds for one in waits_without_end(row.clockwork)] if row.clockwork else []
    return min(ends, default=None)


@dataclass(frozen=True, slots=True)
class Looking:
    """The reading flows, bound to one store."""

    database: Database
    vault: Vault
    timing: Timing
    clock: Callable[[], datetime]

    async def look_at_case(self, system: str, case_id: str) -> CaseView:
        """Return a case this system is in charge of.

        Raises:
            GatewayError: CASE_UNKNOWN, also for a case of another system.
        """

        def read(tx: Transaction) -> CaseView:
            row = cases.find(tx, case_id)
            if row is None or system not in (row.system, OPERATOR):
                raise GatewayError(Reason.CASE_UNKNOWN)
            rows = events.of_case(tx, case_id)
            opening = next(event for event in rows if event.kind == events.OPENING)
            views = tuple(
                EventView(
                    None if one.kind == events.OPENING else read_event(tx, self.vault, one),
                    one,
                    self._refusal(tx, row.partner, one.envelope_id) if one.standing == events.REFUSED else None,
                )
                for one in rows
            )
            return CaseView(
                row=row,
                case=read_case(tx, self.vault, opening),
                events=views,
                deliveries=tuple(outbox.of_case(tx, case_id)),
                possible=_possible(row, views),
                clocks=self.timing.readings(row, self.clock()),
                licence_checks=tuple(licence_checks.of_case(tx, self.vault, case_id)),
                partner_pauses_until=pause_of(tx, row.partner, self.clock()),
            )

        return await self.database.read(read)

    async def list_cases(self, wanted: Filter, limit: int) -> list[Listed]:
        """Return cases, each with the masked name of the applicant and its clocks.

        The newest come first; with `due_before` the open ones of which a clock still runs, the most pressing first.
        """
        return (await self._listed(wanted, limit, 0))[0]

    async def page_of_cases(self, wanted: Filter, limit: int) -> ListedPage:
        """Return cases as `list_cases` does, after a bounded look, and where that ended before there were so many."""
        return await self._listed(wanted, limit, case_lists.MOST_LOOKED)

    async def count_cases(self, wanted: Filter, most: int) -> Counted:
        """Return how many cases a list has, up to `most`."""
        now = self.clock()
        return await self.database.read(lambda tx: case_lists.count(tx, replace(wanted, now=now), most))

    async def _listed(self, wanted: Filter, limit: int, looked: int) -> ListedPage:
        now = self.clock()
        page = await self.database.read(
            lambda tx: case_lists.list_page(tx, replace(wanted, now=now), limit, looked=looked)
        )
        listed = [(row, mask_name(self._name(row)), self.timing.readings(row, now)) for row in page.rows]
        if wanted.due_before is None:
            return listed, page.reached
        ends = {row.case_id: _next_end(row, clocks) for row, _, clocks in listed}
        # A clock that ended late keeps its case red and presses nobody any more.
        pressing = [one for one in listed if (end := ends[one[0].case_id]) and end < wanted.due_before]
        return sorted(pressing, key=lambda one: ends[one[0].case_id] or now), None

    async def read_feed(self, system: str, after: int, limit: int) -> list[FeedItem]:
        """Return what a system has not confirmed yet, behind position `after`, in order."""

        def read(tx: Transaction) -> list[FeedItem]:
            return self._items(tx, feed.waiting(tx, system, after, limit))

        return await self.database.read(read)

    async def confirm_feed(self, system: str, up_to: int, now: datetime) -> int:
        """Mark everything up to a position as received by a system; return how much it was."""
        return await self.database.write(lambda tx: feed.confirm(tx, system, up_to, now))

    def _items(self, tx: Transaction, entries: Sequence[Entry]) -> list[FeedItem]:
        items = []
        for entry in entries:
            row = cases.find(tx, entry.case_id)
            if row is None:
                raise LookupError(f"feed entry {entry.position} names no case")
            body = read_envelope(tx, self.vault, entry.sender, entry.envelope_id).body
            items.append(
                FeedItem(
                    position=entry.position,
                    kind=entry.kind,
                    case_id=entry.case_id,
                    at=entry.at,
                    note=entry.note,
                    case=body if isinstance(body, Case) else None,
                    event=body if isinstance(body, Event) else None,
                    state=row.standing.state,
                    case_version=row.case_version,
                    party=row.party,
                    refusal=self._refusal(tx, row.partner, entry.envelope_id) if entry.note else None,
                    joint_parent=row.joint_parent,
                    clocks=self.timing.readings(row, self.clock()),
                )
            )
        return items

    def _refusal(self, tx: Transaction, partner: str, envelope_id: str) -> Problem | None:
        owed = outbox.find(tx, envelope_id)
        if owed is None or not owed.batch_id:
            return None
        batch = receipts_from_bytes(sealed_from_bytes(bodies.fetch(tx, self.vault, partner, owed.batch_id)).payload)
        return next((one.refusal for one in batch.receipts if one.envelope_id == envelope_id), None)

    def _name(self, row: CaseRow) -> str:
        # Empty once the content of the case was removed (`flows.retention`).
        return self.vault.open(row.private, f"cases|private|{row.case_id}".encode()).decode() if row.private else ""
