"""Notices as PDF: the same bytes for the same copy, archival, every character there, and words where something is missing."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.notice.sheet import Sheet
from gateway.case.reasons import Reason
from gateway.console.app import console_app
from gateway.console.notice_pdf import MOST_WAITING, NoticePdfs
from gateway.console.progress_code import code_address, code_svg
from tests.build import a_material, a_paper
from tests.console.notices_build import NAME, a_case_to_print, a_paper_console, an_applicant, happens, notices_of
from tests.console.people_build import TOKEN, Visitor

pytest.importorskip("typst")

AT = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
PLAIN = Sheet(
    title="受理通知书",
    number="恩政服受〔2026〕00123号",
    unnumbered="",
    marks=(),
    facts=(("申请人", NAME), ("证件号码", "居民身份证 422801199001010026")),
    opening=f"{NAME}：",
    before=("决定予以受理。",),
    listed=(),
    headings=(),
    rows=(),
    after=(),
    remedies=(),
    organ="恩施州人力资源和社会保障局",
    dated="2026年11月25日",
    seal="待盖章",
    signs=(),
    foot=("第1份",),
    link="https://zwfw.example/progress?number=TB4228002026112483JQY0UP7A2CM",
)


def pdfs(**changes: object) -> NoticePdfs:
    return NoticePdfs(None, None, **changes)  # type: ignore[arg-type]


async def need_font(maker: NoticePdfs) -> None:
    try:
        await maker.make(PLAIN, AT)
    except GatewayError as error:
        if error.reason is not Reason.PDF_FONT_MISSING:
            raise
        pytest.skip("no Chinese font: apt-get install fonts-noto-cjk")


async def test_the_same_copy_is_the_same_bytes_and_says_that_it_is_archival() -> None:
    maker = pdfs()
    await need_font(maker)
    made = await maker.make(PLAIN, AT)
    assert made == await pdfs().make(PLAIN, AT)
    assert made != await maker.make(replace(PLAIN, marks=("补打（第2份）",)), AT)
    assert made.startswith(b"%PDF-1.")
    assert b"<pdfaid:part>2</pdfaid:part>" in made
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in made
    assert b"2026-11-25T04:00:00" in made, "the date is that of the copy, no clock is read"


async def test_markup_in_a_name_is_text() -> None:
    maker = pdfs()
    await need_font(maker)
    for evil in (
        '#panic("x")',
        '*粗* _斜_ $x^2$ `a` @label <label> \\ // /* #read("/etc/passwd")',
        "= 标题\n- 列表\r\n#set page(width: 1pt)",
        "]",
    ):
        dirty = replace(
            PLAIN, facts=(("申请人", evil),), opening=evil, before=(evil,), listed=(evil,), signs=(evil,), organ=evil
        )
        assert await maker.make(dirty, AT)


async def test_a_character_no_font_has_is_told_and_not_quoted() -> None:
    maker = pdfs()
    await need_font(maker)
    with pytest.raises(GatewayError) as caught:
        await maker.make(replace(PLAIN, opening="\U0003fffd"), AT)
    assert caught.value.reason is Reason.PDF_CHARACTER_MISSING
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__, "the library's words quote the notice"
    assert await maker.make(PLAIN, AT), "the next one is made"


async def test_without_a_font_or_the_extra_it_is_said_what_to_install() -> None:
    with pytest.raises(GatewayError) as caught:
        await pdfs(system_fonts=False).make(PLAIN, AT)
    assert caught.value.reason is Reason.PDF_FONT_MISSING
    assert "fonts-noto-cjk" in caught.value.fix.zh
    with pytest.raises(GatewayError) as caught:
        await pdfs(is_installed=False).make(PLAIN, AT)
    assert caught.value.reason is Reason.PDF_EXTRA_MISSING
    assert "requirements/pdf.txt" in caught.value.fix.zh


async def test_more_than_wait_are_told_to_come_again() -> None:
    maker = pdfs(system_fonts=False)
    done = await asyncio.gather(*(maker.make(PLAIN, AT) for _ in range(MOST_WAITING + 3)), return_exceptions=True)
    reasons = [one.reason for one in done if isinstance(one, GatewayError)]
    assert reasons.count(Reason.PDF_BUSY) == 3
    assert reasons.count(Reason.PDF_FONT_MISSING) == MOST_WAITING


async def test_a_layout_of_the_operators_takes_the_place_of_the_one_that_ships(tmp_path: Path) -> None:
    maker = pdfs()
    await need_font(maker)
    (tmp_path / "notice.typ").write_text(
        "#let it = json(bytes(sys.inputs.sheet))\n#set text(font: it.fonts)\n#it.title", "utf-8"
    )
    own = await NoticePdfs(None, tmp_path).make(PLAIN, AT)
    assert own != await maker.make(PLAIN, AT)
    (tmp_path / "notice.typ").write_text('#read("/etc/passwd")', "utf-8")
    with pytest.raises(GatewayError):
        await NoticePdfs(None, tmp_path).make(PLAIN, AT)


def test_the_qr_code_is_drawn_without_scripts_or_styles() -> None:
    svg = code_svg(PLAIN.link)
    assert svg.startswith("<svg")
    assert not re.search(r"<script|style=|\son\w+=|href", svg)
    assert code_address(PLAIN.link).startswith("data:image/svg+xml;base64,")
    assert code_svg(PLAIN.link) == code_svg(PLAIN.link)


async def as_pdf(visitor: Visitor, path: str, once: str) -> tuple[int, dict[str, str], bytes]:
    await visitor.get(path)
    token = TOKEN.search(visitor.text)
    assert token
    data = {"page_token": token[1], "do": "pdf", "reason": "交申请人", "once": once}
    async with visitor.session.post(visitor.url + path, data=data) as answer:
        return answer.status, dict(answer.headers), await answer.read()


async def test_a_notice_is_downloaded_and_the_same_copy_again_is_the_same_file(tmp_path: Path) -> None:
    await need_font(pdfs())
    async with a_paper_console(tmp_path) as console:
        number = await a_case_to_print(console)
        await happens(console, number, ev.Accepted())
        async with console.signed_in("handler") as handler:
            path = next(path for path, kind in await notices_of(handler, number) if kind == "acceptance")
            status, headers, made = await as_pdf(handler, path, "one")
            assert status == 200
            assert headers["Content-Type"] == "application/pdf"
            assert headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
            assert headers["Cache-Control"] == "no-store"
            assert made.startswith(b"%PDF-")
            assert (await as_pdf(handler, path, "one"))[2] == made
            assert (await as_pdf(handler, path, "two"))[2] != made, "that is the second copy, and says so"


async def test_the_slip_is_downloaded_by_the_window_that_took_it_in(tmp_path: Path) -> None:
    await need_font(pdfs())
    async with a_paper_console(tmp_path) as console:
        here = console.regions["500114"]
        paper = a_material("m1", a_paper(), name="居民身份证复印件")
        number = await here.submit(here.a_case("422800", applicant=an_applicant(), materials=(paper,)))
        async with console.signed_in("window") as window:
            assert f'href="/cases/{number}/slip.pdf"' in await window.get(f"/cases/{number}/slip")
            async with window.session.get(f"{window.url}/cases/{number}/slip.pdf") as answer:
                assert answer.status == 200
                assert (await answer.read()).startswith(b"%PDF-")


async def test_pages_work_and_say_so_without_the_extra(tmp_path: Path) -> None:
    async with a_paper_console(tmp_path) as console:
        number = await a_case_to_print(console)
        await happens(console, number, ev.Accepted())
        papers = replace(console.desk.papers, pdfs=pdfs(is_installed=False))
        async with (
            TestServer(console_app(replace(console.desk, papers=papers))) as server,
            replace(console, url=str(server.make_url("")).rstrip("/")).signed_in("handler") as handler,
        ):
            path = next(path for path, kind in await notices_of(handler, number) if kind == "acceptance")
            frame = await handler.get(path)
            assert "没有安装 PDF 组件, 只能用浏览器打印" in frame
            assert 'value="pdf"' not in frame
            status, _, text = await as_pdf(handler, path, "one")
            assert status == 501
            assert b"PDF_EXTRA_MISSING" in text
            await handler.get(path)
            page = await handler.post(path, do="page", reason="交申请人", once="two")
            assert NAME in page
            assert "第1份" in page, "what was not made was not counted"
