"""What happened to a case, in words: who, where, when, what it says, what proves it, and what may be corrected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from gateway.case.clock.words import CLOCK_NAMES
from gateway.case.code.identifiers import CertificateKind
from gateway.case.code.masking import mask_certificate, mask_name
from gateway.case.days import CHINA
from gateway.case.errors import FieldFinding
from gateway.case.event.documents import document_doubts
from gateway.case.event.results import handing_doubts
from gateway.case.events import (
    DeadlinePassed,
    Delivered,
    Document,
    Event,
    HandledOffline,
    Happening,
    Note,
    Supplemented,
    SupplementRequested,
)
from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.texts import Lang, Text
from gateway.console.acts_correcting import CORRECTION, may_be_corrected
from gateway.console.acts_fields import Field
from gateway.console.acts_forms import FORMS, word_of
from gateway.console.desk import Desk
from gateway.flows.look import CaseView, EventView
from gateway.flows.people.proving import Proof
from gateway.store import events


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline.

    Attributes:
        ours: whether this side made it.
        standing: a word only where it does not simply count.
        says: what it says beyond its kind, as name and value.
        correct: address of the form that corrects it; empty where it cannot be.
        doubts: what may be wrong with it and was not refused.
    """

    event_id: str
    name: str
    by: str
    place: str
    ours: bool
    occurred_at: datetime
    arrived_at: datetime
    version: int | None
    reason: str
    standing: str
    refusal: str
    says: tuple[tuple[str, str], ...]
    documents: tuple[Document, ...]
    doubts: tuple[str, ...]
    correct: str
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class Said:
    """One note between the two windows (协商留言)."""

    ours: bool
    by: str
    place: str
    at: datetime
    text: str
    standing: str


def timeline(
    desk: Desk, view: CaseView, proofs: Mapping[str, Proof], lang: Lang, *, full: bool, acts: bool
) -> list[Happened]:
    """Return what happened, in order; `acts` when the person may correct, `full` when personal data is shown."""
    return [_happened(desk, view, one, proofs, lang, full=full, acts=acts) for one in view.events]


def notes(desk: Desk, view: CaseView, lang: Lang) -> list[Said]:
    """Return the notes between the two windows, in order."""
    return [
        Said(
            one.row.sender != view.row.partner,
            f"{one.event.actor.name} {one.event.actor.organisation}".strip(),
            desk.divisions.named(one.event.actor.division),
            one.event.occurred_at,
            one.event.happening.text,
            standing_of(one, lang),
        )
        for one in view.events
        if one.event is not None and isinstance(one.event.happening, Note)
    ]


def standing_of(one: EventView, lang: Lang) -> str:
    """Return how an event stands, empty when it simply counts."""
    return STANDINGS[one.row.standing].say(lang) if one.row.standing in STANDINGS else ""


def doubts_of(event: Event, lang: Lang) -> tuple[str, ...]:
    """Return what may be wrong with an event of ours and was not refused."""
    found: Iterable[FieldFinding] = (*document_doubts(event), *handing_doubts(event))
    return tuple(f"{one.problem.say(lang)}: {one.fix.say(lang)}" for one in found)


def name_of(event: Event, lang: Lang) -> str:
    """Return what an event is called; a correction says so."""
    name = EVENT_NAMES[type(event.happening)].say(lang)
    return f"{CORRECTION.say(lang)}: {name}" if event.corrects else name


def _happened(
    desk: Desk, view: CaseView, one: EventView, proofs: Mapping[str, Proof], lang: Lang, *, full: bool, acts: bool
) -> Happened:
    row, event = one.row, one.event
    ours = row.sender != view.row.partner
    if event is None:
        origin = view.case.origin
        by, place, name = f"{origin.staff_number} {origin.organisation}", origin.division, _OPENED.say(lang)
    else:
        by = f"{event.actor.name} {event.actor.organisation}"
        place, name = event.actor.division, name_of(event, lang)
    counts = row.standing not in (events.REFUSED, events.GIVEN_UP)
    correct = ""
    if event is not None and acts and counts and may_be_corrected(event, ours=ours):
        correct = f"/cases/{row.case_id}/acts/{word_of(type(event.happening))}?corrects={event.event_id}"
    return Happened(
        event_id=row.event_id,
        name=name,
        by=by.strip(),
        place=desk.divisions.named(place),
        ours=ours,
        occurred_at=row.occurred_at,
        arrived_at=row.arrived_at,
        version=row.version,
        reason=event.reason if event else "",
        standing=standing_of(one, lang),
        refusal=_refused(one, lang),
        says=tuple(_says(event, view, lang, full=full)) if event else (),
        documents=event.documents if event else (),
        doubts=doubts_of(event, lang) if event and ours and counts else (),
        correct=correct,
        proof=proofs.get(row.event_id),
    )


def _refused(one: EventView, lang: Lang) -> str:
    if one.row.standing != events.REFUSED:
        return ""
    return f"{one.refusal.cause.say(lang)}. {one.refusal.fix.say(lang)}" if one.refusal else one.row.reason


def _says(event: Event, view: CaseView, lang: Lang, *, full: bool) -> list[tuple[str, str]]:
    happening = event.happening
    if isinstance(happening, Note):
        return []  # it stands among the notes
    if isinstance(happening, DeadlinePassed):
        return [(CLOCK_NAMES[happening.clock].say(lang), _value(happening.due_at, None, lang))]
    found = (
        [
            (one.label.say(lang), value)
            for one in FORMS[word_of(type(happening))].fields
            if (value := _value(_masked(happening, one.name, full=full), one, lang))
        ]
        if not isinstance(happening, Supplemented)
        else []
    )
    if isinstance(happening, HandledOffline):
        numbers = {one.envelope_id: one.sequence for one in view.deliveries}
        found = [(label, str(numbers.get(happening.envelope_id, value))) for label, value in found]
    if isinstance(happening, SupplementRequested):
        found += [(f"{_ASKED.say(lang)} {one.requirement_id}", one.what) for one in happening.requirements]
    if isinstance(happening, Supplemented):
        found += [(_MATERIAL.say(lang), f"{one.name} ({one.version})") for one in happening.materials]
        found += [(_ANSWERS.say(lang), ", ".join(happening.requirement_ids))] if happening.requirement_ids else []
        found += [(_FORM.say(lang), _CHANGED.say(lang))] if happening.form_json else []
    return found


def _masked(happening: Happening, name: str, *, full: bool) -> object:
    value = getattr(happening, name)
    if full or not isinstance(happening, Delivered):
        return value
    if name == "recipient_name":
        return mask_name(happening.recipient_name)
    if name == "certificate_number" and value:
        return mask_certificate(happening.certificate_kind or CertificateKind.OTHER, happening.certificate_number)
    return value


def _value(value: object, field: Field | None, lang: Lang) -> str:
    """Return a value of a field in words; empty for what was not said."""
    for choice, name in field.choices if field else ():
        if choice == value:
            return name.say(lang)
    if isinstance(value, bool):
        return _YES.say(lang) if value else ""
    if isinstance(value, datetime):
        return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return str(value) if value else ""


STANDINGS = {
    events.PENDING: Text("待对方确认", "awaits the handler"),
    events.HELD: Text("先到, 等候前一步", "came early, waits for the step before"),
    events.REFUSED: Text("被拒收", "refused"),
    events.GIVEN_UP: Text("未送达对方", "not handed over"),
}
_OPENED = Text("收件", "taken in")
_MATERIAL = Text("材料", "Material")
_ASKED = Text("补正事项", "asked for")
_ANSWERS = Text("答复", "Answers")
_FORM = Text("表单", "Form")
_CHANGED = Text("已修改", "changed")
_YES = Text("是", "yes")
