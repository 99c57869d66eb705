"""Signing in through a real small provider: by code and PKCE, only into accounts that were linked, out again on both sides."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.case.staff import Right, Role
from gateway.console.oidc_provider import DONE
from gateway.console.provider_routes import PROVIDER_ROUTES
from gateway.trust import base64url
from gateway.trust.one_time_codes import STEP_SECONDS, code_at
from tests.console.identity_provider import CLIENT, a_p256_key, an_rsa_key
from tests.console.provider_build import Browser, Meeting, a_meeting


@pytest.fixture
async def meeting(tmp_path: Path) -> AsyncIterator[Meeting]:
    async with a_meeting(tmp_path) as one:
        yield one


async def test_somebody_signs_in_at_the_provider_and_lands_where_they_wanted(meeting: Meeting) -> None:
    await meeting.link("handler")
    async with meeting.browser() as browser:
        await browser.get("/handler")
        assert browser.address == "/sign-in"
        assert "用统一身份认证登录" in browser.text
        button = re.search(r'href="(/sign-in/provider[^"]*)"', browser.text)
        assert button
        await browser.sign_in_there("handler", button[1])
        assert (browser.status, browser.address) == (200, DONE)
        await browser.go_on()
        assert (browser.status, browser.address) == (200, "/handler")
        assert "tongban-500114" in "".join(browser.cookies())
        assert not any("provider" in name for name in browser.cookies()), "what was under way is forgotten"
    row = await meeting.newest("console.sign_in")
    assert (row.act, row.outcome, row.detail) == ("console.sign_in", "done", "provider")


async def test_the_request_carries_what_protects_it_and_nothing_personal(meeting: Meeting) -> None:
    async with meeting.browser() as browser:
        await browser.to_provider("/sign-in/provider?to=/handler")
        first = dict(meeting.provider.way_in)
        await browser.to_provider()
        second = meeting.provider.way_in
    assert {name: first[name] for name in ("response_type", "client_id", "scope", "code_challenge_method")} == {
        "response_type": "code",
        "client_id": CLIENT,
        "scope": "openid profile",
        "code_challenge_method": "S256",
    }
    assert first["redirect_uri"] == meeting.console.url + DONE
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43, name
        assert first[name] != second[name], name
    assert len({first["state"], first["nonce"], first["code_challenge"]}) == 3


async def test_nobody_has_an_account_by_being_known_at_the_provider(meeting: Meeting) -> None:
    meeting.provider.people["window"] = {
        "sub": "somebody",
        "preferred_username": "window",
        "email": "window@example.gov.cn",
        "email_verified": True,
    }
    async with meeting.browser() as browser:
        await browser.sign_in_there("window")
        assert browser.status == 401
        assert "PROVIDER_NOT_LINKED" in browser.text
        await browser.get("/account")
        assert browser.address == "/sign-in"
    row = await meeting.newest("console.sign_in")
    assert (row.act, row.outcome, row.detail) == ("console.sign_in", "refused", "provider PROVIDER_NOT_LINKED")


async def test_a_one_time_link_binds_whoever_follows_it_and_is_good_once(meeting: Meeting) -> None:
    meeting.provider.people["wang"] = {"sub": "sub-of-wang"}
    async with meeting.browser() as officer, meeting.browser() as clerk:
        await officer.sign_in("security")
        person = f"/people/{await meeting.person('window')}"
        assert "未关联" in await officer.get(person)
        await officer.post(f"{person}/identity/link")
        link = re.search(r"https://127\.0\.0\.1:\d+(/link/[\w-]+)", officer.text)
        assert link

        for _ in range(2):
            assert "关联到账号" in await clerk.get(link[1]), "looking does not use it up"
        await clerk.post(link[1])
        assert clerk.address == link[1], "there is no password to choose by it"
        await clerk.sign_in_there("wang", f"{link[1]}/provider")
        await clerk.go_on()
        assert clerk.address == "/"
        assert "window员" in clerk.text
        await clerk.get(link[1])
        assert clerk.status == 404

        assert "已关联" in await officer.get(person)
        await officer.post(f"{person}/identity/unlink")
        await clerk.get("/account")
        assert clerk.address == "/sign-in", "sessions end when it is unlinked"
        await clerk.get("/sign-in/provider")
        assert "PROVIDER_NOT_LINKED" in clerk.text
    acts = {one.act for one in await meeting.desk.read_audit(0, "", await meeting.person("window"))}
    assert {"console.identity_unlinked", "console.identity_linked", "console.link"} <= acts


async def test_a_link_for_a_password_is_none_to_link_by(meeting: Meeting) -> None:
    token = await meeting.desk.signing_in.make_link("password", await meeting.person("window"), "person:test")
    async with meeting.browser() as browser:
        await browser.get(f"/link/{token}/provider")
        assert browser.address == f"/link/{token}"
        assert 'name="password"' in browser.text


async def test_an_identity_is_linked_to_one_account_only(meeting: Meeting) -> None:
    await meeting.link("window")
    async with meeting.browser() as officer:
        await officer.sign_in("security")
        handler = f"/people/{await meeting.person('handler')}"
        await officer.get(handler)
        await officer.post(f"{handler}/identity", subject="sub-of-window")
        assert officer.status == 409
        assert "PROVIDER_LINKED_ELSEWHERE" in officer.text
        await officer.get(handler)
        await officer.post(f"{handler}/identity", subject="某人")
        assert officer.status == 422
        assert 'id="f-subject"' in officer.text
        assert "aria-invalid" in officer.text
        await officer.get(handler)
        await officer.post(f"{handler}/identity", subject="sub-of-li")
        assert officer.address == handler
        assert "已关联" in officer.text
        await officer.post("/people/none/identity", subject="sub-of-nobody")
        assert officer.status == 404

        await officer.get(handler)
        await officer.post(f"{handler}/identity/link")
        link = re.search(r"https://127\.0\.0\.1:\d+(/link/[\w-]+)", officer.text)
        assert link
        async with meeting.browser() as other:
            await other.sign_in_there("window", f"{link[1]}/provider")
            assert "PROVIDER_LINKED_ELSEWHERE" in other.text
            await other.get(link[1])
            assert other.status == 200, "a link that bound nobody is not used up"


async def test_where_a_claim_must_be_the_login_a_link_binds_nobody_else(tmp_path: Path) -> None:
    async with a_meeting(tmp_path, login_claim="preferred_username") as meeting:
        meeting.provider.people |= {
            "li": {"sub": "sub-li", "preferred_username": "li"},
            "nobody": {"sub": "sub-nobody"},
            "wang": {"sub": "sub-wang", "preferred_username": "Window"},
        }
        for login, works in (("li", False), ("nobody", False), ("wang", True)):
            token = await meeting.desk.signing_in.make_link("identity", await meeting.person("window"), "person:test")
            async with meeting.browser() as browser:
                await browser.sign_in_there(login, f"/link/{token}/provider")
                assert (browser.status == 200) is works, login
                assert ("PROVIDER_OTHER_LOGIN" in browser.text) is not works


async def test_what_is_kept_of_an_identity_is_a_keyed_hash_with_the_issuer_in_it(meeting: Meeting) -> None:
    await meeting.link("window", "422801199001010026")
    async with meeting.browser() as browser:
        await browser.sign_in_there("window")
        assert browser.status == 200
    rows = await meeting.flows.database.read(
        lambda tx: [
            *tx.rows("SELECT * FROM people"),
            *tx.rows("SELECT * FROM audit"),
            *tx.rows("SELECT * FROM console_sessions"),
        ]
    )
    told = repr(rows)
    assert "422801199001010026" not in told
    assert "sid-" not in told
    other = replace(meeting.flows.identities, issuer="https://another.example")
    assert other.kept("a") != meeting.flows.identities.kept("a")


async def own_factor(browser: Browser, meeting: Meeting) -> bytes:
    await browser.get("/account/factor")
    found = re.search(r'name="secret" value="([^"]+)"', browser.text)
    assert found
    secret = base64url.decode(found[1])
    await browser.post("/account/factor", secret=found[1], code=code_at(secret, step(meeting)))
    assert browser.address == "/account"
    meeting.console.regions.clock.pass_time(seconds=STEP_SECONDS)
    return secret


def step(meeting: Meeting) -> int:
    return int(meeting.desk.clock().timestamp()) // STEP_SECONDS


@pytest.mark.parametrize(
    ("trusted", "claims", "asked"),
    [
        ({}, {"amr": ["otp"], "acr": "gold"}, True),
        ({"trusted_amr": ("otp",)}, {"amr": ["pwd"], "acr": "otp"}, True),
        ({"trusted_amr": ("otp",)}, {"amr": ["pwd", "otp"]}, False),
        ({"trusted_amr": ("otp",)}, {"amr": "otp"}, True),
        ({"trusted_acr": ("gold",)}, {"acr": "gold"}, False),
        ({"trusted_acr": ("gold",)}, {"acr": ["gold"]}, True),
        ({"trusted_acr": ("gold",)}, {}, True),
    ],
)
async def test_our_second_factor_is_asked_unless_theirs_is_trusted(
    tmp_path: Path, trusted: dict[str, Any], claims: dict[str, object], asked: bool
) -> None:
    async with a_meeting(tmp_path, **trusted) as meeting, meeting.browser() as browser:
        await browser.sign_in("operator")
        secret = await own_factor(browser, meeting)
        await meeting.link("operator")
        meeting.provider.lies.claims = claims
        async with meeting.browser() as fresh:
            await fresh.sign_in_there("operator", "/sign-in/provider?to=/keys")
            await fresh.go_on()
            assert fresh.address == ("/sign-in/code" if asked else "/keys")
            if asked:
                await fresh.post("/sign-in/code", code=code_at(secret, step(meeting)), to="/keys")
                assert fresh.address == "/keys"
                await fresh.post("/sign-out")
                assert fresh.address == "/signed-out", "it stays a session by the provider"
        assert ("acr_values" in meeting.provider.way_in) is ("trusted_acr" in trusted)


async def test_who_signs_out_here_is_led_to_sign_out_there(meeting: Meeting) -> None:
    await meeting.link("window")
    async with meeting.browser() as browser:
        await browser.sign_in_there("window")
        await browser.go_on()
        await browser.post("/sign-out")
        assert browser.address == "/signed-out"
        assert meeting.provider.sessions
        assert "id_token" not in browser.text
        await browser.go_on()
        assert not meeting.provider.sessions
        assert browser.address == "/sign-in"
        await browser.get("/account")
        assert browser.address == "/sign-in"
        await browser.to_provider()
        assert 'name="login"' in browser.text, "the next one at this desk has to say who they are"

        await browser.sign_in("window")
        await browser.post("/sign-out")
        assert browser.address == "/sign-in", "who signed in with a password signs out here"


async def test_signing_out_does_not_wait_for_a_provider_that_is_away(meeting: Meeting) -> None:
    await meeting.link("window")
    async with meeting.browser() as browser:
        await browser.sign_in_there("window")
        await browser.go_on()
        meeting.console.regions.clock.pass_time(minutes=20)
        await browser.get("/account")
        meeting.console.regions.clock.pass_time(minutes=20)
        await browser.get("/account")
        meeting.console.regions.clock.pass_time(minutes=25)
        await browser.get("/account")
        meeting.provider.lies.stuck = {"openid-configuration"}
        await browser.post("/sign-out")
        assert (browser.status, browser.address) == (200, "/signed-out")
        assert "关闭浏览器" in browser.text


@pytest.mark.parametrize("named", ["sid", "sub", "both", "sub of another", "sid of another", "both, not theirs"])
async def test_what_ends_at_the_provider_ends_here(meeting: Meeting, named: str) -> None:
    await meeting.link("window")
    await meeting.link("handler")
    async with meeting.browser() as by_provider, meeting.browser() as by_password, meeting.browser() as backend:
        await by_provider.sign_in_there("window")
        await by_provider.go_on()
        await by_password.sign_in("window")
        sid = next(iter(meeting.provider.sessions))
        said = {
            "sid": {"sid": sid},
            "sub": {"sub": "sub-of-window"},
            "both": {"sid": sid, "sub": "sub-of-window"},
            "sub of another": {"sub": "sub-of-handler"},
            "sid of another": {"sid": "sid-of-another"},
            "both, not theirs": {"sid": sid, "sub": "sub-of-handler"},
        }[named]
        token = meeting.provider.logout_token(**said)
        await backend.post("/sign-in/provider/logout", logout_token=token)
        assert (backend.status, backend.text) == (200, "")
        assert backend.headers["Cache-Control"] == "no-store"
        await by_provider.get("/account")
        assert (by_provider.address == "/sign-in") is (named in ("sid", "sub", "both"))
        await by_password.get("/account")
        assert by_password.address == "/account"


async def test_a_notice_of_sign_out_counts_once(meeting: Meeting) -> None:
    await meeting.link("window")
    token = meeting.provider.logout_token(sub="sub-of-window")
    async with meeting.browser() as browser, meeting.browser() as backend:
        await backend.post("/sign-in/provider/logout", logout_token=token)
        await browser.sign_in_there("window")
        await browser.go_on()
        await backend.post("/sign-in/provider/logout", logout_token=token)
        assert backend.status == 200
        await browser.get("/account")
        assert browser.address == "/account"


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another"},
        {"iss": "https://another.example"},
        {"events": None},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": True}},
        {"nonce": "n"},
        {"sub": None},
        {"jti": None},
        {"exp": 1},
        {"iat": None},
    ],
    ids=repr,
)
async def test_a_notice_that_proves_nothing_ends_nothing(meeting: Meeting, wrong: dict[str, object]) -> None:
    await meeting.link("window")
    async with meeting.browser() as browser, meeting.browser() as backend:
        await browser.sign_in_there("window")
        await browser.go_on()
        await backend.post(
            "/sign-in/provider/logout", logout_token=meeting.provider.logout_token(**{"sub": "sub-of-window"} | wrong)
        )
        assert backend.status == 400
        for token in (meeting.provider.tokens[0], "", "a.b.c"):
            await backend.post("/sign-in/provider/logout", logout_token=token)
            assert backend.status == 400, "an id token is no notice"
        await browser.get("/account")
        assert browser.address == "/account"


async def test_a_key_that_rotated_is_fetched_and_an_old_one_counts_no_more(meeting: Meeting) -> None:
    await meeting.link("window")
    async with meeting.browser() as browser:
        await browser.sign_in_there("window")
        assert (browser.status, meeting.provider.asked["keys"]) == (200, 1)
        meeting.console.regions.clock.pass_time(minutes=1)
        await browser.get("/sign-in/provider")
        assert (browser.status, meeting.provider.asked["keys"]) == (200, 1), "kept for an hour"
        old = meeting.provider.keys[0]
        meeting.provider.keys = [an_rsa_key("k2")]
        await browser.get("/sign-in/provider")
        assert (browser.status, meeting.provider.asked["keys"]) == (200, 2)
        meeting.provider.lies.key = old
        meeting.console.regions.clock.pass_time(minutes=1)
        await browser.get("/sign-in/provider")
        assert "token.kid" in browser.text
        asked = meeting.provider.asked["keys"]
        for _ in range(3):
            await browser.get("/sign-in/provider")
        assert meeting.provider.asked["keys"] == asked, "not read again for each"
        meeting.provider.lies.key = None
        meeting.provider.keys = [a_p256_key("k3")]
        meeting.console.regions.clock.pass_time(hours=1)
        await browser.get("/sign-in/provider")
        assert browser.status == 200


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
async def test_rsa_signs_as_well(meeting: Meeting, algorithm: str) -> None:
    await meeting.link("window")
    meeting.provider.keys = [an_rsa_key("r", algorithm=algorithm)]
    async with meeting.browser() as browser:
        await browser.sign_in_there("window")
        assert browser.status == 200


async def test_a_public_client_and_one_whose_secret_goes_into_the_form(tmp_path: Path) -> None:
    async with a_meeting(tmp_path / "public", secret=None) as meeting, meeting.browser() as browser:
        await meeting.link("window")
        await browser.sign_in_there("window")
        assert browser.status == 200
    async with a_meeting(tmp_path / "form") as meeting, meeting.browser() as browser:
        meeting.provider.lies.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        await meeting.link("window")
        await browser.sign_in_there("window")
        assert browser.status == 200


async def test_pages_speak_the_language_that_was_chosen_before(meeting: Meeting) -> None:
    await meeting.link("window")
    async with meeting.browser() as browser:
        await browser.get("/sign-in")
        await browser.post("/language", lang="en", to="/sign-in")
        assert "Sign in with single sign-on" in browser.text
        await browser.to_provider()
        assert meeting.provider.way_in["ui_locales"] == "en zh-CN"
        browser.session.cookie_jar.clear(lambda cookie: cookie.key == "tongban_lang")
        await browser.answer_there("window")
        assert "Signed in" in browser.text, "a browser that comes from elsewhere does not say it"


async def test_max_age_is_asked_for_and_checked(tmp_path: Path) -> None:
    async with a_meeting(tmp_path, max_age=timedelta(hours=1)) as meeting:
        await meeting.link("window")
        async with meeting.browser() as browser:
            await browser.sign_in_there("window")
            assert (browser.status, meeting.provider.way_in["max_age"]) == (200, "3600")
            for when in (int(meeting.desk.clock().timestamp()) - 3700, None, "now"):
                meeting.provider.lies.claims = {"auth_time": when}
                await browser.get("/sign-in/provider")
                assert "id_token.auth_time" in browser.text


async def test_only_a_security_officer_links_accounts_and_only_from_our_pages(meeting: Meeting) -> None:
    person = await meeting.person("window")
    posts = [route.path.replace("{person}", person) for route in PROVIDER_ROUTES if isinstance(route.needs, Right)]
    assert len(posts) == 3
    for role in Role:
        async with meeting.browser() as browser:
            await browser.sign_in(role.value)
            for path in posts:
                await browser.get("/account")
                await browser.post(path, subject="sub-of-x")
                assert (browser.status == 403) is (role is not Role.SECURITY), (role, path)
                await browser.get("/no-such-page")
                await browser.post(path, subject="sub-of-x")
                assert browser.status == 403, "without the token of a page of ours"
    async with meeting.browser() as nobody:
        for path in posts:
            await nobody.post(path, subject="sub-of-x")
            assert nobody.status == 401
    assert not await meeting.flows.identities.is_linked(person), "the last thing the officer did was to unlink it"
