"""Numbers of notices (文号): each belongs to one notice of one case, for ever.

1 has     a notice whose event carries a number, or that was given one, keeps it
2 give    the next of its series: organ + letters + 〔year〕; counted in the transaction that keeps it, so that none is given
          twice and none is lost when the write fails
3 carry   an event made at the console takes its number along (`NumberingActs`), so that both regions print the same

Leaves to others: what a number looks like (`case.notice.numbers`), who may print (`printing`).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.events import Document, Event
from gateway.case.notice.kinds import (
    DOCUMENT_OF,
    END_TITLE,
    ENDS,
    NUMBER_FIELD,
    UNNUMBERED,
    NoticeKind,
    notice_of,
    number_in,
    papers_of,
)
from gateway.case.notice.numbers import number_of, series_of
from gateway.case.notice.wording import Wordings
from gateway.case.reasons import ROWS, Reason
from gateway.flows.act import Act, Ready
from gateway.store import audit, notices
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.store.notices import Numbered


@dataclass(frozen=True, slots=True)
class Numbering:
    """Gives numbers in the name of one organ.

    Attributes:
        organ: 机关代字; without it no numbers are given.
        begin_at: the lowest running number that is given.
    """

    organ: str
    begin_at: int
    wordings: Wordings

    def number_for(self, tx: Transaction, case_id: str, event: Event, by: str, now: datetime) -> str:
        """Return the number of the notice of an event of ours, a new one if it has none; empty where none is given."""
        own = number_in(event)
        if own:
            return own
        kept = notices.number_of(tx, case_id, event.event_id)
        if kept:
            return kept.number
        kind = notice_of(event)
        letters = self.wordings[kind].letters if kind and kind not in UNNUMBERED else ""
        if not (self.organ and letters):
            return ""
        series = series_of(self.organ, letters, day_in_china(now).year)
        number = number_of(series, notices.next_in(tx, series, self.begin_at))
        while notices.holder(tx, number):  # somebody wrote it by hand before
            number = number_of(series, notices.next_in(tx, series, self.begin_at))
        notices.keep(tx, Numbered(number, case_id, event.event_id, given=True), by, now)
        audit.note(tx, now, by, "notice.numbered", case_id, detail=number)
        return number

    def claim(self, tx: Transaction, case_id: str, event: Event, by: str, now: datetime) -> None:
        """Keep the number somebody wrote for the notice of an event, so that it is given to no other.

        Raises:
            GatewayError: BAD_REQUEST with the field, when another notice has it.
        """
        number = number_in(event)
        if not number:
            return
        held = notices.holder(tx, number)
        if held is None:
            notices.keep(tx, Numbered(number, case_id, event.event_id, given=False), by, now)
        elif (held.case_id, held.event_id) != (case_id, event.event_id):
            row = ROWS[Reason.NOTICE_NUMBER_TAKEN]
            finding = FieldFinding(_path_of(event), row.cause, row.fix)
            raise GatewayError(Reason.BAD_REQUEST, findings=[finding], count=1)


@dataclass(frozen=True, slots=True)
class NumberingActs:
    """What acts of people are given before they are sealed; a step before of `flows.act`."""

    numbering: Numbering

    async def before(self, deed: Act) -> Ready | None:
        """Return what numbers the notice of an act at the console; None for acts of local systems, which number their own."""
        if deed.corrects or not deed.by.startswith("person:"):
            return None
        return partial(self._ready, deed.by)

    def _ready(self, by: str, tx: Transaction, row: CaseRow, event: Event, now: datetime) -> Event:
        kind = notice_of(event)
        if kind is None or kind in UNNUMBERED:
            return event
        if number_in(event):
            self.numbering.claim(tx, row.case_id, event, by, now)
            return event
        number = self.numbering.number_for(tx, row.case_id, event, by, now)
        return self._with(event, kind, number) if number else event

    def _with(self, event: Event, kind: NoticeKind, number: str) -> Event:
        field = NUMBER_FIELD.get(type(event.happening))
        if field:
            happening = replace(event.happening, **{field: number})  # type: ignore[arg-type]
            return replace(event, happening=happening)
        papers = papers_of(event)
        if papers:
            numbered = tuple(replace(one, number=number) if one is papers[0] else one for one in event.documents)
            return replace(event, documents=numbered)
        title = END_TITLE if kind in ENDS else self.numbering.wordings[kind].title
        return replace(event, documents=(*event.documents, Document(DOCUMENT_OF[kind], title, number)))


def _path_of(event: Event) -> str:
    field = NUMBER_FIELD.get(type(event.happening), "")
    if field and getattr(event.happening, field):
        return field
    number = number_in(event)
    at = next(n for n, one in enumerate(event.documents) if one.number == number)
    return f"documents[{at}].number"
