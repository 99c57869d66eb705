"""A supplement notice composed from what the case has and the item asks for; papers that go with an act; wrong input."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gateway.case import events as ev
from gateway.case.kinds import DocumentKind
from gateway.case.states import State
from gateway.console.acts_forms import FORMS
from tests.build import a_definition, a_digest
from tests.console.acts_build import PDF, PNG, a_case_here, act, hidden
from tests.console.people_build import TOKEN, Console, Visitor, a_console
from tests.flows.regions import CARD

EVIL = "\"><script>alert(1)</script>{{7*7}}${7*7}' OR 1=1;--\u202e"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


async def last(console: Console, number: str) -> ev.Event:
    event = (await console.regions["500114"].view(number)).events[-1].event
    assert event
    return event


async def send(visitor: Visitor, path: str, fields: dict[str, str], files: dict[str, tuple[str, bytes, str]]) -> str:
    """Send the form of the page seen last with files, the page's token first, as a browser does."""
    found = TOKEN.search(visitor.text)
    form = aiohttp.FormData(quote_fields=False)  # as browsers do: names in UTF-8
    form.add_field("page_token", found[1] if found else "", content_type="text/plain")
    for name, value in fields.items():
        form.add_field(name, value)
    for name, (file_name, content, media_type) in files.items():
        form.add_field(name, content, filename=file_name, content_type=media_type)
    async with visitor.session.post(visitor.url + path, data=form) as answer:
        return await visitor._seen(answer)


async def test_a_notice_is_composed_from_materials_list_and_form(console: Console) -> None:
    here = console.regions["500114"]
    wanted = a_definition().materials
    await here.publish(a_definition(basic_code=CARD, item_type="01", division="500114000000"))
    number = await a_case_here(console, ("居民身份证.png", PNG, "image/png"))
    async with console.signed_in("handler") as handler:
        text = await handler.get(f"/cases/{number}/acts/supplement_requested")
        assert 'value="m:m1"' in text
        lacking = [one for one in wanted if f'value="l:{one.list_code}"' in text]
        assert lacking, "what is on the list and not handed in can be asked for"
        assert 'value="f:/换领原因"' in text
        code = lacking[0].list_code
        await act(
            handler,
            number,
            "supplement_requested",
            **{
                "ask": ["m:m1"],
                "what:m:m1": "图像模糊, 请重新拍摄",
                f"what:l:{code}": "请补交",
                "what:f:/换领原因": "填写不完整",
                "what:t:1": "请带原件到窗口",
                "respond_by": "2026-12-10",
            },
        )
        assert handler.address == f"/cases/{number}", handler.text
        assert "图像模糊, 请重新拍摄" in handler.text
    notice = (await last(console, number)).happening
    assert isinstance(notice, ev.SupplementRequested)
    assert notice.requirements == (
        ev.Requirement("r1", "图像模糊, 请重新拍摄", "m1"),
        ev.Requirement("r2", "请补交", list_code=code),
        ev.Requirement("r3", "填写不完整", form_field="/换领原因"),
        ev.Requirement("r4", "请带原件到窗口"),
    )
    assert str(notice.respond_by) == "2026-12-10 15:59:59+00:00"
    assert await here.state(number) is State.SUPPLEMENT_REQUESTED


async def test_a_second_notice_before_acceptance_needs_a_reason_and_who_approved_it(console: Console) -> None:
    number = await a_case_here(console)
    here, there = console.regions["500114"], console.regions["422800"]
    async with console.signed_in("handler") as handler:
        text = await act(handler, number, "supplement_requested")
        assert handler.status == 422
        assert "补正告知没有列出任何一项" in text
        await act(handler, number, "supplement_requested", **{"what:f:/换领原因": "填写不完整"})
        await console.regions.settle_down()
        form = (await there.view(number)).case.form_json.replace("丢失", "损坏")
        await there.act(number, ev.Supplemented((), form, ("r1",)), reason="申请人只更正了这一项")
        await console.regions.settle_down()
        text = await act(handler, number, "supplement_requested", **{"what:t:1": "还缺照片"})
        assert handler.status == 422
        assert 'id="h-reason" class="problem"' in text
        assert 'id="h-supervisor" class="problem"' in text
        assert 'value="还缺照片"' in text
        await act(
            handler,
            number,
            "supplement_requested",
            **{"what:t:1": "还缺照片"},
            reason="第一次漏告知",
            supervisor="冉明",
        )
        assert handler.address == f"/cases/{number}"
    notice = (await last(console, number)).happening
    assert isinstance(notice, ev.SupplementRequested)
    assert [one.requirement_id for one in notice.requirements] == ["r2"]
    assert await here.state(number) is State.SUPPLEMENT_REQUESTED


async def test_papers_with_files_go_with_an_act_and_stay_with_a_form_that_is_wrong(console: Console) -> None:
    number = await a_case_here(console)
    path = f"/cases/{number}/acts/decided"
    async with console.signed_in("handler") as handler:
        await act(handler, number, "accepted")
        await handler.get(path)
        fields = {
            **hidden(handler),
            "decision": "granted",
            "document_number": "黔人社许[2026]17号",
            "kind.doc-1": "decision",
            "title.doc-1": "",
            "number.doc-1": "",
            "dated.doc-1": "2026-11-24",
            "kind.doc-2": "result",
            "title.doc-2": "社会保障卡 <b>",
        }
        files = {"file.doc-1": ("决定书.pdf", PDF, "application/pdf"), "file.doc-2": ("卡.png", PNG, "image/png")}
        text = await send(handler, path, fields, files)
        assert handler.status == 422, text
        assert "决定书.pdf" in text
        assert text.count('name="held.doc-') == 2
        held = {f"held.doc-{n}": _value(text, f"held.doc-{n}") for n in (1, 2)}
        fields["document_number"] = "黔人社许〔2026〕00017号"
        await send(handler, path, {**fields, **held}, {"file.doc-1": ("", b"", "application/octet-stream")})
        assert handler.address == f"/cases/{number}", handler.text
        assert "社会保障卡 &lt;b&gt;" in handler.text
        documents = (await last(console, number)).documents
        assert [(one.kind, one.title, one.file.sha256 if one.file else "") for one in documents] == [
            (DocumentKind.DECISION, "决定书", a_digest(PDF)),
            (DocumentKind.RESULT, "社会保障卡 <b>", a_digest(PNG)),
        ]
        await console.regions.settle_down()
        assert (await console.regions["422800"].state(number)) is State.GRANTED
        await handler.get(f"/cases/{number}/materials/{a_digest(PDF)}")
        assert "<iframe" in handler.text


def _value(text: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', text)
    assert found
    return html.unescape(found[1])


async def test_a_file_that_was_never_uploaded_is_not_taken_on_trust(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        await act(handler, number, "accepted")
        held = f'["{"0" * 64}", 5, "application/pdf", "x.pdf"]'
        text = await act(
            handler, number, "decided", decision="granted", **{"held.doc-1": held, "kind.doc-1": "decision"}
        )
        assert handler.status == 422
        assert "还没有上传" in text


async def test_whatever_is_typed_is_shown_as_text_and_never_run(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        for word, form in FORMS.items():
            await handler.get(f"/cases/{number}")
            typed = {one.name: EVIL for one in (*form.fields, *((form.reason,) if form.reason else ()))}
            papers = {f"{name}.doc-1": EVIL for name in ("kind", "title", "number", "dated", "held", "drop")}
            asked: dict[str, str | list[str]] = {"ask": [EVIL, "m:"], f"what:{EVIL}": EVIL}
            extra = {"case_version": EVIL, "once": EVIL, "corrects": ""}
            await handler.post(f"/cases/{number}/acts/{word}", **{**typed, **papers, **asked, **extra})
            assert handler.status in (409, 412, 422), (word, handler.status)
            assert "<script>alert" not in handler.text, word
            assert "49" not in re.sub(r"2049|[0-9a-f]{16,}|TB[0-9A-Z]{20,}", "", handler.text), word
            assert "Traceback" not in handler.text
            await handler.post(f"/cases/{number}/acts/{word}", corrects=EVIL)
            assert handler.status == 409, word
    assert len((await console.regions["500114"].view(number)).events) == 1


async def test_what_is_too_long_is_told_and_not_cut(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as handler:
        text = await act(handler, number, "not_accepted", reason="很" * 2001)
        assert handler.status == 422
        assert "有 2001 个字, 最多 2000 个" in text
        await act(handler, number, "not_accepted", reason="很" * 2000)
        assert handler.address == f"/cases/{number}"
    assert (await last(console, number)).reason == "很" * 2000
