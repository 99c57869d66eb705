"""Every standing a case can get to, found by trying every event in each."""

from gateway.case.errors import GatewayError
from gateway.case.events import DeadlinePassed, Decided, Happening
from gateway.case.kinds import Decision
from gateway.case.lifecycle import WHO, Standing, advance
from gateway.case.reasons import Reason
from gateway.case.states import State
from tests.build import a_happening

_VARIANTS: dict[type[Happening], list[Happening]] = {
    Decided: [a_happening(Decided, decision=decision) for decision in Decision],
    DeadlinePassed: [a_happening(DeadlinePassed, deemed_accepted=deemed) for deemed in (False, True)],
}
DONE: tuple[Happening, ...] = tuple(
    happening for kind in WHO for happening in _VARIANTS.get(kind) or [a_happening(kind)]
)
"""One value of every event that can move a case differently, in the order of the vocabulary."""
OPENED = Standing.at(State.AWAITING_SIGN_OFF)
"""Where the handler's gateway takes a case in."""


def after(standing: Standing, *happenings: Happening) -> Standing | None:
    """Where these events lead, None when one of them is not possible."""
    try:
        for happening in happenings:
            standing = advance(standing, happening)
    except GatewayError as error:
        if error.reason is not Reason.LIFECYCLE:
            raise
        return None
    return standing


def reachable(start: Standing) -> dict[Standing, set[Standing]]:
    """Every standing a case can get to from `start`, with where it can go next."""
    found: dict[Standing, set[Standing]] = {}
    waiting = [start]
    while waiting:
        standing = waiting.pop()
        if standing not in found:
            found[standing] = {then for done in DONE if (then := after(standing, done))}
            waiting.extend(found[standing])
    return found
