"""People act on cases: what their role and place allow, through the same flow as local systems (`flows.act`).

1 see      the case is one of the person's place and side, or it is told as unknown
2 may      the role works on that side: 窗口 on cases taken in here, 审批 on cases decided here
3 claim    whoever acts on a case that no local system received looks after it from now on
4 act      lifecycle, agreement, demands, history: as for everybody; the event names the person, and the audit too

Guarantees that the same form sent twice acts once (its token is the idempotency key), and that nobody acts on a case that
has changed since they looked.  Leaves to others: what a form asks for.
"""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.clock.calendars import Calendar
from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.events import Actor, DeadlinePassed, Document, HandledOffline, Happening
from gateway.case.item.definition import ItemMaterial
from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Right
from gateway.case.states import STATE_NAMES, Party
from gateway.case.texts import Text
from gateway.flows.act import OPERATOR, Act, Acted, DoAct, claim_case
from gateway.flows.items.catalogues import Catalogues
from gateway.flows.look import CaseView, Looking
from gateway.flows.people.same_form import counted_once
from gateway.flows.people.seeing_cases import may_see
from gateway.flows.queue.deed import Deed as QueueDeed
from gateway.flows.queue.deed import Step
from gateway.store import feed, possessions
from gateway.store.cases import CaseRow
from gateway.store.database import Database
from gateway.store.queue import Selection

RIGHT_TO_ACT = {Party.ORIGIN: Right.TAKE_IN, Party.HANDLER: Right.DECIDE}
"""What acting on either side of a case demands."""

BACKDATED_WORKDAYS = 1
"""An event older than this many working days of the region needs a reason."""
STUCK_AFTER = timedelta(days=1)
"""How long a message is owed before people may settle it offline; until then it is still on its way."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person does, as they sent it.

    Attributes:
        case_version: of the case they looked at; None asks for nothing.
        token: made with the form, so that the same form counts once; empty for none.
        sent: digest of the form as it was sent, to know the same again; empty: the deed itself is compared.
        occurred_at: when it happened; None for now.
        corrects: id of the event it corrects (更正), in any of its versions.
    """

    happening: Happening
    reason: str = ""
    documents: tuple[Document, ...] = ()
    case_version: int | None = None
    token: str = ""
    corrects: str = ""
    sent: bytes = b""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Acting:
    """The flows, bound to one gateway."""

    region: str
    database: Database
    looking: Looking
    catalogues: Catalogues
    do: DoAct
    end: Callable[[QueueDeed], Awaitable[Step]]
    clock: Callable[[], datetime]
    calendar: Callable[[], Calendar]

    async def look(self, person: Person, case_id: str) -> CaseView:
        """Return a case a person may act on, before they do; looking here is part of acting and not noted by itself.

        Raises:
            GatewayError: CASE_UNKNOWN, also for a case of another place or side; ROLE_LACKS_RIGHT; CONTENT_REMOVED.
        """
        view = await self.looking.look_at_case(OPERATOR, case_id)
        if not may_see(person, view.row):
            raise GatewayError(Reason.CASE_UNKNOWN)
        if not may_act(person, view.row):
            raise GatewayError(Reason.ROLE_LACKS_RIGHT)
        return view

    async def act(self, person: Person, case_id: str, deed: Deed) -> Acted:
        """Act in a person's name; on disk when this returns.

        Raises:
            GatewayError: FORM_USED; what `look` and `flows.act` raise.
        """
        view = await self.look(person, case_id)
        row, now = view.row, self.clock()
        wrong = self._time_findings(view, deed, now)
        if wrong:
            raise GatewayError(Reason.BAD_REQUEST, findings=wrong, count=len(wrong))
        if row.system == feed.UNCLAIMED and row.party is Party.HANDLER:
            # Somebody else may have claimed it meanwhile; that changes who is told, not what may be done.
            with suppress(GatewayError):
                await self._claim(person, case_id)
        done = (deed.happening, deed.reason, deed.documents, deed.corrects, deed.occurred_at)
        said = hashlib.sha256(repr(done).encode()).digest()
        act = self.do(
            Act(
                system=OPERATOR,
                case_id=case_id,
                actor=Actor(person.name, person.division, person.staff_number, person.organisation),
                happening=deed.happening,
                occurred_at=deed.occurred_at or now,
                reason=deed.reason,
                documents=deed.documents,
                if_match=deed.case_version,
                request_sha256=deed.sent or said,
                idempotency_key=f"{person.person_id}:{deed.token}" if deed.token else "",
                corrects=deed.corrects,
                by=f"person:{person.person_id}",
                holder=possessions.uploader(person.person_id),
            )
        )
        return await counted_once(act)

    async def settle_offline(self, person: Person, case_id: str, envelope_id: str, reason: str) -> str:
        """End a message that could not be handed over as 线下处理; return the reason word for which it was left, else empty.

        Raises:
            GatewayError: what `look` raises; LIFECYCLE for a message that is no waiting one of this case.
        """
        view = await self.look(person, case_id)
        if envelope_id not in waiting(view, self.clock()):
            state, event = STATE_NAMES[view.row.standing.state], EVENT_NAMES[HandledOffline]
            raise GatewayError(Reason.LIFECYCLE, state=state, event=event)
        selection = Selection(case_id=case_id, envelope_id=envelope_id)
        step = await self.end(QueueDeed(selection, reason, f"person:{person.person_id}"))
        return "" if step.changed else next(iter(step.skipped), "")

    async def claim(self, person: Person, case_id: str) -> None:
        """Let the console look after a case that no local system received; of a case somebody looks after nothing changes.

        Raises:
            GatewayError: what `look` raises.
        """
        row = (await self.look(person, case_id)).row
        if row.system == feed.UNCLAIMED:
            await self._claim(person, case_id)

    async def checklist(self, view: CaseView) -> tuple[ItemMaterial, ...]:
        """Return the list of materials that binds a case we decide; empty where our item is not published."""
        case = view.case
        demand = await self.catalogues.demand(
            self.region,
            basic_code=view.row.basic_code,
            division=case.handler.division,
            on=day_in_china(case.received_at_window),
            version=view.row.item_version or case.item.version,
            task_code=case.item.task_code,
        )
        binds = demand.definition or demand.latest
        return binds.materials if binds else ()

    def _time_findings(self, view: CaseView, deed: Deed, now: datetime) -> tuple[FieldFinding, ...]:
        """Return what is wrong with when it happened: ahead of now, before the case, or late without a reason."""
        at = deed.occurred_at
        if at is None:
            return ()
        if at > now:
            return (FieldFinding("occurred_at", _AHEAD, _COMPARE),)
        if at < view.case.received_at_window:
            return (FieldFinding("occurred_at", _TOO_EARLY, _COMPARE),)
        late = self.calendar().between(day_in_china(at), day_in_china(now)) > BACKDATED_WORKDAYS
        return (FieldFinding("reason", _LATE, _SAY_WHY),) if late and not deed.reason.strip() else ()

    async def _claim(self, person: Person, case_id: str) -> None:
        by = f"person:{person.person_id}"
        await claim_case(feed.CONSOLE, case_id, database=self.database, clock=self.clock, by=by)


def may_act(person: Person, row: CaseRow) -> bool:
    """Whether a person works on that side of cases of that place."""
    return may_see(person, row) and person.may(RIGHT_TO_ACT[row.party])


def acts_of(person: Person, view: CaseView, now: datetime) -> tuple[type[Happening], ...]:
    """Return what a person may do to a case now, in the order of the vocabulary.

    Left out: 超期, which the gateway alone tells, and 线下处理 while no message of ours is stuck.
    """
    if not may_act(person, view.row):
        return ()
    never = {DeadlinePassed} if waiting(view, now) else {DeadlinePassed, HandledOffline}
    return tuple(kind for kind in view.possible if kind not in never)


def waiting(view: CaseView, now: datetime) -> tuple[str, ...]:
    """Return the messages of ours that were kept back, or are owed for long: what 线下处理 may end."""
    return tuple(
        one.envelope_id
        for one in view.deliveries
        if one.settled_at is None and (one.kept_back or now - one.owed_at >= STUCK_AFTER)
    )


_AHEAD = Text("时间在将来", "the time is in the future")
_TOO_EARLY = Text("早于窗口收件", "it is before the window received the application")
_COMPARE = Text("核对后改正", "check and correct it")
_LATE = Text("早于一个工作日以上, 没有说明原因", "it is more than a working day ago and no reason is given")
_SAY_WHY = Text("写明补录原因", "say why it is recorded late")
