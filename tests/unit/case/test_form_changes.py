"""Which fields of a form changed: exact numbers, innermost fields, JSON Pointers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.form.changes import changed_fields, is_asked, leads_nowhere, steps_of

LEAVES = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=4)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
FORMS = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


@pytest.mark.parametrize(
    ("pointer", "steps"),
    [
        ("", ()),
        ("/", ("",)),
        ("/a/0", ("a", "0")),
        ("/a~1b/c~0d", ("a/b", "c~d")),
        ("/~01", ("~1",)),
        ("a", None),
        ("/a~2", None),
        ("/a~", None),
    ],
)
def test_a_json_pointer_is_read_as_the_rfc_says(pointer, steps):
    assert steps_of(pointer) == steps


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ('{"a":12.50}', '{"a":12.5}', []),
        ('{"a":1.0}', '{"a":1}', []),
        ('{"a":90071992547409931234}', '{"a":90071992547409931235}', [("a",)]),
        ('{"a":1}', '{"a":true}', [("a",)]),
        ('{"a":1}', '{"a":"1"}', [("a",)]),
        ('{"a":null}', "{}", [("a",)]),
        ('{"a":null}', '{"a":{"b":1}}', [("a", "b")]),
        ('{"a":1,"b":2}', '{"b":2,"a":1}', []),
        ("{}", '{"a":{"b":1,"c":[]}}', [("a", "b"), ("a", "c")]),
        ('{"l":[1,2]}', '{"l":[1,2,3]}', [("l", "2")]),
        ('{"l":[1,2]}', '{"l":[2]}', [("l", "0"), ("l", "1")]),
        ('{"a":1e99999999999999999999}', '{"a":2}', [()]),
    ],
)
def test_every_field_that_differs_is_named_once(before, after, changed):
    assert list(changed_fields(before, after)) == changed


def test_a_change_is_asked_for_by_its_own_name_or_that_of_what_it_is_part_of():
    assert is_asked(("a", "b"), [("a",)])
    assert is_asked(("a", "b"), [("a", "b")])
    assert not is_asked(("a",), [("a", "b")])
    assert not is_asked(("ab",), [("a",)])
    assert is_asked(("l", "3", "x"), [("l", "-")])
    assert not is_asked((), [("a",)])


@given(FORMS, FORMS)
def test_two_forms_differ_nowhere_only_if_they_are_equal(one, other):
    changed = changed_fields(json.dumps(one), json.dumps(other))
    assert (changed == ()) == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))
    assert len(set(changed)) == len(changed)
    assert set(changed) == set(changed_fields(json.dumps(other), json.dumps(one)))


@given(FORMS, st.text(max_size=3), LEAVES)
def test_a_change_of_one_field_is_covered_by_its_pointer_alone(form, name, value):
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    steps = steps_of(pointer)
    assert steps == (name,)
    assert not leads_nowhere(json.dumps(form), steps)
    changed = changed_fields(json.dumps(form), json.dumps(form | {name: value}))
    assert all(is_asked(field, [steps]) for field in changed)
