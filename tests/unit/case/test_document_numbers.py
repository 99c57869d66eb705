"""Document numbers and results: what this region may not issue so, and what is only told."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.event.documents import (
    document_doubts,
    document_problems,
    is_refusal,
    number_doubts,
    number_problems,
)
from gateway.case.events import Accepted, Decided, NotAccepted, Suspended
from gateway.case.kinds import Decision, DocumentKind, ResultKind, SuspensionKind
from gateway.case.texts import Lang
from tests.build import a_document, an_event

DAY = date(2026, 11, 24)
ORGANS = st.text(st.sampled_from("恩施利川人社政服许可受公安字"), min_size=2, max_size=8)
WRONG = ["[]", "［］", "()", "（）", "【】", "〖〗", "{}", "<>", "《》", "[］", "〔]"]


def problems(number: str) -> list[str]:
    return [problem.zh for problem, _ in number_problems(number, DAY)]


@pytest.mark.parametrize(
    "number",
    [
        "恩人社许〔2026〕00017号",
        "利人社受〔2026〕123号",
        "黔江府发〔2025〕3号",
        "恩市监许准字〔2026〕第12号",
        "恩政服受〔2026〕00123号 (示例)",
        "号",
        "SL-20261124-1",
    ],
)
def test_a_number_in_the_right_form_or_of_another_system_is_no_problem(number):
    assert problems(number) == []


@pytest.mark.parametrize("pair", WRONG)
def test_other_brackets_than_the_hexagonal_ones_are_found_with_the_number_as_it_should_be(pair):
    ((problem, fix),) = number_problems(f"恩人社许{pair[0]}2026{pair[1]}17号", DAY)
    assert "〔〕" in problem.zh
    assert "恩人社许〔2026〕17号" in fix.say(Lang.ZH)


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("恩人社许〔26〕17号", "四位"),
        ("恩人社许〔２０２６〕17号", "半角"),
        ("恩人社许〔1926〕17号", "不合理"),
        ("恩人社许〔2062〕17号", "不合理"),
        ("〔2026〕17号", "机关代字"),
        ("恩人社许〔2026〕号", "机关代字"),
        ("恩人社许〔2026〕17", "机关代字"),
        ("恩人社许〔2026〕十七号", "机关代字"),
    ],
)
def test_a_wrong_year_or_shape_is_found(number, word):
    assert any(word in problem for problem in problems(number)), problems(number)


@given(ORGANS, st.integers(1949, 2027), st.integers(1, 99_999), st.sampled_from(WRONG))
def test_every_right_number_passes_and_every_wrong_bracket_is_mended_to_it(organ, year, serial, pair):
    right = f"{organ}〔{year}〕{serial:05d}号"
    assert problems(right) == []
    ((_, fix),) = number_problems(right.replace("〔", pair[0]).replace("〕", pair[1]), DAY)
    assert right in fix.zh


@pytest.mark.parametrize(
    "number", ["恩卫许（422801）〔2026〕1号", "恩“放管服”办〔2026〕12号", "\U00020bb7政许〔2026〕3号"]
)
def test_an_organ_may_carry_brackets_quotes_and_rare_characters(number):
    assert problems(number) == []


def test_another_year_than_that_of_the_document_is_told():
    assert [doubt.zh for doubt, _ in number_doubts("恩人社许〔2025〕17号", DAY)] == [
        "文号的年份 2025 与文书日期的年份 2026 不同"
    ]
    assert number_doubts("恩人社许〔2026〕17号", DAY) == ()
    assert len(number_doubts("17", DAY)) == 1


def paths(findings) -> list[str]:
    return [one.path for one in findings]


def test_every_place_of_a_number_is_looked_at():
    wrong = "恩人社许[2026]17号"
    notice = a_document(number=wrong)
    assert paths(document_problems(an_event(Accepted(wrong), documents=(notice,)))) == [
        "acceptance_number",
        "documents[0].number",
    ]
    assert paths(document_problems(an_event(Suspended(SuspensionKind.HEARING, 5, wrong)))) == ["notice_number"]


def test_the_number_of_a_certificate_has_the_form_its_issuer_gives_it():
    deed = a_document(kind=DocumentKind.RESULT, title="不动产权证书", number="鄂（2026）恩施市不动产权第0001234号")
    decided = Decided(Decision.GRANTED, "恩自然资许〔2026〕5号", ResultKind.CERTIFICATE, "不动产权证书", deed.number)
    assert document_problems(an_event(decided, documents=(deed,))) == ()
    assert document_doubts(an_event(decided, documents=(deed,))) == ()


def test_a_certificate_needs_something_that_is_given():
    empty = Decided(Decision.GRANTED, "恩人社许〔2026〕17号", ResultKind.CERTIFICATE)
    assert paths(document_problems(an_event(empty))) == ["result_name"]
    paper = a_document(kind=DocumentKind.RESULT, title="社会保障卡", number="")
    for more in ({"result_name": "卡"}, {"result_number": "A1"}, {"result_licence_id": "1.2"}):
        full = Decided(Decision.GRANTED, "恩人社许〔2026〕17号", ResultKind.CERTIFICATE, **more)
        assert document_problems(an_event(full)) == ()
    assert document_problems(an_event(empty, documents=(paper,))) == ()


def test_a_grant_with_neither_number_nor_result_is_told():
    assert paths(document_doubts(an_event(Decided(Decision.GRANTED)))) == ["document_number"]
    assert document_doubts(an_event(Decided(Decision.DENIED))) == ()


def test_refusals_are_those_with_remedies():
    assert is_refusal(an_event(NotAccepted()))
    assert is_refusal(an_event(Decided(Decision.DENIED)))
    assert not is_refusal(an_event(Decided(Decision.GRANTED)))
