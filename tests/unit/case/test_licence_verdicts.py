"""Whether a licence counts: its state, its dates in China, its holder."""

from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.case.days import day_in_china
from gateway.case.licence_verdicts import (
    LICENCE_STATES,
    WHY_TEXTS,
    Holder,
    LicenceAnswer,
    LicenceState,
    Why,
    holder_of,
    invalid_text,
    judge,
    use_cause_of,
)
from gateway.case.model import LicenceCheck
from gateway.case.texts import Lang
from tests.build import a_case, a_licence, a_person, an_agent, an_organisation

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
VALID, INVALID, PENDING = LicenceCheck.VALID, LicenceCheck.INVALID, LicenceCheck.PENDING


def an_answer(**changes: object) -> LicenceAnswer:
    said = {
        "state": LicenceState.VALID,
        "valid_from": date(2020, 1, 1),
        "valid_to": date(2036, 1, 1),
        "name": "居民身份证",
        "holder_matches": True,
        "source": "file",
    }
    return LicenceAnswer(**(said | changes))  # type: ignore[arg-type]


def test_one_in_force_held_by_the_right_person_is_valid():
    verdict = judge(an_answer(), TODAY, ours=False)
    assert (verdict.check, verdict.why, verdict.state) == (VALID, None, LicenceState.VALID)


def test_only_01_of_the_states_of_the_standard_counts():
    assert [state.value for state in LicenceState] == ["01", "02", "03", "04", "05", "06", "07", "99"]
    assert set(LICENCE_STATES) == set(LicenceState)
    for state in set(LicenceState) - {LicenceState.VALID}:
        verdict = judge(an_answer(state=state), TODAY, ours=True)
        assert (verdict.check, verdict.why) == (INVALID, Why.STATE)
        assert LICENCE_STATES[state].zh in invalid_text(verdict).zh


@pytest.mark.parametrize(
    ("changes", "check", "why"),
    [
        ({"valid_to": TODAY}, VALID, None),
        ({"valid_to": TODAY - DAY}, INVALID, Why.EXPIRED),
        ({"valid_to": TODAY - DAY, "state": LicenceState.LAPSED}, INVALID, Why.EXPIRED),
        ({"valid_to": TODAY - DAY, "state": LicenceState.REVOKED}, INVALID, Why.STATE),
        ({"valid_to": None, "valid_from": None}, VALID, None),
        ({"valid_from": TODAY}, VALID, None),
        ({"valid_from": TODAY + DAY}, INVALID, Why.NOT_YET_VALID),
        ({"holder_matches": False}, INVALID, Why.ANOTHER_HOLDER),
        ({"holder_matches": None}, PENDING, Why.HOLDER_NOT_TOLD),
        ({"holder_matches": None, "valid_to": TODAY - DAY}, INVALID, Why.EXPIRED),
    ],
)
def test_dates_hold_through_their_last_day_and_holders_must_be_told(changes, check, why):
    verdict = judge(an_answer(**changes), TODAY, ours=False)
    assert (verdict.check, verdict.why) == (check, why)


def test_the_day_is_the_one_in_china():
    answer = an_answer(valid_to=date(2026, 11, 24))
    before_midnight = datetime(2026, 11, 24, 15, 59, tzinfo=UTC)
    assert judge(answer, day_in_china(before_midnight), ours=False).check is VALID
    assert judge(answer, day_in_china(before_midnight + timedelta(minutes=1)), ours=False).check is INVALID


def test_nothing_of_somebody_elses_licence_is_told():
    verdict = judge(an_answer(holder_matches=False, state=LicenceState.REVOKED), TODAY, ours=True)
    assert (verdict.state, verdict.valid_from, verdict.valid_to) == (None, None, None)


def test_one_the_source_does_not_know_is_invalid_only_where_it_must_know_it():
    assert judge(None, TODAY, ours=True).check is INVALID
    assert judge(None, TODAY, ours=False).check is PENDING


def test_the_texts_name_licence_state_and_date():
    expired = judge(an_answer(valid_to=date(2026, 10, 1)), TODAY, ours=False)
    assert invalid_text(expired).zh == "电子证照“居民身份证”已于 2026-10-01 失效"
    revoked = judge(an_answer(state=LicenceState.REVOKED, since=date(2026, 11, 2)), TODAY, ours=False)
    assert invalid_text(revoked).zh == "电子证照“居民身份证”已于 2026-11-02 吊销 (状态 07)"
    for why in (Why.STATE, Why.EXPIRED, Why.NOT_YET_VALID, Why.ANOTHER_HOLDER, Why.NOT_FOUND):
        told = an_answer(state=LicenceState.LAPSED, valid_to=None)
        verdict = judge(told, TODAY, ours=True) if why is Why.STATE else judge(an_answer(), TODAY, ours=True)
        for lang in Lang:
            assert "{" not in invalid_text(verdict).say(lang)
        assert WHY_TEXTS[why].zh
    assert set(WHY_TEXTS) == set(Why)


@pytest.mark.parametrize(
    ("name", "number", "same"),
    [
        ("向小满", "422801199001010026", True),
        ("别的名字", "422801199001010026", True),
        ("向小满", "422801199001010018", False),
        ("向小满", "", True),
        ("向 小满", "", True),
        ("田晓禾", "", False),
        ("向**", "", None),
        ("向**", "4228***********026", None),
        ("向小满", "4228***********026", True),
        ("", "", None),
    ],
)
def test_the_number_decides_then_the_name_and_masked_values_say_nothing(name: str, number: str, same: bool | None):
    assert Holder("向小满", "422801199001010026").matches(name, number) is same


@pytest.mark.parametrize(
    ("number", "same"),
    [
        ("422801900101002", True),
        ("４２２８０１１９９００１０１００２６", True),
        ("422801 19900101 0026", True),
        ("422801XXXXXXXX0026", None),
        ("●●●●", None),
        ("422801900101001", False),
    ],
)
def test_old_spaced_and_hidden_numbers_are_not_somebody_elses(number: str, same: bool | None):
    """Fifteen digits (GB 11643-1989) stand in archives; what is hidden says nothing."""
    assert Holder("向小满", "422801199001010026").matches("", number) is same


def test_the_organisation_code_within_a_uscc_names_the_same_body():
    assert Holder("利川示例茶业有限公司", "91370406L24894136J").matches("", "L24894136"[:8] + "-" + "6")


def test_numbers_are_compared_without_case_and_dots_of_names_are_alike():
    assert Holder("阿依·古丽", "42280119900101123X").matches("", "42280119900101123x")
    assert Holder("阿依·古丽", "1").matches("阿依•古丽", "")


def test_a_licence_belongs_to_the_applicant_the_legal_representative_or_the_agent():
    person = a_case()
    assert holder_of(person, a_licence()) == Holder("向小满", "422801199001010026")
    assert holder_of(person, a_licence(holder="田晓禾")) is None
    company = a_case(applicant=an_organisation(legal_representative=a_person(name="田晓禾")), agent=an_agent())
    assert holder_of(company, a_licence(holder="利川示例茶业有限公司")) == Holder(
        "利川示例茶业有限公司", "91370406L24894136J"
    )
    assert holder_of(company, a_licence(holder="田晓禾")) == Holder("田晓禾", "422801199001010026")
    assert holder_of(company, a_licence(holder="覃远山")) == Holder("覃远山", "422801199001010018")


def test_there_is_always_a_use_cause_of_at_most_200_characters():
    case = a_case()
    assert use_cause_of(case, a_licence()) == "社会保障卡换领"
    built = use_cause_of(case, a_licence(use_cause=" "))
    assert case.item.name in built
    assert case.number in built
    assert len(use_cause_of(case, a_licence(use_cause="用" * 300))) == 200
