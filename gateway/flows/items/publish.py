"""A partner asks what we demand: our own items, page by page, nothing of other regions.

Guarantees that all pages of one question tell the catalogue as it stood at one version of it: an import that happens
meanwhile is told by the next question.  Paused and cancelled versions are told as well, so that the other side learns
of them.
"""

import re

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.item.definition import ItemDefinition
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.store import items
from gateway.store.database import Database, Transaction
from gateway.store.items import ItemRow
from gateway.wire import bounds
from gateway.wire.item_pages import ItemsPage
from gateway.wire.items import definition_bytes

_TOKEN = re.compile(r"(?P<up_to>[0-9]{1,16})\.(?P<came>[0-9]{1,16})\.(?P<version>[0-9]{1,9})\.(?P<key>[0-9A-Z/]{1,80})")
_FIELD = 8
"""Bytes that a field of a page takes besides its content, at most."""


async def publish_items(since: int, page_token: str, *, database: Database, own_region: str) -> ItemsPage:
    """Return a page of what came to our catalogue after a version of it.

    Raises:
        GatewayError: MALFORMED for a token we did not give.
    """
    place = _place(page_token) if page_token else None

    def read(tx: Transaction) -> ItemsPage:
        up_to, after = place or (items.version_of(tx, own_region), (0, "", 0))
        rows = items.since(tx, own_region, since, up_to=up_to, after=after, limit=bounds.PAGE_ITEMS.most + 1)
        page: list[tuple[ItemRow, ItemDefinition]] = []
        left = bounds.PAGE_BYTES
        for row, definition in rows[: bounds.PAGE_ITEMS.most]:
            left -= definition_bytes(definition) + _FIELD
            if page and left < 0:
                break
            page.append((row, definition))
        more = len(rows) > len(page)
        last = page[-1][0] if more else None
        return ItemsPage(
            items=tuple(definition for _, definition in page),
            next_page_token=f"{up_to}.{last.catalogue_version}.{last.version}.{last.key}" if last else "",
            items_version=up_to,
        )

    return await database.read(read)


def _place(token: str) -> tuple[int, tuple[int, str, int]]:
    found = _TOKEN.fullmatch(token)
    if found is None:
        finding = FieldFinding(
            "page_token",
            Text("不是本网关给出的页标记", "it is no page token of this gateway"),
            Text("原样使用 next_page_token", "use next_page_token as it was given"),
        )
        raise GatewayError(Reason.MALFORMED, detail="page_token", findings=(finding,))
    return int(found["up_to"]), (int(found["came"]), found["key"], int(found["version"]))
