"""Whoever knows the digest of a file that somebody else brought learns nothing by it, at any door, and what is one's own goes on working."""

import hashlib
import html
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.app.material_flows import material_sweeper
from gateway.case import events as ev
from gateway.case.staff import Role
from gateway.case.states import State
from gateway.flows.people.accounts import Wanted
from gateway.flows.people.window_files import UNCLAIMED
from gateway.store import possessions
from tests.build import a_digest
from tests.console.acts_build import PDF, PNG, a_case_here, act
from tests.console.people_build import PASSWORD, TOKEN, Console, Visitor
from tests.console.test_window_supplement import ASKED, a_case_to_supplement
from tests.console.window_build import FORM, TYPED, a_window, hidden, send, the_item

SECRET = PNG + b"a page somebody else brought"
NOWHERE = PNG + b"a page that nobody ever brought"
HERE = "500114"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_window(tmp_path, the_item()) as one:
        await another(one, "second", Role.WINDOW, Role.HANDLER)
        yield one


async def another(console: Console, login: str, *roles: Role) -> None:
    """Somebody else of the same place."""
    accounts, entering = console.desk.accounts, console.desk.signing_in
    officer = await entering.who((await entering.sign_in("security", PASSWORD)).token)
    assert officer
    wanted = Wanted(login, "另一员", "B1", "中心", f"{HERE}000000", frozenset(roles))
    _, link = await accounts.add(officer, wanted)
    await accounts.choose_password(link, PASSWORD)


def held(content: bytes, media_type: str = "image/png", name: str = "一页.png") -> str:
    """How a page carries a file on; anybody can write it who knows digest and size."""
    return json.dumps([a_digest(content), len(content), media_type, name], ensure_ascii=False)


def alike(text: str) -> str:
    """A page without what differs from form to form, and from digest to digest."""
    for content in (SECRET, NOWHERE, PDF):
        text = text.replace(a_digest(content), "DIGEST").replace(f"{a_digest(content)[:12]}…", "DIGEST…")
        text = text.replace(f"[&#34;DIGEST&#34;, {len(content)},", "[DIGEST, SIZE,")
    text = re.sub(r'name="(once|form_token|page_token|opened_at)" value="[^"]*"', r'name="\1"', text)
    text = re.sub(r"(draft|form)=[0-9A-Za-z-]+", r"\1=", text)
    text = re.sub(r'data-token="[^"]*"', "", text)
    return re.sub(r"\d+(\.\d)? (B|KiB|KB|字节)", "SIZE", text)


async def brought_by_window(console: Console) -> str:
    """`window` brings a file for a form that is not sent; returns where that form is."""
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, TYPED, [("file.0", "一页.png", SECRET)], do="keep")
        found = re.search(r"draft=([0-9a-f]+)", html.unescape(visitor.text))
        assert found
        return found[1]


async def asked(visitor: Visitor, content: bytes, body: bytes = b"", said: str = "") -> tuple[int, str]:
    """Ask where an upload has to go on, or send a piece; returns what is told, without the digest."""
    found = TOKEN.search(visitor.text)
    assert found
    headers = {"Tongban-Page": found[1], "Content-Type": "application/octet-stream"}
    headers |= {"Content-Range": said or f"bytes */{len(content)}"}
    url = f"{visitor.url}/take-in/files/{a_digest(content)}"
    async with visitor.session.post(url, data=body, headers=headers) as answer:
        told = (await answer.text()).replace(a_digest(content), "DIGEST")
        return answer.status, f"{told} {answer.headers.get('Upload-Offset')} {answer.headers.get('Upload-Complete')}"


async def test_an_upload_tells_nothing_of_what_others_brought(console: Console) -> None:
    await brought_by_window(console)
    number = await a_case_here(console, ("申请表.pdf", PDF, "application/pdf"))
    assert await console.regions[HERE].gateway.files.has(a_digest(SECRET))
    async with console.signed_in("second") as visitor:
        for known in (SECRET, PDF):
            await visitor.get(FORM)
            told = [await asked(visitor, one) for one in (known, NOWHERE)]
            assert told[0] == told[1] == (200, '{"offset": 0, "complete": false, "sha256": "DIGEST"} 0 ?0')
            last = [f"bytes {len(one) - 1}-{len(one) - 1}/{len(one)}" for one in (known, NOWHERE)]
            first = await asked(visitor, known, known[-1:], last[0])
            other = await asked(visitor, NOWHERE, NOWHERE[-1:], last[1])
            assert first == other, "the last byte alone proves nothing"
            assert '"complete": true' not in first[1]
        status, told_whole = await asked(visitor, SECRET, SECRET, f"bytes 0-{len(SECRET) - 1}/{len(SECRET)}")
        assert (status, '"complete": true' in told_whole) == (200, True), "who has every byte has the file"
    assert (await console.regions[HERE].view(number)).row.case_id == number


async def test_a_form_does_not_carry_off_what_others_brought(console: Console) -> None:
    await brought_by_window(console)
    await a_case_here(console, ("申请表.pdf", PDF, "application/pdf"))
    async with console.signed_in("second") as visitor:
        for known in (SECRET, PDF):
            pages = []
            for one in (known, NOWHERE):
                await visitor.get(FORM)
                await send(visitor, FORM, {**TYPED, "copies.1": "1", "held.0": held(one)})
                assert visitor.status == 422, visitor.text
                assert "的文件还没有上传: 重新选择文件" in visitor.text
                pages.append(alike(visitor.text))
            assert pages[0] == pages[1]


async def test_nobody_looks_at_or_joins_what_others_brought(console: Console) -> None:
    theirs = await brought_by_window(console)
    async with console.signed_in("second") as visitor:
        told = []
        for one in (SECRET, NOWHERE):
            await visitor.get(FORM)
            await send(visitor, FORM, {**TYPED, "held.0": held(one)}, do="keep")
            link = re.search(rf'"(/take-in/files/{a_digest(one)}[^"]+)"', visitor.text)
            assert link, "the form lists what it was sent"
            form = visitor.text
            await visitor.get(html.unescape(link[1]))
            told.append((visitor.status, alike(visitor.text)))
            visitor.text = form
            await send(visitor, FORM, TYPED, do="join.0")
            told.append((visitor.status, alike(visitor.text)))
            assert json.loads(hidden(visitor.text)["held.0"][0])[2] == "image/png", "nothing was joined"
        assert told[0][0] == 404
        assert told[:2] == told[2:]
        await visitor.get(f"/take-in/files/{a_digest(SECRET)}?form={theirs}")
        assert visitor.status == 404, "nor by the form of its owner"
        assert "一页.png" not in await visitor.get(f"{FORM}&draft={theirs}")


async def test_a_supplement_does_not_carry_off_what_others_brought(console: Console) -> None:
    await brought_by_window(console)
    async with console.signed_in("window") as visitor:
        number = await a_case_to_supplement(console, visitor, ASKED[0])
    async with console.signed_in("second") as visitor:
        path, pages = f"/cases/{number}/supplement", []
        for one in (SECRET, NOWHERE):
            await visitor.get(path)
            await send(visitor, path, {"held.0": held(one)})
            assert visitor.status == 422, visitor.text
            pages.append(alike(visitor.text))
        assert pages[0] == pages[1]
        await visitor.get(path)
        await send(visitor, path, {}, [("file.0", "新照片.jpg", b"bright")])
        assert visitor.address == f"/cases/{number}", "what one brought oneself goes, for a case a colleague took in"
    await console.regions.settle_down()
    there = await console.regions["422800"].view(number)
    assert there.row.standing.state is not State.SUPPLEMENT_REQUESTED
    files = [file.sha256 for one in there.events if one.event for file in one.event.files()]
    assert files[-1] == a_digest(b"bright")


async def test_a_decision_does_not_carry_off_what_others_brought(console: Console) -> None:
    await brought_by_window(console)
    number = await a_case_here(console)
    said = {"decision": "granted", "document_number": "黔人社许〔2026〕00017号", "kind.doc-1": "decision"}
    async with console.signed_in("second") as handler:
        await act(handler, number, "received_by_handler")
        await act(handler, number, "accepted")
        pages = []
        for one in (SECRET, NOWHERE):
            await act(handler, number, "decided", **said, **{"held.doc-1": held(one)})
            assert handler.status == 422, handler.text
            pages.append(alike(handler.text))
        assert pages[0] == pages[1]
        assert "还没有上传" in pages[0]
    view = await console.regions[HERE].view(number)
    assert view.row.standing.state is State.ACCEPTED
    assert not any(isinstance(one.event.happening, ev.Decided) for one in view.events if one.event)


async def test_what_one_brought_oneself_is_there_after_signing_in_again(console: Console) -> None:
    token = await brought_by_window(console)
    async with console.signed_in("window") as visitor:
        await visitor.get(f"{FORM}&draft={token}")
        link = re.search(rf'"(/take-in/files/{a_digest(SECRET)}[^"]+)"', visitor.text)
        assert link
        form = visitor.text
        async with visitor.session.get(visitor.url + html.unescape(link[1])) as answer:
            assert await answer.read() == SECRET
        visitor.text = form
        await send(visitor, FORM, {**TYPED, "copies.1": "1"})
        assert visitor.address.endswith("/slip"), visitor.text


async def test_files_of_a_person_lapse_like_those_of_a_system(console: Console) -> None:
    here = console.regions[HERE]
    await brought_by_window(console)
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, {**TYPED, "copies.1": "1"}, [("file.0", "照片.jpg", b"sent")])
        assert visitor.address.endswith("/slip"), visitor.text
    database = here.gateway.database
    rows = await database.read(lambda tx: tx.rows("SELECT holder, owner, claimed FROM possessions ORDER BY claimed"))
    window = next(one for one in await console.desk.accounts.everybody() if one.login == "window")
    holder = possessions.of_system(possessions.uploader(window.person_id))
    assert rows == [(holder, holder, 0), (holder, holder, 1)], "bounded by person, and the one that was sent is claimed"
    console.regions.clock.pass_time(days=3, hours=1)
    assert (await material_sweeper(here.gateway).sweep()).forgotten == 2


async def test_what_one_person_has_waiting_takes_nobody_elses_room(console: Console) -> None:
    people = {one.login: one for one in await console.desk.accounts.everybody()}
    files, database, now = console.desk.window.files, console.regions[HERE].gateway.database, console.regions.clock()
    full = possessions.of_system(possessions.uploader(people["window"].person_id))
    digest = hashlib.sha256(b"much").hexdigest()
    until = now + timedelta(days=3)
    await database.write(lambda tx: possessions.announce(tx, full, digest, UNCLAIMED, now, until))
    assert files.transfer().unclaimed > UNCLAIMED
    async with console.signed_in("window") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, TYPED, [("file.0", "一页.png", SECRET)], do="keep")
        assert "还没有办件认领的材料有" in visitor.text, "told next to the field"
    async with console.signed_in("second") as visitor:
        await visitor.get(FORM)
        await send(visitor, FORM, TYPED, [("file.0", "一页.png", SECRET)], do="keep")
        assert "还没有办件认领的材料有" not in visitor.text
        assert hidden(visitor.text)["held.0"]
