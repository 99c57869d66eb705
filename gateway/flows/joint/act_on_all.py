"""What is done to a joint case as a whole: withdrawing what is still open, handing all results over at once.

1 note    in one write: the whole, that it may be done now, and that it was asked for
2 act     on each child it concerns, as an ordinary act with its own rules (`flows.act`)
3 tell    what became of every child, those it did not concern included

A process that dies between 1 and 2 leaves children undone that the next request does: each child is acted on once,
because what is done or under way already is seen and left alone.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.events import Actor, Delivered, Happening, Withdrawn
from gateway.case.joint import Joint, is_open, waits_for_delivery
from gateway.case.kinds import Decision
from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.reasons import Reason
from gateway.case.states import STATE_NAMES, State
from gateway.case.texts import Text
from gateway.flows.act import OPERATOR, Act, DoAct
from gateway.flows.folding import KIND_OF
from gateway.flows.joint.hand_in import whole_of
from gateway.store import audit, cases, events, joint
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.joint import JointRow


@dataclass(frozen=True, slots=True)
class JointAct:
    """What is done to the whole, by whom."""

    system: str
    parent_id: str
    actor: Actor
    happening: Withdrawn | Delivered
    occurred_at: datetime
    reason: str = ""
    traceparent: str = ""


class Became(Enum):
    """What became of a child."""

    DONE = "done"
    ALREADY = "already"
    STAYS = "stays"
    NOT_HANDED_OVER = "not_handed_over"
    REFUSED = "refused"


BECAME_NAMES: dict[Became, Text] = {
    Became.DONE: Text("已提出, 待对方确认", "done, awaits the handler"),
    Became.ALREADY: Text("此前已提出", "done before"),
    Became.STAYS: Text("已办结, 保持不变", "decided or ended, stays as it is"),
    Became.NOT_HANDED_OVER: Text("对方没有收到, 不必撤回", "never reached the other region: nothing to withdraw"),
    Became.REFUSED: Text("不能办理", "not possible"),
}


@dataclass(frozen=True, slots=True)
class ChildDone:
    """One child afterwards.

    Attributes:
        event_id: the event made now; empty when none was.
        error: why it was not possible.
    """

    row: CaseRow
    became: Became
    event_id: str = ""
    error: GatewayError | None = None


@dataclass(frozen=True, slots=True)
class JointActed:
    """The answer: the whole, and what became of each child."""

    row: JointRow
    joint: Joint
    children: tuple[ChildDone, ...]


DoJointAct = Callable[[JointAct], Awaitable[JointActed]]


async def act_on_joint(deed: JointAct, *, database: Database, act: DoAct, clock: Callable[[], datetime]) -> JointActed:
    """Withdraw a joint case, or hand its results over.  Safe to repeat.

    Raises:
        GatewayError: CASE_UNKNOWN; LIFECYCLE with findings about the children that stand in the way; what `act` raises
            that may be tried again.
    """
    now = clock()
    noted = await database.write(lambda tx: _note(tx, deed, now))
    done: dict[str, ChildDone] = {}
    for row, became in noted:
        if became is not Became.DONE:
            done[row.case_id] = ChildDone(row, became)
            continue
        try:
            acted = await act(
                Act(
                    system=deed.system,
                    case_id=row.case_id,
                    actor=deed.actor,
                    happening=deed.happening,
                    occurred_at=deed.occurred_at,
                    reason=deed.reason,
                    traceparent=deed.traceparent,
                )
            )
        except GatewayError as error:
            if error.retriable:
                raise
            # Somebody else may have done the same in between.
            stands = await database.read(lambda tx, number=row.case_id: _already(tx, deed, number))  # type: ignore[misc]
            done[row.case_id] = (
                ChildDone(row, Became.ALREADY) if stands else ChildDone(row, Became.REFUSED, error=error)
            )
        else:
            done[row.case_id] = ChildDone(row, Became.DONE, acted.event_id)
    return await database.read(lambda tx: _afterwards(tx, deed, done))


def joint_of(tx: Transaction, system: str, parent_id: str) -> JointRow:
    """Return a joint case this system is in charge of.

    Raises:
        GatewayError: CASE_UNKNOWN, also for one of another system.
    """
    row = joint.find(tx, parent_id)
    if row is None or system not in (row.system, OPERATOR):
        raise GatewayError(Reason.CASE_UNKNOWN)
    return row


def _note(tx: Transaction, deed: JointAct, now: datetime) -> list[tuple[CaseRow, Became]]:
    row = joint_of(tx, deed.system, deed.parent_id)
    children = joint.children(tx, row.parent_id)
    if isinstance(deed.happening, Withdrawn):
        became = [(child, _if_withdrawn(tx, child)) for child in children]
        in_the_way: list[CaseRow] = []
    else:
        became = [(child, _if_delivered(tx, child)) for child in children]
        in_the_way = [child for child in children if is_open(child.standing)]
    concerned = {one for _, one in became} - {Became.STAYS}
    if in_the_way or not concerned:
        raise _not_now(whole_of(row, children), in_the_way, deed.happening)
    if isinstance(deed.happening, Withdrawn):
        joint.mark_withdrawn(tx, row.parent_id, now)
        verb = "joint.withdraw"
    else:
        joint.mark_delivered(tx, row.parent_id, now)
        verb = "joint.delivered"
    detail = str(sum(one is Became.DONE for _, one in became))
    audit.note(tx, now, f"system:{deed.system}", verb, row.parent_id, detail=detail)
    return became


def _already(tx: Transaction, deed: JointAct, case_id: str) -> bool:
    child = cases.find(tx, case_id)
    became = _if_withdrawn if isinstance(deed.happening, Withdrawn) else _if_delivered
    return child is not None and became(tx, child) is Became.ALREADY


def _if_withdrawn(tx: Transaction, child: CaseRow) -> Became:
    state = child.standing.state
    if state is State.WITHDRAWN or _is_under_way(tx, child, Withdrawn):
        return Became.ALREADY
    if state is State.UNDELIVERABLE:
        return Became.NOT_HANDED_OVER
    return Became.DONE if is_open(child.standing) else Became.STAYS


def _if_delivered(tx: Transaction, child: CaseRow) -> Became:
    granted = child.standing.decision is Decision.GRANTED
    if (child.standing.state is State.DELIVERED and granted) or _is_under_way(tx, child, Delivered):
        return Became.ALREADY
    return Became.DONE if waits_for_delivery(child.standing) else Became.STAYS


def _is_under_way(tx: Transaction, child: CaseRow, kind: type[Happening]) -> bool:
    return any(event.kind == KIND_OF[kind] for event in events.pending(tx, child.case_id))


def _afterwards(tx: Transaction, deed: JointAct, done: dict[str, ChildDone]) -> JointActed:
    row = joint_of(tx, deed.system, deed.parent_id)
    children = joint.children(tx, row.parent_id)
    told = tuple(
        ChildDone(child, done[child.case_id].became, done[child.case_id].event_id, done[child.case_id].error)
        for child in children
    )
    return JointActed(row, whole_of(row, children), told)


def _not_now(whole: Joint, in_the_way: list[CaseRow], happening: Happening) -> GatewayError:
    findings = [
        FieldFinding(
            f"children[{child.case_id}]",
            Text(
                f"“{child.item_name}”还没有办结: {STATE_NAMES[child.standing.state].zh}",
                f"'{child.item_name}' is still open: {STATE_NAMES[child.standing.state].en}",
            ),
            Text("等它办结, 或先撤回这一部分", "wait until it is decided, or withdraw this part first"),
        )
        for child in in_the_way
    ]
    event = EVENT_NAMES[type(happening)]
    return GatewayError(Reason.LIFECYCLE, findings=findings, state=whole.state_name, event=event)
