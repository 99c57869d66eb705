"""A form that was begun and not sent: it is there again after a reload, in the other language, signed out, and restarted."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app.console_door import desk
from gateway.case.staff import Role
from gateway.flows.people.accounts import Wanted
from gateway.flows.window.drafts import KEPT_FOR, LARGEST, MOST
from tests.console.people_build import PASSWORD, Console, Visitor
from tests.console.window_build import FORM, TYPED, a_window, send, the_item

PHOTO = ("file.0", "免冠照.jpg", b"\xff\xd8\xff a photograph")


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_window(tmp_path, the_item()) as one:
        yield one


def address_in(visitor: Visitor) -> str:
    """Where the switch of languages leads back to."""
    found = re.search(r'name="to" value="([^"]+)"', visitor.text)
    assert found
    return html.unescape(found[1])


def value_of(text: str, name: str) -> str:
    found = re.search(rf'id="f-{re.escape(name)}"[^>]*? value="([^"]*)"', text)
    assert found, name
    return html.unescape(found[1])


async def begun(visitor: Visitor) -> str:
    """Begin a form; return where it is gone on with."""
    await visitor.get(FORM)
    await send(visitor, FORM, {**TYPED, "person.phone": "13900000009"}, [PHOTO], do="keep")
    assert visitor.status == 200, visitor.text
    address = address_in(visitor)
    assert "draft=" in address
    return address


async def stored(console: Console) -> list[tuple[bytes, ...]]:
    database = console.regions["500114"].gateway.database
    return await database.read(lambda tx: tx.rows("SELECT draft_id, sealed, person_id FROM console_drafts"))


async def test_what_was_typed_survives_a_reload_and_a_new_session(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        address = await begun(visitor)
        text = await visitor.get(address)
        assert value_of(text, "person.phone") == "13900000009"
        assert "免冠照.jpg" in text
        await visitor.post("/sign-out")
    async with console.signed_in("window") as visitor:
        text = html.unescape(await visitor.get("/take-in"))
        assert "没有提交的收件" in text
        assert "向**" in text
        assert "向小满" not in text, "masked in the list"
        assert address in text
        text = await visitor.get(address)
        assert value_of(text, "person.name") == "向小满"
        await send(visitor, address, {**TYPED, "copies.1": "1"})
        assert visitor.address.endswith("/slip"), visitor.text
        assert "没有提交的收件" not in await visitor.get("/take-in"), "what was sent is no draft any more"


async def test_what_was_typed_survives_a_restart_of_the_gateway(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        token = re.search("draft=([0-9a-f]+)", await begun(visitor))
        assert token
    window = next(one for one in await console.desk.accounts.everybody() if one.login == "window")
    here = console.regions["500114"]
    await console.regions.reopen(here)
    again = await desk(here.gateway, here.settings).window.drafts.find(window, token[1])
    assert again is not None
    assert again.one("person.phone") == "13900000009"


async def test_the_switch_of_languages_keeps_the_form_and_what_is_wrong_with_it(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, {**TYPED, "person.phone": "12"}, [PHOTO])
        assert visitor.status == 422
        to = address_in(visitor)
        await visitor.post("/language", lang="en", to=to)
        assert visitor.status == 200
        assert 'lang="en"' in visitor.text
        assert value_of(visitor.text, "person.phone") == "12"
        assert "to be corrected" in visitor.text
        assert re.search(r'id="f-person.phone"[^>]*aria-invalid="true"', visitor.text)


async def test_acts_without_a_page_lead_back_to_the_page_they_stand_on(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, {**TYPED, "copies.1": "1"}, [PHOTO])
        number = re.search(r'href="/cases/([A-Z0-9]+)"', visitor.text)
        assert number
        await visitor.get(f"/cases/{number[1]}")
        await visitor.post(f"/cases/{number[1]}/unmask", reason="")
        assert visitor.status == 422
        assert address_in(visitor) == f"/cases/{number[1]}"


async def test_nothing_personal_lies_there_in_the_clear(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        address = await begun(visitor)
    assert not re.search("422801199|1390|%E5%90%91", address)
    [(_, sealed, _)] = await stored(console)
    for secret in ("向小满", "422801199001010026", "13900000009", "免冠照"):
        assert secret.encode() not in bytes(sealed)


async def test_a_form_is_its_owners_alone(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        address = await begun(visitor)
        picture = re.search(r'href="(/take-in/files/[^"]+)"', visitor.text)
        assert picture
        async with visitor.session.get(visitor.url + html.unescape(picture[1])) as answer:
            assert (answer.status, answer.content_type) == (200, "image/jpeg")
            assert await answer.read() == PHOTO[2]
    officer = await console.desk.signing_in.who((await console.desk.signing_in.sign_in("security", PASSWORD)).token)
    assert officer
    wanted = Wanted("window2", "窗口乙", "A001", "政务服务中心", "500114000000", frozenset({Role.WINDOW}))
    _, link = await console.desk.accounts.add(officer, wanted)
    await console.desk.accounts.choose_password(link, PASSWORD)
    async with console.signed_in("window2") as other:
        text = await other.get(address)
        assert "13900000009" not in text
        assert "已提交、已删除或已过期" in text
        await other.get(html.unescape(picture[1]))
        assert other.status == 404
        await other.post(f"/take-in/drafts/{re.search('draft=([0-9a-f]+)', address)[1]}")  # type: ignore[index]
    assert len(await stored(console)) == 1, "nobody discards what is not theirs"


async def test_a_form_is_discarded_and_is_over_after_three_days(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        address = await begun(visitor)
        token = re.search("draft=([0-9a-f]+)", address)
        assert token
        await visitor.get("/take-in")
        await visitor.post(f"/take-in/drafts/{token[1]}")
        assert "已删除" in visitor.text
        assert await stored(console) == []
        address = await begun(visitor)
        console.regions.clock.pass_time(seconds=int(KEPT_FOR.total_seconds()) + 1)
    async with console.signed_in("window") as visitor:
        assert "13900000009" not in await visitor.get(address)
        await begun(visitor)
    assert len(await stored(console)) == 1, "what is over is removed when something is kept"


async def test_a_person_has_a_bounded_number_of_bounded_forms(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        for _ in range(MOST + 2):
            await begun(visitor)
        assert len(await stored(console)) == MOST
        await visitor.get(FORM)
        await send(visitor, FORM, {**TYPED, "form.家庭成员": "长" * LARGEST}, do="keep")
        assert visitor.status == 200
        assert "没有暂存" in visitor.text
        assert len(await stored(console)) == MOST
