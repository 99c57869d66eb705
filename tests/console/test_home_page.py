"""The home page: for each role what waits for it, in numbers that lead to the list that shows as many."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from gateway.case.staff import Role
from gateway.store import case_lists
from gateway.store.case_lists import Counted, Filter
from tests.console.people_build import ENSHI, QIANJIANG, Console, Visitor, a_console
from tests.console.test_operations_live import LIVE, Heard

CARD = re.compile(r'<li><a href="([^"]+)"(?: class="(\w+)")?>(.*?) <strong>(.*?)</strong>')


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        one.desk.watchers.at_most_every = 0.01
        yield one


async def numbers(console: Console, visitor: Visitor) -> dict[str, tuple[str, str]]:
    """The number and the light of each card, by its address and title; taken now, not as of some seconds ago."""
    console.desk.operating.looks.forget()
    text = await visitor.get("/")
    assert visitor.status == 200
    return {f"{unescape(path)} {title}": (shown, light) for path, light, title, shown in CARD.findall(text)}


async def test_a_window_sees_what_waits_for_it_and_the_list_has_as_many(console: Console) -> None:
    here = console.regions[QIANJIANG]
    async with console.signed_in("window") as visitor:
        assert (await numbers(console, visitor))["/window?tab=on_the_way 转办中"] == ("0", "")
        await here.submit(here.a_case(ENSHI))
        await here.submit(here.a_case(ENSHI))
        assert (await numbers(console, visitor))["/window?tab=on_the_way 转办中"] == ("2", "")
        await here.gateway.deliver(ENSHI)
        seen = await numbers(console, visitor)
        for address in seen:
            path, _, _ = address.partition(" ")
            if path.startswith("/window"):
                rows = (await visitor.get(path)).count('class="whole code-number"')
                assert str(rows) == seen[address][0], address
        assert seen["/take-in 没有提交的收件"] == ("0", "")


async def test_every_role_has_its_own_numbers_in_both_languages_and_no_other(console: Console) -> None:
    own = {
        Role.WINDOW: {"/window", "/take-in"},
        Role.HANDLER: {"/handler"},
        Role.OPERATOR: {"/partners", "/queue", "/keys", "/reconciliation", "/systems"},
        Role.SECURITY: {"/people"},
        Role.AUDITOR: {"/audit"},
    }
    for role, paths in own.items():
        async with console.signed_in(role.value) as visitor:
            cards = await numbers(console, visitor)
            assert {re.split(r"[? ]", one)[0] for one in cards} == paths, role
            for address in {one.partition(" ")[0] for one in cards}:
                await visitor.get(address)
                assert visitor.status == 200, (role, address)
            await visitor.get("/")
            await visitor.post("/language", lang="en", to="/")
            assert not re.search(r"<h2>[^<]*[\u4e00-\u9fff]", visitor.text), role
            assert len(CARD.findall(visitor.text)) == len(cards)


async def test_a_security_officer_sees_locked_accounts_and_open_links(console: Console) -> None:
    async with console.signed_in("security") as visitor:
        before = await numbers(console, visitor)
        assert before["/people 已锁定的账号"] == ("0", "")
        links = int(before["/people 还没用的一次性链接"][0])
        async with console.visitor() as stranger:
            for _ in range(5):
                await stranger.sign_in("window", "Wrong-passw0rd")
        await console.desk.signing_in.make_link("password", "x", "machine:console")
        after = await numbers(console, visitor)
        assert after["/people 已锁定的账号"] == ("1", "overdue")
        assert after["/people 还没用的一次性链接"][0] == str(links + 1)


async def test_an_auditor_sees_the_chain_the_last_verification_and_what_was_refused(console: Console) -> None:
    async with console.signed_in("window") as window:
        await window.get("/people")
        assert window.status == 403
    async with console.visitor() as stranger:
        await stranger.sign_in("nobody", "Wrong-passw0rd")
    async with console.signed_in("auditor") as visitor:
        cards = await numbers(console, visitor)
        shown = {address.rpartition(" ")[2]: value for address, value in cards.items()}
        assert shown["上次核验"] == ("没有核验过", "warning")
        assert shown["今天被拒绝的访问"] == ("1", "warning")
        assert shown["今天失败的登录"] == ("1", "warning")
        assert int(shown["还没封存的审计行"][0]) > 0
        refused = next(one for one in cards if one.endswith("今天被拒绝的访问")).partition(" ")[0]
        assert "ROLE_LACKS_RIGHT" in await visitor.get(refused)
        await console.desk.auditing.chain.seal()
        await visitor.get("/audit")
        await visitor.post("/audit/verify")
        again = {one.rpartition(" ")[2]: value for one, value in (await numbers(console, visitor)).items()}
        assert again["上次核验"] == ("相符", "normal")


async def test_an_operator_sees_what_is_wrong_with_files(console: Console) -> None:
    here = console.regions[QIANJIANG]
    file = next(iter(here.settings.partners.glob(f"{ENSHI}*.yaml")))
    async with console.signed_in("operator") as visitor:
        file.write_text(file.read_text("utf-8").replace("status: active", "status: lively"), "utf-8")
        await here.gateway.going_live.look()
        found = len(here.gateway.going_live.last.findings)
        assert found
        assert (await numbers(console, visitor))["/partners 伙伴文件的问题"] == (str(found), "warning")
        assert "status" in await visitor.get("/partners")


async def test_the_numbers_keep_up(console: Console) -> None:
    here = console.regions[QIANJIANG]
    async with console.signed_in("window") as visitor:
        page = await visitor.get("/")
        address = unescape(re.search(r'sse-connect="([^"]+)"', page)[1])  # type: ignore[index]
        assert address.startswith("/live/home?mark=")
        assert 'hx-select-oob="#waiting"' in page
        await here.submit(here.a_case(ENSHI))
        console.desk.operating.looks.forget()
        async with asyncio.timeout(30), visitor.session.get(visitor.url + address, headers=LIVE) as answer:
            assert (await Heard(answer.content).until("told"))[-2:] == ["news", "told"]  # type: ignore[arg-type]
        await visitor.get("/live/home")
        assert visitor.status == 422


async def test_what_presses_is_counted_whole_and_no_further_than_asked(console: Console) -> None:
    here = console.regions[QIANJIANG]
    now = console.desk.clock()
    for _ in range(3):
        await here.submit(here.a_case(ENSHI))
    await here.gateway.database.write(lambda tx: tx.execute("UPDATE cases SET presses_at = :at", {"at": 1}))
    wanted = Filter(due_before=now + timedelta(days=7), sides=(("origin", "500114"),))

    async def counted(most: int, digits: str = "500114") -> Counted:
        asked = replace(wanted, sides=(("origin", digits),))
        return await here.gateway.database.read(lambda tx: case_lists.count(tx, asked, most, looked=1))

    assert await counted(10) == Counted(3)
    assert await counted(2) == Counted(2, more=True)
    assert await counted(10, "4228") == Counted(0)
