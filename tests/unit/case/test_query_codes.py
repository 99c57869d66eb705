"""Query codes: derived, spoken over the telephone, and good for nothing but the number they belong to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.code.organisations import USCC_ALPHABET
from gateway.case.code.query_codes import LENGTH, PURPOSE, query_code, read_query_code, shown_code
from gateway.trust.vault import Vault
from tests.build import a_case_number

VAULT = Vault({1: b"\x07" * 32}, 1, 1, lambda: b"\0" * 12)


def code_of(number: str, vault: Vault = VAULT) -> str:
    return query_code(vault.lookup(number.encode(), PURPOSE))


@given(st.binary(min_size=32, max_size=32))
def test_a_code_has_ten_characters_that_cannot_be_misread(keyed_hash: bytes):
    code = query_code(keyed_hash)
    assert len(code) == LENGTH == 10
    assert set(code) <= set(USCC_ALPHABET)


def test_the_code_of_a_number_is_always_the_same_and_that_of_another_is_another():
    codes = {code_of(a_case_number(n)) for n in range(1, 300)}
    assert len(codes) == 299
    assert code_of(a_case_number(1)) == code_of(a_case_number(1))


def test_another_regions_key_gives_another_code():
    other = Vault({1: b"\x08" * 32}, 1, 1, lambda: b"\0" * 12)
    assert code_of(a_case_number()) != code_of(a_case_number(), other)


def test_a_short_hash_makes_no_code():
    with pytest.raises(ValueError, match="32 bytes"):
        query_code(b"\0" * 31)


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["lower", "spaced", "wide", "hyphen", "misread"]))
def test_however_a_code_is_typed_it_is_read_as_it_was_meant(keyed_hash: bytes, how: str):
    code = query_code(keyed_hash)
    typed = {
        "lower": code.lower(),
        "spaced": f" {shown_code(code)} ",
        "wide": "".join(chr(ord(char) + 0xFEE0) for char in code),
        "hyphen": f"{code[:5]}-{code[5:]}",
        "misread": code.replace("0", "O").replace("1", "I"),
    }[how]
    assert read_query_code(typed) == code
