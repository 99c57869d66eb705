"""Progress without login (进度查询): a number and its query code tell where a case stands, and nothing personal.

1 locked?   a number for which too many wrong codes were tried is not asked about now (`flows.lockouts`)
2 know      the code that belongs to the number is computed, whether or not the number exists
3 find      the case or joint case of that number, if it is ours to tell
4 compare   in constant time; no such number and a wrong code are one answer
5 tell      state, dates, limits, who acts next

The code belongs to the region that gave the number.  A case that came in from elsewhere is told only to a local system
that may ask without code, such as the 12345 line.
"""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from gateway.case.clock.limits import Reading
from gateway.case.clock.words import CLOCK_NAMES, LIGHT_NAMES
from gateway.case.code.divisions import Divisions
from gateway.case.code.numbers import check_case_number, read_case_number
from gateway.case.code.query_codes import read_query_code
from gateway.case.errors import GatewayError
from gateway.case.events import Accepted, Decided, Delivered, ReceivedByHandler, ResultSent
from gateway.case.joint import JointState
from gateway.case.progress import Due, Milestones, Place, Progress, Side, who_is_next
from gateway.case.reasons import Reason
from gateway.case.states import STATE_NAMES, Party
from gateway.case.texts import Text
from gateway.flows.clocks.timing import Timing
from gateway.flows.folding import KIND_OF
from gateway.flows.joint.hand_in import whole_of
from gateway.flows.lockouts import Lockouts
from gateway.flows.query_codes import query_code_of
from gateway.flows.reading import read_case
from gateway.store import cases, events, joint, outbox
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.events import EventRow
from gateway.store.joint import JointRow
from gateway.trust.vault import Vault


@dataclass(frozen=True, slots=True)
class Enquiry:
    """What somebody asks.

    Attributes:
        number: co-operation number as it was typed.
        code: query code as it was typed; None only where `trusted`.
        trusted: whether it comes from a local system that may ask without code.
    """

    number: str
    code: str | None
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Enquiries:
    """The flow, bound to one gateway.

    Attributes:
        timing: counts the running limits of a case.
        phone_of: the public line of the region with a code, empty where none is known.
    """

    database: Database
    vault: Vault
    divisions: Divisions
    lockouts: Lockouts
    timing: Timing
    clock: Callable[[], datetime]
    phone_of: Callable[[str], str] = lambda _: ""

    async def answer(self, enquiry: Enquiry) -> Progress:
        """Return where a case stands.

        Raises:
            GatewayError: PROGRESS_UNKNOWN for a number that is not ours and for a wrong code alike; PROGRESS_LOCKED.
        """
        now = self.clock()
        number = read_case_number(enquiry.number)
        # A number with a wrong check character is nobody's, as everybody can compute: it is not kept.
        possible = not check_case_number(number)
        needs_code = enquiry.code is not None or not enquiry.trusted
        if needs_code and possible and (seconds := self.lockouts.seconds_left(number, now)):
            raise GatewayError(Reason.PROGRESS_LOCKED, seconds=seconds)
        wanted = query_code_of(self.vault, number if possible else "")
        given = read_query_code(enquiry.code or "")
        right = hmac.compare_digest(wanted.encode(), given.encode(errors="replace")) or not needs_code
        if not right and possible:
            # Before anything is awaited, so that guesses sent all at once are counted one by one.
            self.lockouts.wrong(number, now)
        found = await self.database.read(
            lambda tx: self._find(tx, number if possible else "", right=right, trusted=enquiry.trusted, now=now)
        )
        if found is None:
            raise GatewayError(Reason.PROGRESS_UNKNOWN)
        if needs_code:
            self.lockouts.right(number)
        return found

    def _find(self, tx: Transaction, number: str, *, right: bool, trusted: bool, now: datetime) -> Progress | None:
        # Both are looked for always, so that an answer takes as long for a number that exists as for one that does not.
        row, whole = cases.find(tx, number), joint.find(tx, number)
        if not right:
            return None
        if whole is not None:
            return self._of_whole(tx, whole, now)
        if row is None or (row.party is Party.HANDLER and not trusted):
            return None
        return self._of_case(tx, row, now)

    def _of_case(self, tx: Transaction, row: CaseRow, now: datetime) -> Progress:
        side, step = who_is_next(row.standing.state)
        return Progress(
            number=row.case_id,
            state=row.standing.state.value,
            state_name=STATE_NAMES[row.standing.state],
            items=(row.item_name,),
            origin=self._place(row.origin_division, row.party is Party.ORIGIN, row.partner),
            handler=self._place(row.handler_division, row.party is Party.HANDLER, row.partner),
            milestones=self._milestones(tx, row),
            due=tuple(_due(one, one.due) for one in self.timing.readings(row, now) if one.due and one.ended is None),
            next_side=side,
            next_step=step,
        )

    def _of_whole(self, tx: Transaction, row: JointRow, now: datetime) -> Progress:
        children = joint.children(tx, row.parent_id)
        whole = whole_of(row, children)
        parts = tuple(self._of_case(tx, child, now) for child in children)
        side, step = _next_of_whole(whole.state, parts)
        items = [part.item_name for part in row.local_parts] + [child.item_name for child in children]
        return Progress(
            number=row.parent_id,
            state=whole.state.value,
            state_name=whole.state_name,
            items=tuple(dict.fromkeys(items)),
            origin=self._place(row.origin_division, True, ""),
            handler=None,
            milestones=Milestones(received_at_window=parts[0].milestones.received_at_window if parts else None),
            due=(),
            next_side=side,
            next_step=step,
            parts=parts,
        )

    def _place(self, division: str, ours: bool, partner: str) -> Place:
        county = division[:6]
        return Place(county, self.divisions.named(county), self.phone_of("" if ours else partner))

    def _milestones(self, tx: Transaction, row: CaseRow) -> Milestones:
        rows = events.of_case(tx, row.case_id)
        opening = next(event for event in rows if event.kind == events.OPENING)
        when = {event.kind: event.occurred_at for event in _folded(rows)}
        return Milestones(
            received_at_window=read_case(tx, self.vault, opening).received_at_window,
            reached_handler=_reached(tx, row, opening),
            signed_off=when.get(KIND_OF[ReceivedByHandler]),
            accepted=when.get(KIND_OF[Accepted]),
            decided=when.get(KIND_OF[Decided]),
            result_sent=when.get(KIND_OF[ResultSent]),
            delivered=when.get(KIND_OF[Delivered]),
        )


def _due(reading: Reading, due_at: datetime) -> Due:
    return Due(
        clock=reading.clock.value,
        name=CLOCK_NAMES[reading.clock],
        due_at=due_at,
        light=reading.light.value,
        light_name=LIGHT_NAMES[reading.light],
        provisional=reading.provisional or reading.estimate,
    )


def _folded(rows: list[EventRow]) -> Iterator[EventRow]:
    return (row for row in rows if row.standing == events.FOLDED)


def _reached(tx: Transaction, row: CaseRow, opening: EventRow) -> datetime | None:
    if row.party is Party.HANDLER:
        return opening.arrived_at
    owed = outbox.find(tx, opening.envelope_id)
    return owed.settled_at if owed and owed.outcome == outbox.ACCEPTED else None


_OF_WHOLE: dict[JointState, tuple[Side, Text]] = {
    JointState.GRANTED: (
        Side.ORIGIN,
        Text("各部分都已准予, 收件地将一次送达", "all is granted and handed over at once"),
    ),
    JointState.PARTLY_GRANTED: (
        Side.ORIGIN,
        Text("部分准予, 收件地将一次送达; 其余见各部分", "what was granted is handed over at once; see the parts"),
    ),
    JointState.NOT_GRANTED: (Side.NOBODY, Text("没有办成, 见各部分", "nothing was granted; see the parts")),
    JointState.WITHDRAWN: (Side.NOBODY, Text("已撤回", "withdrawn")),
    JointState.DELIVERED: (Side.NOBODY, Text("已送达", "delivered")),
    JointState.PARTLY_DELIVERED: (
        Side.NOBODY,
        Text("已送达准予的部分; 其余见各部分", "delivered in part; see the parts"),
    ),
}


def _next_of_whole(state: JointState, parts: tuple[Progress, ...]) -> tuple[Side, Text]:
    if state in _OF_WHOLE:
        return _OF_WHOLE[state]
    sides = [part.next_side for part in parts]
    first = next((side for side in (Side.APPLICANT, Side.ORIGIN, Side.HANDLER) if side in sides), Side.HANDLER)
    return first, Text("各部分分别办理, 见各部分", "each part takes its course; see the parts")
