"""The life of a case: one table (state × event × party → state) and one function.

Both regions fold the same events in the same order through `advance`, so both end in the same state.
The diagram in docs/lifecycle.md is drawn from this table.

Two things may be open at once, a supplement (补正) and a special procedure (特别程序).  So a standing carries,
beside the visible state, the state to go back to and whether a supplement is outstanding: whichever of two
crossing events is folded first, the case ends in the same place.

Silence may be acceptance (视为受理, 行政许可法 art. 32).  The formal papers may then still come: sign-off and acceptance
change nothing any more, and non-acceptance is refused.
"""

from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from gateway.case.errors import GatewayError
from gateway.case.events import (
    Accepted,
    DeadlinePassed,
    Decided,
    Delivered,
    Evaluated,
    Extended,
    HandledOffline,
    Happening,
    NotAccepted,
    Note,
    ReceivedByHandler,
    Referred,
    ResultSent,
    Resumed,
    Returned,
    StepDone,
    Supplemented,
    SupplementRequested,
    Suspended,
    Voided,
    Withdrawn,
)
from gateway.case.kinds import Decision, Power
from gateway.case.reasons import Reason
from gateway.case.states import PASSAGES, STATE_NAMES, Party, Passage, State
from gateway.case.texts import Text


class Target(Enum):
    """A place that depends on where the case was before."""

    SAME = "same"
    BACK = "back"


BOTH = frozenset(Party)
HANDLER = frozenset({Party.HANDLER})

WHO: dict[type[Happening], frozenset[Party]] = {
    **dict.fromkeys(
        (
            ReceivedByHandler,
            Accepted,
            NotAccepted,
            SupplementRequested,
            StepDone,
            Suspended,
            Resumed,
            Extended,
            Decided,
            Returned,
            Voided,
            Referred,
            ResultSent,
            Delivered,
            DeadlinePassed,
        ),
        HANDLER,
    ),
    **dict.fromkeys((Supplemented, Withdrawn, Evaluated, Note, HandledOffline), BOTH),
}

GRANTABLE: dict[type[Happening], Power] = {
    Accepted: Power.RECEIVE_AND_ACCEPT,
    NotAccepted: Power.RECEIVE_AND_ACCEPT,
    SupplementRequested: Power.NOTIFY_ONCE,
    ResultSent: Power.DELIVER_RESULT,
    Delivered: Power.DELIVER_RESULT,
}
"""Events the origin may make when the agreement grants it the power (收件受理权, 一次性告知权, 审批结果送达权)."""

RUNNING = frozenset({State.ACCEPTED, State.IN_PROCESS})
"""States in which the promised limit runs."""

DEEMABLE = frozenset({State.AWAITING_SIGN_OFF, State.WITH_HANDLER})
"""States in which silence becomes acceptance (行政许可法 art. 32)."""

EVENT_NAMES: dict[type[Happening], Text] = {
    ReceivedByHandler: Text("签收", "sign-off"),
    Accepted: Text("受理", "acceptance"),
    NotAccepted: Text("不予受理", "non-acceptance"),
    SupplementRequested: Text("补正告知", "supplement notice"),
    Supplemented: Text("补正受理", "supplement"),
    StepDone: Text("环节办理", "step"),
    Suspended: Text("特别程序开始", "suspension"),
    Resumed: Text("特别程序结束", "resumption"),
    Extended: Text("延长", "extension"),
    Decided: Text("办结", "decision"),
    Returned: Text("退件", "return"),
    Voided: Text("作废", "voiding"),
    Withdrawn: Text("撤回", "withdrawal"),
    ResultSent: Text("寄出", "dispatch of the result"),
    Delivered: Text("领取登记", "hand-over of the result"),
    Evaluated: Text("好差评", "evaluation"),
    Note: Text("协商留言", "note"),
    Referred: Text("转报", "referral"),
    HandledOffline: Text("线下处理", "offline handling"),
    DeadlinePassed: Text("超期", "overrun"),
}

_ALWAYS: dict[type[Happening], State | Target] = {
    Note: Target.SAME,
    HandledOffline: Target.SAME,
    DeadlinePassed: Target.SAME,
}
_OPEN: dict[type[Happening], State | Target] = {**_ALWAYS, Voided: State.VOIDED, Withdrawn: State.WITHDRAWN}
_LOOKED_AT: dict[type[Happening], State | Target] = {
    **_OPEN,
    Accepted: State.ACCEPTED,
    NotAccepted: State.NOT_ACCEPTED,
    SupplementRequested: State.SUPPLEMENT_REQUESTED,
    Returned: State.RETURNED,
    Referred: State.REFERRED,
}
_RUNNING: dict[type[Happening], State | Target] = {
    **_OPEN,
    ReceivedByHandler: Target.SAME,
    Accepted: Target.SAME,
    StepDone: State.IN_PROCESS,
    SupplementRequested: State.SUPPLEMENT_REQUESTED,
    Suspended: State.SUSPENDED,
    Extended: Target.SAME,
    Decided: State.GRANTED,
    Returned: State.RETURNED,
    Referred: State.REFERRED,
}
_DECIDED: dict[type[Happening], State | Target] = {
    **_ALWAYS,
    Voided: State.VOIDED,
    StepDone: Target.SAME,
    ResultSent: State.AWAITING_DELIVERY,
    Delivered: State.DELIVERED,
    Evaluated: Target.SAME,
}
_ENDED: dict[type[Happening], State | Target] = {**_ALWAYS, Evaluated: Target.SAME}

TABLE: dict[State, dict[type[Happening], State | Target]] = {
    State.AWAITING_SIGN_OFF: {**_LOOKED_AT, ReceivedByHandler: State.WITH_HANDLER},
    State.WITH_HANDLER: _LOOKED_AT,
    State.SUPPLEMENT_REQUESTED: {
        **_OPEN,
        ReceivedByHandler: Target.SAME,
        Supplemented: Target.BACK,
        Suspended: State.SUSPENDED,
        NotAccepted: State.NOT_ACCEPTED,
        Returned: State.RETURNED,
    },
    State.ACCEPTED: _RUNNING,
    State.IN_PROCESS: _RUNNING,
    State.SUSPENDED: {**_OPEN, Supplemented: Target.SAME, Resumed: Target.BACK, Extended: Target.SAME},
    State.GRANTED: _DECIDED,
    State.DENIED: _DECIDED,
    State.AWAITING_DELIVERY: _DECIDED,
    State.REFERRED: _ENDED,
    State.NOT_ACCEPTED: _ENDED,
    State.RETURNED: _ENDED,
    State.VOIDED: _ALWAYS,
    State.WITHDRAWN: _ENDED,
    State.DELIVERED: _ENDED,
}
"""`Decided` leads to GRANTED or DENIED by its decision; `DeadlinePassed` with `deemed_accepted` from `DEEMABLE` to ACCEPTED;
sign-off and acceptance are possible in a running state only after that."""


class Standing(Struct, frozen=True):
    """Where a case stands, and what it goes back to.

    Attributes:
        state: the visible state.
        base: the state a supplement or a special procedure interrupts; equal to `state` when nothing does.
        supplement_open: whether a supplement notice is not answered yet.
        decision: the outcome, once there is one.
        deemed: whether silence accepted it (视为受理), so that the formal papers may still come.
    """

    state: State
    base: State
    supplement_open: bool = False
    decision: Decision | None = None
    deemed: bool = False

    @classmethod
    def at(cls, state: State) -> "Standing":
        """A standing in which nothing is interrupted."""
        return cls(state, state)


def pass_on(standing: Standing, passage: Passage) -> Standing:
    """Follow the opening envelope on its way.

    Raises:
        GatewayError: LIFECYCLE when the case is past that point.
    """
    to = PASSAGES.get(standing.state, {}).get(passage)
    if to is None:
        raise _not_possible(standing.state, Text(passage.value, passage.value))
    return Standing.at(to)


def needed_power(happening: Happening, party: Party) -> Power | None:
    """The power `party` needs from the agreement for this event, None when it needs none.

    Raises:
        GatewayError: NOT_THE_HANDLER when no agreement could grant it.
    """
    kind = type(happening)
    if party in WHO[kind]:
        return None
    if kind in GRANTABLE:
        return GRANTABLE[kind]
    raise GatewayError(Reason.NOT_THE_HANDLER, power=EVENT_NAMES[kind])


def advance(standing: Standing, happening: Happening) -> Standing:
    """Return the standing after an event.

    Who may make the event is asked separately (`needed_power`): the handler's gateway asks before it gives
    the event a version; afterwards both sides fold without asking.

    Raises:
        GatewayError: LIFECYCLE when the event is not possible now.
    """
    kind = type(happening)
    to = TABLE.get(standing.state, {}).get(kind)
    if to is None or not _is_apt(standing, happening):
        raise _not_possible(standing.state, EVENT_NAMES[kind])
    deems = isinstance(happening, DeadlinePassed) and happening.deemed_accepted and standing.state in DEEMABLE
    if deems:
        to = State.ACCEPTED
    if isinstance(happening, Decided):
        to = State.GRANTED if happening.decision is Decision.GRANTED else State.DENIED
        return Standing(to, to, decision=happening.decision)
    if isinstance(happening, SupplementRequested):
        return replace(standing, state=State.SUPPLEMENT_REQUESTED, base=standing.state, supplement_open=True)
    if isinstance(happening, Supplemented):
        state = standing.state if to is Target.SAME else standing.base
        return replace(standing, state=state, supplement_open=False)
    if isinstance(happening, Suspended):
        return replace(standing, state=State.SUSPENDED)
    if isinstance(happening, Resumed):
        return replace(standing, state=State.SUPPLEMENT_REQUESTED if standing.supplement_open else standing.base)
    if isinstance(happening, ReceivedByHandler) and standing.supplement_open:
        return replace(standing, base=State.WITH_HANDLER)
    if isinstance(to, Target):
        return standing
    return Standing(to, to, decision=standing.decision, deemed=deems or (standing.deemed and to in RUNNING))


def possible(standing: Standing, party: Party, powers: frozenset[Power] = frozenset()) -> tuple[type[Happening], ...]:
    """The events `party` may make now with the powers it was granted, in the order of the vocabulary."""
    now = TABLE.get(standing.state, {})
    may = {kind for kind in WHO if party in WHO[kind] or GRANTABLE.get(kind) in powers}
    return tuple(kind for kind in WHO if kind in now and kind in may and _kind_is_apt(standing, kind))


def _is_apt(standing: Standing, happening: Happening) -> bool:
    return _kind_is_apt(standing, type(happening))


def _kind_is_apt(standing: Standing, kind: type[Happening]) -> bool:
    if kind is Supplemented:
        return standing.supplement_open
    if kind is Suspended:
        return standing.base in RUNNING
    if kind is NotAccepted:
        # A supplement asked for after acceptance does not undo it (行政许可法 art. 32).
        return standing.base not in RUNNING
    if kind is ReceivedByHandler and standing.supplement_open:
        return standing.base is State.AWAITING_SIGN_OFF
    if kind in (ReceivedByHandler, Accepted) and standing.state in RUNNING:
        return standing.deemed
    return True


def _not_possible(state: State, event: Text) -> GatewayError:
    return GatewayError(Reason.LIFECYCLE, state=STATE_NAMES[state], event=event)
