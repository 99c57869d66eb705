"""Clocks as local systems read them fit the published schema, whatever state they are in."""

from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator
from msgspec import structs

from gateway.case import events as ev
from gateway.case.clock.limits import readings
from gateway.local.answers import ANSWERS
from gateway.local.clocks_out import CLOCKS_SCHEMA, RECEIPTS_SCHEMA, clocks_content, receipts_content
from gateway.local.schemas import obj
from tests.flows.test_local_door import a_row
from tests.unit.case.clock_build import ACCEPTED, GRANTED, HEARING, NATIONAL, NOTICE, at, begun, wound

TUESDAY = at("2026-11-24")
STORIES = {
    "fresh": (),
    "asked for more": ((replace(NOTICE, respond_by=at("2026-12-01")), TUESDAY),),
    "paused": ((ACCEPTED, TUESDAY), (HEARING, at("2026-11-25"))),
    "decided late": ((ACCEPTED, TUESDAY), (GRANTED, at("2026-12-30"))),
    "withdrawn": ((ACCEPTED, TUESDAY), (ev.Withdrawn(), at("2026-11-25"))),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
@pytest.mark.parametrize("now", [TUESDAY, at("2027-02-01")], ids=["on the day", "long after"])
@pytest.mark.parametrize("told", [False, True], ids=["counted", "told"])
def test_what_is_shown_fits_the_schema(story, now, told):
    schema = obj(CLOCKS_SCHEMA) | {"components": {"schemas": {"Text": ANSWERS["Text"]}}}
    shown = clocks_content(readings(wound(begun(TUESDAY), *story), NATIONAL, now, told=told))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(shown)] == []
    assert all(one["words"]["zh"] and one["words"]["en"] for one in shown["clocks"])


def test_both_days_of_receipt_are_shown_or_said_to_be_unknown():
    row = structs.replace(a_row(), clockwork=begun(TUESDAY, taken_in=at("2026-11-25")))
    assert receipts_content(row) == {
        "received_at_window": "2026-11-24T02:00:00Z",
        "delivered_to_handler": "2026-11-25T02:00:00Z",
    }
    bare = receipts_content(a_row())
    assert set(bare.values()) == {None}
    assert not list(Draft202012Validator(obj(RECEIPTS_SCHEMA)).iter_errors(bare))
