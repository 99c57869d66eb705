"""People prove who they are: passwords, lock-out, second factor, links that are good once, sessions that end."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store import audit
from gateway.trust import base64url
from gateway.trust.one_time_codes import STEP_SECONDS, code_at
from tests.console.people_build import PASSWORD, Console, a_console


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


def step(console: Console) -> int:
    return int(console.desk.clock().timestamp()) // STEP_SECONDS


async def test_the_first_account_is_made_by_a_link_and_there_is_no_default(tmp_path: Path) -> None:
    async with a_console(tmp_path, people=False) as console, console.visitor() as visitor:
        await visitor.sign_in("admin", "admin")
        assert visitor.status == 401
        token = await console.desk.signing_in.make_link("first", "", "machine:console")
        assert "安全管理员" in await visitor.get(f"/link/{token}")
        fields = {"login": "chief", "name": "安全员", "staff_number": "A000", "organisation": "", "division": "500114"}

        await visitor.post(f"/link/{token}", **fields, password="weak", again="weak")
        assert visitor.status == 422
        assert "至少" in visitor.text or "10 至 128" in visitor.text
        await visitor.post(f"/link/{token}", **fields, password=PASSWORD, again=PASSWORD + "x")
        assert "两次输入的密码不一样" in visitor.text
        await visitor.post(f"/link/{token}", **fields, password=PASSWORD, again=PASSWORD)
        assert visitor.address == "/sign-in"

        await visitor.get(f"/link/{token}")
        assert visitor.status == 404
        await visitor.sign_in("chief")
        assert visitor.address == "/"
        assert "/people" in visitor.text
        second = await console.desk.signing_in.make_link("first", "", "machine:console")
        async with console.visitor() as stranger:
            await stranger.get(f"/link/{second}")
            await stranger.post(f"/link/{second}", **(fields | {"login": "other"}), password=PASSWORD, again=PASSWORD)
            assert stranger.status == 404, "there is a first account already"


async def test_a_wrong_password_and_an_unknown_login_are_told_the_same(console: Console) -> None:
    async with console.visitor() as visitor:
        await visitor.sign_in("window", "Wrong-passw0rd")
        wrong = visitor.status, re.sub(r'value="window"', "", visitor.text)
        await visitor.sign_in("nobody", "Wrong-passw0rd")
        assert (visitor.status, re.sub(r'value="nobody"', "", visitor.text)) == wrong
        assert wrong[0] == 401


async def test_five_wrong_passwords_lock_an_account_for_a_while(console: Console) -> None:
    async with console.visitor() as visitor:
        for _ in range(5):
            await visitor.sign_in("window", "Wrong-passw0rd")
        await visitor.sign_in("window")
        assert visitor.status == 401
        assert "15 分钟" in visitor.text
        console.regions.clock.pass_time(minutes=16)
        await visitor.sign_in("window")
        assert visitor.address == "/"


async def test_a_session_ends_when_it_is_idle_or_old_or_signed_out(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        for _ in range(26):
            console.regions.clock.pass_time(minutes=25)
            await visitor.get("/account")
            assert visitor.address == "/account"
        console.regions.clock.pass_time(minutes=25)
        console.regions.clock.pass_time(minutes=25)
        await visitor.get("/account")
        assert visitor.address == "/sign-in", "idle"
        await visitor.sign_in("window")
        for _ in range(30):
            console.regions.clock.pass_time(minutes=25)
            await visitor.get("/account")
        assert visitor.address == "/sign-in", "twelve hours are over"
        await visitor.sign_in("window")
        await visitor.post("/sign-out")
        await visitor.get("/account")
        assert visitor.address == "/sign-in"


async def test_a_second_factor_is_asked_for_and_a_code_is_good_once(console: Console) -> None:
    async with console.signed_in("auditor") as visitor:
        await visitor.get("/account/factor")
        found = re.search(r'name="secret" value="([^"]+)"', visitor.text)
        assert found
        secret = base64url.decode(found[1])
        await visitor.post("/account/factor", secret=found[1], code="000000")
        assert visitor.status == 422
        used = code_at(secret, step(console))
        await visitor.post("/account/factor", secret=found[1], code=used)
        assert visitor.address == "/account"
        assert "已开启" in visitor.text

    async with console.visitor() as visitor:
        await visitor.sign_in("auditor")
        assert visitor.address == "/sign-in/code"
        await visitor.get("/audit")
        assert visitor.address == "/sign-in", "half a session opens nothing"
        await visitor.get("/sign-in/code")
        await visitor.post("/sign-in/code", code=used, to="/audit")
        assert visitor.status == 401, "used before"
        console.regions.clock.pass_time(seconds=STEP_SECONDS)
        await visitor.post("/sign-in/code", code=code_at(secret, step(console)), to="/audit")
        assert visitor.address == "/audit"


async def test_a_revoked_session_ends_at_the_next_request(console: Console) -> None:
    async with console.signed_in("window") as clerk, console.signed_in("security") as officer:
        await officer.get("/people")
        found = re.search(r'href="(/people/[^"]+)">window<', officer.text)
        assert found
        assert "结束全部" in await officer.get(found[1])
        await officer.post(f"{found[1]}/sessions")
        await clerk.get("/account")
        assert clerk.address == "/sign-in"


async def test_changed_rights_hold_at_once_and_nobody_changes_their_own(console: Console) -> None:
    async with console.signed_in("security") as officer:
        await officer.get("/people")
        own = re.search(r'href="(/people/[^"]+)">security<', officer.text)
        clerk = re.search(r'href="(/people/[^"]+)">window<', officer.text)
        assert own
        assert clerk
        fields = {
            "name": "王",
            "staff_number": "1",
            "organisation": "中心",
            "division": "500114000000",
            "active": "yes",
        }
        await officer.post(own[1], **fields, login="security", roles="auditor")
        assert officer.status == 409
        await officer.get(clerk[1])
        await officer.post(clerk[1], **fields, login="window", roles=["security", "handler"])
        assert officer.status == 422
        assert "三权分立" in officer.text
        async with console.signed_in("window") as visitor:
            await officer.post(clerk[1], **fields, login="window", roles=["window", "handler"])
            assert officer.address == clerk[1]
            await visitor.get("/account")
            assert visitor.address == "/sign-in", "what it may do now holds at once"


async def test_nobody_is_sent_to_another_site_after_signing_in(console: Console) -> None:
    for to in ("//evil.example/", "https://evil.example/", "/\\evil.example", "/a b", ""):
        async with console.visitor() as visitor:
            await visitor.get("/sign-in")
            await visitor.post("/sign-in", login="window", password=PASSWORD, to=to)
            assert visitor.address == "/", to


async def test_signing_in_is_in_the_audit_and_what_was_typed_is_not(console: Console) -> None:
    async with console.visitor() as visitor:
        await visitor.sign_in("My-Secret-Passw0rd-typed-here", PASSWORD)
        await visitor.sign_in("window")
    rows = await console.desk.read_audit(0, "", "")
    assert [(one.act, one.outcome) for one in rows[:2]] == [("console.sign_in", "done"), ("console.sign_in", "refused")]
    everything = repr(
        await console.regions["500114"].gateway.database.read(lambda tx: audit.newest(tx, 0, "", "", 1000))
    )
    assert "My-Secret" not in everything
    assert "my-secret" not in everything
    assert PASSWORD not in everything
