"""Joint cases (多地联办): one application, one ordinary case for each part, and a state of the whole derived from theirs.

The parent lives at the origin alone and is never stored as a state: it is read off its children each time, so it cannot
drift from them.  The table, the first line that holds counts (国办发〔2020〕35号: one place takes the application once,
splits it, and hands the results over in one delivery):

    a child still open, none of them with its handler yet, none decided    转办中        forwarded
    a child still open                                                     办理中        in_process
    every child withdrawn                                                  已撤回        withdrawn
    no child granted                                                       未办成        not_granted
    a granted child not delivered, every child granted                     全部准予      granted
    a granted child not delivered, others ended otherwise                  部分办结      partly_granted
    every granted child delivered, every child granted                     已送达        delivered
    every granted child delivered, others ended otherwise                  部分办结送达  partly_delivered

Nothing is hidden in the one word: the counts say how many children stand where, and `attention` names every child that
was refused, denied, returned, not handed over or waits for the applicant.

Leaves to others: opening, withdrawing and delivering (`flows.joint.hand_in`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from gateway.case.kinds import Decision
from gateway.case.lifecycle import Standing
from gateway.case.states import FINAL, STATE_NAMES, State
from gateway.case.texts import Text

MOST_PARTS = 20
LONGEST_NUMBER = 50
"""Characters of a case number in the national tables (UP_PRO_ACCEPT.project_no), the suffix of a part included."""


class JointState(Enum):
    """Where a joint case stands as a whole."""

    FORWARDED = "forwarded"
    IN_PROCESS = "in_process"
    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    NOT_GRANTED = "not_granted"
    WITHDRAWN = "withdrawn"
    DELIVERED = "delivered"
    PARTLY_DELIVERED = "partly_delivered"


JOINT_STATE_NAMES: dict[JointState, Text] = {
    JointState.FORWARDED: Text("转办中", "forwarded"),
    JointState.IN_PROCESS: Text("办理中", "in process"),
    JointState.GRANTED: Text("全部准予", "all granted"),
    JointState.PARTLY_GRANTED: Text("部分办结", "partly granted"),
    JointState.NOT_GRANTED: Text("未办成", "not granted"),
    JointState.WITHDRAWN: Text("已撤回", "withdrawn"),
    JointState.DELIVERED: Text("已送达", "delivered"),
    JointState.PARTLY_DELIVERED: Text("部分办结并送达", "partly granted and delivered"),
}


class Course(Enum):
    """What a child means for the whole."""

    ON_ITS_WAY = "on_its_way"
    WITH_HANDLER = "with_handler"
    GRANTED = "granted"
    HANDED_OVER = "handed_over"
    NOT_GRANTED = "not_granted"
    WITHDRAWN = "withdrawn"


_COURSES: dict[State, Course] = {
    **dict.fromkeys((State.RECEIVED, State.FORWARDED, State.UNDELIVERABLE), Course.ON_ITS_WAY),
    **dict.fromkeys(
        (
            State.AWAITING_SIGN_OFF,
            State.WITH_HANDLER,
            State.SUPPLEMENT_REQUESTED,
            State.ACCEPTED,
            State.IN_PROCESS,
            State.SUSPENDED,
        ),
        Course.WITH_HANDLER,
    ),
    **dict.fromkeys((State.GRANTED, State.AWAITING_DELIVERY), Course.GRANTED),
    State.DELIVERED: Course.HANDED_OVER,
    **dict.fromkeys(
        (
            State.DENIED,
            State.REFUSED_BY_PARTNER,
            State.NOT_ACCEPTED,
            State.RETURNED,
            State.VOIDED,
            State.REFERRED,
        ),
        Course.NOT_GRANTED,
    ),
    State.WITHDRAWN: Course.WITHDRAWN,
}
_OPEN = frozenset({Course.ON_ITS_WAY, Course.WITH_HANDLER})

_ASK = Text("核对理由, 告知申请人", "look at the reason and tell the applicant")
ADVICE: dict[State, Text] = {
    State.REFUSED_BY_PARTNER: Text(
        "查看对方回执的理由, 改正后作为新件提交", "see the reason in the receipt, correct it and submit a new case"
    ),
    State.UNDELIVERABLE: Text("重新发送, 或改为线下办理", "send it again, or handle it offline"),
    State.SUPPLEMENT_REQUESTED: Text("按补正告知通知申请人补齐", "have the applicant supply what the notice lists"),
    State.DENIED: Text("把决定和理由送达申请人", "hand the decision and its reason to the applicant"),
    State.NOT_ACCEPTED: _ASK,
    State.RETURNED: _ASK,
    State.VOIDED: Text("与对方核实作废原因", "ask the other region why it was voided"),
    State.REFERRED: Text("告知申请人已转报上级", "tell the applicant that it went to a higher authority"),
}
"""States of a child that are shown with the whole, each with what to do."""


@dataclass(frozen=True, slots=True)
class Child:
    """One part that was sent: its co-operation number and where it stands."""

    case_id: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Concern:
    """A child that must not be overlooked, where it stands and what to do."""

    case_id: str
    state: State
    advice: Text


@dataclass(frozen=True, slots=True)
class Joint:
    """A joint case as a whole.

    Attributes:
        counts: how many children stand in each state, in the order of the children.
    """

    state: JointState
    counts: Mapping[State, int]
    attention: tuple[Concern, ...]

    @property
    def state_name(self) -> Text:
        """The word for the whole."""
        return JOINT_STATE_NAMES[self.state]


def derive(children: Sequence[Child], *, withdrawn: bool = False) -> Joint:
    """Return where the whole stands.

    Args:
        children: every part that was sent, at least one.
        withdrawn: whether the whole was withdrawn; a child that never reached its handler then waits for nothing.
    """
    shown = [_shown(child.standing) for child in children]
    courses = [_course(child.standing, withdrawn=withdrawn) for child in children]
    attention = tuple(
        Concern(child.case_id, state, ADVICE[state])
        for child, state in zip(children, shown, strict=True)
        if state in ADVICE
    )
    return Joint(_state(courses), dict(Counter(shown)), attention)


def is_open(standing: Standing) -> bool:
    """Whether a child is not decided and has not ended."""
    return _course(standing) in _OPEN


def waits_for_delivery(standing: Standing) -> bool:
    """Whether a granted child's result is still to be handed to the applicant."""
    return _course(standing) is Course.GRANTED


def part_number(origin_number: str, position: int) -> str:
    """Return the origin's number of the part at `position`, counted from 1: the application's own number and `#1`.

    The application's number stays as it was written; the suffix keeps (system, number) unique among cases.
    """
    return f"{origin_number}#{position}"


def longest_origin_number(parts: int) -> int:
    """Return how many characters the number of an application with so many parts may have."""
    return LONGEST_NUMBER - len(part_number("", parts))


def position_of(child_number: str) -> int:
    """Return the position of a part by its own number, counted from 1."""
    return int(child_number.rpartition("#")[2])


def _state(courses: Sequence[Course]) -> JointState:
    found = frozenset(courses)
    if found & _OPEN:
        return JointState.FORWARDED if found == {Course.ON_ITS_WAY} else JointState.IN_PROCESS
    if found == {Course.WITHDRAWN}:
        return JointState.WITHDRAWN
    all_granted = found <= {Course.GRANTED, Course.HANDED_OVER}
    if Course.GRANTED in found:
        return JointState.GRANTED if all_granted else JointState.PARTLY_GRANTED
    if Course.HANDED_OVER in found:
        return JointState.DELIVERED if all_granted else JointState.PARTLY_DELIVERED
    return JointState.NOT_GRANTED


def _course(standing: Standing, *, withdrawn: bool = False) -> Course:
    if withdrawn and standing.state is State.UNDELIVERABLE:
        return Course.WITHDRAWN
    return _COURSES[_shown(standing)]


def _shown(standing: Standing) -> State:
    """A denial is handed over like a grant; it is shown as what it is, not as a result that was delivered."""
    return State.DENIED if standing.decision is Decision.DENIED and standing.state not in _UNDONE else standing.state


_UNDONE = FINAL - {State.DELIVERED}
"""Ends that undo a decision: a case voided after it was denied is void."""

assert _COURSES.keys() == STATE_NAMES.keys(), "every state means something for the whole"
