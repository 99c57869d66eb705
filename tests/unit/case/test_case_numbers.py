from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from gateway.case.code.numbers import (
    CASE_NUMBER_LENGTH,
    check_case_number,
    gateway_of,
    grouped,
    make_case_number,
    read_case_number,
    ungrouped,
)
from gateway.case.code.organisations import USCC_ALPHABET

MOMENT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


def codes(value: str) -> list[str]:
    return [problem.code for problem in check_case_number(value)]


def dealt(chances: list[int]):
    """Draws that come out as these twelve characters, by their place in the alphabet."""
    halves = iter((chances[:6], chances[6:]))
    return lambda below: sum(chance * 31**place for place, chance in enumerate(reversed(next(halves)))) % below


numbers = st.builds(
    lambda code, now, chances: make_case_number(f"{code:06d}", now, dealt(chances)),
    st.integers(0, 999_999),
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2099, 1, 1), timezones=st.just(UTC)),
    st.lists(st.integers(0, 30), min_size=12, max_size=12),
)


@given(numbers)
def test_every_generated_number_checks_and_tells_its_gateway(number: str):
    assert len(number) == CASE_NUMBER_LENGTH
    assert codes(number) == []
    assert gateway_of(number) == number[2:8]


@given(numbers, st.integers(0, 28), st.sampled_from(USCC_ALPHABET))
def test_any_one_wrong_character_of_a_number_is_caught(number: str, at: int, char: str):
    wrong = number[:at] + char + number[at + 1 :]
    assert (codes(wrong) == []) == (wrong == number)


@given(numbers, st.integers(0, 28), st.integers(0, 28))
def test_any_two_exchanged_characters_of_a_number_are_caught(number: str, one: int, other: int):
    chars = list(number)
    chars[one], chars[other] = chars[other], chars[one]
    wrong = "".join(chars)
    assert (codes(wrong) == []) == (wrong == number)


def test_the_number_has_this_exact_form():
    number = make_case_number("422800", MOMENT, dealt([8, 3, 18, 24, 30, 0, 27, 23, 7, 10, 2, 12]))
    assert number == "TB4228002026112483JQY0UP7A2CM"
    total = sum(USCC_ALPHABET.index(char) * 3**at for at, char in enumerate(number[:-1]))
    assert (total + USCC_ALPHABET.index(number[-1])) % 31 == 0


@given(st.text(alphabet=USCC_ALPHABET, min_size=17, max_size=17))
def test_the_check_is_that_of_gb_32100(body: str):
    total = sum(USCC_ALPHABET.index(char) * pow(3, at, 31) for at, char in enumerate(body))
    assert uscc.calc_check_digit(body) == USCC_ALPHABET[-total % 31]


def test_the_day_is_that_of_shanghai():
    late = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    assert make_case_number("422800", late, lambda below: 0)[8:16] == "20261125"
    assert make_case_number("422800", MOMENT, lambda below: 0)[8:16] == "20261124"


def test_a_naive_time_and_a_code_that_is_no_gateway_code_are_refused():
    with pytest.raises(ValueError, match="aware"):
        make_case_number("422800", datetime(2026, 11, 24), lambda below: 0)
    for code in ("42280", "42280A", "４22800", "422800000000"):
        with pytest.raises(ValueError, match="six digits"):
            make_case_number(code, MOMENT, lambda below: 0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ["EMPTY"]),
        ("TB42", ["LENGTH"]),
        ("XX42", ["LENGTH", "CASE_NUMBER_PREFIX"]),
        ("XX4228A0202613240000000000001", ["CASE_NUMBER_PREFIX", "CASE_NUMBER_GATEWAY", "CASE_NUMBER_DATE", "CHECK"]),
        ("TB42280020261124000000000000O", ["CHARACTERS"]),
    ],
)
def test_every_problem_of_a_number_is_told_at_once(value: str, expected: list[str]):
    assert codes(value) == expected


def test_a_wrong_number_has_no_gateway():
    with pytest.raises(ValueError, match="not a co-operation number"):
        gateway_of("TB42280020261124")


@given(numbers)
def test_a_number_is_shown_in_groups_of_four_and_read_back(number: str):
    shown = grouped(number)
    assert [len(group) for group in shown.split(" ")] == [4] * 7 + [1]
    assert ungrouped(shown) == number


@given(numbers, st.sampled_from([" ", "-", "\u3000", "\u2013", "\uff0d", ""]))
def test_people_may_type_a_number_with_other_separators_case_and_width(number: str, separator: str):
    typed = grouped(number).lower().replace(" ", separator)
    assert read_case_number(typed) == number
    assert read_case_number("".join(chr(ord(char) + 0xFEE0) for char in number)) == number
    assert read_case_number(number.replace("0", "o").replace("1", "i")) == number
