"""Items that partner files list and that the catalogue of the region that decides does not have, or has no longer.

Warnings only: a catalogue may come later than the agreement.  Nothing is said where no store is there yet, or where a region has
published no items: then the agreement's list alone counts.
"""

from collections.abc import Iterator
from datetime import date

from gateway.case.code.divisions import Divisions
from gateway.case.item.definition import ItemState
from gateway.case.texts import Text
from gateway.files.findings import Finding, Findings, KeyPath
from gateway.partners.check import Checked
from gateway.partners.load import Loaded
from gateway.partners.terms import AgreedItem, Agreement, Direction
from gateway.settings import Settings
from gateway.store import items
from gateway.store.database import Transaction
from gateway.store.items import ItemRow
from gateway.store.sqlite.glance import glance

_STATES = {ItemState.PAUSED: Text("已暂停", "paused"), ItemState.CANCELLED: Text("已取消", "cancelled")}


def unlisted_items(checked: Checked, settings: Settings, divisions: Divisions, today: date) -> Findings:
    """Return a warning for every agreed item that would be refused because the region that decides does not list it."""
    read = [loaded for loaded in checked.good.values() if not loaded.partner.is_sample]

    def look(tx: Transaction) -> Findings:
        return tuple(one for loaded in read for one in _of_file(tx, loaded, settings.region, divisions, today))

    return glance(settings.store_file, look) or ()


def _of_file(tx: Transaction, loaded: Loaded, own: str, divisions: Divisions, today: date) -> Iterator[Finding]:
    partner = loaded.partner
    published = {region: items.version_of(tx, region) > 0 for region in (own, partner.code)}
    for n, agreement in enumerate(partner.agreements):
        for position, item in enumerate(agreement.items):
            path: KeyPath = ("agreements", n, "items", position)
            for direction in item.directions:
                region, code, scope = _decides(direction, item, agreement, own, partner.code)
                if published[region]:
                    said = _missing(items.of_code(tx, region, code), scope, divisions, today)
                    if said:
                        yield _finding(loaded, path, (item, code), said, ours=region == own)


def _decides(
    direction: Direction, item: AgreedItem, agreement: Agreement, own: str, partner: str
) -> tuple[str, str, tuple[str, ...]]:
    """Return the region that decides, its code of the item, and where it does."""
    if direction is Direction.INWARD:
        return own, item.our_code, agreement.our_scope
    return partner, item.their_code, agreement.their_scope


def _missing(rows: list[ItemRow], scope: tuple[str, ...], divisions: Divisions, today: date) -> Text | None:
    """Return why none of these versions could bind a case today; None when one could."""
    there = [
        row
        for row in rows
        if any(
            divisions.belongs_to(place, row.division) or divisions.belongs_to(row.division, place) for place in scope
        )
    ]
    if not there:
        return Text("没有", "is missing")
    newest = {
        row.key: row for row in sorted(there, key=lambda row: (row.valid_from, row.version)) if row.valid_from <= today
    }
    if any(row.state is ItemState.IN_USE for row in newest.values()):
        return None
    if not newest:
        begins = min(row.valid_from for row in there)
        return Text(f"{begins} 才实施", f"begins on {begins}")
    return _STATES[next(iter(newest.values())).state]


def _finding(loaded: Loaded, path: KeyPath, item: tuple[AgreedItem, str], said: Text, *, ours: bool) -> Finding:
    agreed, code = item
    if ours:
        return loaded.tree.warning(
            path,
            Text(
                f"本地区事项清单中“{agreed.name}”({code}) {said.zh}, 对方的来件会被拒",
                f"in our items '{agreed.name}' ({code}) {said.en}: what the partner sends is refused",
            ),
            Text(
                "导入这个事项: tongban items import; 或从协议清单中删去",
                "import it: tongban items import; or take it off the list",
            ),
        )
    name = loaded.partner.short_name
    return loaded.tree.warning(
        path,
        Text(
            f"{name}公布的事项清单中“{agreed.name}”({code}) {said.zh}, 我方的去件会被拒",
            f"in the items {name} publishes '{agreed.name}' ({code}) {said.en}: what we send is refused",
        ),
        Text("请对方核对其清单, 或从协议清单中删去", "ask the partner to check its items, or take it off the list"),
    )
