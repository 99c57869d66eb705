"""What a case's events come to, in canonical JSON: what it holds now, supplements, the result, corrections and doubts.

Everything here follows from the events, which stand beside it unchanged; refused events count for nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import orjson

from gateway.case.errors import FieldFinding
from gateway.case.event.corrections import as_they_stand, corrected, correction_findings
from gateway.case.event.documents import REMEDIES, document_doubts, document_problems, is_refusal
from gateway.case.event.history import Past
from gateway.case.event.results import handing_doubts, handing_findings
from gateway.case.event.supplements import form_now, is_second, material_versions, materials_now
from gateway.case.events import Decided, Delivered, Event, ResultSent, Supplemented, SupplementRequested
from gateway.case.model import MaterialFile
from gateway.case.states import Party
from gateway.flows.look import CaseView
from gateway.flows.past import COUNTS
from gateway.local import licences_out

Json = dict[str, object]


def past_of(view: CaseView) -> list[Past]:
    """Return the events that count, with the side that made each."""
    row = view.row
    other = Party.ORIGIN if row.party is Party.HANDLER else Party.HANDLER
    return [
        Past(one.event, other if one.row.sender == row.partner else row.party)
        for one in view.events
        if one.event is not None and one.row.standing in COUNTS
    ]


def held_now(view: CaseView) -> Json:
    """Return the form and the materials that count; the form only if a supplement brought another."""
    events = [past.event for past in past_of(view)]
    form = form_now(view.case, events)
    versions = material_versions(view.case, events)
    return {
        "form_now": orjson.Fragment(form) if form != view.case.form_json else None,
        "materials_now": [
            {
                "material_id": one.material_id,
                "list_code": one.list_code,
                "name": one.name,
                "version": one.version,
                "versions": [earlier.version for earlier in versions[one.material_id]],
                "sha256": one.form.sha256 if isinstance(one.form, MaterialFile) else "",
                **licences_out.checks_of(one, view.licence_checks),
            }
            for one in materials_now(view.case, events)
        ],
    }


def supplements(view: CaseView) -> list[Json]:
    """Return every supplement notice with what became of each requirement."""
    events = as_they_stand([past.event for past in past_of(view)])
    return [_supplement(events, position) for position, one in enumerate(events) if _is_notice(one)]


def result(view: CaseView) -> Json | None:
    """Return the decision as it stands, its documents, and how the result reached the applicant; None before it."""
    events = as_they_stand([past.event for past in past_of(view)])
    ending = next((one for one in events if isinstance(one.happening, Decided) or is_refusal(one)), None)
    if ending is None:
        return None
    sent = [one for one in events if isinstance(one.happening, ResultSent)]
    taken = [one for one in events if isinstance(one.happening, Delivered)]
    return {
        "event_id": ending.event_id,
        "remedies": {"zh": REMEDIES.zh, "en": REMEDIES.en} if is_refusal(ending) else None,
        "documents": [
            {
                "kind": one.kind.value,
                "title": one.title,
                "number": one.number,
                "sha256": one.file.sha256 if one.file else "",
            }
            for one in ending.documents
        ],
        "sent_with": [one.event_id for one in sent],
        "delivered_with": [one.event_id for one in taken],
    }


def corrections(view: CaseView) -> dict[str, list[str]]:
    """Return the ids of the corrections of each event that has any, in order."""
    found = corrected([past.event for past in past_of(view)])
    return {
        one.versions[0].event_id: [later.event_id for later in one.versions[1:]] for one in found if one.versions[1:]
    }


def doubts(view: CaseView) -> dict[str, tuple[FieldFinding, ...]]:
    """Return what may be wrong with each event, at its newest version; nothing here was refused."""
    past = past_of(view)
    party_of = {one.event.event_id: one.party for one in past}
    found: dict[str, tuple[FieldFinding, ...]] = {}
    for one in corrected([before.event for before in past]):
        said = tuple(_doubts_of(one.now, party_of[one.now.event_id]))
        if said:
            found[one.versions[-1].event_id] = said
    for position, made in enumerate(past):
        if made.event.corrects and (wrong := correction_findings(past[:position], made.event, made.party)):
            found[made.event.event_id] = (*wrong, *found.get(made.event.event_id, ()))
    return found


def _doubts_of(event: Event, party: Party) -> Iterator[FieldFinding]:
    yield from document_problems(event)
    yield from document_doubts(event)
    yield from handing_findings(event, party)
    yield from handing_doubts(event)


def _is_notice(event: Event) -> bool:
    return isinstance(event.happening, SupplementRequested)


def _supplement(events: Sequence[Event], position: int) -> Json:
    notice = events[position]
    asked = notice.happening
    assert isinstance(asked, SupplementRequested)
    answer = next((one for one in events[position + 1 :] if isinstance(one.happening, Supplemented)), None)
    brought = answer.happening.requirement_ids if answer and isinstance(answer.happening, Supplemented) else ()
    return {
        "event_id": notice.event_id,
        "notice_number": asked.notice_number,
        "second": is_second(events[:position], notice),
        "supervisor": asked.supervisor,
        "requested_at": _instant(notice.occurred_at),
        "respond_by": _instant(asked.respond_by) if asked.respond_by else None,
        "answered_at": _instant(answer.occurred_at) if answer else None,
        "answer_event_id": answer.event_id if answer else None,
        "requirements": [
            {"requirement_id": one.requirement_id, "what": one.what, "answered": one.requirement_id in brought}
            for one in asked.requirements
        ],
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
