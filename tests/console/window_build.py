"""A window in 黔江 and the item 恩施 publishes, for tests of taking in."""

import html
import io
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from gateway.case.item.definition import ItemDefinition, ItemMaterial, MaterialShape, Need
from tests.build import a_definition
from tests.console.people_build import TOKEN, Console, Visitor, a_console
from tests.flows.regions import CARD

PLACE = "422801"
FORM = f"/take-in/form?place={PLACE}&item={CARD}&mode=entrusted"
SCHEMA = """{"type":"object","required":["持卡人姓名","换领原因"],"additionalProperties":false,"properties":{
 "持卡人姓名":{"type":"string","minLength":1,"maxLength":50},
 "换领原因":{"enum":["损坏","遗失","到期"]},
 "工本费":{"type":"number","minimum":0,"multipleOf":0.01},
 "出生日期":{"type":"string","format":"date"},
 "本人领取":{"type":"boolean"},
 "使用地区":{"type":"array","items":{"type":"string"}},
 "家庭成员":{"type":"array","items":{"type":"object","properties":{"姓名":{"type":"string"}}}}}}"""
TYPED: dict[str, str] = {
    "applicant.kind": "person",
    "person.name": "向小满",
    "person.certificate_kind": "resident_id",
    "person.certificate_number": "422801199001010026",
    "person.phone": "13900000000",
    "form.持卡人姓名": "向小满",
    "form.换领原因": '"损坏"',
    "delivery.way": "origin_window",
}
"""All that the item needs, but for its materials."""


def the_item(**changes: Any) -> ItemDefinition:
    """恩施州's social-security card: a form with every kind of field, a photograph, an identity card on paper."""
    materials = (
        ItemMaterial("A001", "一寸免冠照片", shape=MaterialShape.ELECTRONIC, standard="近六个月内, 白底"),
        ItemMaterial("A002", "居民身份证", shape=MaterialShape.EITHER, copies=1),
        ItemMaterial("A003", "授权委托书", need=Need.OPTIONAL, originals=1),
    )
    facts = {"basic_code": CARD, "item_type": CARD[2:4], "materials": materials, "form_schema": SCHEMA}
    return a_definition(**facts | changes)


@asynccontextmanager
async def a_window(folder: Path, *definitions: ItemDefinition) -> AsyncIterator[Console]:
    """Serve the console of 黔江, which knows what 恩施 publishes."""
    async with a_console(folder) as console:
        if definitions:
            await console.regions["422800"].publish(*definitions)
            await console.regions.ask_for_items()
        yield console


async def send(
    visitor: Visitor,
    path: str,
    fields: Mapping[str, str],
    files: Sequence[tuple[str, str, bytes]] = (),
    do: str = "send",
) -> str:
    """Send the form of the page seen last as a browser does, hidden fields and files that were kept included."""
    token = TOKEN.search(visitor.text)
    body = aiohttp.FormData(quote_fields=False)  # as browsers do: names in UTF-8
    body.add_field("page_token", token[1] if token else "", content_type="text/plain")
    kept = hidden(visitor.text)
    for name, values in {
        **kept,
        **{name: [one] for name, one in fields.items()},
    }.items():
        for value in values:
            body.add_field(name, value, content_type="text/plain")
    for name, file_name, content in files:
        body.add_field(name, io.BytesIO(content), filename=file_name, content_type="image/jpeg")
    body.add_field("do", do, content_type="text/plain")
    async with visitor.session.post(visitor.url + path, data=body) as answer:
        return await visitor._seen(answer)


def hidden(text: str) -> dict[str, list[str]]:
    """The hidden fields of a page, but for its token."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text):
        if name not in ("page_token", "to"):
            found.setdefault(name, []).append(html.unescape(value))
    return found
