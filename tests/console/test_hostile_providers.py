"""A provider that lies, is slow or away, and people who try to have a sign-in finished that is not theirs: nobody gets in."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.console.oidc_http import LARGEST_ANSWER, ProviderCalls
from gateway.console.oidc_provider import DONE
from gateway.trust import base64url
from tests.console.identity_provider import CLIENT, Lies, a_p256_key, an_rsa_key
from tests.console.people_build import a_console
from tests.console.provider_build import Browser, Meeting, a_meeting

HTML = (200, "text/html", b"<!doctype html><title>maintenance</title>")
JSON = "application/json"
DISCOVERY = "openid-configuration"


@pytest.fixture
async def meeting(tmp_path: Path) -> AsyncIterator[Meeting]:
    async with a_meeting(tmp_path) as one:
        await one.link("window")
        yield one


async def fails(meeting: Meeting, browser: Browser, why: str) -> None:
    """Try to sign in with what is kept of the provider forgotten; nobody is, and the page says why."""
    meeting.console.regions.clock.pass_time(hours=2)
    await browser.to_provider()
    if 'name="login"' in browser.text:
        await browser.answer_there("window")
    assert why in browser.text, browser.text
    assert browser.status in (401, 409, 503)
    assert "没有登录" in browser.text
    assert "怎么办" in browser.text
    assert 'href="/sign-in"' in browser.text
    assert "tongban-500114" not in "".join(browser.cookies()).replace("tongban-500114-provider", "")
    await browser.get("/account")
    assert browser.address == "/sign-in"


async def works(meeting: Meeting, browser: Browser) -> None:
    """Signing in works when nobody lies: what came before did not break it for good."""
    meeting.provider.lies = Lies()
    meeting.console.regions.clock.pass_time(hours=2)
    await browser.to_provider()
    if 'name="login"' in browser.text:
        await browser.answer_there("window")
    assert (browser.status, browser.address) == (200, DONE), browser.text


async def test_an_id_token_that_proves_nothing_signs_nobody_in(meeting: Meeting) -> None:
    now = int(meeting.desk.clock().timestamp())
    others: dict[str, tuple[dict[str, Any], ...]] = {
        "id_token.nonce": ({"nonce": "another"}, {"nonce": None}, {"nonce": 7}),
        "token.iss": ({"iss": "https://another.example"}, {"iss": meeting.provider.issuer + "/"}, {"iss": None}),
        "token.aud": ({"aud": "another"}, {"aud": ["another"]}, {"aud": None}, {"aud": {CLIENT: True}}, {"aud": []}),
        "token.azp": ({"aud": [CLIENT, "another"]}, {"azp": "another"}, {"aud": [CLIENT, "b"], "azp": "b"}),
        "token.exp": ({"exp": now - 100_000}, {"exp": None}, {"exp": "soon"}, {"exp": True}),
        "token.iat": ({"iat": now - 100_000}, {"iat": now + 10**8, "exp": now + 10**9}, {"iat": None}),
        "token.nbf": ({"nbf": now + 10**8},),
        "token.sub": ({"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 256}, {"sub": "某人"}),
        "id_token.at_hash": ({"at_hash": "another"}, {"at_hash": 7}),
        "PROVIDER_NOT_LINKED": ({"sub": "sub-of-nobody"},),
    }
    async with meeting.browser() as browser:
        for why, claims in others.items():
            for one in claims:
                meeting.provider.lies = Lies(claims=one)
                await fails(meeting, browser, why)
        await works(meeting, browser)


def in_parts(*parts: dict[str, Any]) -> str:
    """Header and claims of a token, without a signature."""
    return ".".join(base64url.encode(json.dumps(part).encode()) for part in parts)


async def test_the_algorithm_is_ours_to_choose(meeting: Meeting) -> None:
    own = meeting.provider.keys[0]
    claims = {
        "iss": meeting.provider.issuer,
        "aud": CLIENT,
        "sub": "sub-of-window",
        "nonce": "any",
        "iat": int(meeting.desk.clock().timestamp()),
        "exp": int(meeting.desk.clock().timestamp()) + 300,
    }
    unsigned = in_parts({"alg": "none", "kid": own.kid}, claims)
    secret_head = in_parts({"alg": "HS256", "kid": own.kid}, claims)
    by_public_key = hmac.digest(json.dumps(own.jwk).encode(), secret_head.encode(), "sha256")
    tokens = {
        "token.alg": (f"{unsigned}.", f"{secret_head}.{base64url.encode(by_public_key)}"),
        "token.form": ("", "a.b.c", "....", "<html>", unsigned, "a" * 9000),
        "token.size": ("a" * 20_000, "某.某.某"),
    }
    async with meeting.browser() as browser:
        for why, listed in tokens.items():
            for token in listed:
                meeting.provider.lies = Lies(token=token)
                await fails(meeting, browser, why)
        stranger, weak = a_p256_key(own.kid), an_rsa_key("weak", 1024)
        meeting.provider.lies = Lies(key=stranger)
        await fails(meeting, browser, "token.signature")
        meeting.provider.lies = Lies(key=a_p256_key("unknown"))
        await fails(meeting, browser, "token.kid")
        meeting.provider.keys = [own, weak]
        meeting.provider.lies = Lies(key=weak)
        await fails(meeting, browser, "token.signature")
        meeting.provider.keys = [own]
        await works(meeting, browser)


async def test_answers_that_are_none_are_told_and_bounded(meeting: Meeting) -> None:
    huge = b'{"a": "' + b"x" * LARGEST_ANSWER + b'"}'
    deep = b"[" * 100_000 + b"]" * 100_000
    async with meeting.browser() as browser:
        for part, name in ((DISCOVERY, "discovery"), ("keys", "keys"), ("token", "token")):
            for answer, why in (
                (HTML, f"{name}.type"),
                ((200, JSON, b"<html>"), f"{name}.json"),
                ((200, JSON, huge), f"{name}.size"),
                ((200, JSON, deep), f"{name}.json"),
                ((200, JSON, b"\xff\xfe"), f"{name}.json"),
                ((200, JSON, b"[]"), f"{name}.json"),
                ((302, JSON, b"{}"), f"{name}.redirect"),
                ((307, JSON, b"{}"), f"{name}.redirect"),
                ((404, JSON, b"{}"), f"{name}.status"),
                ((500, "text/html", b"down"), "PROVIDER_AWAY"),
                ((503, JSON, b"{}"), f"{name}.status"),
            ):
                meeting.provider.lies = Lies(answers={part: answer})
                before = meeting.provider.asked[part]
                await fails(meeting, browser, why)
                assert meeting.provider.asked[part] - before == 1, "nothing is followed, nothing is tried in a loop"
        for error, why in (
            ("invalid_grant", "PROVIDER_REFUSED"),
            ("invalid_client", "token.invalid_client"),
            ("<script>", "token.status"),
        ):
            meeting.provider.lies = Lies(answers={"token": (400, JSON, json.dumps({"error": error}).encode())})
            await fails(meeting, browser, why)
            assert "<script>" not in browser.text
        meeting.provider.lies = Lies(answers={"token": (200, JSON, b'{"id_token": 7}')})
        await fails(meeting, browser, "token.id_token")
        await works(meeting, browser)


async def test_what_it_says_about_itself_leads_nowhere_else(meeting: Meeting) -> None:
    issuer = meeting.provider.issuer
    lies: tuple[dict[str, Any], ...] = (
        {"issuer": issuer + "/"},
        {"issuer": "https://another.example"},
        {"token_endpoint": "https://another.example/token"},
        {"token_endpoint": "http://localhost:80/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": issuer.replace("https://", "https://user@") + "/token"},
        {"token_endpoint": None},
        {"jwks_uri": "https://169.254.169.254/latest"},
        {"jwks_uri": "https://localhost:99999/keys"},
        {"authorization_endpoint": "https://another.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": issuer + "/authorize#x"},
        {"authorization_endpoint": issuer + "/authorize\r\nSet-Cookie: a=b"},
        {"authorization_endpoint": [issuer]},
        {"code_challenge_methods_supported": ["plain"]},
        {"response_types_supported": ["token"]},
    )
    async with meeting.browser() as browser:
        for lie in lies:
            meeting.provider.lies = Lies(discovery=lie)
            await fails(meeting, browser, f"discovery.{next(iter(lie))}")
        assert meeting.provider.asked["authorize"] == 0
        meeting.provider.lies = Lies(discovery={"end_session_endpoint": "https://another.example/"})
        await browser.to_provider()
        await browser.answer_there("window")
        await browser.go_on()
        await browser.post("/sign-out")
        assert "another.example" not in browser.text


async def test_a_provider_that_never_answers_is_told_in_time_and_passwords_go_on(meeting: Meeting) -> None:
    async with meeting.browser() as browser:
        for part in (DISCOVERY, "keys", "token"):
            meeting.provider.lies = Lies(stuck={part})
            async with asyncio.timeout(20):
                await fails(meeting, browser, "PROVIDER_AWAY")
        meeting.provider.lies = Lies(stuck={DISCOVERY})
        meeting.console.regions.clock.pass_time(hours=2)
        asked = meeting.provider.asked[DISCOVERY]
        for _ in range(5):
            await browser.to_provider()
            assert browser.status == 503
            assert "稍后再试, 或用登录名和密码登录" in browser.text
            assert "本系统与认证平台之间" in browser.text
        assert meeting.provider.asked[DISCOVERY] == asked + 1, "who did not answer is not asked again at once"
        await browser.sign_in("window")
        assert (browser.status, browser.address) == (200, "/")


async def test_a_provider_of_another_authority_is_not_spoken_with(tmp_path: Path) -> None:
    async with a_meeting(tmp_path) as meeting, meeting.browser() as browser:
        calls = ProviderCalls(meeting.authorities[1], 5.0)
        with pytest.raises(GatewayError) as told:
            await calls.read(f"{meeting.provider.issuer}/.well-known/openid-configuration", "discovery")
        assert (told.value.reason, told.value.facts) == (Reason.PROVIDER_AWAY, {"why": "tls"})
        await browser.to_provider()
        assert browser.status == 200


def address_back(meeting: Meeting, **fields: str) -> str:
    """The address by which the provider would send a browser back."""
    return f"{DONE}?{urlencode({'iss': meeting.provider.issuer} | fields)}"


async def caught(meeting: Meeting, browser: Browser, login: str = "window") -> dict[str, str]:
    """Begin a sign-in, sign in at the provider, and stop before the way back is followed; return what it says."""
    await browser.to_provider()
    fields = dict(meeting.provider.way_in)
    async with browser.session.post(browser.where, data=fields | {"login": login}, allow_redirects=False) as answer:
        back = urlsplit(answer.headers["Location"])
    return {name: values[0] for name, values in parse_qs(back.query).items()}


async def test_an_answer_counts_once_and_only_in_the_browser_that_asked(meeting: Meeting) -> None:
    async with meeting.browser() as attacker, meeting.browser() as victim:
        said = await caught(meeting, attacker)

        # Login CSRF: the victim is made to follow the attacker's way back, with no sign-in under way, and with one.
        await victim.get(address_back(meeting, **said))
        assert (victim.status, "PROVIDER_ATTEMPT_OVER" in victim.text) == (409, True)
        await victim.to_provider()
        await victim.get(address_back(meeting, **said))
        assert "PROVIDER_ATTEMPT_OVER" in victim.text
        # A code put into another's sign-in: state is right, verifier and nonce are not.
        await victim.to_provider()
        state = meeting.provider.way_in["state"]
        await victim.get(address_back(meeting, code=said["code"], state=state))
        assert (victim.status, meeting.provider.refused[-1]) == (401, "invalid_grant")
        await victim.get("/account")
        assert victim.address == "/sign-in"

        jar = dict(attacker.cookies())
        await attacker.get(address_back(meeting, **said))
        assert attacker.status == 200
        # The same again, with the cookie put back as it was.
        async with attacker.session.get(
            attacker.url + address_back(meeting, **said),
            headers={"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())},
        ) as answer:
            assert answer.status == 409
        asked = meeting.provider.asked["token"]
        await asyncio.gather(*(attacker.get(address_back(meeting, **said)) for _ in range(3)))
        assert meeting.provider.asked["token"] == asked


async def test_of_two_at_once_with_the_same_answer_one_gets_in(meeting: Meeting) -> None:
    async with meeting.browser() as browser:
        said = await caught(meeting, browser)

        async def follow() -> int:
            async with browser.session.get(browser.url + address_back(meeting, **said)) as answer:
                return answer.status

        assert sorted(await asyncio.gather(*(follow() for _ in range(4)))) == [200, 409, 409, 409]
        assert meeting.provider.asked["token"] == 1


async def test_a_sign_in_is_over_after_ten_minutes(meeting: Meeting) -> None:
    async with meeting.browser() as browser:
        said = await caught(meeting, browser)
        meeting.console.regions.clock.pass_time(minutes=10, seconds=1)
        await browser.get(address_back(meeting, **said))
        assert "PROVIDER_ATTEMPT_OVER" in browser.text
        assert meeting.provider.asked["token"] == 0


async def test_an_answer_of_another_provider_is_not_taken_for_this_ones(meeting: Meeting) -> None:
    async with meeting.browser() as browser:
        for iss in ("https://another.example", meeting.provider.issuer + "/", ""):
            said = await caught(meeting, browser)
            await browser.get(f"{DONE}?{urlencode(said | {'iss': iss})}")
            assert "answer.iss" in browser.text
            browser.session.cookie_jar.clear(lambda cookie: cookie.key == "sso")
        assert meeting.provider.asked["token"] == 0, "the code is given to nobody"


async def test_strange_answers_are_answered_calmly(meeting: Meeting) -> None:
    async with meeting.browser() as browser:
        for query in (
            "",
            "?code=a",
            "?state=",
            "?state=a&state=b&code=c",
            "?code=a&code=b",
            f"?state={'x' * 5000}",
            "?state=%00%ff&code=%F0%9F%98%80",
            "?error=<script>alert(1)</script>&state=a",
        ):
            await browser.get(DONE + query)
            assert browser.status == 409, query
            assert "<script>alert" not in browser.text
        for changes, why in (
            ({"error": "access_denied", "code": ""}, "access_denied"),
            ({"error": "<script>alert(1)</script>", "code": ""}, "PROVIDER_REFUSED"),
            ({"code": ""}, "answer.code"),
            ({"code": "x" * 4096}, "PROVIDER_REFUSED"),
        ):
            said = await caught(meeting, browser)
            await browser.get(address_back(meeting, **said | changes))
            assert why in browser.text, changes
            assert "<script>alert" not in browser.text
            browser.session.cookie_jar.clear(lambda cookie: cookie.key == "sso")
        await browser.to_provider()
        await browser.answer_there("window", deny="yes")
        assert browser.status == 401
        assert "access_denied" in browser.text


async def test_nobody_is_led_to_another_site_by_signing_in(meeting: Meeting) -> None:
    async with meeting.browser() as browser:
        for to in ("//evil.example/", "https://evil.example/", "/\\evil.example", "/a b", 'x"><script>', "/%0d%0a"):
            await browser.to_provider(f"/sign-in/provider?{urlencode({'to': to})}")
            if 'name="login"' in browser.text:
                await browser.answer_there("window")
            assert browser.status == 200
            assert "evil.example" not in browser.text
            assert "<script>" not in browser.text.replace('<script src="/static', "")
            await browser.go_on()
            assert browser.url in browser.where


async def test_an_account_that_is_closed_is_closed_for_the_provider_too(meeting: Meeting) -> None:
    async with meeting.browser() as officer, meeting.browser() as clerk:
        await officer.sign_in("security")
        person = f"/people/{await meeting.person('window')}"
        await officer.get(person)
        fields = {"login": "window", "name": "王", "staff_number": "1", "organisation": "中心", "roles": "window"}
        await officer.post(person, **fields, division="500114000000")
        assert officer.address == person
        await clerk.sign_in_there("window")
        assert "PROVIDER_NOT_LINKED" in clerk.text


async def test_without_a_provider_its_addresses_say_so(tmp_path: Path) -> None:
    async with a_console(tmp_path) as console, console.visitor() as visitor:
        assert "/sign-in/provider" not in await visitor.get("/sign-in")
        for path in ("/sign-in/provider", DONE, "/signed-out"):
            await visitor.get(path)
            assert (visitor.status, "PROVIDER_OFF" in visitor.text) == (404, True)
        await visitor.post("/sign-in/provider/logout", logout_token="a.b.c")
        assert visitor.status == 404
