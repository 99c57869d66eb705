"""Pages of a region's catalogue: the values, and protobuf to values and back.

A page is read item by item: one that does not read is told with what is wrong in it, and costs the others nothing.
"""

from dataclasses import dataclass

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.item.definition import ItemDefinition
from gateway.case.texts import Text
from gateway.wire import bounds
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2, item_pb2
from gateway.wire.items import definition_from_wire, definition_to_wire
from gateway.wire.spot import Faults, Spot
from gateway.wire.unknown import note_unknown

_TOO_LARGE = Text("超过 512 KiB", "larger than 512 KiB")
_SHORTEN = Text("缩短说明、材料或表单", "shorten its texts, materials or form")


@dataclass(frozen=True, slots=True)
class BrokenItem:
    """An item that does not read: its name within the region as far as it is readable, and everything wrong."""

    key: str
    findings: tuple[FieldFinding, ...]


@dataclass(frozen=True, slots=True)
class ItemsPage:
    """A page of a region's catalogue.

    Attributes:
        broken: what came along and does not read.
        next_page_token: empty on the last page.
        items_version: of the whole catalogue; the same on every page.
    """

    items: tuple[ItemDefinition, ...]
    next_page_token: str
    items_version: int
    broken: tuple[BrokenItem, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemsAsked:
    """Which items are asked for: those that came after a version of the catalogue, from a page on."""

    since: int
    page_token: str


def page_from_wire(wire: exchange_service_pb2.GetItemsResponse) -> ItemsPage:
    """Read a page; an item that does not read stands among the broken ones.

    Raises:
        GatewayError: MALFORMED when the page itself is wrong: too many items, no possible version, unknown fields.
    """
    faults = Faults()
    spot = Spot(faults)
    spot.items("items", wire.items, bounds.PAGE_ITEMS)
    token = spot.text("next_page_token", wire.next_page_token, bounds.PAGE_TOKEN)
    version = spot.number("items_version", wire.items_version, bounds.CATALOGUE_VERSION)
    around = exchange_service_pb2.GetItemsResponse()
    around.CopyFrom(wire)
    del around.items[:]
    note_unknown(around, faults)
    faults.raise_if_any()
    good: list[ItemDefinition] = []
    broken: list[BrokenItem] = []
    for nth, one in enumerate(wire.items):
        found = Faults()
        note_unknown(one, found)
        definition = definition_from_wire(one, Spot(found, f"items[{nth}]"))
        if one.ByteSize() > bounds.DEFINITION_BYTES:
            found.note(f"items[{nth}]", _TOO_LARGE, _SHORTEN)
        try:
            found.raise_if_any()
        except GatewayError as error:
            broken.append(BrokenItem(_readable(one), error.findings))
        else:
            good.append(definition)
    return ItemsPage(tuple(good), token, version, tuple(broken))


def page_to_wire(page: ItemsPage) -> exchange_service_pb2.GetItemsResponse:
    """Write a page."""
    return exchange_service_pb2.GetItemsResponse(
        items=[definition_to_wire(one) for one in page.items],
        next_page_token=page.next_page_token,
        items_version=page.items_version,
    )


def asked_from_wire(wire: exchange_service_pb2.GetItemsRequest) -> ItemsAsked:
    """Read which items are asked for.

    Raises:
        GatewayError: MALFORMED with every field that is wrong.
    """
    faults = Faults()
    spot = Spot(faults)
    note_unknown(wire, faults)
    asked = ItemsAsked(
        spot.number("since_items_version", wire.since_items_version, bounds.CATALOGUE_VERSION),
        spot.text("page_token", wire.page_token, bounds.PAGE_TOKEN),
    )
    faults.raise_if_any()
    return asked


def _readable(wire: item_pb2.ItemDefinition) -> str:
    known = wire.basic_code.isascii() and wire.basic_code.isalnum() and len(wire.basic_code) == bounds.BASIC_CODE.most
    return wire.basic_code if known else ""
