"""The supplement round at the window: what the handler asks for is brought, nothing else, and everything wrong is told at once."""

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.case import events as ev
from gateway.case.states import State
from tests.console.people_build import Console, Visitor
from tests.console.window_build import FORM, TYPED, a_window, send, the_item

ASKED = (
    ev.Requirement("r1", "照片太暗, 请重拍", material_id="M01"),
    ev.Requirement("r2", "换领原因应为遗失", form_field="/换领原因"),
    ev.Requirement("r3", "补一份遗失声明"),
)


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_window(tmp_path, the_item()) as one:
        yield one


async def a_case_to_supplement(console: Console, visitor: Visitor, *asked: ev.Requirement) -> str:
    """A case the window took in and of which the handler asks for more."""
    await visitor.get(FORM)
    await send(visitor, FORM, {**TYPED, "form.工本费": "12.50", "copies.1": "1"}, [("file.0", "照片.jpg", b"dark")])
    found = re.search(r'href="/cases/([A-Z0-9]+)"', visitor.text)
    assert found
    await console.regions.settle_down()
    handler = console.regions["422800"]
    await handler.act(found[1], ev.ReceivedByHandler("ES-2026-1"))
    notice = ev.SupplementRequested(asked, console.regions.clock() + timedelta(days=5), notice_number="补〔2026〕1号")
    await handler.act(found[1], notice)
    await console.regions.settle_down()
    return found[1]


async def test_everything_asked_for_is_brought_and_the_rest_stays_as_it_was(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        number = await a_case_to_supplement(console, visitor, *ASKED)
        assert f'href="/cases/{number}/supplement"' in await visitor.get(f"/cases/{number}")
        path = f"/cases/{number}/supplement"
        text = html.unescape(await visitor.get(path))
        for shown in ("照片太暗, 请重拍", "补〔2026〕1号", "替换: 一寸免冠照片"):
            assert shown in text, shown
        assert '<option value=""损坏"" selected>' in text, "the field stands as it is"

        fields = {"form.换领原因": '"遗失"', "done.2": "yes"}
        files = [("file.0", "新照片.jpg", b"bright"), ("file.2", "声明.pdf", b"lost")]
        await send(visitor, path, fields, files)
        assert visitor.status == 200, visitor.text
        assert visitor.address == f"/cases/{number}"
    await console.regions.settle_down()
    handler = console.regions["422800"]
    view = await handler.view(number)
    assert view.row.standing.state is not State.SUPPLEMENT_REQUESTED
    [event] = [one.event for one in view.events if one.event and isinstance(one.event.happening, ev.Supplemented)]
    answer = event.happening
    assert isinstance(answer, ev.Supplemented)
    assert answer.requirement_ids == ("r1", "r3", "r2") or set(answer.requirement_ids) == {"r1", "r2", "r3"}
    assert [(one.material_id, one.version) for one in answer.materials] == [("M01", 2), ("M03", 1)]
    assert '"工本费": 12.50' in answer.form_json
    assert '"换领原因": "遗失"' in answer.form_json
    assert (event.actor.staff_number, event.actor.division) == ("A000", "500114000000")


async def test_what_is_lacking_is_told_next_to_what_was_asked(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        number = await a_case_to_supplement(console, visitor, *ASKED)
        path = f"/cases/{number}/supplement"
        await visitor.get(path)
        text = html.unescape(await send(visitor, path, {"form.换领原因": '"损坏"'}, [("file.2", "声明.pdf", b"lost")]))
        assert visitor.status in {400, 422}
        assert '<fieldset class="material wrong" id="f-row.0">' in text
        assert '<fieldset class="material wrong" id="f-row.1">' in text
        assert '<fieldset class="material" id="f-row.2">' in text
        assert "声明.pdf" in text, "what came is kept"

        await send(visitor, path, {"form.换领原因": '"损坏"', "reason": "申请人不再补交其余内容"})
        assert visitor.address == f"/cases/{number}", visitor.text


async def test_without_an_open_notice_there_is_nothing_to_supplement(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, {**TYPED, "copies.1": "1"}, [("file.0", "照片.jpg", b"good")])
        found = re.search(r'href="/cases/([A-Z0-9]+)"', visitor.text)
        assert found
        assert "/supplement" not in await visitor.get(f"/cases/{found[1]}")
        await visitor.get(f"/cases/{found[1]}/supplement")
        assert visitor.status == 409
        await visitor.get("/account")
        await send(visitor, f"/cases/{found[1]}/supplement", {"case_version": "0"})
        assert visitor.status >= 400


async def test_a_supplement_is_sent_once(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        number = await a_case_to_supplement(console, visitor, ASKED[0])
        path = f"/cases/{number}/supplement"
        await visitor.get(path)
        page = visitor.text
        for _ in range(2):
            visitor.text = page
            await send(visitor, path, {}, [("file.0", "新照片.jpg", b"bright")])
            assert visitor.address == f"/cases/{number}", visitor.text
    view = await console.regions["500114"].view(number)
    assert sum(one.row.kind == "Supplemented" for one in view.events) == 1
