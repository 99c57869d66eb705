import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.reasons import Reason
from gateway.local.strict_json import Number, read_object, slice_at
from tests.unit.local.local_build import refusal


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'"text"',
        b"{",
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":01}',
        b'{"a":"\x01"}',
        b'{"a":1} x',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":"中文"}'.encode("gbk"),
        '{"a":1}'.encode("utf-16"),
        b'{"a":"\\ud800"}',
        b'{"a":"\\uDC00\\uD800"}',
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_object_is_refused(raw):
    assert refusal(lambda: read_object(raw)).reason is Reason.BAD_JSON


def test_keys_written_twice_are_told_with_their_paths_wherever_they_are():
    body = read_object(b'{"a":1,"a":2,"b":{"c":[{"d":1,"d":2}]},"e":{"d":1}}')
    assert [finding.path for finding in body.findings] == ["a", "b.c[0].d"]
    assert body.data == {"a": 2, "b": {"c": [{"d": 2}]}, "e": {"d": 1}}


def test_a_key_twice_in_an_escaped_form_is_the_same_key():
    assert [finding.path for finding in read_object(b'{"a":1,"\\u0061":2}').findings] == ["a"]


def test_a_null_character_is_told_at_its_place():
    assert [finding.path for finding in read_object(b'{"a":["x\\u0000"]}').findings] == ["a[0]"]


def test_an_escaped_backslash_is_no_null_character():
    assert read_object(b'{"a":"\\\\u0000"}').findings == ()


def test_a_pair_of_surrogates_is_one_character():
    assert read_object(b'{"a":"\\ud842\\udfb7"}').data == {"a": "𠮷"}


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", fullmatch=True))
def test_exact_numbers_keep_every_character(number):
    read = read_object(f'{{"a":{number}}}'.encode(), exact_numbers=True).data["a"]
    assert isinstance(read, Number)
    assert read == number


def test_long_integers_cost_nothing():
    assert read_object(b'{"a":' + b"9" * 100_000 + b"}").data["a"] == float("inf")


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_a_slice_is_the_exact_text(value):
    text = json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()
    raw = f'{{"a" : [0, {{"b":  {text} }}]}}'.encode()
    assert slice_at(raw, ("a", 1, "b")) == text


def test_findings_are_in_the_order_of_the_text():
    findings = read_object(b'{"x":{"b":1,"b":1},"a":1,"a":1}').findings
    assert [finding.path for finding in findings] == ["x.b", "a"]
