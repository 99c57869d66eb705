"""Bodies with any value anywhere: read, or refused with findings; never an error of ours."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.errors import GatewayError
from gateway.local.canonical_in import read_case, read_deed
from tests.unit.local.local_build import as_bytes, event, sample

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
AGENT = {
    "person": {"name": "覃远山", "certificate_kind": "resident_id", "certificate_number": "422801199001010018"},
    "authorisation_material_id": "m1",
}
SUPPLEMENTED = {
    "materials": [{"material_id": "m1", "name": "照片", "paper": {"originals": 1, "copies": 0}}],
    "requirement_ids": ["r1"],
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from places(below, (*path, key))


def with_value(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    at: Any = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


CASE_BODY = sample() | {"agent": AGENT}
EVENT_BODIES = [event("supplemented", **SUPPLEMENTED), event("accepted"), event("decided", decision="granted")]


@given(path=st.sampled_from(list(places(CASE_BODY))), value=VALUES)
def test_a_case_with_any_value_anywhere_is_read_or_refused(path: tuple[Any, ...], value: Any) -> None:
    try:
        read_case(as_bytes(with_value(CASE_BODY, path, value)), NOW)
    except GatewayError as error:
        refused = error
        assert refused.findings


@given(body=st.sampled_from(EVENT_BODIES), data=st.data(), value=VALUES)
def test_an_event_with_any_value_anywhere_is_read_or_refused(body: dict[str, Any], data: Any, value: Any) -> None:
    path = data.draw(st.sampled_from(list(places(body))))
    try:
        read_deed(as_bytes(with_value(body, path, value)), NOW)
    except GatewayError as error:
        refused = error
        assert refused.findings


@pytest.mark.parametrize("wrong", [["m1"], {"m1": 1}, 7])
def test_an_authorisation_that_is_no_text_is_a_finding(wrong: Any) -> None:
    body = with_value(CASE_BODY, ("agent", "authorisation_material_id"), wrong)
    with pytest.raises(GatewayError) as refused:
        read_case(as_bytes(body), NOW)
    assert [finding.path for finding in refused.value.findings] == ["agent.authorisation_material_id"]


def test_a_supplement_with_a_material_in_no_form_is_a_finding() -> None:
    body = event("supplemented", **SUPPLEMENTED)
    body["materials"] = [{"material_id": "m1", "name": "照片"}]
    with pytest.raises(GatewayError) as refused:
        read_deed(as_bytes(body), NOW)
    assert [finding.path for finding in refused.value.findings] == ["materials[0]"]
