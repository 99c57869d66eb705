"""Problems are told whole while they fit, and say what was left out when they do not."""

import pytest
from hypothesis import given, settings

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import ROWS, Answer, Place, Reason
from gateway.case.texts import Text
from gateway.wire import bounds, codec
from tests import build, strategies


def many_findings(count, words=20):
    sentence = Text("字" * words, "word " * words)
    return [FieldFinding(f"new_case.materials[{nth}].name", sentence, sentence) for nth in range(count)]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_can_be_told(reason):
    problem = codec.problem_of(GatewayError(reason, detail="x"))
    row = ROWS[reason]
    assert (problem.reason, problem.answer, problem.place) == (reason.value, row.answer, row.place)
    assert codec.problem_from_wire(codec.problem_to_wire(problem)) == problem


def test_facts_travel_as_text_and_sentences_in_both_languages():
    error = GatewayError(Reason.LIFECYCLE, state=Text("已受理", "accepted"), event=Text("签收", "sign-off"), number=7)
    problem = codec.problem_of(error)
    assert problem.facts == {"state": "accepted", "event": "sign-off", "number": "7"}
    assert "已受理" in problem.cause.zh
    assert "accepted" in problem.cause.en


def test_all_findings_travel_in_an_answer():
    findings = many_findings(20)
    problem = codec.problem_of(GatewayError(Reason.MALFORMED, findings=findings, detail="x"))
    assert list(problem.findings) == findings
    assert "findings_left_out" not in problem.facts


def test_findings_that_do_not_fit_are_counted():
    problem = codec.problem_of(GatewayError(Reason.MALFORMED, findings=many_findings(500), detail="x"))
    assert len(problem.findings) > 20
    assert int(problem.facts["findings_left_out"]) == 500 - len(problem.findings)
    assert codec.problem_to_wire(problem).ByteSize() <= bounds.PROBLEM_BYTES


def test_64_refusals_of_the_largest_size_fit_into_one_payload():
    problem = codec.problem_of(GatewayError(Reason.MALFORMED, findings=many_findings(500, 60), detail="字" * 9000))
    batch = build.a_batch(*[build.a_refusal(refusal=problem)] * 64)
    payload = codec.receipts_to_bytes(batch)
    assert len(payload) <= bounds.PAYLOAD.most
    assert codec.receipts_from_bytes(payload) == batch


def test_a_status_carries_no_findings_and_says_how_many_it_left():
    problem = codec.problem_of(GatewayError(Reason.MALFORMED, findings=many_findings(500), detail="x"))
    short = codec.problem_for_status(problem)
    assert short.findings == ()
    assert short.facts["findings_left_out"] == "500"
    assert short.cause == problem.cause


@settings(max_examples=100, deadline=None)
@given(strategies.PROBLEMS)
def test_a_status_is_never_larger_than_headers_allow(problem):
    short = codec.problem_for_status(problem)
    wire = codec.problem_to_wire(short)
    assert wire.ByteSize() <= bounds.STATUS_BYTES
    assert (short.reason, short.answer, short.place) == (problem.reason, problem.answer, problem.place)
    assert codec.problem_from_wire(wire) == short


def test_the_longest_sentences_are_cut_before_a_status_is_too_large():
    longest = Text("𠮷" * 2000, "𠮷" * 2000)
    problem = build.a_problem(cause=longest, fix=longest, facts={f"f{n}": "字" * 2000 for n in range(32)})
    short = codec.problem_for_status(problem)
    assert codec.problem_to_wire(short).ByteSize() <= bounds.STATUS_BYTES
    assert short.cause.zh.endswith("…")


def test_a_fact_of_any_content_can_be_told():
    problem = codec.problem_of(GatewayError(Reason.MALFORMED, detail="half \ud800, bell \x07, end"))
    assert codec.problem_from_wire(codec.problem_to_wire(problem)) == problem


def test_a_reason_we_do_not_know_is_let_through_and_an_unknown_answer_is_not():
    wire = codec.problem_to_wire(build.a_problem(reason="SOMETHING_NEWER"))
    problem = codec.problem_from_wire(wire)
    assert (problem.reason, problem.answer, problem.place) == ("SOMETHING_NEWER", Answer.FINAL, Place.THEIRS)
    wire.answer_class = 9
    with pytest.raises(GatewayError) as caught:
        codec.problem_from_wire(wire)
    assert caught.value.reason is Reason.UNKNOWN_CODE
