"""Canonical JSON out: cases, events, the feed and answers as local systems read them.

The keys of a case are those it was submitted with, so that what is read can be submitted.  A form goes out with its exact
characters.  Personal data leaves only towards the system in charge of the case; lists carry a masked name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum

import orjson

from gateway.case.code.identifiers import CertificateKind
from gateway.case.errors import FieldFinding
from gateway.case.events import Event
from gateway.case.model import (
    Applicant,
    Case,
    LicenceReference,
    Material,
    MaterialFile,
    Organisation,
)
from gateway.case.states import STATE_NAMES, State
from gateway.case.texts import Text
from gateway.flows.act import Acted
from gateway.flows.look import CaseView, EventView, FeedItem
from gateway.flows.materials.transfer import MaterialState
from gateway.flows.past import SECOND_NOTICE
from gateway.flows.submit import Submitted
from gateway.local import deliveries_out, history_out, licences_out
from gateway.local.words import CERTIFICATE_WORDS, EVENT_WORDS, POSTED, WORD_OF_NAME
from gateway.store.cases import CaseRow
from gateway.store.feed import DEADLINE, ITEM_CHANGED, KEPT_BACK, LICENCE, REDIRECTED
from gateway.wire.envelope import Problem

Json = dict[str, object]


def encode(value: object) -> bytes:
    """Return the UTF-8 bytes of a JSON value; exact pieces go in as they are."""
    return orjson.dumps(value)


def instant(moment: datetime) -> str:
    """Return an instant in UTC as RFC 3339."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def submitted(answer: Submitted) -> Json:
    """Return the answer to a submission."""
    return {
        "case_id": answer.case_id,
        "state": answer.state.value,
        "state_name": text(STATE_NAMES[answer.state]),
        "partner": answer.partner,
        "opened_at": instant(answer.opened_at),
        "query_code": answer.query_code,
        "notes": [text(note) for note in answer.notes],
        "warnings": [
            {"dimension": one.dimension.value, "count": one.count, "text": text(one.text)} for one in answer.warnings
        ],
        **licences_out.submitted_checks(answer.licences),
    }


def acted(answer: Acted) -> Json:
    """Return the answer to an act; `confirmed` is false while the handler's receipt is awaited (待对方确认)."""
    return {
        "event_id": answer.event_id,
        "case_id": answer.case_id,
        "state": answer.state.value,
        "state_name": text(STATE_NAMES[answer.state]),
        "case_version": answer.case_version,
        "confirmed": answer.case_version is not None,
        "doubts": findings(answer.doubts),
    }


def case_summary(row: CaseRow, masked_name: str) -> Json:
    """Return one line of a list of cases."""
    return {**_standing(row), "applicant": masked_name}


def case_view(view: CaseView) -> Json:
    """Return a case with its events and what became of its envelopes, for the system in charge of it."""
    return {
        **_standing(view.row),
        "possible_events": [EVENT_WORDS[kind] for kind in view.possible if EVENT_WORDS[kind] in POSTED],
        "case": case_content(view.case),
        **history_out.held_now(view),
        "supplements": history_out.supplements(view),
        "result": history_out.result(view),
        "events": _event_views(view),
        "deliveries": [deliveries_out.delivery(owed, view.partner_pauses_until) for owed in view.deliveries],
    }


def feed_item(item: FeedItem) -> Json:
    """Return one thing a local system has to learn."""
    changed, late, licence = item.kind == ITEM_CHANGED, item.kind == DEADLINE, item.kind == LICENCE
    kept, elsewhere = item.kind == KEPT_BACK, item.kind == REDIRECTED
    other = changed or late or licence or elsewhere or item.note == SECOND_NOTICE
    return {
        "position": item.position,
        "kind": item.kind,
        "case_id": item.case_id,
        "joint_parent": item.joint_parent,
        "party": item.party.value,
        "at": instant(item.at),
        "state": item.state.value,
        "state_name": text(STATE_NAMES[item.state]),
        "case_version": item.case_version,
        "reason": "" if other else deliveries_out.reason_of(item.note) if kept else item.note,
        **deliveries_out.feed_kept(item.note if kept else ""),
        "redirected_to": item.note if elsewhere else "",
        "item_change": item.note if changed else "",
        "deadline": item.note if late else "",
        "licence": licences_out.feed_licence(item.note) if licence else None,
        "second_notice": item.note == SECOND_NOTICE,
        "refusal": _refusal(item.refusal),
        "case": case_content(item.case) if item.case else None,
        "event": event_content(item.event) if item.event else None,
    }


def material_state(state: MaterialState) -> Json:
    """Return where an upload stands."""
    return {"sha256": state.sha256, "size": state.size, "offset": state.offset, "complete": state.complete}


def case_content(case: Case) -> Json:
    """Return a case with the keys it is submitted with."""
    return {
        "origin_number": case.origin_number,
        "item": _plain(case.item),
        "mode": case.mode.value,
        "channel": case.channel.value,
        "summary": case.summary,
        "applicant": _applicant(case.applicant),
        "agent": _plain(case.agent),
        "contacts": _plain(case.contacts),
        "form": orjson.Fragment(case.form_json),
        "materials": [_material(material) for material in case.materials],
        "origin": _plain(case.origin),
        "handler": _plain(case.handler),
        "delivery": _plain(case.delivery),
        "received_at_window": instant(case.received_at_window),
        "joint_parent": case.joint_parent,
    }


def event_content(event: Event) -> Json:
    """Return an event with the keys it is posted with, and its id and when it was recorded."""
    happening = event.happening
    content: Json = {
        "event_id": event.event_id,
        "event": EVENT_WORDS[type(happening)],
        "occurred_at": instant(event.occurred_at),
        "recorded_at": instant(event.recorded_at),
        "actor": _plain(event.actor),
        "reason": event.reason,
        "documents": _plain(event.documents),
        "deadlines": _plain(event.deadlines),
        "grant": _plain(event.grant),
        "corrects": event.corrects,
        "data_version": event.data_version,
    }
    for own in fields(happening):
        value = getattr(happening, own.name)
        if own.name == "form_json":
            content["form"] = orjson.Fragment(value) if value else None
        elif own.name == "materials":
            content["materials"] = [_material(material) for material in value]
        else:
            content[own.name] = _plain(value)
    return content


def text(said: Text) -> dict[str, str]:
    """Return a sentence in both languages."""
    return {"zh": said.zh, "en": said.en}


def findings(found: Iterable[FieldFinding]) -> list[Json]:
    """Return findings, in the order they were found."""
    return [{"path": one.path, "problem": text(one.problem), "fix": text(one.fix)} for one in found]


def _standing(row: CaseRow) -> Json:
    state: State = row.standing.state
    return {
        "case_id": row.case_id,
        "party": row.party.value,
        "partner": row.partner,
        "system": row.system,
        "state": state.value,
        "state_name": text(STATE_NAMES[state]),
        "case_version": row.case_version,
        "supplement_open": row.standing.supplement_open,
        "origin_number": row.origin_number,
        "handler_number": row.handler_number,
        "item": {"basic_code": row.basic_code, "name": row.item_name},
        "mode": row.mode,
        "joint_parent": row.joint_parent,
        "origin_division": row.origin_division,
        "handler_division": row.handler_division,
        "opened_at": instant(row.opened_at),
        "changed_at": instant(row.changed_at),
    }


def _event_views(view: CaseView) -> list[Json]:
    corrected_by, doubts = history_out.corrections(view), history_out.doubts(view)
    return [
        _event_view(one)
        | {
            "corrected_by": corrected_by.get(one.row.event_id, []),
            "doubts": findings(doubts.get(one.row.event_id, ())),
        }
        for one in view.events
    ]


def _event_view(view: EventView) -> Json:
    row = view.row
    about: Json = {
        "event": WORD_OF_NAME.get(row.kind, row.kind),
        "case_version": row.version,
        "standing": row.standing,
        "sender": row.sender,
        "sequence": row.sequence,
        "envelope_id": row.envelope_id,
        "arrived_at": instant(row.arrived_at),
        "refused_with": row.reason,
        "refusal": _refusal(view.refusal),
    }
    return about | event_content(view.event) if view.event else about


def _refusal(problem: Problem | None) -> Json | None:
    """Return what the other side's signed receipt says: why it refused and what to do."""
    if problem is None:
        return None
    return {
        "reason": problem.reason,
        "cause": text(problem.cause),
        "fix": text(problem.fix),
        "findings": findings(problem.findings),
    }


def _applicant(applicant: Applicant) -> Json:
    kind = "organisation" if isinstance(applicant, Organisation) else "person"
    return {"kind": kind, **_members(applicant)}


def _material(material: Material) -> Json:
    form = material.form
    kind = "file" if isinstance(form, MaterialFile) else "licence" if isinstance(form, LicenceReference) else "paper"
    content = _members(material)
    content[kind] = content.pop("form")
    return content


def _plain(value: object) -> object:
    if isinstance(value, CertificateKind):
        return CERTIFICATE_WORDS[value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    return _members(value) if is_dataclass(value) else value


def _members(value: object) -> Json:
    assert is_dataclass(value)
    members: Mapping[str, object] = {own.name: getattr(value, own.name) for own in fields(value)}
    return {name: _plain(member) for name, member in members.items()}
