"""How long each side had a case: whose turn it was, from the window's receipt to the end.

It is the origin's turn until the handler's gateway has the case, while a supplement is awaited, and once the result is at
its window; the handler's in every other open state; nobody's when the case has ended.  A special procedure is the handler's
time here, though it does not count against its limits.

Leaves to others: limits and working days (`limits`, `calendars`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.events import Event, ResultSent
from gateway.case.lifecycle import Standing, advance
from gateway.case.model import DeliveryWay
from gateway.case.states import FINAL, Party, State


@dataclass(frozen=True, slots=True)
class Turn:
    """A time in which one side had the case; `until` is None while it lasts."""

    party: Party
    since: datetime
    until: datetime | None = None


def turns(received_at_window: datetime, taken_in_at: datetime | None, events: Iterable[Event]) -> tuple[Turn, ...]:
    """Return whose turn it was, in order.

    Args:
        taken_in_at: when the handler's gateway had the case; None while it has not.
        events: those that count, in the order both sides fold them.
    """
    found = [Turn(Party.ORIGIN, received_at_window)]
    if taken_in_at is None:
        return tuple(found)
    standing, at_window = Standing.at(State.AWAITING_SIGN_OFF), False
    _pass_on(found, Party.HANDLER, taken_in_at)
    for event in events:
        if event.corrects:
            continue
        try:
            standing = advance(standing, event.happening)
        except GatewayError:
            # It was refused, or is not folded yet: it moved nothing.
            continue
        if isinstance(event.happening, ResultSent):
            at_window = event.happening.way is DeliveryWay.ORIGIN_WINDOW
        _pass_on(found, _whose(standing.state, at_window=at_window), event.occurred_at)
    return tuple(found)


def had(taken: Iterable[Turn], now: datetime) -> dict[Party, timedelta]:
    """Return how long each side had the case until now."""
    total = dict.fromkeys(Party, timedelta())
    for turn in taken:
        total[turn.party] += max((turn.until or now) - turn.since, timedelta())
    return total


def _whose(state: State, *, at_window: bool) -> Party | None:
    if state in FINAL:
        return None
    if state is State.SUPPLEMENT_REQUESTED or (state is State.AWAITING_DELIVERY and at_window):
        return Party.ORIGIN
    return Party.HANDLER


def _pass_on(found: list[Turn], to: Party | None, at: datetime) -> None:
    last = found[-1]
    if last.until is not None or last.party is to:
        return
    # A time that was written before the one before it does not make a turn negative.
    at = max(at, last.since)
    found[-1] = Turn(last.party, last.since, at)
    if to is not None:
        found.append(Turn(to, at))
