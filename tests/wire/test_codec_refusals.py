"""What a reader refuses: every fault at once, each with its path."""

import re

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.unknown_fields import UnknownFieldSet

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Lang
from gateway.wire import codec
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2 as pb
from tests import build
from tests.wire.broken import UNKNOWN_FIELD, all_wires, enum_fields, messages_in, paths, read, refusal, wire_of


def test_zero_and_unknown_enums_are_refused_wherever_they_stand():
    tried = set()
    for wire in all_wires():
        for message, path in messages_in(wire):
            for descriptor in message.DESCRIPTOR.fields:
                if descriptor.type != FieldDescriptor.TYPE_ENUM:
                    continue
                if descriptor.has_presence and not message.HasField(descriptor.name):
                    continue
                before = getattr(message, descriptor.name)
                for number in (0, 77):
                    setattr(message, descriptor.name, number)
                    with pytest.raises(GatewayError) as caught:
                        read(wire)
                    error = caught.value
                    at = path + descriptor.name
                    assert at in paths(error), (at, paths(error))
                    # An unknown outcome leaves open whether a refusal belongs to it, so it is the only one in company.
                    if descriptor.name != "outcome":
                        assert error.reason is Reason.UNKNOWN_CODE
                        assert error.facts["detail"] == at
                setattr(message, descriptor.name, before)
                tried.add(f"{message.DESCRIPTOR.name}.{descriptor.name}")
                read(wire)
    assert tried == {*enum_fields(pb.Envelope.DESCRIPTOR), *enum_fields(pb.ReceiptBatch.DESCRIPTOR)}


def test_an_unknown_field_is_refused_wherever_it_stands():
    tried = set()
    for wire in all_wires():
        for message, path in messages_in(wire):
            clean = message.SerializeToString()
            message.MergeFromString(UNKNOWN_FIELD)
            assert len(UnknownFieldSet(message)) == 1
            with pytest.raises(GatewayError) as caught:
                read(wire)
            assert caught.value.reason is Reason.MALFORMED
            assert f"{path}#127" in paths(caught.value)
            message.Clear()
            message.MergeFromString(clean)
            message.SetInParent()
            tried.add(message.DESCRIPTOR.name)
        read(wire)
    assert {"Envelope", "Case", "Item", "Person", "Timestamp", "Voided", "Finding", "LogHead"} <= tried


def test_a_newer_minor_version_is_told_before_its_fields_are_judged():
    wire = wire_of()
    wire.exchange_minor = 1
    wire.MergeFromString(UNKNOWN_FIELD)
    wire.new_case.ClearField("item")
    error = refusal(wire)
    assert error.reason is Reason.VERSION_NOT_KNOWN
    assert error.facts == {"minor": 1, "ours": 0}
    assert error.retriable


def test_everything_wrong_is_told_at_once():
    wire = wire_of()
    wire.envelope_id = "not-an-id"
    wire.sender_region = "恩施"
    wire.sequence = 0
    wire.ClearField("sealed_at")
    case = wire.new_case
    case.origin_number = ""
    case.ClearField("item")
    case.mode = 0
    case.person.name = "名" * 51
    case.materials[0].file.sha256 = b"short"
    case.materials[0].file.size = 0
    case.materials[1].licence.ClearField("use_cause")
    case.materials[2].ClearField("paper")
    case.received_at_window.seconds = 0
    case.form_json = "[1]"
    error = refusal(wire)
    assert error.reason is Reason.MALFORMED
    assert set(paths(error)) == {
        "envelope_id",
        "sender_region",
        "sequence",
        "sealed_at",
        "new_case.origin_number",
        "new_case.item",
        "new_case.mode",
        "new_case.person.name",
        "new_case.materials[0].file.sha256",
        "new_case.materials[0].file.size",
        "new_case.materials[1].licence.use_cause",
        "new_case.materials[2].form",
        "new_case.received_at_window",
        "new_case.form_json",
    }
    assert error.facts["detail"] == error.findings[0].path
    for finding in error.findings:
        assert finding.problem.zh
        assert finding.problem.en
        assert finding.fix.zh
        assert finding.fix.en


def test_findings_never_quote_what_was_sent():
    wire = wire_of()
    secret = "422801199001010026"
    wire.new_case.person.name = secret * 10
    wire.new_case.form_json = '{"' + secret + '":"' + secret
    wire.new_case.origin.division = secret + "x"
    error = refusal(wire)
    told = "".join(f"{f.path}{f.problem}{f.fix}" for f in error.findings) + str(error) + error.cause.say(Lang.ZH)
    assert len(error.findings) == 3
    assert secret not in told


@pytest.mark.parametrize("name", ["item", "origin", "handler", "delivery", "received_at_window", "person"])
def test_a_missing_part_of_a_case_is_told_once(name):
    wire = wire_of()
    wire.new_case.ClearField(name)
    expected = "applicant" if name == "person" else name
    assert paths(refusal(wire)) == [f"new_case.{expected}"]


@pytest.mark.parametrize("name", ["event_id", "actor", "occurred_at", "recorded_at"])
def test_a_missing_part_of_an_event_is_told_once(name):
    wire = wire_of(build.an_event())
    wire.event.ClearField(name)
    assert paths(refusal(wire)) == [f"event.{name}"]


def test_an_envelope_without_body_and_an_event_without_happening_are_refused():
    wire = wire_of()
    wire.ClearField("new_case")
    assert paths(refusal(wire)) == ["body"]
    wire = wire_of(build.an_event(ev.Voided))
    wire.event.ClearField("voided")
    assert paths(refusal(wire)) == ["event.happening"]


@pytest.mark.parametrize("day", ["2026-02-30", "20261124", "2026-W48-2", "2026-1-1", "二〇二六年", "２０２６-11-24"])
def test_a_bad_date_text_is_refused(day):
    wire = wire_of(build.an_event(ev.Accepted))
    wire.event.accepted.promised_date = day
    assert paths(refusal(wire)) == ["event.accepted.promised_date"]


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(0, 0), (-1, 0), (946684799, 0), (7258118400, 0), (2**62, 0), (1, -1), (1790000000, 10**9)]
)
def test_a_time_that_was_never_set_or_cannot_be_is_refused(seconds, nanos):
    wire = wire_of()
    wire.sealed_at.seconds = seconds
    wire.sealed_at.nanos = nanos
    assert paths(refusal(wire)) == ["sealed_at"]


@pytest.mark.parametrize(
    "envelope_id",
    [
        "",
        "019AB000-03E8-7000-8000-0000000003E8",
        "019ab000-03e8-4000-8000-0000000003e8",
        "019ab000-03e8-7000-c000-0000000003e8",
        "019ab00003e8700080000000000003e8",
        "019ab000-03e8-7000-8000-0000000003e8\n",
    ],
)
def test_an_id_that_is_no_lower_case_uuidv7_is_refused(envelope_id):
    wire = wire_of()
    wire.envelope_id = envelope_id
    assert paths(refusal(wire)) == ["envelope_id"]


def test_lists_and_texts_past_their_bounds_are_refused_and_never_cut():
    wire = wire_of()
    wire.new_case.materials.extend([wire.new_case.materials[2]] * 198)
    wire.new_case.summary = "要" * 201
    assert paths(refusal(wire)) == ["new_case.summary", "new_case.materials"]
    wire = wire_of(build.an_event(ev.Note))
    wire.event.note.text = "字" * 2001
    wire.event.reason = "因" * 2001
    assert set(paths(refusal(wire))) == {"event.note.text", "event.reason"}


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f"])
def test_control_characters_are_refused(character):
    wire = wire_of()
    wire.new_case.person.name = f"向{character}小满"
    assert paths(refusal(wire)) == ["new_case.person.name"]


def test_a_correction_with_two_different_reasons_is_refused_and_one_reason_is_enough():
    wire = wire_of(build.a_correction())
    wire.correction.event.reason = "另一个理由"
    assert paths(refusal(wire)) == ["correction.event.reason"]
    wire.correction.event.reason = ""
    assert codec.envelope_from_wire(wire).body.reason == "环节名称写错"


def test_a_correction_without_reason_or_with_version_1_is_refused():
    wire = wire_of(build.a_correction())
    wire.correction.reason = ""
    wire.correction.event.reason = ""
    wire.correction.data_version = 1
    wire.correction.corrects_event_id = ""
    assert set(paths(refusal(wire))) == {"correction.reason", "correction.data_version", "correction.corrects_event_id"}


def test_a_receipt_has_a_refusal_exactly_when_it_refuses():
    accepted = codec.receipts_to_wire(build.a_batch(build.a_receipt(refusal=build.a_problem())))
    refused = codec.receipts_to_wire(build.a_batch(build.a_refusal(refusal=None)))
    for wire in (accepted, refused):
        with pytest.raises(GatewayError) as caught:
            codec.receipts_from_wire(wire)
        assert paths(caught.value) == ["receipts[0].refusal"]


def test_a_batch_without_receipts_or_with_too_many_is_refused():
    for receipts in ((), (build.a_receipt(),) * 65):
        wire = codec.receipts_to_wire(build.a_batch())
        del wire.receipts[:]
        wire.receipts.extend(codec.receipts_to_wire(build.a_batch(one)).receipts[0] for one in receipts)
        with pytest.raises(GatewayError) as caught:
            codec.receipts_from_wire(wire)
        assert paths(caught.value) == ["receipts"]


def test_a_payload_above_one_mebibyte_is_refused_both_ways():
    huge = build.an_envelope(build.an_event(ev.Note("a" * 2**20)))
    with pytest.raises(GatewayError) as caught:
        codec.envelope_to_bytes(huge)
    assert caught.value.reason is Reason.ENVELOPE_TOO_LARGE
    for read_it in (codec.envelope_from_bytes, lambda data: codec.sealed_from_bytes(b"\x0a\x80\x80\xc0\x00" + data)):
        with pytest.raises(GatewayError) as caught:
            read_it(b"\x00" * (2**20 + 1))
        assert caught.value.reason in {Reason.ENVELOPE_TOO_LARGE, Reason.MALFORMED}


def test_a_seal_without_payload_or_type_is_refused():
    with pytest.raises(GatewayError) as caught:
        codec.sealed_from_bytes(b"")
    assert paths(caught.value) == ["payload", "payload_type"]


def test_paths_are_dotted_as_the_format_says():
    wire = wire_of(build.an_event(ev.Supplemented))
    wire.event.supplemented.materials[0].file.sha256 = b""
    wire.event.supplemented.requirement_ids[0] = ""
    found = paths(refusal(wire))
    assert found == ["event.supplemented.materials[0].file.sha256", "event.supplemented.requirement_ids[0]"]
    assert all(re.fullmatch(r"[a-z0-9_]+(\[\d+\])?(\.[a-z0-9_]+(\[\d+\])?)*", path) for path in found)
