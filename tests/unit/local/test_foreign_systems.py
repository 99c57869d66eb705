"""The two shipped mappings, on requests as such systems send them."""

import json
import re

import pytest

from gateway.case.code.identifiers import CertificateKind
from gateway.case.model import Channel, DeliveryWay, MaterialFile, Mode, Organisation, Paper, Person
from gateway.case.reasons import Reason
from gateway.local.mapping import read_foreign_case
from tests.unit.local.local_build import NOW, as_bytes, paths, put, refusal, sample, sample_bytes, shipped_system

FLAT, NESTED = "epoint-flat", "guangdong-nested"


def read(name, body=None):
    raw = sample_bytes(name) if body is None else as_bytes(body)
    return read_foreign_case(raw, shipped_system(name).mapping, NOW)


def wrong(name, body):
    return refusal(lambda: read(name, body))


def test_a_flat_request_becomes_a_case():
    case = read(FLAT)
    assert case.origin_number == "5001140000120011000202611230041"
    assert case.applicant == Person(
        "示例甲",
        CertificateKind.RESIDENT_ID,
        "422801199001010026",
        "13900000000",
        "湖北省恩施州利川市示例路 1 号",
    )
    assert case.agent is None
    assert case.channel is Channel.WINDOW
    assert case.origin.staff_number == "1031"
    assert case.handler.division == "422802"
    assert [type(material.form) for material in case.materials] == [MaterialFile, Paper]
    assert case.materials[1].original_seen
    assert case.received_at_window.isoformat() == "2026-11-23T08:08:12+00:00"


def test_a_form_put_together_from_flat_fields_keeps_exact_numbers():
    assert read(FLAT).form_json == (
        '{"case_kind":"immediate","item_type":"public_service","card_reason":"遗失补领",'
        '"fee":25.00,"bank_serial":90071992547409931234567890}'
    )


def test_a_nested_request_becomes_a_case():
    case = read(NESTED)
    assert len(case.origin_number) == 43
    assert case.item.version == 3
    assert case.mode is Mode.ENTRUSTED
    assert isinstance(case.applicant, Organisation)
    assert case.applicant.legal_representative.certificate_kind is CertificateKind.RESIDENT_ID
    assert case.agent.authorisation_material_id == "A2"
    assert [contact.phone for contact in case.contacts] == ["13900000000"]
    assert case.materials[0].form.sha256.startswith("2c26b46b")
    assert case.delivery.way is DeliveryWay.MAIL


def test_a_nested_form_keeps_its_exact_characters():
    raw = sample_bytes(NESTED).decode()
    form = re.search(r'"form": (\{"count".*?\})', raw, re.DOTALL)[1]
    assert read(NESTED).form_json == form
    assert "1234567890123456789.10" in form


OF_EVENTS = {"done_result", "satisfaction"}
"""Tables of what is posted and read about events; test_own_codes tries them."""

CODES = [
    (name, table)
    for name in (FLAT, NESTED)
    for table in shipped_system(name).mapping.tables.values()
    if table.name not in OF_EVENTS
]


@pytest.mark.parametrize(("name", "table"), CODES, ids=lambda value: getattr(value, "name", value))
def test_every_code_of_every_table_means_one_word_and_comes_back(name, table):
    back = {word: code for code, word in table.words.items()}
    assert len(back) == len(table.words), "two codes for one word cannot be told apart on the way back"
    for code, word in table.words.items():
        assert back[word] == code


FIELDS = {
    (FLAT, "applicant_kind"): ("applyertype", "applicant.kind"),
    (FLAT, "certificate"): ("certtype", "applicant.certificate_kind"),
    (FLAT, "channel"): ("applyway", "channel"),
    (FLAT, "case_kind"): ("projecttype", "form.case_kind"),
    (FLAT, "item_type"): ("itemtype", "form.item_type"),
    (FLAT, "result_way"): ("resultgettype", "delivery.way"),
    (NESTED, "applicant_kind"): ("body.applicant.type", "applicant.kind"),
    (NESTED, "certificate"): ("body.applicant.legal.cert.type", "applicant.legal_representative.certificate_kind"),
    (NESTED, "channel"): ("body.baseInfo.channel", "channel"),
    (NESTED, "mode"): ("body.baseInfo.mode", "mode"),
    (NESTED, "result_way"): ("body.result.mailFlag", "delivery.way"),
}


def test_every_table_has_a_field_it_is_tried_on():
    assert set(FIELDS) == {(name, table.name) for name, table in CODES}


@pytest.mark.parametrize(("name", "table"), CODES, ids=lambda value: getattr(value, "name", value))
def test_every_code_of_every_table_arrives_as_its_word(name, table):
    source, target = FIELDS[name, table.name]
    for code, word in table.words.items():
        body = put(_suitable(name, source, code), source, code)
        case = read(name, body)
        assert _word_at(case, target) == word


@pytest.mark.parametrize(("name", "table"), CODES, ids=lambda value: getattr(value, "name", value))
def test_a_code_without_a_row_is_refused_by_table_and_field(name, table):
    source, _ = FIELDS[name, table.name]
    error = wrong(name, put(sample(name), source, "Z9"))
    assert error.reason is Reason.UNMAPPED_CODE
    assert error.facts["system"] == name
    assert f"{source} ({table.name})" in error.facts["detail"]
    assert source in paths(error)


def test_an_unmapped_code_is_told_together_with_everything_else():
    body = put(put(sample(FLAT), "certtype", "51"), "tbareacode", "4228")
    body = put(body, "receivedate", "昨天")
    error = wrong(FLAT, body)
    assert error.reason is Reason.UNMAPPED_CODE
    assert sorted(paths(error)) == ["certtype", "receivedate", "tbareacode"]


def test_a_name_in_a_code_field_is_not_repeated():
    error = wrong(FLAT, put(sample(FLAT), "certtype", "示例甲422801199001010018"))
    assert "422801199001010018" not in str(error.findings) + str(error.facts)
    assert "示例甲" not in str(error.findings) + str(error.facts)


def test_findings_name_the_field_of_the_system_and_the_canonical_one():
    body = put(sample(NESTED), "body.agents.0.cert.no", "42280119900101123Y")
    error = wrong(NESTED, body)
    assert error.reason is Reason.BAD_REQUEST
    assert set(paths(error)) == {"body.agents[0].cert.no"}
    assert "agent.person.certificate_number" in error.findings[0].problem.zh


def test_a_field_that_is_not_there_is_told_by_its_name():
    error = wrong(NESTED, put(sample(NESTED), "body.baseInfo.handleAreaCode", ...))
    assert paths(error) == ["body.baseInfo.handleAreaCode"]


def test_a_finding_in_a_list_names_the_element_of_the_request():
    body = sample(FLAT)
    body["materiallist"][0]["attachsize"] = "three"
    assert paths(wrong(FLAT, body)) == ["materiallist[0].attachsize"]


def test_a_list_that_is_none_is_told():
    assert paths(wrong(FLAT, put(sample(FLAT), "materiallist", {}))) == ["materiallist"]


def test_a_request_without_materials_is_right():
    assert read(FLAT, put(sample(FLAT), "materiallist", ...)).materials == ()


def test_a_key_twice_in_a_foreign_request_is_refused():
    raw = sample_bytes(FLAT).replace(b'"areacode": "500114"', b'"areacode": "500114", "areacode": "500115"')
    error = refusal(lambda: read_foreign_case(raw, shipped_system(FLAT).mapping, NOW))
    assert paths(error) == ["areacode"]


def _suitable(name, source, code):
    """The sample, fitted to the code that is tried: an organisation has other fields than a person."""
    body = sample(name)
    if (name, source, code) == (FLAT, "applyertype", "10"):
        body |= {"certtype": "16", "certnum": "11422800MB0T00015R"}
    if (name, source, code) == (NESTED, "body.applicant.type", "0"):
        body["body"]["applicant"] |= {"cert": {"type": "10", "no": "422801199001010018"}, "legal": None}
    if (name, source, code) == (FLAT, "resultgettype", "2"):
        body |= {"recvname": "示例", "recvmobile": "13900000000", "recvaddress": "示例路"}
    return body


def _word_at(case, target):
    from gateway.local.canonical_out import case_content

    content = case_content(case) | {"form": json.loads(case.form_json)}
    for step in target.split("."):
        content = content[step]
    return content
