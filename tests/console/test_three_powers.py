"""Who gives rights does not become who audits them: links, factors, roles and identities of an auditor, and who is told of what."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app.console_door import ConsoleLinks
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person, Role
from gateway.flows.people.accounts import Wanted
from gateway.flows.people.resets import TOLD_FIRST_FOR, TOLD_FOR
from gateway.flows.people.signing_in import FAILURES
from gateway.trust.one_time_codes import STEP_SECONDS, code_at
from tests.console.people_build import PASSWORD, QIANJIANG, Console, a_console
from tests.console.provider_build import a_meeting
from tests.console.test_attacks_on_signing_in import SECRET, now_step, present, with_factor

OTHER = "Another-passw0rd-示例"
WRONG_CODE = "000000"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


async def the(console: Console, login: str) -> Person:
    return next(one for one in await console.desk.accounts.everybody() if one.login == login)


async def become(console: Console, login: str, *roles: Role) -> None:
    """A security officer gives an account other roles."""
    who = await the(console, login)
    wanted = Wanted(who.login, who.name, who.staff_number, who.organisation, who.division, frozenset(roles))
    await console.desk.accounts.change(await present(console, "security"), who.person_id, wanted, active=True)


async def opens(console: Console, login: str, *passwords: str) -> list[str]:
    """Which of these passwords still begin a session."""
    good = []
    for password in passwords:
        try:
            await console.desk.signing_in.sign_in(login, password)
        except GatewayError as error:
            if error.reason is not Reason.SIGN_IN_REFUSED:
                raise
        else:
            good.append(password)
    return good


async def machine_link(console: Console, login: str) -> str:
    """A link made by whoever owns the machine; returns its token."""
    _, address = await ConsoleLinks(console.desk, console.url).new(login, sign_in=False)
    return address.rpartition("/")[2]


async def refusal(doing: object) -> Reason:
    with pytest.raises(GatewayError) as refused:
        await doing  # type: ignore[misc]
    return refused.value.reason


async def test_an_officer_does_not_get_into_an_auditors_account_by_a_link(console: Console) -> None:
    auditor = await the(console, "auditor")
    async with console.signed_in("security") as officer:
        await officer.get(f"/people/{auditor.person_id}")
        assert "审计员的账号" in officer.text
        await officer.post(f"/people/{auditor.person_id}/link")
        assert officer.status == 409
        assert "三权分立" in officer.text
        assert "tongban console link --login" in officer.text
        assert "/link/" not in officer.text
    assert await opens(console, "auditor", PASSWORD) == [PASSWORD]


async def test_a_new_auditor_comes_in_by_a_link_from_the_machine(console: Console) -> None:
    async with console.signed_in("security") as officer:
        await officer.get("/people/new")
        facts = {"login": "second", "name": "审计二", "staff_number": "A9", "division": f"{QIANJIANG}000000"}
        await officer.post("/people/new", **facts, organisation="中心", roles="auditor")
        assert officer.status == 200
        assert "tongban console link --login second" in officer.text
        assert "/link/" not in officer.text
    token = await machine_link(console, "second")
    async with console.visitor() as visitor:
        await visitor.get(f"/link/{token}")
        assert 'name="code"' not in visitor.text
        await visitor.post(f"/link/{token}", password=OTHER, again=OTHER)
        await visitor.sign_in("second", OTHER)
        assert visitor.address == "/"
        await visitor.get("/audit")
        assert visitor.status == 200


async def test_with_a_second_factor_its_owner_confirms_the_new_password(console: Console) -> None:
    await with_factor(console, "auditor")
    auditor = await the(console, "auditor")
    async with console.signed_in("security") as officer:
        await officer.get(f"/people/{auditor.person_id}")
        await officer.post(f"/people/{auditor.person_id}/link")
        link = re.search(r"/link/([\w-]+)", officer.text)
        assert link
    async with console.visitor() as visitor:
        path = f"/link/{link[1]}"
        await visitor.get(path)
        assert 'name="code"' in visitor.text
        for code in ({}, {"code": WRONG_CODE}, {"code": ""}):
            await visitor.post(path, password=OTHER, again=OTHER, **code)
            assert visitor.status == 422
            assert "验证码不对或已用过" in html.unescape(visitor.text)
        assert await opens(console, "auditor", OTHER, PASSWORD) == [PASSWORD], "nothing changed"
        await visitor.get(path)
        await visitor.post(path, password=OTHER, again=OTHER, code=code_at(SECRET, now_step(console)))
        assert visitor.address == "/sign-in"
        await visitor.sign_in("auditor", OTHER)
        assert visitor.address == "/sign-in/code", "the factor is still on"
    assert await opens(console, "auditor", OTHER, PASSWORD) == [OTHER]


@pytest.mark.parametrize("login", ["window", "operator", "security"])
async def test_no_link_does_without_the_second_factor_of_anybody(console: Console, login: str) -> None:
    officer = await present(console, "security")
    await with_factor(console, login)
    link = await console.desk.signing_in.make_link("password", (await the(console, login)).person_id, "machine:console")
    choose = console.desk.accounts.choose_password
    for _ in range(FAILURES):
        assert await refusal(choose(link, OTHER, WRONG_CODE)) is Reason.BAD_REQUEST
    assert await refusal(choose(link, OTHER, code_at(SECRET, now_step(console)))) is Reason.LOCKED_OUT
    console.regions.clock.pass_time(minutes=16)
    await choose(link, OTHER, code_at(SECRET, now_step(console)))
    assert (await the(console, login)).second_factor
    console.regions.clock.pass_time(seconds=2 * STEP_SECONDS)
    assert (await console.desk.signing_in.sign_in(login, OTHER)).needs_code
    assert officer.person.login == "security"


async def test_turning_an_auditors_factor_off_shuts_the_account(console: Console) -> None:
    session = await with_factor(console, "auditor")
    officer, auditor = await present(console, "security"), await the(console, "auditor")
    accounts = console.desk.accounts
    link = await accounts.password_link(officer, auditor.person_id)
    await accounts.drop_factor(officer, auditor.person_id)
    assert await refusal(accounts.choose_password(link, OTHER)) is Reason.LINK_OVER
    assert await refusal(accounts.password_link(officer, auditor.person_id)) is Reason.AUDITOR_APART
    assert await opens(console, "auditor", PASSWORD, OTHER) == []
    assert await console.desk.signing_in.who(session.token) is None
    await accounts.choose_password(await machine_link(console, "auditor"), OTHER)
    assert await opens(console, "auditor", OTHER) == [OTHER]


async def test_an_account_an_officer_knows_is_shut_when_it_becomes_an_auditors(console: Console) -> None:
    officer, clerk = await present(console, "security"), await the(console, "window")
    accounts = console.desk.accounts
    await accounts.choose_password(await accounts.password_link(officer, clerk.person_id), OTHER)
    waiting = await accounts.password_link(officer, clerk.person_id)
    session = await console.desk.signing_in.sign_in("window", OTHER)
    await become(console, "window", Role.AUDITOR)
    assert await opens(console, "window", OTHER, PASSWORD) == []
    assert await console.desk.signing_in.who(session.token) is None
    assert await refusal(accounts.choose_password(waiting, OTHER)) is Reason.LINK_OVER
    assert await refusal(accounts.password_link(officer, clerk.person_id)) is Reason.AUDITOR_APART


async def test_an_auditors_account_is_not_opened_by_way_of_another_role(console: Console) -> None:
    await with_factor(console, "auditor")
    officer, auditor = await present(console, "security"), await the(console, "auditor")
    accounts = console.desk.accounts
    await become(console, "auditor", Role.WINDOW)
    await accounts.drop_factor(officer, auditor.person_id)
    await accounts.choose_password(await accounts.password_link(officer, auditor.person_id), OTHER)
    assert await opens(console, "auditor", OTHER) == [OTHER], "as a clerk"
    await become(console, "auditor", Role.AUDITOR)
    assert await opens(console, "auditor", OTHER, PASSWORD) == []


async def test_an_officer_links_no_identity_to_an_auditor(tmp_path: Path) -> None:
    async with a_meeting(tmp_path) as meeting:
        assert await refusal(meeting.link("auditor")) is Reason.AUDITOR_APART
        entering = meeting.desk.signing_in
        officer = await entering.who((await entering.sign_in("security", PASSWORD)).token)
        assert officer
        making = meeting.flows.identities.make_link(officer, await meeting.person("auditor"))
        assert await refusal(making) is Reason.AUDITOR_APART
        await meeting.link("window")


async def test_the_owner_and_the_auditor_are_told_who_reset_an_account(console: Console) -> None:
    officer, clerk = await present(console, "security"), await the(console, "window")
    accounts = console.desk.accounts
    async with console.signed_in("handler") as visitor:
        assert "您的账号最近由别人处理过" not in visitor.text, "the link an account is made with is no reset"
    console.regions.clock.pass_time(days=1)
    officer = await present(console, "security")
    async with console.signed_in("window") as visitor:
        assert "您的账号最近由别人处理过" not in visitor.text
    await accounts.choose_password(await accounts.password_link(officer, clerk.person_id), OTHER)
    async with console.visitor() as visitor:
        await visitor.sign_in("window", OTHER)
        assert "您的账号最近由别人处理过" in visitor.text
        assert "安全员 (security) · 发一次性链接" in visitor.text
        assert "安全员 (security)" in await visitor.get("/account")
    async with console.signed_in("auditor") as auditor:
        text = await auditor.get("/audit")
        rows = re.findall(r"<tr>(.*?)</tr>", text.partition("重设和关闭")[2], re.DOTALL)
        told = [" ".join(re.sub(r"<[^>]+>", " ", one).split()[2:]) for one in rows]
        assert "window员 (window) window员 (window) 设置密码" in told
        assert "安全员 (security) window员 (window) 发一次性链接 重设密码" in told
    console.regions.clock.pass_time(seconds=TOLD_FIRST_FOR.total_seconds() + 60)
    async with console.visitor() as visitor:
        await visitor.sign_in("window", OTHER)
        assert "您的账号最近由别人处理过" not in visitor.text
        assert "安全员 (security)" in await visitor.get("/account")
        console.regions.clock.pass_time(seconds=TOLD_FOR.total_seconds())
        await visitor.sign_in("window", OTHER)
        assert "安全员 (security)" not in await visitor.get("/account")


async def test_what_the_machine_did_is_told_as_that(console: Console) -> None:
    await ConsoleLinks(console.desk, console.url).new("auditor", sign_in=True)
    async with console.signed_in("auditor") as auditor:
        assert "网关所在机器 · 发一次性链接" in auditor.text
        assert "网关所在机器" in await auditor.get("/audit")


async def test_who_is_no_auditor_is_not_told_of_others(console: Console) -> None:
    for login in ("window", "operator", "security"):
        assert await refusal(console.desk.resets.of_all(await the(console, login))) is Reason.ROLE_LACKS_RIGHT
    held = replace(await the(console, "auditor"))
    assert await console.desk.resets.of_all(held)
