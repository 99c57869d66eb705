"""Files at the window: in pieces that go on after a cut line, and pictures of pages joined to one PDF."""

import hashlib
import html
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from gateway.flows.people.window_files import LARGEST
from gateway.store import audit
from tests.console.people_build import TOKEN, Console, Visitor
from tests.console.window_build import FORM, TYPED, a_window, hidden, send, the_item


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_window(tmp_path, the_item()) as one:
        yield one


def a_picture(colour: str = "red", size: tuple[int, int] = (300, 200), kind: str = "JPEG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind)
    return made.getvalue()


async def piece(
    visitor: Visitor, sha256: str, body: bytes, said: str, *, token: bool = True
) -> tuple[int, dict[str, object]]:
    found = TOKEN.search(visitor.text)
    assert found
    headers = {"Content-Range": said, "Content-Type": "application/octet-stream"}
    headers |= {"Tongban-Page": found[1]} if token else {}
    url = f"{visitor.url}/take-in/files/{sha256}"
    async with visitor.session.post(url, data=body, headers=headers) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if answer.content_type == "application/json" else {}


async def test_a_file_goes_on_where_a_cut_line_ended_it(console: Console) -> None:
    content = bytes(range(256)) * 4000
    sha256, size = hashlib.sha256(content).hexdigest(), len(content)
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        assert await piece(visitor, sha256, b"", f"bytes */{size}") == (
            200,
            {"offset": 0, "complete": False, "sha256": sha256},
        )
        status, told = await piece(visitor, sha256, content[:400_000], f"bytes 0-399999/{size}")
        assert (status, told["offset"]) == (200, 400_000)
        status, told = await piece(visitor, sha256, content[:10], f"bytes 0-9/{size}")
        assert (status, told["reason"]) == (409, "MATERIAL_OFFSET")
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        status, told = await piece(visitor, sha256, b"", f"bytes */{size}")
        assert told["offset"] == 400_000, "also in another session"
        status, told = await piece(visitor, sha256, content[400_000:], f"bytes 400000-{size - 1}/{size}")
        assert (status, told["complete"]) == (200, True)
        held = json.dumps([sha256, size, "image/jpeg", "照片.jpg"], ensure_ascii=False)
        await send(visitor, FORM, {**TYPED, "copies.1": "1", "held.0": held})
        assert visitor.address.endswith("/slip"), visitor.text
    rows = await console.regions["500114"].gateway.database.read(
        lambda tx: audit.newest(tx, 0, "material.uploaded", sha256, 9)
    )
    assert len(rows) == 1
    assert rows[0].actor.startswith("person:")


async def test_a_piece_that_cannot_be_taken_is_told_in_words(console: Console) -> None:
    content = b"one page"
    sha256 = hashlib.sha256(content).hexdigest()
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        for digest, body, said, status, reason in (
            (sha256, content, f"bytes 0-7/{LARGEST + 1}", 413, "MATERIAL_TOO_LARGE"),
            (sha256, content, "bytes 0-9/8", 422, "BAD_REQUEST"),
            ("0" * 64, content, "bytes 0-7/8", 422, "MATERIAL_DIGEST"),
            ("0" * 63, content, "bytes 0-7/8", 404, "MATERIAL_UNKNOWN"),
        ):
            found, told = await piece(visitor, digest, body, said)
            assert (found, told["reason"]) == (status, reason)
            assert re.search("[\u4e00-\u9fff]", str(told["problem"]))
        assert (await piece(visitor, sha256, content, "bytes 0-7/8", token=False))[0] == 403


async def test_pages_are_put_in_order_turned_and_joined_to_one_file(console: Console) -> None:
    pages = [
        ("file.0", f"第{n}页.jpg", a_picture(colour)) for n, colour in enumerate(("red", "lime", "blue", "white"), 1)
    ]
    first, second, third, fourth = (hashlib.sha256(content).hexdigest() for _, _, content in pages)
    order = {f"order.0.{first}": "3", f"order.0.{second}": "1", f"order.0.{third}": "2", f"turn.0.{third}": "90"}
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, TYPED, pages, do="keep")
        assert visitor.text.count('class="thumb turned0"') == 4
        assert "把图片合成一个 PDF" in visitor.text
        await send(visitor, FORM, {**TYPED, **order, "drop.0": fourth}, do="join.0")
        assert visitor.status == 200
        [held] = hidden(visitor.text)["held.0"]
        sha256, size, media_type, name = json.loads(held)
        assert (media_type, name) == ("application/pdf", "一寸免冠照片.pdf")
        link = re.search(rf'href="(/take-in/files/{sha256}[^"]+)"', visitor.text)
        assert link
        async with visitor.session.get(visitor.url + html.unescape(link[1])) as answer:
            made = await answer.read()
        assert hashlib.sha256(made).hexdigest() == sha256
        assert len(made) == size
        boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", made)
        turned = [float(width) < float(height) for width, height in boxes[1:]]
        assert turned == [False, True, False], "three pages, the second stands upright"
        await send(visitor, FORM, {**TYPED, "copies.1": "1"})
        assert visitor.address.endswith("/slip"), visitor.text


async def test_a_page_that_is_no_picture_is_named_and_the_others_stay(console: Console) -> None:
    pages = [("file.0", "好.jpg", a_picture()), ("file.0", "坏.jpg", b"\xff\xd8\xff no picture")]
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, TYPED, pages, do="keep")
        await send(visitor, FORM, TYPED, do="join.0")
        assert "“坏.jpg”不是能读的图片" in html.unescape(visitor.text)
        assert len(hidden(visitor.text)["held.0"]) == 2
        await send(visitor, FORM, TYPED, do="join.1")
        assert "没有可以合成的图片" in visitor.text
        await send(visitor, FORM, TYPED, do="join.99")
        assert visitor.status == 200
