"""Items on the wire: what is written reads back equal, and one that does not read costs the others nothing."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.case.errors import GatewayError
from gateway.case.item import definition as items
from gateway.wire import bounds
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import item_pb2
from gateway.wire.item_pages import ItemsPage, asked_from_wire, page_from_wire, page_to_wire
from gateway.wire.items import definition_bytes, definition_to_wire
from tests import build, strategies
from tests.wire.broken import UNKNOWN_FIELD, messages_in

FAST = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def wire_page(*definitions):
    return page_to_wire(ItemsPage(definitions, "", 7))


def broken(wire):
    """What is told about the one item that was broken."""
    read = page_from_wire(pb.GetItemsResponse.FromString(wire.SerializeToString()))
    (found,) = read.broken
    return [finding.path for finding in found.findings]


@FAST
@given(st.lists(strategies.DEFINITIONS, max_size=3).map(tuple), st.integers(0, 2**53))
def test_a_page_reads_back_equal(definitions, version):
    page = ItemsPage(definitions, "3.2.1.000120011000/422800/", version)
    assert page_from_wire(pb.GetItemsResponse.FromString(page_to_wire(page).SerializeToString())) == page


def test_a_full_definition_reads_back_equal():
    definition = build.a_full_definition()
    assert page_from_wire(wire_page(definition)).items == (definition,)
    assert definition_bytes(definition) == definition_to_wire(definition).ByteSize()


def test_zero_and_unknown_codes_are_refused_wherever_they_stand():
    numbers = ["exercise_level", "case_type", "state", "result_kind"]
    for name in numbers:
        for number in (0, 77):
            wire = wire_page(build.a_full_definition())
            setattr(wire.items[0], name, number)
            assert broken(wire) == [f"items[0].{name}"]
    lists = ["acceptance_levels", "service_objects", "modes", "ways", "special_procedures"]
    for name in lists:
        wire = wire_page(build.a_full_definition())
        getattr(wire.items[0], name).append(0)
        assert broken(wire) == [f"items[0].{name}[{len(getattr(wire.items[0], name)) - 1}]"]
    for name in ("need", "source", "form", "kind"):
        wire = wire_page(build.a_full_definition())
        setattr(wire.items[0].materials[0], name, 0)
        assert broken(wire) == [f"items[0].materials[0].{name}"]
    wire = wire_page(build.a_full_definition())
    wire.items[0].steps[0].kind = 0
    wire.items[0].legal_limit.unit = 0
    assert broken(wire) == ["items[0].steps[0].kind", "items[0].legal_limit.unit"]


def test_an_unknown_field_is_refused_wherever_it_stands():
    for nth in range(len(list(messages_in(wire_page(build.a_full_definition()))))):
        wire = wire_page(build.a_full_definition())
        message, path = list(messages_in(wire))[nth]
        message.MergeFromString(UNKNOWN_FIELD)
        if path:
            assert [f"items[0].{found}" for found in broken(wire)] == [f"{path}#127"]
        else:
            with pytest.raises(GatewayError, match="MALFORMED"):
                page_from_wire(wire)


def test_an_item_that_does_not_read_costs_the_others_nothing():
    wire = wire_page(build.a_definition(), build.a_definition(version=2), build.a_definition(version=3))
    wire.items[1].valid_from = "2026-02-30"
    wire.items[1].name = ""
    read = page_from_wire(wire)
    assert [one.version for one in read.items] == [1, 3]
    assert [one.key for one in read.broken] == [build.BASIC_CODE]
    assert {finding.path for finding in read.broken[0].findings} == {"items[1].valid_from", "items[1].name"}


def test_what_is_missing_or_past_its_bound_is_told_with_its_path():
    wire = wire_page(build.a_full_definition())
    one = wire.items[0]
    one.valid_from = ""
    one.version = 0
    one.division = "4228"
    one.form_schema_json = "表" * (bounds.FORM_SCHEMA_BYTES // 3 + 1)
    one.acceptance_level = 1
    one.handling_item_names.append("多出来的名称")
    one.online_depth = 5
    one.materials.extend([one.materials[0]] * 200)
    one.legal_bases.append("")
    assert set(broken(wire)) == {
        f"items[0].{name}"
        for name in (
            "valid_from",
            "version",
            "division",
            "form_schema_json",
            "acceptance_level",
            "handling_item_names",
            "online_depth",
            "materials",
            "legal_bases[1]",
        )
    }


def test_a_definition_larger_than_half_a_mebibyte_is_kept_out():
    text = "字" * 4000
    large = build.a_definition(
        materials=tuple(items.ItemMaterial(f"A{n:03d}", f"材料{n}", standard=text) for n in range(50))
    )
    assert definition_bytes(large) > bounds.DEFINITION_BYTES
    assert broken(wire_page(large)) == ["items[0]"]


def test_a_page_with_too_many_items_or_no_possible_version_is_refused_as_a_whole():
    wire = pb.GetItemsResponse(items=[definition_to_wire(build.a_definition())] * 201)
    with pytest.raises(GatewayError) as many:
        page_from_wire(wire)
    assert [finding.path for finding in many.value.findings] == ["items"]
    with pytest.raises(GatewayError) as version:
        page_from_wire(pb.GetItemsResponse(items_version=2**60, next_page_token="t" * 257))
    assert [finding.path for finding in version.value.findings] == ["next_page_token", "items_version"]


def test_a_question_with_unknown_fields_or_a_long_token_is_refused():
    wire = pb.GetItemsRequest(since_items_version=2**60, page_token="t" * 257)
    wire.MergeFromString(UNKNOWN_FIELD)
    with pytest.raises(GatewayError) as caught:
        asked_from_wire(wire)
    assert [finding.path for finding in caught.value.findings] == ["#127", "since_items_version", "page_token"]


def test_bytes_of_a_page_change_with_every_field_of_a_definition():
    full, bare = definition_to_wire(build.a_full_definition()), item_pb2.ItemDefinition()
    unset = {field.name for field in bare.DESCRIPTOR.fields} - {field.name for field, _ in full.ListFields()}
    assert unset == set(), "a field that is never written would be lost"
    assert replace(build.a_full_definition(), sample=False) != build.a_full_definition()
