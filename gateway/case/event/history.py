"""What happened to a case so far, as far as it counts: events with the side that made each, in their order.

Refused events are not part of it.  A correction (更正) stands in it beside the event it corrects: nothing is
overwritten, and `newest` shows what holds.

Source: the (orgbusno, projid, dataver) keys of provincial front databases: a correction is a new version, not an overwrite.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.case.events import Event
from gateway.case.states import Party


@dataclass(frozen=True, slots=True)
class Past:
    """One event that counts, and the side that made it."""

    event: Event
    party: Party


History = Sequence[Past]


def first_versions(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the events that correct nothing, in order: what happened, each once."""
    return tuple(event for event in events if not event.corrects)


def root_of(events: Iterable[Event], event_id: str) -> str:
    """Return the id of the first version of an event, by the id of any of its versions."""
    corrects = {event.event_id: event.corrects for event in events if event.corrects}
    seen: set[str] = set()
    while event_id in corrects and event_id not in seen:
        seen.add(event_id)
        event_id = corrects[event_id]
    return event_id


def versions_of(events: Sequence[Event], event_id: str) -> tuple[Event, ...]:
    """Return every version of an event, the first one first; empty when it is not among `events`."""
    root = root_of(events, event_id)
    found = [
        event
        for event in events
        if event.event_id == root or (event.corrects and root_of(events, event.corrects) == root)
    ]
    return tuple(sorted(found, key=lambda event: event.data_version))
