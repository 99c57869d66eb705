"""Which notices a case gives rise to, and who may print them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.event.corrections import as_they_stand
from gateway.case.events import Document, Event
from gateway.case.notice.kinds import NoticeKind, notice_of, number_in, papers_of
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right
from gateway.flows.look import CaseView
from gateway.flows.past import COUNTS
from gateway.flows.people.seeing_cases import may_see
from gateway.store.notices import Copy


@dataclass(frozen=True, slots=True)
class Offered:
    """A notice that a case gives rise to.

    Attributes:
        ours: whether this side made the event and so issues the notice.
        sealed: papers that came with the event, such as a sealed file.
        record: whether a record of its delivery may be printed.
    """

    kind: NoticeKind
    event_id: str
    number: str
    happened_at: datetime
    ours: bool
    sealed: tuple[Document, ...]
    copies: tuple[Copy, ...]
    record: bool


def may_print(person: Person, view: CaseView) -> bool:
    """Whether a person may put notices of a case on paper: they may see it, and its personal data in full."""
    return may_see(person, view.row) and person.may(Right.UNMASK)


def events_of(view: CaseView) -> tuple[Event, ...]:
    """Return what happened to a case and counts, each event as it stands now."""
    return as_they_stand([one.event for one in view.events if one.event is not None and one.row.standing in COUNTS])


def notice_in(view: CaseView, kind: NoticeKind, event_id: str) -> Event:
    """Return the event that gives rise to a notice, or to a record of its delivery.

    Raises:
        GatewayError: NOTICE_UNKNOWN when the case has no such notice.
    """
    event = next((one for one in events_of(view) if one.event_id == event_id), None)
    own = notice_of(event) if event else None
    if event is None or own is None or (kind is not NoticeKind.DELIVERY and kind is not own):
        raise GatewayError(Reason.NOTICE_UNKNOWN)
    return event


def is_ours(view: CaseView, event: Event) -> bool:
    """Whether this side made an event."""
    return any(one.row.event_id == event.event_id and one.row.sender != view.row.partner for one in view.events)


def offer(view: CaseView, event: Event, numbers: Mapping[str, str], copies: Sequence[Copy]) -> Offered:
    """Return the notice an event of a case gives rise to."""
    kind = notice_of(event)
    assert kind, "asked before"
    return Offered(
        kind=kind,
        event_id=event.event_id,
        number=number_in(event) or numbers.get(event.event_id, ""),
        happened_at=event.occurred_at,
        ours=is_ours(view, event),
        sealed=tuple(one for one in papers_of(event) if one.file),
        copies=tuple(one for one in copies if one.event_id == event.event_id),
        record=kind is not NoticeKind.DELIVERY,
    )
