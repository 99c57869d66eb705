"""docs/local-api.md says what the interface does: its examples are read by the code that reads requests."""

import json
import re
import shlex

import pytest
from jsonschema import Draft202012Validator

from gateway.case.joint import JOINT_STATE_NAMES
from gateway.case.reasons import Reason
from gateway.local.canonical_in import EVENT_OUTLINE, read_case, read_deed
from gateway.local.fields import Judged
from gateway.local.joint_body import read_joint
from gateway.local.openapi import describe_routes
from gateway.local.problems import status_of
from gateway.local.routes import ROUTES
from gateway.local.words import CERTIFICATES, POSTED
from tests.unit.local.local_build import NOW, ROOT

PAGE = (ROOT / "docs/local-api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)
HEREDOCS = [
    found
    for kind, text in BLOCKS
    if kind == "bash"
    for found in re.findall(r"<<'JSON'\n(.*?)\nJSON\n", text, re.DOTALL)
]
ANSWERS = [json.loads(text) for kind, text in BLOCKS if kind == "json"]
DESCRIPTION = json.loads(json.dumps(describe_routes(ROUTES)))


def calls():
    for kind, text in BLOCKS:
        if kind != "bash":
            continue
        plain = re.sub(r" *<<'JSON'\n.*?\nJSON\n", "\n", text, flags=re.DOTALL).replace("\\\n", " ")
        for line in plain.splitlines():
            if line.startswith("curl"):
                yield shlex.split(line)


def route_of(words):
    method = words[words.index("-X") + 1] if "-X" in words else "HEAD" if "-I" in words else "GET"
    address = next(word for word in words if word.startswith("$G"))
    path, _, query = address.removeprefix("$G").partition("?")
    for route in ROUTES:
        if route.method == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.path), path):
            return route, query
    raise AssertionError(f"no route for {method} {path}")


@pytest.mark.parametrize("words", list(calls()), ids=" ".join)
def test_every_call_of_the_page_is_one_of_the_interface(words):
    route, query = route_of(words)
    assert {part.partition("=")[0] for part in query.split("&") if part} <= set(route.query)
    headers = {words[at + 1].partition(":")[0] for at, word in enumerate(words) if word == "-H"}
    assert "Authorization" in headers or route.may is None
    assert headers - {"Authorization", "Content-Type"} <= set(route.headers)
    if "Content-Type" in headers:
        assert f"Content-Type: {route.media}" in words


def test_every_address_of_the_interface_is_on_the_page():
    shown = {route_of(words)[0].name for words in calls()}
    text_only = {"describe", "live", "ready"}
    assert shown | text_only == {route.name for route in ROUTES}
    assert all(path in PAGE for path in ("/v1/openapi.json", "/health/live", "/health/ready"))


def test_the_case_of_the_page_is_taken():
    case = read_case(HEREDOCS[0].encode(), NOW)
    assert '"fee": 25.00' in case.form_json


def test_the_event_of_the_page_is_taken():
    assert read_deed(HEREDOCS[1].encode(), NOW).actor.division == "422802"
    assert len(HEREDOCS) == 3


def test_the_joint_case_of_the_page_is_taken():
    number, parts = read_joint(HEREDOCS[2].encode(), Judged.at(NOW))
    assert number == "QJ-ZC-20261123-000077"
    assert [part.materials for part in parts] == [("materials[0]",), ("materials[0]", "parts[1].materials[0]")]
    assert '"fee": 25.00' in parts[0].case.form_json


def test_every_state_of_a_whole_is_on_the_page_with_its_word():
    for state, name in JOINT_STATE_NAMES.items():
        assert f"| {state.value} | {name.zh} |" in PAGE


@pytest.mark.parametrize(("number", "schema"), [(0, "Submitted"), (1, "BatchLine"), (2, "Problem")])
def test_the_answers_of_the_page_fit_the_description(number, schema):
    fit = Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": DESCRIPTION["components"]})
    assert [error.message for error in fit.iter_errors(ANSWERS[number])] == []
    assert len(ANSWERS) == 3


def test_every_event_and_every_field_of_the_page_exists_and_none_is_left_out():
    rows = re.findall(r"^\| (`[a-z_]+`(?: / `[a-z_]+`)?) \|[^|]+\|([^|]*)\|$", PAGE.partition("## 5.")[2], re.MULTILINE)
    words = {word for events, _ in rows for word in re.findall(r"`(\w+)`", events)} - {"event"}
    assert words == POSTED
    known = set(EVENT_OUTLINE.keys(())) | {"requirement_id", "what", "material_id", "list_code", "form_field"}
    named = {name for _, fields in rows for name in re.findall(r"`(\w+)`", fields)} - {"granted", "denied"}
    assert named <= known
    common = {"event", "occurred_at", "actor", "documents", "deadlines"}
    assert set(EVENT_OUTLINE.keys(())) - common <= named


def test_every_kind_of_certificate_is_on_the_page():
    assert all(f"`{word}`" in PAGE for word in CERTIFICATES)


def test_every_reason_stands_beside_its_status():
    rows = re.findall(r"^\| ([0-9, ]+) \| (.*) \|$", PAGE, re.MULTILINE)
    seen = [(name, statuses) for statuses, text in rows for name in re.findall(r"`([A-Z_]{5,})`", text)]
    assert len(seen) > 15
    for name, statuses in seen:
        assert str(status_of(Reason(name))) in statuses, name
