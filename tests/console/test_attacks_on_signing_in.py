"""What somebody who has no account, half of one, or another person's open session tries at the door."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from yarl import URL

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Role
from gateway.flows.people.accounts import Wanted
from gateway.flows.people.password_checks import HASHES_AT_ONCE, MOST_WAITING
from gateway.flows.people.signing_in import FAILURES, Present
from gateway.store import audit, people
from gateway.trust import base64url
from gateway.trust.one_time_codes import STEP_SECONDS, code_at, step_of_code
from tests.console.people_build import PASSWORD, QIANJIANG, Console, Visitor, a_console

WRONG = "Wrong-passw0rd"
SECRET = b"\x07" * 20


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


def now_step(console: Console) -> int:
    return int(console.desk.clock().timestamp()) // STEP_SECONDS


async def present(console: Console, login: str) -> Present:
    found = await console.desk.signing_in.who((await console.desk.signing_in.sign_in(login, PASSWORD)).token)
    assert found
    return found


async def with_factor(console: Console, login: str) -> Present:
    """Somebody signed in who turned the second factor on."""
    who = await present(console, login)
    await console.desk.accounts.set_factor(who, SECRET, code_at(SECRET, now_step(console)))
    console.regions.clock.pass_time(seconds=2 * STEP_SECONDS)
    return who


async def failures_noted(console: Console) -> int:
    database = console.regions[QIANJIANG].gateway.database
    rows = await database.read(lambda tx: audit.newest(tx, 0, "console.sign_in", "", 1000))
    return sum(one.outcome == "refused" for one in rows)


async def tried(console: Console, login: str, password: str = WRONG) -> Reason:
    with pytest.raises(GatewayError) as refused:
        await console.desk.signing_in.sign_in(login, password)
    return refused.value.reason


async def test_guesses_made_at_once_are_no_more_than_guesses_made_in_turn(console: Console) -> None:
    said = await asyncio.gather(*(tried(console, "window", f"{WRONG}{n}") for n in range(30)))
    assert said.count(Reason.LOCKED_OUT) >= 30 - FAILURES - HASHES_AT_ONCE
    assert await failures_noted(console) < FAILURES + HASHES_AT_ONCE
    assert await tried(console, "window", PASSWORD) is Reason.LOCKED_OUT


async def test_a_login_nobody_has_is_locked_like_one_somebody_has(console: Console) -> None:
    for minutes in (0, 14):
        console.regions.clock.pass_time(minutes=minutes)
        told = {login: [await tried(console, login) for _ in range(FAILURES + 1)] for login in ("window", "nobody")}
        assert told["window"] == told["nobody"]
        console.regions.clock.pass_time(minutes=2)


async def test_what_was_tried_long_ago_counts_for_neither(console: Console) -> None:
    for login in ("window", "nobody"):
        for _ in range(FAILURES - 1):
            assert await tried(console, login) is Reason.SIGN_IN_REFUSED
    console.regions.clock.pass_time(minutes=16)
    for login in ("window", "nobody"):
        assert [await tried(console, login) for _ in range(2)] == [Reason.SIGN_IN_REFUSED] * 2, login


async def test_who_floods_the_door_is_told_to_come_again(console: Console) -> None:
    # None of these has been begun when the next one comes, so that the door sees all of them at once.
    logins = [f"nobody{n}" for n in range(HASHES_AT_ONCE + MOST_WAITING + 5)]
    said = await asyncio.gather(*(tried(console, login) for login in logins))
    assert said.count(Reason.SIGN_IN_BUSY) == 5
    assert set(said) == {Reason.SIGN_IN_BUSY, Reason.SIGN_IN_REFUSED}
    assert await console.desk.signing_in.sign_in("window", PASSWORD)


@pytest.mark.parametrize("code", ["验证码", "１２３", "\ud800", "", "0" * 10_000, "12345\x00"])
def test_no_code_is_too_odd_to_be_wrong(code: str, console: Console) -> None:
    assert step_of_code(SECRET, code, console.desk.clock(), 0) is None


async def test_a_code_typed_in_full_width_digits_is_the_same_code(console: Console) -> None:
    wide = code_at(SECRET, now_step(console)).translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert step_of_code(SECRET, f" {wide[:3]} {wide[3:]} ", console.desk.clock(), 0) == now_step(console)


async def test_an_odd_code_is_told_as_wrong_and_counts(console: Console) -> None:
    await with_factor(console, "auditor")
    async with console.visitor() as visitor:
        await visitor.sign_in("auditor")
        for _ in range(FAILURES):
            await visitor.post("/sign-in/code", code="验证码", to="/")
            assert visitor.status == 401
        await visitor.post("/sign-in/code", code=code_at(SECRET, now_step(console)), to="/")
        assert "锁定" in visitor.text


async def test_one_code_completes_one_of_two_sessions(console: Console) -> None:
    await with_factor(console, "auditor")
    halves = [await present(console, "auditor") for _ in range(2)]
    code = code_at(SECRET, now_step(console))
    done = await asyncio.gather(
        *(console.desk.signing_in.give_code(half, code) for half in halves), return_exceptions=True
    )
    assert sum(isinstance(one, GatewayError) for one in done) == 1


async def test_a_session_that_was_ended_is_not_completed(console: Console) -> None:
    await with_factor(console, "auditor")
    half, officer = await present(console, "auditor"), await present(console, "security")
    await console.desk.accounts.end_session(officer, half.person.person_id, "")
    with pytest.raises(GatewayError) as refused:
        await console.desk.signing_in.give_code(half, code_at(SECRET, now_step(console)))
    assert refused.value.reason is Reason.SIGNED_OUT


@pytest.mark.parametrize("secret", ["", "AA", "not base64!", "é", "A" * 27 + "=" * 9, "A" * 5000])
async def test_no_secret_that_is_none_of_ours_turns_the_second_factor_on_or_off(console: Console, secret: str) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get("/account/factor")
        try:
            raw = base64url.decode(secret)
        except ValueError:
            raw = b""
        await visitor.post("/account/factor", secret=secret, code=code_at(raw, now_step(console)))
        assert visitor.status == 422
        assert (await present(console, "window")).session.complete


async def test_a_session_left_open_does_not_take_the_second_factor_from_its_owner(console: Console) -> None:
    who = await with_factor(console, "window")
    for secret in (b"\x09" * 20, b""):
        with pytest.raises(GatewayError) as refused:
            await console.desk.accounts.set_factor(who, secret, code_at(secret, now_step(console)))
        assert refused.value.reason in (Reason.FACTOR_HELD, Reason.SIGN_IN_REFUSED)
    half = await present(console, "window")
    assert not half.session.complete
    assert await console.desk.signing_in.give_code(half, code_at(SECRET, now_step(console)))


async def test_an_officer_does_not_turn_their_own_second_factor_off(console: Console) -> None:
    officer = await with_factor(console, "security")
    with pytest.raises(GatewayError) as refused:
        await console.desk.accounts.drop_factor(officer, officer.person.person_id)
    assert refused.value.reason is Reason.FACTOR_HELD
    assert not (await present(console, "security")).session.complete


async def test_two_officers_do_not_close_each_others_accounts_at_once(console: Console) -> None:
    first = await present(console, "security")
    accounts = console.desk.accounts
    wanted = Wanted("second", "二", "A1", "中心", f"{QIANJIANG}000000", frozenset({Role.SECURITY}))
    _, link = await accounts.add(first, wanted)
    await accounts.choose_password(link, PASSWORD)
    second = await present(console, "second")
    one = accounts.change(first, second.person.person_id, wanted, active=False)
    other = accounts.change(second, first.person.person_id, replace(wanted, login="security"), active=False)
    done = await asyncio.gather(one, other, return_exceptions=True)
    assert sum(isinstance(each, GatewayError) for each in done) == 1
    assert sum(each.active for each in await accounts.everybody() if Role.SECURITY in each.roles) == 1


async def test_a_newer_link_and_a_chosen_password_put_older_links_out_of_use(console: Console) -> None:
    officer = await present(console, "security")
    clerk = (await present(console, "window")).person.person_id
    accounts, entering = console.desk.accounts, console.desk.signing_in
    older, newer = [await accounts.password_link(officer, clerk) for _ in range(2)]
    sign_in = await entering.make_link("sign_in", clerk, "machine:console")
    for link in (older,):
        with pytest.raises(GatewayError) as refused:
            await accounts.choose_password(link, PASSWORD)
        assert refused.value.reason is Reason.LINK_OVER
    await accounts.choose_password(newer, PASSWORD)
    with pytest.raises(GatewayError) as refused:
        await entering.sign_in_by_link(sign_in)
    assert refused.value.reason is Reason.LINK_OVER


async def test_a_link_of_a_closed_account_opens_nothing_even_when_it_is_opened_again(console: Console) -> None:
    officer, who = await present(console, "security"), (await present(console, "window")).person
    accounts = console.desk.accounts
    wanted = Wanted(who.login, who.name, who.staff_number, who.organisation, who.division, who.roles)
    link = await accounts.password_link(officer, who.person_id)
    await accounts.change(officer, who.person_id, wanted, active=False)
    await accounts.change(officer, who.person_id, wanted, active=True)
    with pytest.raises(GatewayError) as refused:
        await accounts.choose_password(link, PASSWORD)
    assert refused.value.reason is Reason.LINK_OVER


async def test_a_link_used_by_two_at_once_is_good_for_one(console: Console) -> None:
    clerk = (await present(console, "window")).person.person_id
    link = await console.desk.signing_in.make_link("sign_in", clerk, "machine:console")
    tries = [console.desk.signing_in.sign_in_by_link(link) for _ in range(5)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, GatewayError) for one in done) == 4


async def test_what_was_begun_while_the_clock_ran_ahead_is_over_when_it_is_right_again(console: Console) -> None:
    clock = console.regions.clock
    clerk = (await present(console, "window")).person.person_id
    clock.pass_time(days=400)
    ahead = await console.desk.signing_in.sign_in("window", PASSWORD)
    link = await console.desk.signing_in.make_link("password", clerk, "machine:console")
    clock.pass_time(days=-400)
    assert await console.desk.signing_in.who(ahead.token) is None
    with pytest.raises(GatewayError) as refused:
        await console.desk.signing_in.link(link)
    assert refused.value.reason is Reason.LINK_OVER


async def test_a_clock_set_back_a_little_signs_nobody_out(console: Console) -> None:
    begun = await console.desk.signing_in.sign_in("window", PASSWORD)
    console.regions.clock.pass_time(minutes=-5)
    assert await console.desk.signing_in.who(begun.token)


async def test_a_password_that_was_changed_while_it_was_checked_begins_nothing(console: Console) -> None:
    entering, database = console.desk.signing_in, console.regions[QIANJIANG].gateway.database
    clerk = (await present(console, "window")).person
    now, closed = console.desk.clock(), replace(clerk, active=False)
    # Checking takes some fifty times as long as closing the account.
    asked = entering.sign_in("window", PASSWORD)
    refused, _ = await asyncio.gather(
        asked, database.write(lambda tx: people.change(tx, closed, now)), return_exceptions=True
    )
    assert isinstance(refused, GatewayError)
    assert refused.reason is Reason.SIGN_IN_REFUSED


async def test_whoever_signs_in_again_leaves_no_session_behind(console: Console) -> None:
    async with console.signed_in("window") as visitor:
        await visitor.get("/sign-in")
        await visitor.post("/sign-in", login="handler", password=PASSWORD, to="/")
        assert visitor.address == "/"
    clerk = await present(console, "window")
    _, sessions = await console.desk.accounts.find(clerk.person.person_id)
    assert [one.session_id for one in sessions] == [clerk.session.session_id]


async def test_a_session_somebody_put_into_a_browser_is_not_the_one_that_is_signed_in(console: Console) -> None:
    async with console.signed_in("handler") as attacker, console.visitor() as victim:
        (planted,) = [one.value for one in attacker.session.cookie_jar]
        name = f"tongban-{QIANJIANG}"
        await victim.get("/sign-in")
        victim.session.cookie_jar.update_cookies({name: planted}, response_url=cookie_url(victim))
        await victim.get("/sign-in")
        await victim.post("/sign-in", login="window", password=PASSWORD, to="/")
        assert "window员" in victim.text
        (mine,) = {one.value for one in victim.session.cookie_jar if one.key == name}
        assert mine != planted
        await attacker.get("/account")
        assert "window员" not in attacker.text


def cookie_url(visitor: Visitor) -> URL:
    return URL(visitor.url)


async def test_the_whole_way_there_survives_the_question_for_a_code(console: Console) -> None:
    await with_factor(console, "auditor")
    async with console.visitor() as visitor:
        await visitor.get("/sign-in")
        await visitor.post("/sign-in", login="auditor", password=PASSWORD, to="/audit?act=console.sign_in&before=9")
        *_, kept = re.findall(r'name="to" value="([^"]*)"', visitor.text)
        assert kept == "/audit?act=console.sign_in&amp;before=9"
