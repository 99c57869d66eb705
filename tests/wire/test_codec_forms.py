"""What text is let through as a form, and what is told about any other."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.case.form.text import FORM_BYTES, FORM_DEPTH, check_form
from tests import build, strategies

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told(text):
    return [finding.problem.en for finding in check_form(text)]


def nested(depth, inner="1"):
    return '{"a":' * depth + inner + "}" * depth


@QUICK
@given(strategies.FORMS)
def test_an_object_with_any_numbers_is_a_form(form):
    assert check_form(form) == ()


@pytest.mark.parametrize(
    "number", ["9007199254740993", "1" * 5000, "0.1000000000000000055511151231257827", "1E+400", "-0.0", "1e-999"]
)
def test_numbers_are_taken_at_any_size_and_precision(number):
    assert check_form(f'{{"n":{number}}}') == ()


@pytest.mark.parametrize("number", ["01", "+1", ".5", "1.", "0x1", "1_000", "١", "NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_number_is_refused(number):
    assert len(told(f'{{"n":{number}}}')) == 1


@pytest.mark.parametrize("text", ["", " ", "{", '{"a":1}x', "{'a':1}", '{"a":1,}', '{"a"}', '{"a":"\n"}', "\ufeff{}"])
def test_what_is_no_json_is_told_with_its_position(text):
    assert told(text)[0].startswith("no valid JSON at line 1, character ")


@pytest.mark.parametrize("text", ["[]", '"text"', "1", "null", "true"])
def test_only_an_object_is_a_form(text):
    assert told(text) == ["the form is no JSON object"]


def test_every_key_that_stands_twice_is_told_once():
    text = '{"a":1,"a":2,"a":3,"b":{"c":1,"c":{}},"向小满":1,"向小满":2}'
    assert told(text) == [
        "a key stands twice in one object: c",
        "a key stands twice in one object: a",
        "a key stands twice in one object: (3 characters, not shown)",
    ]


def test_keys_are_compared_after_their_escapes():
    assert len(told('{"a":1,"\\u0061":2}')) == 1
    assert told('{"a":{"a":1},"b":{"a":1}}') == []


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_sixteen_levels_are_a_form_and_seventeen_are_not(opening):
    closing = "}" if opening.startswith("{") else "]"
    inside = FORM_DEPTH - 1
    sound = '{"a":' + opening * inside + "1" + closing * inside + "}"
    assert check_form(sound) == ()
    assert told('{"b":' + sound + "}") == ["the form is nested deeper than 16"]


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 40_000, nested(900), "[" * 5000 + "]" * 5000])
def test_a_form_nested_without_end_is_told_and_nothing_breaks(text):
    assert told(text) == ["the form is nested deeper than 16"]


def test_the_size_is_counted_in_bytes():
    frame = len('{"a":""}')
    assert check_form('{"a":"' + "字" * ((FORM_BYTES - frame) // 3) + '"}') == ()
    assert told('{"a":"' + "字" * (FORM_BYTES // 3) + '"}') == [f"the form exceeds {FORM_BYTES} bytes"]
    assert check_form('{"a":"' + "a" * (FORM_BYTES - frame) + '"}') == ()
    assert told('{"a":"' + "a" * (FORM_BYTES - frame + 1) + '"}') == [f"the form exceeds {FORM_BYTES} bytes"]


@pytest.mark.parametrize("text", ['{"a":"\\ud83d"}', '{"\\uDE00":1}', '{"a":"\ud83d"}'])
def test_half_a_surrogate_pair_is_refused(text):
    assert len(told(text)) == 1


def test_a_whole_surrogate_pair_is_a_character():
    assert check_form('{"a":"\\ud842\\udfb7"}') == ()


@QUICK
@given(st.text(max_size=40) | st.text('{}[]",:1e-.\\u \n', max_size=40))
def test_the_verdict_agrees_with_the_standard_reader(text):
    try:
        expected = isinstance(json.loads(text, parse_constant=lambda _: 1 / 0), dict)
    except (ValueError, ZeroDivisionError):
        expected = False
    if not expected:
        assert told(text)


def test_findings_say_what_to_do_in_both_languages():
    for text in ("", "[]", '{"a":NaN}', nested(20), '{"a":1,"a":2}', '{"a":"\\ud83d"}', build.FORM * 9999):
        for finding in check_form(text):
            assert finding.path == "form_json"
            assert finding.problem.zh
            assert finding.fix.zh
            assert "{" not in finding.problem.zh.replace("{…}", "")
