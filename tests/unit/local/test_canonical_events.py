from dataclasses import fields
from datetime import UTC, date, datetime

import orjson
import pytest

from gateway.case.events import Accepted, Decided, Event, Happening, Supplemented
from gateway.case.kinds import Decision
from gateway.case.reasons import Reason
from gateway.local.canonical_in import EVENT_OUTLINE, read_deed
from gateway.local.canonical_out import encode, event_content
from gateway.local.words import EVENT_WORDS, POSTED
from gateway.settings.calendar_layers import country
from tests.unit.local.local_build import NOW, as_bytes, event, paths, put, refusal, sample

MATERIAL = {"material_id": "M1", "name": "照片", "version": 2, "paper": {"copies": 1}}
MORE = {
    "received_by_handler": {"handler_number": "LC-2026-1"},
    "accepted": {"acceptance_number": "恩政服受〔2026〕00123号", "promised_date": "2026-12-22"},
    "not_accepted": {"reason": "不属于本机关职权", "competent_organ": "示例机关"},
    "supplement_requested": {
        "requirements": [{"requirement_id": "R1", "what": "重新拍照", "material_id": "M1"}],
        "respond_by": "2026-12-08T17:30:00+08:00",
    },
    "supplemented": {"materials": [MATERIAL], "requirement_ids": ["R1"], "form": {"fee": 25}},
    "step_done": {
        "kind": "review",
        "name": "审查",
        "started_at": "2026-11-24T09:00:00+08:00",
        "ended_at": "2026-11-24T09:30:00+08:00",
        "opinion": "属实",
    },
    "suspended": {"kind": "appraisal", "reason": "需要鉴定", "expected_days": 10},
    "resumed": {"result": "鉴定完毕"},
    "extended": {"days": 10, "approver": "示例负责人", "reason": "情况复杂"},
    "decided": {"decision": "granted", "result_kind": "certificate", "valid_from": "2026-11-24"},
    "returned": {"supplement_overdue": True, "reason": "补正逾期"},
    "voided": {"reason": "误录"},
    "withdrawn": {},
    "result_sent": {"way": "mail", "carrier": "示例快递", "tracking_number": "SF1"},
    "delivered": {"way": "mail", "recipient_name": "示例收件人"},
    "evaluated": {"origin_level": "satisfied", "handler_level": "very_satisfied"},
    "note": {"text": "请核对照片"},
    "referred": {"to_organ": "示例上级机关"},
}


def read(body):
    return read_deed(as_bytes(body), NOW)


def test_every_event_a_system_may_post_has_a_sample_here():
    assert set(MORE) == POSTED == set(EVENT_OUTLINE.words(("event",)))


@pytest.mark.parametrize("word", MORE)
def test_every_event_is_read_and_told_again_the_same(word):
    body = event(word, **MORE[word])
    deed = read(body)
    assert EVENT_WORDS[type(deed.happening)] == word
    told = orjson.loads(
        encode(event_content(Event("e1", deed.actor, deed.occurred_at, NOW, deed.happening, deed.reason)))
    )
    again = read({key: value for key, value in told.items() if key not in ("event_id", "recorded_at", "grant")})
    assert again == deed


def test_every_field_of_every_event_can_be_posted():
    for kind in Happening.__args__:
        word = EVENT_WORDS[kind]
        if word in POSTED:
            known = EVENT_OUTLINE.keys(())
            names = {"form" if own.name == "form_json" else own.name for own in fields(kind)}
            assert names <= set(known), word


def test_documents_and_deadlines_come_along():
    body = event(
        documents=[
            {"kind": "acceptance_notice", "title": "受理通知书", "number": "受〔2026〕1号", "dated": "2026-11-24"}
        ],
        deadlines=[{"clock": "promised", "due_at": "2026-12-22T23:59:59+08:00", "calendar_version": "2026.1"}],
    )
    deed = read(body)
    assert deed.documents[0].dated == date(2026, 11, 24)
    assert deed.deadlines[0].due_at == datetime(2026, 12, 22, 15, 59, 59, tzinfo=UTC)
    assert isinstance(deed.happening, Accepted)


def test_a_supplement_keeps_the_exact_characters_of_its_form():
    raw = as_bytes(event("supplemented", form=None)).replace(b'"form": null', b'"form": {"fee" : 1.10}')
    happening = read_deed(raw, NOW).happening
    assert isinstance(happening, Supplemented)
    assert happening.form_json == '{"fee" : 1.10}'


def test_a_form_of_null_means_the_form_did_not_change():
    happening = read(event("supplemented", form=None, materials=[MATERIAL])).happening
    assert isinstance(happening, Supplemented)
    assert happening.form_json == ""


def test_a_decision_is_read():
    happening = read(event("decided", decision="denied", reason="条件不符")).happening
    assert isinstance(happening, Decided)
    assert happening.decision is Decision.DENIED


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (event("decided", decision="denied"), "reason"),
        (event("decided", decision="maybe"), "decision"),
        (event("returned"), "reason"),
        (event("extended", days=10, approver="", reason="x"), "approver"),
        (event("supplement_requested", requirements=[]), "requirements"),
        (event("supplemented"), "materials"),
        (event("note", text=" "), "text"),
        (event("evaluated", origin_level="satisfied"), "handler_level"),
        (event("handled_offline", envelope_id="e"), "event"),
        (event("deadline_passed", clock="legal"), "event"),
        (event("aproved"), "event"),
        (put(event(), "event", ...), "event"),
        (put(event(), "actor", ...), "actor"),
        (put(event(), "occurred_at", "2026-11-24T10:30:00+08:00"), "occurred_at"),
        (
            event("supplement_requested", **MORE["supplement_requested"] | {"respond_by": "2026-11-01T00:00:00Z"}),
            "respond_by",
        ),
        (event("step_done", **MORE["step_done"] | {"ended_at": "2026-11-24T08:00:00+08:00"}), "ended_at"),
        (event("decided", decision="granted", valid_from="2026-11-24", valid_to="2026-11-23"), "valid_to"),
        (
            event("delivered", **MORE["delivered"], certificate_kind="resident_id", certificate_number="1"),
            "certificate_number",
        ),
        (event("supplemented", materials=[MATERIAL, MATERIAL]), "materials[1].material_id"),
    ],
)
def test_what_an_event_lacks_is_told_at_its_path(body, path):
    error = refusal(lambda: read(body))
    assert error.reason is Reason.BAD_REQUEST
    assert set(paths(error)) == {path}


def test_everything_wrong_with_an_event_is_told_at_once():
    body = put(event("extended", days=0, approver=""), "actor.division", "4228")
    body["occurred_at"] = "2026-11-19T09:00:00+08:00"
    error = refusal(lambda: read(body))
    assert error.reason is Reason.BAD_REQUEST
    assert set(paths(error)) >= {"days", "actor.division", "occurred_at"}


@pytest.mark.parametrize("occurred", ["2026-11-20T09:00:00+08:00", "2026-11-19T23:59:59+08:00"])
def test_an_event_of_more_than_a_working_day_ago_needs_a_reason(occurred):
    body = put(event(), "occurred_at", occurred)
    error = refusal(lambda: read(body))
    assert error.reason is Reason.BACKDATED
    assert paths(error) == ["occurred_at"]
    assert read(body | {"reason": "系统停机, 补录"}).reason


@pytest.mark.parametrize("occurred", ["2026-11-23T00:00:00+08:00", "2026-11-24T10:04:59+08:00"])
def test_an_event_of_the_last_working_day_needs_none(occurred):
    assert read(put(event(), "occurred_at", occurred)).occurred_at.tzinfo is UTC


def test_a_weekend_is_no_delay():
    monday = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert read_deed(as_bytes(put(event(), "occurred_at", "2026-11-20T17:00:00+08:00")), monday)


def test_a_holiday_of_the_region_is_no_delay_and_a_saturday_worked_counts():
    after = datetime(2026, 10, 8, 2, tzinfo=UTC)
    body = as_bytes(put(event(), "occurred_at", "2026-09-30T17:00:00+08:00"))
    assert read_deed(body, after, None, country())
    assert refusal(lambda: read_deed(body, after)).reason is Reason.BACKDATED, "from Monday to Friday it is long ago"
    monday = datetime(2026, 10, 12, 2, tzinfo=UTC)
    friday = as_bytes(put(event(), "occurred_at", "2026-10-09T17:00:00+08:00"))
    assert refusal(lambda: read_deed(friday, monday, None, country())).reason is Reason.BACKDATED


def test_a_case_is_no_event():
    assert "event" in paths(refusal(lambda: read(sample())))
