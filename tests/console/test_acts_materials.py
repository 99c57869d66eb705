"""Files of a case in the browser: what they are their bytes say, nothing runs, every look is in the audit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.console.materials_view import DOWNLOAD, kind_of
from tests.build import a_digest
from tests.console.acts_build import EVIL, OFD, PDF, PNG, SVG, a_case_here
from tests.console.people_build import Console, a_console


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


@pytest.mark.parametrize(
    ("head", "media_type", "name"),
    [
        (PNG, "image/png", "PNG"),
        (b"\xff\xd8\xff\xe0", "image/jpeg", "JPEG"),
        (b"GIF89a..", "image/gif", "GIF"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", "WEBP"),
        (b"AAAA\x00\x00\x00\x00WEBP", DOWNLOAD, ""),
        (PDF, "application/pdf", "PDF"),
        (OFD, DOWNLOAD, "OFD"),
        (EVIL, DOWNLOAD, ""),
        (SVG, DOWNLOAD, ""),
        (b" %PDF-1.4", DOWNLOAD, ""),
        (b"", DOWNLOAD, ""),
    ],
)
def test_a_file_is_what_its_bytes_say(head: bytes, media_type: str, name: str) -> None:
    assert (kind_of(head).media_type, kind_of(head).name) == (media_type, name)


async def test_pictures_and_pdf_are_shown_and_the_rest_is_a_download(console: Console) -> None:
    number = await a_case_here(
        console,
        ("照片.png", PNG, "image/png"),
        ("申请表.pdf", PDF, "application/pdf"),
        ("证明.ofd", OFD, "application/ofd"),
        ("evil.png", EVIL, "image/png"),
        ("picture.svg", SVG, "image/svg+xml"),
    )
    async with console.signed_in("handler") as handler:
        page = await handler.get(f"/cases/{number}")
        for content, shown in ((PNG, "<img "), (PDF, "<iframe "), (OFD, "OFD"), (EVIL, ""), (SVG, "")):
            path = f"/cases/{number}/materials/{a_digest(content)}"
            assert f'href="{path}"' in page
            text = await handler.get(path)
            assert handler.status == 200
            assert shown in text
            assert ("<img " in text, "<iframe " in text) == (shown == "<img ", shown == "<iframe ")
            for how in ("view", "download"):
                async with handler.session.get(f"{handler.url}{path}/{how}") as answer:
                    assert await answer.read() == content
                    headers = answer.headers
                inline = how == "view" and content in (PNG, PDF)
                assert headers["Content-Disposition"].startswith("inline" if inline else "attachment")
                assert headers["Content-Type"] == (kind_of(content).media_type if inline else DOWNLOAD)
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert "default-src 'none'" in headers["Content-Security-Policy"]
                assert "no-store" in headers["Cache-Control"]
    async with console.signed_in("auditor") as auditor:
        # What is not shown was sent as a download whichever way it was asked for.
        for act, named, times in (("material.viewed", "查看材料", 2), ("material.downloaded", "下载材料", 8)):
            text = await auditor.get(f"/audit?act={act}&subject={number}")
            assert text.count(f"<td>{named}</td>") == times
            assert a_digest(PNG) in text


async def test_a_file_of_another_case_or_side_is_not_there(console: Console) -> None:
    number = await a_case_here(console, ("照片.png", PNG, "image/png"))
    other = await a_case_here(console, ("申请表.pdf", PDF, "application/pdf"))
    async with console.signed_in("handler") as handler, console.signed_in("window") as window:
        for path in (f"/cases/{other}/materials/{a_digest(PNG)}", f"/cases/{number}/materials/{'0' * 64}"):
            for how in ("", "/view", "/download"):
                await handler.get(path + how)
                assert handler.status == 404, path
        await window.get(f"/cases/{number}/materials/{a_digest(PNG)}/view")
        assert window.status == 404
    assert await console.desk.read_audit(0, "material.viewed", "") == []


async def test_a_large_file_goes_out_in_pieces(console: Console) -> None:
    content = PNG + bytes(3 * 1024 * 1024)
    number = await a_case_here(console, ("大图.png", content, "image/png"))
    async with console.signed_in("handler") as handler:
        path = f"{handler.url}/cases/{number}/materials/{a_digest(content)}/view"
        async with handler.session.get(path) as answer:
            assert int(answer.headers["Content-Length"]) == len(content)
            assert await answer.read() == content
