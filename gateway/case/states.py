"""States of a case, the two parties, and the passage of the opening envelope.

The passage is the origin's alone: how the case gets to the handler.  From the handler's first receipt on
the state follows from events only (`gateway.case.lifecycle`).
"""

from enum import Enum

from gateway.case.texts import Text


class State(Enum):
    """Where a case stands; the same word on both sides."""

    RECEIVED = "received"
    FORWARDED = "forwarded"
    AWAITING_SIGN_OFF = "awaiting_sign_off"
    WITH_HANDLER = "with_handler"
    REFUSED_BY_PARTNER = "refused_by_partner"
    REFERRED = "referred"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    ACCEPTED = "accepted"
    IN_PROCESS = "in_process"
    SUSPENDED = "suspended"
    GRANTED = "granted"
    DENIED = "denied"
    NOT_ACCEPTED = "not_accepted"
    RETURNED = "returned"
    VOIDED = "voided"
    WITHDRAWN = "withdrawn"
    AWAITING_DELIVERY = "awaiting_delivery"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"


STATE_NAMES: dict[State, Text] = {
    State.RECEIVED: Text("已收件", "received"),
    State.FORWARDED: Text("转办中", "forwarded"),
    State.AWAITING_SIGN_OFF: Text("待签收", "awaiting sign-off"),
    State.WITH_HANDLER: Text("已签收", "with the handler"),
    State.REFUSED_BY_PARTNER: Text("对方拒收", "refused by partner"),
    State.REFERRED: Text("转报", "referred"),
    State.SUPPLEMENT_REQUESTED: Text("待补正", "supplement requested"),
    State.ACCEPTED: Text("已受理", "accepted"),
    State.IN_PROCESS: Text("办理中", "in process"),
    State.SUSPENDED: Text("挂起", "suspended"),
    State.GRANTED: Text("准予", "granted"),
    State.DENIED: Text("不予", "denied"),
    State.NOT_ACCEPTED: Text("不予受理", "not accepted"),
    State.RETURNED: Text("退件", "returned"),
    State.VOIDED: Text("作废", "voided"),
    State.WITHDRAWN: Text("已撤回", "withdrawn"),
    State.AWAITING_DELIVERY: Text("待送达", "awaiting delivery"),
    State.DELIVERED: Text("已送达", "delivered"),
    State.UNDELIVERABLE: Text("未送达对方", "not handed over"),
}

FINAL = frozenset(
    {
        State.REFUSED_BY_PARTNER,
        State.REFERRED,
        State.NOT_ACCEPTED,
        State.RETURNED,
        State.VOIDED,
        State.WITHDRAWN,
        State.DELIVERED,
    }
)


class Party(Enum):
    """Which of the two regions acts: 收件地 or 业务属地."""

    ORIGIN = "origin"
    HANDLER = "handler"


class Passage(Enum):
    """What happens to the opening envelope on its way; only the origin sees these."""

    OWED = "owed"
    TAKEN_IN = "taken_in"
    TURNED_DOWN = "turned_down"
    GIVEN_UP = "given_up"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


PASSAGES: dict[State, dict[Passage, State]] = {
    State.RECEIVED: {Passage.OWED: State.FORWARDED},
    State.FORWARDED: {
        Passage.TAKEN_IN: State.AWAITING_SIGN_OFF,
        Passage.TURNED_DOWN: State.REFUSED_BY_PARTNER,
        Passage.GIVEN_UP: State.UNDELIVERABLE,
    },
    # Any authentic receipt of the handler lifts 未送达对方: the far side knows better than our clock.
    State.UNDELIVERABLE: {
        Passage.RELEASED: State.FORWARDED,
        Passage.TAKEN_IN: State.AWAITING_SIGN_OFF,
        Passage.TURNED_DOWN: State.REFUSED_BY_PARTNER,
        # The handler never saw it, so it ends without an event.
        Passage.WITHDRAWN: State.WITHDRAWN,
    },
}
