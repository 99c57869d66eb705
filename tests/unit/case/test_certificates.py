from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.code.identifiers import CertificateKind, certificate_problems, mobile_problems, phone_problems

TODAY = date(2026, 11, 24)
K = CertificateKind


def codes(kind: CertificateKind, value: str) -> list[str]:
    return [problem.code for problem in certificate_problems(kind, value, TODAY)]


def test_kinds_carry_the_codes_of_the_standard():
    assert [kind.value for kind in K] == ["111", "112", "113", "414", "511", "513", "516", "517", "553", "990", "uscc"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (K.RESIDENT_ID, "422801199001010018"),
        (K.TEMPORARY_RESIDENT_ID, "422801199001010018"),
        (K.HOUSEHOLD_REGISTER, "422801199001010018"),
        (K.HOUSEHOLD_REGISTER, "012345678"),
        (K.PASSPORT, "E12345678"),
        (K.PASSPORT, "eh1234567"),
        (K.TAIWAN_RESIDENT_PERMIT, "01234567"),
        (K.HONG_KONG_MACAO_EXIT_PERMIT, "C12345678"),
        (K.HONG_KONG_MACAO_EXIT_PERMIT, "CA0000001"),
        (K.HONG_KONG_MACAO_EXIT_PERMIT, "W12345678"),
        (K.HONG_KONG_MACAO_RESIDENT_PERMIT, "H12345678"),
        (K.HONG_KONG_MACAO_RESIDENT_PERMIT, "M1234567801"),
        (K.TAIWAN_EXIT_PERMIT, "L12345678"),
        (K.PERMANENT_RESIDENCE, "CAN110081080310"),
        (K.OTHER, "军字第0123456号"),
        (K.USCC, "11422800MB0T00015R"),
    ],
)
def test_a_well_formed_number_of_each_kind_is_accepted(kind: CertificateKind, value: str):
    assert codes(kind, value) == []


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (K.RESIDENT_ID, "110105194912310021", ["CHECK"]),
        (K.HOUSEHOLD_REGISTER, "110105194912310021", ["CHECK"]),
        (K.HOUSEHOLD_REGISTER, "0" * 31, ["LENGTH"]),
        (K.PASSPORT, "E123", ["LENGTH"]),
        (K.PASSPORT, "E-12", ["CHARACTERS", "LENGTH"]),
        (K.PASSPORT, "E1234*678", ["MASKED"]),
        (K.TAIWAN_RESIDENT_PERMIT, "0123456", ["SHAPE"]),
        (K.TAIWAN_RESIDENT_PERMIT, "０1234567", ["FULL_WIDTH"]),
        (K.HONG_KONG_MACAO_EXIT_PERMIT, "CI0000001", ["SHAPE"]),
        (K.HONG_KONG_MACAO_RESIDENT_PERMIT, "h1234567", ["LOWER_CASE", "SHAPE"]),
        (K.TAIWAN_EXIT_PERMIT, "X12345678", ["SHAPE"]),
        (K.OTHER, "", ["EMPTY"]),
        (K.OTHER, "A 1", ["CHARACTERS"]),
        (K.OTHER, "1" * 51, ["LENGTH"]),
        (K.USCC, "91370406L248941360", ["CHECK"]),
    ],
)
def test_each_kind_has_its_own_rule(kind: CertificateKind, value: str, expected: list[str]):
    assert codes(kind, value) == expected


def test_the_text_names_the_certificate_in_both_languages():
    (problem,) = certificate_problems(K.TAIWAN_RESIDENT_PERMIT, "1", TODAY)
    assert problem.text.zh == "台湾居民来往大陆通行证号码格式不正确，应为8 位数字"
    assert problem.text.en == (
        "The number of the mainland travel permit for Taiwan residents has the wrong form: it is eight digits"
    )


@given(st.sampled_from(K), st.text(max_size=60))
def test_no_number_raises_and_no_text_repeats_it(kind: CertificateKind, value: str):
    for problem in certificate_problems(kind, value, TODAY):
        said = problem.text.zh + problem.text.en
        assert "{" not in said
        assert len(value) < 6 or value not in said


@pytest.mark.parametrize("value", ["13800005678", "19900005678"])
def test_mobile_numbers_of_the_mainland_are_accepted(value: str):
    assert mobile_problems(value) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12800005678", ["SHAPE"]),
        ("1380000567", ["LENGTH"]),
        ("+8613800005678", ["CHARACTERS", "LENGTH"]),
        ("138 0000 5678", ["CHARACTERS", "LENGTH"]),
        ("138****5678", ["MASKED", "SHAPE"]),
        ("１2800005678", ["FULL_WIDTH", "SHAPE"]),
        ("", ["EMPTY"]),
    ],
)
def test_a_wrong_mobile_number_is_told_with_all_its_problems(value: str, expected: list[str]):
    assert [problem.code for problem in mobile_problems(value)] == expected


@pytest.mark.parametrize(
    "value",
    [
        "13800005678",
        "0718-8200000",
        "07188200000",
        "010-82000000-801",
        "400-820-0000",
        "8008200000",
        "12345",
        "+85221234567",
    ],
)
def test_contact_numbers_may_be_fixed_lines_and_service_numbers(value: str):
    assert phone_problems(value) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("8200000", ["SHAPE"]),
        ("0718-82", ["SHAPE"]),
        ("13800005678+", ["SHAPE"]),
        ("0718—8200000", ["CHARACTERS"]),
        ("", ["EMPTY"]),
    ],
)
def test_a_contact_number_nobody_can_dial_is_refused(value: str, expected: list[str]):
    assert [problem.code for problem in phone_problems(value)] == expected
