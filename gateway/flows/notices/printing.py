"""People put notices on paper: for whom, under which number, which copy it is, and with which facts.

list    what a case gives rise to, nothing personal beyond what its page shows
issue   1 see       the case is of the person's place and side, and their role may see personal data in full
        2 why       a reason, kept in the audit as for unmasking: a notice shows personal data in full
        3 number    of an event of ours without one: given now (`numbering`)
        4 count     this is copy n; the same form again is the same copy
        5 fill in   the sentences with the facts of the case
slip    收件凭证 for the applicant, as it is shown on its page

3 and 4 are one transaction with the row of the audit.  Leaves to others: what it looks like on paper (`console`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.days import CHINA, day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.events import Delivered, Event
from gateway.case.item.definition import ItemDefinition
from gateway.case.notice.facts import (
    Given,
    asked_for,
    day_text,
    delivered_papers,
    facts_of,
    is_licensing,
    organ_of,
)
from gateway.case.notice.kinds import UNNUMBERED, NoticeKind, notice_of, number_in, papers_of
from gateway.case.notice.sheet import Around, Sheet, sheet
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right
from gateway.case.states import Party
from gateway.case.texts import Text
from gateway.flows.act import OPERATOR
from gateway.flows.items.catalogues import Catalogues
from gateway.flows.look import CaseView, Looking
from gateway.flows.notices.numbering import Numbering
from gateway.flows.notices.offering import Offered, events_of, is_ours, may_print, notice_in, offer
from gateway.flows.people.seeing_cases import LONGEST_REASON, SHORTEST_REASON, may_see
from gateway.store import audit, notices
from gateway.store.database import Database, Transaction
from gateway.store.notices import Copy

UNNUMBERED_HERE = "（未编文号）"
UNNUMBERED_THERE = "（文号由办理机关编）"
USUAL_BASIS = "该事项的设定依据和办事指南"
"""Where the item publishes none."""
SEAL, SLIP_SEAL = "待盖章", "待盖收件专用章"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be printed.

    Attributes:
        event_id: first version of the event it tells of.
        token: made with the form, so that the same form counts once.
        shape: word for the audit: `page` or `pdf`.
    """

    kind: NoticeKind
    event_id: str
    reason: str
    token: str
    shape: str


@dataclass(frozen=True, slots=True)
class Told:
    """What this gateway knows beside a case; organs of a refusal are ours alone, the partner's are not known."""

    reconsider: str
    sue: str
    usual_reconsider: str
    usual_sue: str
    progress_url: str
    named: Callable[[str], str]
    phone_of: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Printing:
    """The flows, bound to one gateway."""

    region: str
    database: Database
    looking: Looking
    catalogues: Catalogues
    numbering: Numbering
    told: Told
    clock: Callable[[], datetime]

    async def offered(self, person: Person, view: CaseView) -> list[Offered]:
        """Return the notices of a case a person may print, in the order of what happened; none without the right."""
        if not may_print(person, view):
            return []
        case_id = view.row.case_id
        numbers = await self.database.read(lambda tx: notices.numbers_of(tx, case_id))
        copies = await self.database.read(lambda tx: notices.copies_of(tx, case_id))
        return [offer(view, event, numbers, copies) for event in events_of(view) if notice_of(event)]

    async def issue(self, person: Person, case_id: str, wanted: Wanted) -> tuple[Sheet, Copy]:
        """Return a notice with its facts, counted and noted.

        Raises:
            GatewayError: CASE_UNKNOWN, also for a case of another place or side; ROLE_LACKS_RIGHT; CONTENT_REMOVED;
                NOTICE_UNKNOWN; BAD_REQUEST without a reason of 4 to 200 characters; KEY_REUSED for a form that printed another.
        """
        view = await self.look(person, case_id)
        reason = " ".join(wanted.reason.split())
        if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
            raise GatewayError(Reason.BAD_REQUEST, findings=[_NO_REASON], count=1)
        event = notice_in(view, wanted.kind, wanted.event_id)
        by, now = f"person:{person.person_id}", self.clock()

        def write(tx: Transaction) -> tuple[str, dict[str, str], Copy]:
            number = number_in(event)
            if wanted.kind not in UNNUMBERED and is_ours(view, event):
                number = self.numbering.number_for(tx, case_id, event, by, now)
            copy = notices.copy_of(tx, wanted.token)
            if copy is None:
                copy = notices.add_copy(tx, case_id, event.event_id, wanted.kind.value, wanted.token, by, now)
            elif (copy.event_id, copy.kind, copy.by) != (event.event_id, wanted.kind.value, by):
                raise GatewayError(Reason.KEY_REUSED)
            detail = " ".join(one for one in (wanted.kind.value, number, f"#{copy.copy}", wanted.shape, reason) if one)
            audit.note(tx, now, by, "document.printed", case_id, detail=detail)
            return number, notices.numbers_of(tx, case_id), copy

        number, numbers, copy = await self.database.write(write)
        item = await self._item(view)
        return self._sheet(view, event, wanted.kind, number, numbers, copy, person, item), copy

    async def look(self, person: Person, case_id: str) -> CaseView:
        """Return a case whose notices a person may print.

        Raises:
            GatewayError: CASE_UNKNOWN, also for a case of another place or side; ROLE_LACKS_RIGHT; CONTENT_REMOVED.
        """
        view = await self.looking.look_at_case(OPERATOR, case_id)
        if not may_see(person, view.row):
            raise GatewayError(Reason.CASE_UNKNOWN)
        if not person.may(Right.UNMASK):
            raise GatewayError(Reason.ROLE_LACKS_RIGHT)
        return view

    def slip(self, view: CaseView, query_code: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Sheet:
        """Return 收件凭证; whoever asks has seen it and noted that (`people.window_taking`)."""
        seal = {"seal": SLIP_SEAL, "query_code": query_code, "origin_phone": self.told.phone_of(self.region)}
        given = Given(view.row.handler_number or "", self.told.named, seal)
        origin = view.case.origin
        around = Around(
            headings=tuple(headings),
            rows=tuple(tuple(row) for row in rows),
            organ=origin.organisation or self.told.named(origin.division),
            dated=day_text(day_in_china(view.case.received_at_window)),
            link=self._link(view),
        )
        wording = self.numbering.wordings[NoticeKind.SLIP]
        return sheet(wording, facts_of(view.case, None, events_of(view), given), around, licensing=False)

    def _sheet(
        self,
        view: CaseView,
        event: Event,
        kind: NoticeKind,
        number: str,
        numbers: dict[str, str],
        copy: Copy,
        person: Person,
        item: ItemDefinition | None,
    ) -> Sheet:
        past, case, ours = events_of(view), view.case, is_ours(view, event)
        dated = next((one.dated for one in papers_of(event) if one.dated), None) or day_in_china(event.occurred_at)
        delivers = kind is NoticeKind.DELIVERY
        listed = delivered_papers(event, past, numbers) if delivers else ()
        facts = facts_of(case, event, past, self._given(view, event, ours=ours))
        facts["item_basis"] = "、".join(item.legal_bases) if item and item.legal_bases else USUAL_BASIS
        names = {one.list_code: one.name for one in item.materials} if item else {}
        if delivers and not isinstance(event.happening, Delivered):
            facts["way"] = ""
        printed = f"{copy.at.astimezone(CHINA):%Y-%m-%d %H:%M}"
        around = Around(
            number=number,
            unnumbered=UNNUMBERED_HERE if ours else UNNUMBERED_THERE,
            marks=(f"补打（第{copy.copy}份）",) if copy.copy > 1 else (),
            listed=listed or asked_for(event, case, past, lambda code: names.get(code, "")),
            organ=organ_of(event, self.told.named),
            dated="" if delivers else day_text(dated),
            foot=(f"协同编号 {case.number} · 第{copy.copy}份 · {printed} · 打印人工号 {person.staff_number}",),
            link="" if delivers else self._link(view),
        )
        return sheet(self.numbering.wordings[kind], facts, around, licensing=is_licensing(case))

    async def _item(self, view: CaseView) -> ItemDefinition | None:
        """The item as the handler publishes it; None where it does not."""
        case, row = view.case, view.row
        demand = await self.catalogues.demand(
            self.region if row.party is Party.HANDLER else row.partner,
            basic_code=row.basic_code,
            division=case.handler.division,
            on=day_in_china(case.received_at_window),
            version=row.item_version or case.item.version,
            task_code=case.item.task_code,
        )
        return demand.definition or demand.latest

    def _given(self, view: CaseView, event: Event, *, ours: bool) -> Given:
        partner, told = view.row.partner, self.told
        origin = self.region if view.row.party is Party.ORIGIN else partner
        organ = organ_of(event, told.named)
        more = {
            "organ_phone": told.phone_of(self.region if ours else partner),
            "origin_phone": told.phone_of(origin),
            "reconsider": told.reconsider if ours else told.usual_reconsider,
            "sue": told.sue if ours else told.usual_sue,
            "seal": SEAL if ours else f"{SEAL}（由{organ}盖章）",
        }
        return Given(view.row.handler_number or "", told.named, more)

    def _link(self, view: CaseView) -> str:
        """The progress page of the side that gave the number: the other one's does not know it."""
        if view.row.party is not Party.ORIGIN or not self.told.progress_url:
            return ""
        return self.told.progress_url.replace("{number}", view.row.case_id)


_NO_REASON = FieldFinding(
    "reason",
    Text("没有写打印原因", "there is no reason"),
    Text(
        f"{SHORTEST_REASON} 至 {LONGEST_REASON} 个字, 会记入审计",
        f"{SHORTEST_REASON} to {LONGEST_REASON} characters; the audit keeps them",
    ),
)
