import json

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.case.reasons import Reason
from gateway.local.openapi import describe_routes
from gateway.local.problems import status_of
from gateway.local.routes import ROUTES
from gateway.local.words import CERTIFICATES, POSTED
from tests.unit.local.local_build import event, sample

DESCRIPTION = json.loads(json.dumps(describe_routes(ROUTES)))


def validator(name):
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": DESCRIPTION["components"]})


def test_the_description_is_valid_openapi():
    assert list(OpenAPIV31SpecValidator(DESCRIPTION).iter_errors()) == []


def test_every_route_is_described_with_its_permission():
    for route in ROUTES:
        operation = DESCRIPTION["paths"][route.path][route.method.lower()]
        assert operation["operationId"] == route.name
        assert ({"system": []} in operation["security"]) is ((route.may or route.may_instead) is not None)
        assert bool(operation.get("requestBody")) is bool(route.takes)


def test_every_reason_of_a_route_is_described_under_its_status():
    for route in ROUTES:
        responses = DESCRIPTION["paths"][route.path][route.method.lower()]["responses"]
        for reason in route.reasons:
            assert f"{reason.value}: " in responses[str(status_of(reason))]["description"]


def test_every_local_reason_is_described_somewhere():
    text = json.dumps(DESCRIPTION)
    # What a path or a method outside the table is told, and what only commands meet, belongs to no route.
    elsewhere = {Reason.ROUTE_UNKNOWN, Reason.METHOD_NOT_ALLOWED, Reason.CONSOLE_OFF, Reason.SYSTEM_UNKNOWN}
    from gateway.case.reasons.local import LOCAL

    assert {reason.value for reason in LOCAL if f"{reason.value}: " not in text} == {one.value for one in elsewhere}


def test_names_of_operations_are_different():
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_closed_lists_are_told():
    text = json.dumps(DESCRIPTION["components"]["schemas"])
    assert all(f'"{word}"' in text for word in (*CERTIFICATES, *POSTED))


@pytest.mark.parametrize("body", [sample(), {**sample(), "agent": None, "contacts": [], "materials": []}])
def test_a_case_that_is_taken_fits_the_description(body):
    assert list(validator("Case").iter_errors(body)) == []


@pytest.mark.parametrize("body", [{}, {**sample(), "colour": "red"}, {**sample(), "mode": "sometimes"}])
def test_a_case_that_is_refused_does_not(body):
    assert list(validator("Case").iter_errors(body)) != []


def test_an_event_that_is_taken_fits_the_description():
    assert list(validator("Event").iter_errors(event())) == []
    assert list(validator("Event").iter_errors(event("flown"))) != []
