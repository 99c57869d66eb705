"""FORM_USED: one form counts once, whatever a browser does with it: clicked twice, gone back to, in two tabs, over a restart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app.console_door import desk
from gateway.app.console_listening import console_listening
from gateway.case.reasons import ROWS, Reason
from gateway.console.app import console_app
from gateway.console.wording import WORDS
from tests.console.acts_build import a_case_here, hidden
from tests.console.people_build import QIANJIANG, Console, a_console
from tests.console.test_attacks_on_cases import events_of
from tests.console.test_window_taking_in import PHOTO, cases_of
from tests.console.window_build import FORM, TYPED, a_window, send, the_item

SAID = ROWS[Reason.FORM_USED].cause.zh
OF_ACTS = WORDS["sent_already"].zh
TYPED_WHOLE = {**TYPED, "copies.1": "1", "seen.1": ""}


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


async def test_who_goes_back_and_sends_something_else_is_told_and_nothing_is_done_twice(console: Console) -> None:
    number = await a_case_here(console)
    path = f"/cases/{number}/acts/received_by_handler"
    async with console.signed_in("handler") as visitor:
        await visitor.get(path)
        form, page = hidden(visitor), visitor.text
        await visitor.post(path, **form, handler_number="QJ-1")
        assert visitor.address == f"/cases/{number}"
        visitor.text = page  # the back button
        await visitor.post(path, **form, handler_number="QJ-1")
        assert (visitor.status, visitor.address) == (200, f"/cases/{number}"), "the same again is what was done"
        visitor.text = page
        text = await visitor.post(path, **form, handler_number="QJ-2")
        assert visitor.status == 409
        assert OF_ACTS in text
        assert "Idempotency" not in text
        assert "KEY_REUSED" not in text
        assert await events_of(console, number) == ["ReceivedByHandler"]
        assert "QJ-1" in await visitor.get(f"/cases/{number}")
        assert "QJ-2" not in visitor.text


async def test_two_tabs_are_two_forms_and_the_second_is_told_what_the_first_did(console: Console) -> None:
    number = await a_case_here(console)
    path = f"/cases/{number}/acts/received_by_handler"
    async with console.signed_in("handler") as visitor:
        await visitor.get(path)
        first = hidden(visitor)
        await visitor.get(path)
        second = hidden(visitor)
        assert first["once"] != second["once"]
        await visitor.post(path, **first, handler_number="QJ-1")
        await visitor.get("/account")
        text = await visitor.post(path, **second, handler_number="QJ-2")
        assert visitor.status in (409, 412)
        assert OF_ACTS not in text, "it is no repeat: the case has changed meanwhile"
        assert await events_of(console, number) == ["ReceivedByHandler"]


async def test_a_form_that_was_used_before_a_restart_is_still_used(console: Console) -> None:
    number = await a_case_here(console)
    here, path = console.regions[QIANJIANG], f"/cases/{number}/acts/received_by_handler"
    async with console.signed_in("handler") as visitor:
        await visitor.get(path)
        form, page = hidden(visitor), visitor.text
        await visitor.post(path, **form, handler_number="QJ-1")
        await console.regions.reopen(here)
        async with console_listening(console_app(desk(here.gateway, here.settings)), "127.0.0.1", 0) as port:
            visitor.url, visitor.text = f"http://127.0.0.1:{port}", page
            assert OF_ACTS in await visitor.post(path, **form, handler_number="QJ-2")
            assert visitor.status == 409
    assert await events_of(console, number) == ["ReceivedByHandler"]


async def test_an_application_clicked_twice_gone_back_to_and_sent_after_a_restart_is_one_case(tmp_path: Path) -> None:
    async with a_window(tmp_path, the_item()) as console, console.signed_in("window") as visitor:
        await visitor.get(FORM)
        page = visitor.text
        await asyncio.gather(*(send(visitor, FORM, TYPED_WHOLE, [PHOTO]) for _ in range(3)))
        assert visitor.address.endswith("/slip")
        [number] = await cases_of(console)
        visitor.text = page
        changed = {**TYPED_WHOLE, "form.换领原因": '"遗失"'}
        text = await send(visitor, FORM, changed, [PHOTO])
        assert visitor.status == 409
        assert SAID in text
        here = console.regions[QIANJIANG]
        await console.regions.reopen(here)
        async with console_listening(console_app(desk(here.gateway, here.settings)), "127.0.0.1", 0) as port:
            visitor.url, visitor.text = f"http://127.0.0.1:{port}", page
            await send(visitor, FORM, TYPED_WHOLE, [PHOTO])
            assert visitor.address == f"/cases/{number}/slip"
            visitor.text = page
            assert SAID in await send(visitor, FORM, changed, [PHOTO])
        assert await cases_of(console) == [number]
        assert '"换领原因": "损坏"' in (await here.view(number)).case.form_json
