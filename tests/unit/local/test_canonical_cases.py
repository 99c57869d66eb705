from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.code.identifiers import CertificateKind
from gateway.case.model import LicenceReference, MaterialFile, Mode, Organisation, Paper, Person
from gateway.case.reasons import Reason
from gateway.local.canonical_in import read_case
from gateway.local.canonical_out import case_content, encode
from gateway.local.words import CERTIFICATES
from tests.unit.local.local_build import NOW, as_bytes, paths, put, refusal, sample, sample_bytes

FORM = '{"a" : 90071992547409931234567890,\n "b":25.00, "c":[1e2, "\\u4e2d", "𠮷"]}'


def with_form(form: str) -> bytes:
    return as_bytes(sample() | {"form": None}).replace(b'"form": null', f'"form": {form}'.encode())


def wrong(body: dict) -> list[str]:
    error = refusal(lambda: read_case(as_bytes(body), NOW))
    assert error.reason is Reason.BAD_REQUEST
    assert error.facts["count"] == len(error.findings)
    return paths(error)


def test_a_whole_case_is_read():
    case = read_case(sample_bytes(), NOW)
    assert case.number == ""
    assert case.mode is Mode.ENTRUSTED
    assert isinstance(case.applicant, Person)
    assert case.applicant.certificate_kind is CertificateKind.RESIDENT_ID
    assert [type(material.form) for material in case.materials] == [MaterialFile, Paper, LicenceReference]
    assert case.received_at_window.isoformat() == "2026-11-23T08:08:12+00:00"


def test_the_form_keeps_its_exact_characters():
    assert read_case(with_form(FORM), NOW).form_json == FORM


def test_what_is_read_out_can_be_submitted_again_and_is_the_same_case():
    case = read_case(with_form(FORM), NOW)
    told = encode(case_content(case))
    assert FORM.encode() in told
    assert read_case(told, NOW) == case


@given(
    summary=st.text(max_size=200).filter(lambda text: "\0" not in text),
    amount=st.decimals(allow_nan=False, allow_infinity=False),
    address=st.text(alphabet="省市路号𠮷·é ", max_size=500),
)
def test_texts_and_decimals_survive_the_round_trip(summary, amount, address):
    body = put(put(sample(), "summary", summary), "applicant.address", address)
    form = f'{{"amount": {amount:f}}}'
    raw = as_bytes(body | {"form": None}).replace(b'"form": null', f'"form": {form}'.encode())
    case = read_case(raw, NOW)
    assert case.form_json == form
    assert Decimal(case.form_json[11:-1]) == amount
    assert read_case(encode(case_content(case)), NOW) == case


@pytest.mark.parametrize("word", CERTIFICATES)
def test_every_kind_of_certificate_has_a_word(word):
    numbers = {
        "passport": "E00000000",
        "household_book": "420000000",
        "taiwan_permit": "00000000",
        "exit_hong_kong_macao": "C00000000",
        "hong_kong_macao_permit": "H00000000",
        "exit_taiwan": "L00000000",
        "foreign_resident": "CHN110190010101"[:15],
        "other": "示例-1",
    }
    body = sample()
    body["applicant"] |= {
        "certificate_kind": word,
        "certificate_number": numbers.get(word, "422801199001010018"),
    }
    case = read_case(as_bytes(body), NOW)
    assert case.applicant.certificate_kind is CERTIFICATES[word]
    assert orjson.loads(encode(case_content(case)))["applicant"]["certificate_kind"] == word


def test_an_organisation_applies_with_its_legal_representative():
    body = sample()
    head = {"name": "示例乙", "certificate_kind": "resident_id", "certificate_number": "422801199001010018"}
    body["applicant"] = {
        "kind": "organisation",
        "name": "示例单位",
        "uscc": "11422800MB0T00015R",
        "legal_representative": head,
    }
    case = read_case(as_bytes(body), NOW)
    assert isinstance(case.applicant, Organisation)
    assert case.applicant.legal_representative.name == "示例乙"
    assert read_case(encode(case_content(case)), NOW) == case


def test_everything_wrong_is_told_at_once():
    body = sample()
    for path, value in {
        "item.basic_code": "00012001100",
        "applicant.certificate_number": "422801199001010019",
        "applicant.phone": "123",
        "applicant.name": "王*明",
        "origin.uscc": "11422800MB0T00015Q",
        "handler.division": "4228",
        "mode": "somehow",
        "received_at_window": "2026-11-23 16:08:12",
        "delivery.address": "",
        "materials.1.material_id": "M1",
        "materials.0.file.sha256": "00",
        "agent.authorisation_material_id": "M9",
        "summmary": "x",
    }.items():
        put(body, path, value)
    assert set(wrong(body)) == {
        "item.basic_code",
        "applicant.certificate_number",
        "applicant.phone",
        "applicant.name",
        "origin.uscc",
        "handler.division",
        "mode",
        "received_at_window",
        "delivery.address",
        "materials[1].material_id",
        "materials[0].file.sha256",
        "agent.authorisation_material_id",
        "summmary",
    }


def test_no_finding_repeats_a_personal_value():
    body = put(put(sample(), "applicant.certificate_number", "42280119900101001X"), "applicant.phone", "1390000")
    body = put(body, "mode", "示例·买买提")
    error = refusal(lambda: read_case(as_bytes(body), NOW))
    told = str([(finding.problem, finding.fix) for finding in error.findings])
    assert len(error.findings) >= 3
    for secret in ("42280119900101001X", "1390000", "示例·买买提"):
        assert secret not in told


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("origin_number", ""),
        ("origin_number", "x" * 51),
        ("origin_number", 17),
        ("item", ...),
        ("item.version", "3"),
        ("item.version", -1),
        ("item.version", 10**40),
        ("item.version", True),
        ("applicant.kind", "company"),
        ("applicant.certificate_kind", "111"),
        ("channel", None),
        ("form", []),
        ("form", ...),
        ("materials.0.file.size", 0),
        ("materials.0.file.size", 2**31 + 1),
        ("materials.0.file.media_type", "jpeg"),
        ("materials.1.original_seen", "true"),
        ("received_at_window", "2026-11-24T10:06:00+08:00"),
        ("received_at_window", "2026-11-31T10:06:00+08:00"),
        ("received_at_window", "2026-11-24T02:00:00"),
        ("delivery.way", "pigeon"),
        ("joint_parent", "TB0"),
    ],
)
def test_one_wrong_value_is_one_finding_at_its_path(path, value):
    found = wrong(put(sample(), path, value))
    wanted = path.replace(".0.", "[0].").replace(".1.", "[1].")
    assert set(found) == {wanted}


def test_a_misspelt_key_is_told_once_with_what_was_meant():
    body = sample()
    body["applicant"]["certificate_nunber"] = body["applicant"].pop("certificate_number")
    error = refusal(lambda: read_case(as_bytes(body), NOW))
    [finding] = error.findings
    assert finding.path == "applicant.certificate_nunber"
    assert "certificate_number" in finding.fix.en


@pytest.mark.parametrize("given", [{}, {"paper": {}, "licence": None, "file": "M"}])
def test_a_material_has_exactly_one_form(given):
    body = sample()
    body["materials"][0] = {"material_id": "M1", "name": "照片", **given}
    assert "materials[0]" in wrong(body)


def test_the_same_digest_cannot_have_two_sizes():
    body = sample()
    twin = {**body["materials"][0], "material_id": "M9", "file": {**body["materials"][0]["file"], "size": 4}}
    body["materials"].append(twin)
    assert wrong(body) == ["materials[3].file.size"]


def test_too_many_materials_are_refused():
    body = sample()
    body["materials"] = [{"material_id": f"P{n}", "name": "纸", "paper": {}} for n in range(201)]
    body["agent"] = None
    assert wrong(body) == ["materials"]


def test_a_form_too_deep_is_told_under_its_key():
    deep = '{"a":' * 17 + "1" + "}" * 17
    error = refusal(lambda: read_case(with_form(deep), NOW))
    assert paths(error) == ["form"]


def test_a_key_twice_in_the_form_is_told_once():
    error = refusal(lambda: read_case(with_form('{"a":{"b":1,"b":2}}'), NOW))
    assert paths(error) == ["form.a.b"]


def test_a_window_clock_may_be_five_minutes_fast():
    body = put(sample(), "received_at_window", "2026-11-24T10:04:00+08:00")
    assert read_case(as_bytes(body), NOW).received_at_window > NOW


@pytest.mark.parametrize("depth", [200, 700, 900, 980, 990, 999])
def test_a_form_is_never_lost_for_its_depth(depth):
    deep = '{"a":' * depth + "1" + "}" * depth
    error = refusal(lambda: read_case(with_form(deep), NOW))
    assert error.reason is Reason.BAD_JSON or paths(error) == ["form"]


def test_a_number_of_any_size_stays_as_it_is():
    form = '{"a":1e999999,"b":-0,"c":' + "9" * 5000 + "}"
    assert read_case(with_form(form), NOW).form_json == form
