"""Supplements (补正): what a case holds now, and which notice is open.

Materials replaced are versions: the newest counts, the older ones stay visible.  A case has at most one open notice.

Source: 行政许可法 art. 32: what is missing is told once, all of it; a second notice before acceptance is the exception
and is reported.
"""

from collections.abc import Iterable, Sequence

from gateway.case.event.history import first_versions
from gateway.case.events import Accepted, DeadlinePassed, Event, Requirement, Supplemented, SupplementRequested
from gateway.case.model import Case, Material


def material_versions(case: Case, events: Iterable[Event]) -> dict[str, tuple[Material, ...]]:
    """Return every material by its id, each with all its versions, the oldest first, in the order they first came."""
    found: dict[str, list[Material]] = {}
    for material in (*case.materials, *(one for answer in _answers(events) for one in answer.materials)):
        found.setdefault(material.material_id, []).append(material)
    return {key: tuple(sorted(versions, key=lambda one: one.version)) for key, versions in found.items()}


def materials_now(case: Case, events: Iterable[Event]) -> tuple[Material, ...]:
    """Return the materials that count: those of the opening and of every supplement, each in its newest version."""
    return tuple(versions[-1] for versions in material_versions(case, events).values())


def form_now(case: Case, events: Iterable[Event]) -> str:
    """Return the form that counts, as exact JSON text: that of the last supplement that brought one, else the opening's."""
    forms = [answer.form_json for answer in _answers(events) if answer.form_json]
    return forms[-1] if forms else case.form_json


def notices(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return every supplement notice, each once."""
    return tuple(event for event in first_versions(events) if isinstance(event.happening, SupplementRequested))


def open_notice(events: Iterable[Event]) -> Event | None:
    """Return the notice that awaits its answer, None when there is none."""
    found: Event | None = None
    for event in first_versions(events):
        if isinstance(event.happening, SupplementRequested):
            found = event
        elif isinstance(event.happening, Supplemented):
            found = None
    return found


def is_second(events: Iterable[Event], event: Event) -> bool:
    """Whether a notice is another one before acceptance (行政许可法 art. 32); `events` are those before it."""
    if event.corrects or not isinstance(event.happening, SupplementRequested):
        return False
    before = [one.happening for one in first_versions(events) if one.event_id != event.event_id]
    accepted = any(
        isinstance(one, Accepted) or (isinstance(one, DeadlinePassed) and one.deemed_accepted) for one in before
    )
    return not accepted and any(isinstance(one, SupplementRequested) for one in before)


def requirements_of(notice: Event | None) -> tuple[Requirement, ...]:
    """Return what a notice asks for; nothing when there is no notice."""
    happening = notice.happening if notice else None
    return happening.requirements if isinstance(happening, SupplementRequested) else ()


def _answers(events: Iterable[Event]) -> Sequence[Supplemented]:
    return [event.happening for event in events if isinstance(event.happening, Supplemented) and not event.corrects]
