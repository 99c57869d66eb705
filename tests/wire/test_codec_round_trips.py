"""What is written reads back equal, whatever it holds."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.case import events as ev
from gateway.wire import codec
from tests import build, strategies

FAST = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def through(value, write, read):
    return read(write(value))


@FAST
@given(strategies.envelopes("cases"))
def test_a_new_case_reads_back_equal(envelope):
    assert through(envelope, codec.envelope_to_bytes, codec.envelope_from_bytes) == envelope


@FAST
@given(strategies.envelopes("events"))
def test_an_event_reads_back_equal(envelope):
    assert through(envelope, codec.envelope_to_bytes, codec.envelope_from_bytes) == envelope


@FAST
@given(strategies.envelopes("corrections"))
def test_a_correction_reads_back_equal(envelope):
    assert through(envelope, codec.envelope_to_bytes, codec.envelope_from_bytes) == envelope


@FAST
@given(strategies.BATCHES)
def test_receipts_read_back_equal(batch):
    assert through(batch, codec.receipts_to_bytes, codec.receipts_from_bytes) == batch


@FAST
@given(strategies.ANSWERS)
def test_an_answer_reads_back_equal(answer):
    assert through(answer, codec.answer_to_wire, codec.answer_from_wire) == answer


@FAST
@given(strategies.PROBLEMS)
def test_a_problem_reads_back_equal(problem):
    assert through(problem, codec.problem_to_wire, codec.problem_from_wire) == problem


@FAST
@given(strategies.SEALS)
def test_a_seal_reads_back_equal(sealed):
    assert through(sealed, codec.sealed_to_bytes, codec.sealed_from_bytes) == sealed


@pytest.mark.parametrize("kind", build.HAPPENINGS, ids=lambda kind: kind.__name__)
def test_every_kind_of_event_reads_back_equal_bare_and_full(kind):
    for event in (
        build.an_event(kind, reason=""),
        build.an_event(kind, documents=(build.a_document(),), deadlines=(build.a_deadline(),)),
        build.a_correction(kind),
    ):
        envelope = build.an_envelope(event, case_version=3)
        assert through(envelope, codec.envelope_to_bytes, codec.envelope_from_bytes) == envelope


@FAST
@given(strategies.FORMS)
def test_the_exact_characters_of_a_form_survive(form):
    for body in (
        build.a_case(form_json=form),
        build.an_event(ev.Supplemented(form_json=form)),
    ):
        envelope = build.an_envelope(body)
        back = through(envelope, codec.envelope_to_bytes, codec.envelope_from_bytes).body
        assert (back.happening if isinstance(back, ev.Event) else back).form_json == form


@pytest.mark.parametrize(
    "name", ["阿卜杜热西提·买买提", "𠮷田", "𡈽井", "㭎", "\ue863", "Ana María", "é" * 50, "𠮷" * 50]
)
def test_rare_characters_of_a_name_survive(name):
    envelope = build.an_envelope(build.a_case(applicant=build.a_person(name=name)))
    assert through(envelope, codec.envelope_to_bytes, codec.envelope_from_bytes).body.applicant.name == name


def test_an_explanation_of_2000_characters_survives():
    explanation = "经核，所交材料不齐。\n𠮷" * 166 + "完" * 8
    assert len(explanation) == 2000
    envelope = build.an_envelope(build.an_event(ev.NotAccepted(explanation), reason=explanation))
    back = through(envelope, codec.envelope_to_bytes, codec.envelope_from_bytes).body
    assert (back.reason, back.happening.legal_basis) == (explanation, explanation)


def test_what_is_absent_stays_absent():
    case = build.a_case(
        agent=None,
        contacts=(),
        materials=(build.a_material("m1", build.a_licence(checked_at=None)),),
        summary="",
        applicant=build.an_organisation(legal_representative=None, phone="", address=""),
    )
    back = through(build.an_envelope(case), codec.envelope_to_bytes, codec.envelope_from_bytes)
    assert back.body == case
    assert back.case_version is None


@given(st.integers(0, 999_999))
@FAST
def test_times_keep_their_microseconds(micro):
    moment = build.NOW.replace(microsecond=micro)
    envelope = build.an_envelope(sealed_at=moment)
    assert through(envelope, codec.envelope_to_bytes, codec.envelope_from_bytes).sealed_at == moment


def test_a_time_of_another_zone_is_the_same_moment():
    from datetime import timedelta, timezone

    there = build.NOW.astimezone(timezone(timedelta(hours=8)))
    back = through(build.an_envelope(sealed_at=there), codec.envelope_to_bytes, codec.envelope_from_bytes)
    assert back.sealed_at == build.NOW
    assert back.sealed_at.utcoffset() == timedelta(0)


def test_the_same_value_gives_the_same_bytes():
    batch = build.a_batch(build.a_refusal(refusal=build.a_problem(facts={"b": "2", "a": "1", "c": "3"})))
    other = build.a_batch(build.a_refusal(refusal=build.a_problem(facts={"c": "3", "a": "1", "b": "2"})))
    assert codec.receipts_to_bytes(batch) == codec.receipts_to_bytes(other)


def test_a_naive_time_cannot_be_written():
    with pytest.raises(ValueError, match="aware"):
        codec.envelope_to_bytes(build.an_envelope(sealed_at=build.NOW.replace(tzinfo=None)))


def test_a_case_cannot_be_written_into_the_envelope_of_another():
    with pytest.raises(ValueError, match="its own number"):
        codec.envelope_to_bytes(build.an_envelope(case_id=build.a_case_number(2)))


@pytest.mark.parametrize("changes", [{"data_version": 2}, {"corrects": build.an_id(1)}])
def test_half_a_correction_cannot_be_written(changes):
    with pytest.raises(ValueError, match="correction"):
        codec.envelope_to_bytes(build.an_envelope(replace(build.an_event(), **changes)))
