"""Looking: at one case, at many, at the feed.  What people and systems see is decoded from the sealed bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.events import Event, Happening
from gateway.case.lifecycle import possible
from gateway.case.masking import mask_name
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import Party, State
from gateway.flows.act import OPERATOR
from gateway.flows.reading import read_case, read_envelope, read_event
from gateway.store import bodies, cases, events, feed, outbox
from gateway.store.cases import CaseRow, Filter
from gateway.store.database import Database, Transaction
from gateway.store.events import EventRow
from gateway.store.feed import Entry
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
        possible: the events this side may make now.
    """

    row: CaseRow
    case: Case
    events: tuple[EventView, ...]
    deliveries: tuple[Owed, ...]
    possible: tuple[type[Happening], ...]


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One thing a local system has to learn; `note` is the reason word of a refusal."""

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


@dataclass(frozen=True, slots=True)
class Looking:
    """The reading flows, bound to one store."""

    database: Database
    vault: Vault

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
                possible=possible(row.standing, row.party),
            )

        return await self.database.read(read)

    async def list_cases(self, wanted: Filter, limit: int) -> list[tuple[CaseRow, str]]:
        """Return cases, the newest first, each with the masked name of the applicant."""
        rows = await self.database.read(lambda tx: cases.list_newest(tx, wanted, limit))
        return [(row, mask_name(self._name(row))) for row in rows]

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
        return self.vault.open(row.private, f"cases|private|{row.case_id}".encode()).decode()
