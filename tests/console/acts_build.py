"""Cases of 恩施's window that 黔江 decides, with files, and forms sent as a browser sends them."""

import html
import re
from typing import Any

from gateway.case import model
from tests.build import a_file, a_material
from tests.console.people_build import Console, Visitor

ONCE = re.compile(r'name="once" value="([^"]*)"')
VERSION = re.compile(r'name="case_version" value="([^"]*)"')

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\r\xefF\xb8\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""One white dot."""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
OFD = b"PK\x03\x04\x14\x00\x00\x00\x00\x00" + b"\x00" * 16 + b"\x07\x00\x00\x00OFD.xml<ofd/>"
EVIL = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


async def a_case_here(console: Console, *files: tuple[str, bytes, str], **changes: Any) -> str:
    """A case that 恩施's window took in and 黔江 decides; each file is a name, its content and the type it claims."""
    there = console.regions["422800"]
    materials: list[model.Material] = []
    for n, (name, content, media_type) in enumerate(files, 1):
        await there.upload(content)
        form = a_file(content, media_type=media_type, file_name=name)
        materials.append(a_material(f"m{n}", form, name=name.partition(".")[0], list_code=""))
    number = await there.submit(there.a_case("500114", materials=tuple(materials), **changes))
    await console.regions.settle_down()
    return number


async def act(visitor: Visitor, number: str, kind: str, query: str = "", /, **fields: str | list[str]) -> str:
    """Open the form of an act and send it filled in; return the text of what came of it."""
    path = f"/cases/{number}/acts/{kind}"
    await visitor.get(path + query)
    assert visitor.status == 200, visitor.text
    return await visitor.post(path, **hidden(visitor), **fields)


def hidden(visitor: Visitor) -> dict[str, str]:
    """What a form carries beside what people type."""
    found = {"once": ONCE.search(visitor.text), "case_version": VERSION.search(visitor.text)}
    corrects = re.search(r'name="corrects" value="([^"]*)"', visitor.text)
    return {name: one[1] for name, one in {**found, "corrects": corrects}.items() if one}


def buttons(text: str) -> list[str]:
    """The acts that a page of a case offers, by their words."""
    return re.findall(r'role="button"[^>]* href="/cases/[^/"]+/acts/([a-z_]+)"', text)


def plain(text: str) -> str:
    """A page without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
