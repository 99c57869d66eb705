"""Whatever the local door lets in fits the exchange format: nothing is kept here that the other side could not read."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.case.code.licences import LONGEST_SERIAL, licence_id_problems
from gateway.case.errors import GatewayError
from gateway.case.events import Event
from gateway.local.canonical_in import CASE, EVENT, read_case, read_deed
from gateway.local.words import POSTED
from gateway.wire.codec import envelope_from_bytes, envelope_to_bytes
from tests.build import a_case_number, an_envelope, an_id
from tests.unit.local.local_build import NOW, as_bytes, event, sample
from tests.unit.local.test_canonical_events import MORE

Json = dict[str, Any]

EVENTS, CASES = EVENT.json_schema(), CASE.json_schema()
LONGEST_LICENCE = f"1.2.156.3005.2.{'A' * 18}001.{'B' * 18}.{'C' * LONGEST_SERIAL}.001.X"
FIRST: dict[str, Json] = {
    "documents": {"kind": "other", "title": "文书"},
    "deadlines": {"clock": "promised", "due_at": "2026-12-22T10:00:00Z", "calendar_version": "1"},
    "materials": {"material_id": "M1", "name": "照片", "paper": {"copies": 1}},
}


def longest(root: Json, schema: Json, body: Json) -> Iterator[tuple[str, Json]]:
    """Every text of a body in turn at its greatest length, as Chinese and as letters."""
    for name, said in schema.get("properties", {}).items():
        for field in (said, *said.get("anyOf", ()), *said.get("oneOf", ())):
            for path, value in _values(root, name, field, body.get(name)):
                yield f"{name}{path}", body | {name: value}


def _values(root: Json, name: str, field: Json, now: Any) -> Iterator[tuple[str, Any]]:
    if "$ref" in field:
        for path, made in longest(root, _meant(root, field), now if isinstance(now, dict) else {}):
            yield f".{path}", made
    elif "$ref" in field.get("items", {}):
        first, *rest = now or [FIRST.get(name, {})]
        for path, made in longest(root, _meant(root, field["items"]), first):
            yield f"[0].{path}", [made, *rest]
    elif field.get("type") == "string" and "maxLength" in field:
        licence = name.endswith("licence_id")
        yield from (("", text) for text in ([LONGEST_LICENCE] if licence else [a * field["maxLength"] for a in "字A"]))


def _meant(root: Json, field: Json) -> Json:
    meant: Json = root["$defs"][field["$ref"].rpartition("/")[2]]
    return meant


def events() -> Iterator[Any]:
    for word in sorted(POSTED):
        schema = _meant(EVENTS, {"$ref": EVENTS["discriminator"]["mapping"][word]})
        for path, body in longest(EVENTS, schema, event(word, **MORE[word])):
            yield pytest.param(body, id=f"{word}:{path}")


def test_the_longest_licence_is_one():
    assert licence_id_problems(LONGEST_LICENCE) == ()


@pytest.mark.parametrize("body", list(events()))
def test_the_longest_text_of_every_field_of_an_event_is_refused_here_or_read_there(body):
    try:
        deed = read_deed(as_bytes(body), NOW)
    except GatewayError:
        return
    made = Event(
        an_id(5), deed.actor, deed.occurred_at, NOW, deed.happening, deed.reason, deed.documents, deed.deadlines
    )
    assert envelope_from_bytes(envelope_to_bytes(an_envelope(made))).body == made


@pytest.mark.parametrize("body", [pytest.param(body, id=path) for path, body in longest(CASES, CASES, sample())])
def test_the_longest_text_of_every_field_of_a_case_is_refused_here_or_read_there(body):
    try:
        case = replace(read_case(as_bytes(body), NOW), number=a_case_number())
    except GatewayError:
        return
    assert envelope_from_bytes(envelope_to_bytes(an_envelope(case))).body == case
