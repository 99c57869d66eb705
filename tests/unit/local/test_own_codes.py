"""A system's own codes, both ways: what it posted is what it reads, and nothing is guessed in between."""

import json
from typing import Any

import pytest

from gateway.case import events as ev
from gateway.case.code.identifiers import CertificateKind
from gateway.case.kinds import Decision, ResultKind, Satisfaction
from gateway.case.reasons import Reason
from gateway.local.canonical_in import read_case, read_deed
from gateway.local.canonical_out import case_content, encode, event_content
from gateway.local.mapping import read_foreign_case
from gateway.local.own_codes import ENDINGS, OwnCodes
from gateway.local.strict_json import Body
from gateway.local.systems_check import check_systems
from tests.build import a_case, a_person, an_event
from tests.unit.local.local_build import (
    NOW,
    as_bytes,
    divisions,
    event,
    paths,
    refusal,
    sample,
    sample_bytes,
    shipped,
    shipped_system,
)


def own_codes(name: str) -> OwnCodes:
    mapping = shipped_system(name).mapping
    assert mapping
    assert mapping.own
    return mapping.own


EVERY_CODE = [
    (system.name, field.table.name, ".".join(field.keys), code)
    for system in shipped().systems
    if system.mapping and system.mapping.own
    for field in system.mapping.own.fields
    for code in field.table.words
]


@pytest.mark.parametrize(("system", "table", "path", "code"), EVERY_CODE, ids="/".join)
def test_every_code_that_is_posted_is_read_again_as_it_was(system: str, table: str, path: str, code: str):
    own = own_codes(system)
    scope, *keys = path.split(".")
    if not keys:
        [field] = [one for one in own.fields if one.keys == (scope,)]
        assert field.codes[field.table.words[code]] == code
        return
    body: dict[str, Any] = {}
    inner = body
    for key in keys[:-1]:
        inner = inner.setdefault(key, {})
    inner[keys[-1]] = code
    canonical = own.read(Body(b"", body, ()), scope).data
    back: Any = own.write({scope: canonical})[scope]
    for key in keys:
        back = back[key]
    assert back == code


@pytest.mark.parametrize("system", [one for one in shipped().systems if one.mapping and one.mapping.tables])
def test_no_table_of_a_shipped_system_has_two_codes_for_one_word(system):
    for table in system.mapping.tables.values():
        assert len(set(table.words.values())) == len(table.words), table.name


TRAPS = [
    ("epoint-flat", "applicant_kind", "20", "person"),
    ("epoint-flat", "certificate", "22", "resident_id"),
    ("epoint-flat", "case_kind", "1", "promised"),
    ("epoint-flat", "case_kind", "2", "immediate"),
    ("epoint-flat", "item_type", "11", "public_service"),
    ("epoint-flat", "done_result", "1", "denied"),
    ("epoint-flat", "done_result", "6", "not_accepted"),
    ("epoint-flat", "satisfaction", "1", "very_satisfied"),
    ("guangdong-nested", "applicant_kind", "0", "person"),
    ("guangdong-nested", "certificate", "10", "resident_id"),
    ("guangdong-nested", "satisfaction", "1", "very_dissatisfied"),
    ("guangdong-nested", "satisfaction", "5", "very_satisfied"),
    ("guizhou-push", "certificate", "51", "resident_id"),
    ("guizhou-push", "done_result", "6", "granted"),
    ("shaanxi-hub", "certificate", "111", "resident_id"),
    ("shaanxi-hub", "done_result", "1", "returned"),
    ("shaanxi-hub", "done_result", "6", "granted"),
    ("shaanxi-hub", "done_result", "7", "denied"),
    ("yangtze-delta", "certificate", "身份证", "resident_id"),
]


@pytest.mark.parametrize(("system", "table", "code", "word"), TRAPS)
def test_the_traps_between_provinces_are_in_the_tables(system: str, table: str, code: str, word: str):
    mapping = shipped_system(system).mapping
    assert mapping
    assert mapping.tables[table].words[code] == word


def test_a_case_submitted_in_own_codes_is_shown_in_them():
    mapping = shipped_system("epoint-flat").mapping
    assert mapping
    assert mapping.own
    request = sample("epoint-flat")
    case = read_foreign_case(sample_bytes("epoint-flat"), mapping, NOW)
    shown: Any = mapping.own.write({"case": case_content(case)})["case"]
    assert shown["applicant"]["kind"] == request["applyertype"]
    assert shown["applicant"]["certificate_kind"] == request["certtype"]
    assert shown["channel"] == request["applyway"]
    assert shown["delivery"]["way"] == request["resultgettype"]
    assert encode(shown["form"]).decode() == case.form_json


def test_canonical_fields_with_own_codes_are_read_where_the_file_has_no_rules_for_a_case():
    raw = sample_bytes().decode()
    for word, code in (("person", "个人"), ("resident_id", "身份证"), ("passport", "护照"), ("entrusted", "代收代办")):
        raw = raw.replace(f': "{word}"', f': "{code}"')
    case = read_case(raw.encode(), NOW, own_codes("yangtze-delta"))
    assert case.form_json == read_case(sample_bytes(), NOW).form_json
    wrong = raw.replace("代收代办", "快递").encode()
    told = refusal(lambda: read_case(wrong, NOW, own_codes("yangtze-delta")))
    assert (told.reason, paths(told)) == (Reason.UNMAPPED_CODE, ["mode"])


@pytest.mark.parametrize(
    ("system", "code", "happening"),
    [
        ("shaanxi-hub", "0", ev.Decided(Decision.GRANTED, result_kind=ResultKind.CERTIFICATE)),
        ("shaanxi-hub", "6", ev.Decided(Decision.GRANTED)),
        ("shaanxi-hub", "7", ev.Decided(Decision.DENIED)),
        ("shaanxi-hub", "1", ev.Returned()),
        ("shaanxi-hub", "5", ev.Returned(supplement_overdue=True)),
        ("shaanxi-hub", "2", ev.Voided()),
        ("epoint-flat", "6", ev.NotAccepted()),
        ("epoint-flat", "0", ev.Decided(Decision.GRANTED)),
        ("epoint-flat", "5", ev.Returned()),
        ("guizhou-push", "6", ev.Decided(Decision.GRANTED)),
    ],
)
def test_the_result_code_of_each_province_means_what_it_means_there(system: str, code: str, happening: ev.Happening):
    posted = event(reason="按规定办理", ending=code)
    del posted["event"]
    deed = read_deed(as_bytes(posted), NOW, own_codes(system))
    assert deed.happening == happening
    shown: Any = own_codes(system).write({"event": event_content(an_event(happening))})["event"]
    assert shown["ending"] == code


def test_an_outcome_that_contradicts_the_rest_of_the_event_is_refused():
    posted = event("decided", decision="denied", reason="按规定办理", ending="0")
    told = refusal(lambda: read_deed(as_bytes(posted), NOW, own_codes("epoint-flat")))
    assert told.reason is Reason.BAD_REQUEST
    assert "decision" in paths(told)


def test_an_unknown_result_code_is_refused_and_an_unknown_key_stays_unknown():
    posted = event(ending="9")
    del posted["event"]
    told = refusal(lambda: read_deed(as_bytes(posted), NOW, own_codes("shaanxi-hub")))
    assert (told.reason, paths(told)) == (Reason.UNMAPPED_CODE, ["ending"])
    told = refusal(lambda: read_deed(as_bytes(event("note", text="x", ending="6")), NOW, None))
    assert paths(told) == ["ending"]


def test_a_canonical_word_is_no_code():
    told = refusal(
        lambda: read_deed(
            as_bytes(event("evaluated", origin_level="very_satisfied", handler_level="5")),
            NOW,
            own_codes("guangdong-nested"),
        )
    )
    assert (told.reason, paths(told)) == (Reason.UNMAPPED_CODE, ["origin_level"])


def test_a_number_without_quotes_is_read_as_its_code():
    deed = read_deed(
        as_bytes(event("evaluated", origin_level=5, handler_level="1")), NOW, own_codes("guangdong-nested")
    )
    assert deed.happening == ev.Evaluated(Satisfaction.VERY_SATISFIED, Satisfaction.VERY_DISSATISFIED)


def test_a_word_without_a_code_stops_and_names_field_and_table():
    case = a_case(applicant=a_person(certificate_kind=CertificateKind.PASSPORT, certificate_number="E12345678"))
    told = refusal(lambda: own_codes("guizhou-push").write({"case": case_content(case)}, "items[0]"))
    assert (told.reason, paths(told)) == (Reason.UNMAPPED_CODE, ["items[0].case.applicant.certificate_kind"])
    assert "certificate" in told.findings[0].problem.zh
    assert "E12345678" not in json.dumps([finding.problem.zh for finding in told.findings])


def test_the_events_of_a_case_are_shown_in_own_codes_one_by_one():
    views = [
        {"event": "opened"},
        event_content(an_event(ev.Accepted())),
        event_content(an_event(ev.Decided(Decision.GRANTED, result_kind=ResultKind.CERTIFICATE))),
    ]
    shown: Any = own_codes("guizhou-push").write({"events": views})["events"]
    assert [one["event"] for one in shown] == ["opened", "accepted", "decided"]
    assert [one.get("ending") for one in shown] == [None, None, "0"]


def test_every_ending_is_told_apart():
    assert len({json.dumps(said, sort_keys=True) for said in ENDINGS.values()}) == len(ENDINGS)


# Files.

HEAD = "name: a1\ntitle: 示例\nmay: [submit]\nmapping:\n"


def found_in(tmp_path, mapping: str) -> list[tuple[int, str, str]]:
    folder = tmp_path / "systems"
    folder.mkdir()
    (folder / "a1.yaml").write_text(HEAD + mapping, encoding="utf-8")
    return [(one.line, one.key, one.fix.en) for one in check_systems(folder, divisions()).findings]


@pytest.mark.parametrize(
    ("mapping", "line", "key", "fix"),
    [
        (
            '  codes: {s: {"1": granted, "6": granted}}\n  own_codes: {fields: {event.decision: s}}\n',
            5,
            "mapping.codes.s.6",
            'name one in mapping.own_codes.write.s, such as granted: "1"',
        ),
        (
            '  codes: {s: {"1": granted}}\n  own_codes: {fields: {event.decisoin: s}}\n',
            6,
            "mapping.own_codes.fields.event.decisoin",
            "write state",
        ),
        (
            '  codes: {s: {"1": granted}}\n  own_codes: {fields: {event.decision: t}}\n',
            6,
            "mapping.own_codes.fields.event.decision",
            "allowed here: s",
        ),
        (
            '  codes: {s: {"1": grantd}}\n  own_codes: {fields: {event.decision: s}}\n',
            5,
            "mapping.codes.s.1",
            "did you mean 'granted'?",
        ),
        (
            '  codes: {s: {"1": granted}}\n  own_codes: {fields: {event.decision: s}, write: {s: {denied: "2"}}}\n',
            6,
            "mapping.own_codes.write.s.denied",
            "allowed here: 1",
        ),
        ("  own_codes: {field: {}}\n", 5, "mapping.own_codes.field", "did you mean 'fields'?"),
        ("  own_codes: [a]\n", 5, "mapping.own_codes", "follow"),
    ],
)
def test_a_mistake_in_own_codes_is_told_with_its_line(tmp_path, mapping: str, line: int, key: str, fix: str):
    told = found_in(tmp_path, mapping)
    assert [(at, where) for at, where, _ in told if where == key] == [(line, key)]
    assert next(how for _, where, how in told if where == key).startswith(fix)


def test_two_codes_for_a_word_are_no_mistake_where_the_code_to_write_is_named(tmp_path):
    mapping = (
        '  codes: {s: {"1": granted, "6": granted, "7": denied}}\n'
        '  own_codes: {fields: {event.decision: s}, write: {s: {granted: "6"}}}\n'
    )
    assert found_in(tmp_path, mapping) == []


def test_two_codes_for_a_word_are_no_mistake_in_a_file_that_only_submits(tmp_path):
    assert found_in(tmp_path, '  codes: {m: {"1": joint, "2": joint}}\n  case: {mode: {from: a, code: m}}\n') == []
