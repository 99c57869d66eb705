"""What may be told of a case without login: where it stands and who acts next, and nothing about anybody.

Names, certificates, forms, materials, reasons, document and tracking numbers are not among the fields, so they cannot be
told by mistake.  Places are told down to the county.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from gateway.case.states import State
from gateway.case.texts import Text


class Side(Enum):
    """Who acts next."""

    ORIGIN = "origin"
    HANDLER = "handler"
    APPLICANT = "applicant"
    NOBODY = "nobody"


SIDE_NAMES: dict[Side, Text] = {
    Side.ORIGIN: Text("收件地", "the origin"),
    Side.HANDLER: Text("业务属地", "the handler"),
    Side.APPLICANT: Text("申请人", "the applicant"),
    Side.NOBODY: Text("无", "nobody"),
}

_NEXT: dict[State, tuple[Side, Text]] = {
    State.RECEIVED: (Side.ORIGIN, Text("正在转给业务属地", "being passed on to the handler")),
    State.FORWARDED: (Side.ORIGIN, Text("正在转给业务属地", "being passed on to the handler")),
    State.UNDELIVERABLE: (Side.ORIGIN, Text("收件地将重新转办或改为线下办理", "the origin sends it again or by post")),
    State.AWAITING_SIGN_OFF: (Side.HANDLER, Text("等待业务属地签收", "the handler signs it off")),
    State.WITH_HANDLER: (Side.HANDLER, Text("业务属地决定是否受理", "the handler accepts it or asks for more")),
    State.SUPPLEMENT_REQUESTED: (
        Side.APPLICANT,
        Text("请按补正告知补齐材料", "please supply what the notice lists"),
    ),
    State.ACCEPTED: (Side.HANDLER, Text("业务属地正在办理", "the handler is at work")),
    State.IN_PROCESS: (Side.HANDLER, Text("业务属地正在办理", "the handler is at work")),
    State.SUSPENDED: (
        Side.HANDLER,
        Text("特别程序中, 期限暂停计算", "a special procedure runs, and the time limit stands still"),
    ),
    State.GRANTED: (Side.HANDLER, Text("等待寄出或领取结果", "the result is to be sent or handed over")),
    State.DENIED: (Side.HANDLER, Text("等待送达决定", "the decision is to be sent or handed over")),
    State.AWAITING_DELIVERY: (Side.APPLICANT, Text("结果已寄出, 请注意查收", "the result is on its way to you")),
    State.REFUSED_BY_PARTNER: (
        Side.ORIGIN,
        Text("业务属地没有收下, 请联系收件窗口", "the handler did not take it: ask the window that took it in"),
    ),
    State.REFERRED: (Side.NOBODY, Text("已转报上级机关", "it went to a higher authority")),
    State.NOT_ACCEPTED: (Side.NOBODY, Text("不予受理, 理由见通知书", "not accepted; the notice gives the reason")),
    State.RETURNED: (Side.NOBODY, Text("已退件, 理由见通知书", "given back; the notice gives the reason")),
    State.VOIDED: (Side.NOBODY, Text("已作废", "void")),
    State.WITHDRAWN: (Side.NOBODY, Text("已撤回", "withdrawn")),
    State.DELIVERED: (Side.NOBODY, Text("已送达", "delivered")),
}


def who_is_next(state: State) -> tuple[Side, Text]:
    """Return who acts next in a state, and what happens then."""
    return _NEXT[state]


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two regions; `phone` is its public line, empty where none is written down."""

    division: str
    name: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """One running limit: its word and name, when it runs out, and its light."""

    clock: str
    name: Text
    due_at: datetime
    light: str
    light_name: Text
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Milestones:
    """When what happened; None for what has not.  Moments of the region where it happened, by its own clock."""

    received_at_window: datetime | None = None
    reached_handler: datetime | None = None
    signed_off: datetime | None = None
    accepted: datetime | None = None
    decided: datetime | None = None
    result_sent: datetime | None = None
    delivered: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a case stands, or a joint case with its parts.

    Attributes:
        number: the co-operation number asked for.
        state: word of the state, `state_name` in both languages.
        items: what was applied for, by name.
        handler: None for the whole of a joint case.
    """

    number: str
    state: str
    state_name: Text
    items: tuple[str, ...]
    origin: Place
    handler: Place | None
    milestones: Milestones
    due: tuple[Due, ...]
    next_side: Side
    next_step: Text
    parts: tuple["Progress", ...] = ()
