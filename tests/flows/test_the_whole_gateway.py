"""Whole gateways with every door open and every loop running: HTTP in at one region, the feed out at the other."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from gateway.app import running
from gateway.app.world import real_world
from gateway.cli.demo_data import agreements, card_case, event
from gateway.cli.federation import LocalSystem, Site, make_sites
from gateway.settings import load_divisions, load_settings
from gateway.trust.keys import new_key
from gateway.trust.suites import P256, KeyUse

ENSHI, QIANJIANG = "422800", "500114"
NAMES = {ENSHI: "恩施州", QIANJIANG: "黔江区"}
QUIET = "\nlog:\n  level: info\n"


@dataclass
class Pair:
    """Two running regions and a local system in each."""

    sites: dict[str, Site]
    systems: dict[str, LocalSystem]
    session: aiohttp.ClientSession

    async def call(self, code: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        return await self.systems[code].call(method, path, body, headers=headers)

    async def next_news(self, code: str, after: int = 0) -> dict[str, Any]:
        """The next thing a local system learns; waits for it."""
        status, answer = await self.call(code, "GET", f"/v1/feed?after={after}&limit=1&wait=20")
        assert status == 200, answer
        (item,) = answer["items"]
        return dict(item)


@asynccontextmanager
async def a_pair(
    folder: Path, system_text: str = "", *, dials_only: str = "", more_settings: str = ""
) -> AsyncIterator[Pair]:
    now = datetime.now(UTC)
    sites = make_sites(
        folder,
        NAMES,
        now=now,
        secret=secrets.token_bytes,
        agreements=agreements,
        extra_settings=QUIET + more_settings,
        dials_only=(dials_only,),
        retry={"first_wait": "1s", "longest_wait": "1s"},
    )
    if system_text:
        (sites[QIANJIANG].folder / "systems" / "signer.yaml").write_text(system_text, encoding="utf-8")
    async with AsyncExitStack() as on:
        for site in sites.values():
            settings, findings = load_settings(site.folder / "gateway.yaml", load_divisions())
            assert settings, findings
            await on.enter_async_context(running(settings, real_world()))
        session = await on.enter_async_context(aiohttp.ClientSession())
        yield Pair(sites, {code: LocalSystem(site, session) for code, site in sites.items()}, session)


def a_request(number: str = "QJ-1", **changes: Any) -> dict[str, Any]:
    return card_case(QIANJIANG, ENSHI, number, datetime.now(UTC), []) | changes


async def test_a_case_goes_in_at_one_door_and_comes_out_at_the_other(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        raw = json.dumps(a_request(), ensure_ascii=False).replace("90071992547409931234", "90071992547409931234.50")
        status, answer = await pair.call(QIANJIANG, "POST", "/v1/cases", raw.encode())
        assert status == 202, answer
        number = answer["case_id"]
        arrived = await pair.next_news(ENSHI)
        assert (arrived["kind"], arrived["case_id"], arrived["state"]) == ("case", number, "awaiting_sign_off")
        async with pair.session.get(
            f"{pair.sites[ENSHI].url}/v1/cases/{number}",
            headers={"Authorization": f"Bearer {pair.sites[ENSHI].api_key}"},
        ) as seen:
            assert '"旧卡流水号": 90071992547409931234.50' in await seen.text(), "the exact characters of the form"

        status, _ = await pair.call(ENSHI, "POST", "/v1/feed/confirm", {"up_to": arrived["position"]})
        assert status == 200
        signed = event("received_by_handler", ENSHI, datetime.now(UTC), handler_number="ES-9")
        status, acted = await pair.call(ENSHI, "POST", f"/v1/cases/{number}/events", signed, **{"If-Match": '"1"'})
        assert (status, acted["case_version"]) == (201, 2), acted
        first = await pair.next_news(QIANJIANG)
        second = await pair.next_news(QIANJIANG, after=first["position"])
        assert {first["kind"], second["kind"]} == {"receipt", "event"}
        status, seen_case = await pair.call(QIANJIANG, "GET", f"/v1/cases/{number}")
        assert (seen_case["state"], seen_case["handler_number"]) == ("with_handler", "ES-9")

        stale = await pair.call(ENSHI, "POST", f"/v1/cases/{number}/events", signed, **{"If-Match": '"1"'})
        assert (stale[0], stale[1]["reason"]) == (412, "STALE")
        listed = await pair.call(QIANJIANG, "GET", "/v1/cases?state=with_handler&limit=10")
        assert [case["case_id"] for case in listed[1]["cases"]] == [number]
        assert listed[1]["cases"][0]["applicant"] == "向**"


async def test_a_batch_answers_each_line_on_its_own(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        lines = [a_request("QJ-1"), a_request("QJ-2", handler={"division": "422899"}), a_request("QJ-3")]
        body = "\n".join(json.dumps(line, ensure_ascii=False) for line in [*lines, lines[0]]).encode()
        headers = {
            "Authorization": f"Bearer {pair.sites[QIANJIANG].api_key}",
            "Content-Type": "application/x-ndjson",
        }
        url = f"{pair.sites[QIANJIANG].url}/v1/cases/batch"
        async with pair.session.post(url, data=body, headers=headers) as answer:
            answers = [json.loads(line) for line in (await answer.read()).splitlines()]
        assert [one["status"] for one in answers] == [202, 422, 202, 202]
        ids = [one.get("answer", one).get("case_id") for one in answers]
        assert ids[0] == ids[3] != ids[2]


async def test_everything_wrong_with_a_request_is_told_at_once_in_both_languages(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        wrong = a_request(mode="by pigeon", delivery={"way": "mail"}, surprise=1)
        wrong["applicant"] |= {"certificate_number": "422801199001010027"}
        status, problem = await pair.call(QIANJIANG, "POST", "/v1/cases", wrong)
        assert (status, problem["reason"]) == (422, "BAD_REQUEST")
        paths = {finding["path"] for finding in problem["findings"]}
        assert {"mode", "applicant.certificate_number", "surprise"} <= paths
        assert all(finding["problem"]["zh"] and finding["fix"]["en"] for finding in problem["findings"])
        assert "422801199001010027" not in json.dumps(problem), "no personal value in an error"


async def test_only_registered_systems_get_in_by_key_or_by_a_token_of_their_own(tmp_path: Path) -> None:
    key = new_key(KeyUse.TOKEN, P256)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = key.private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    text = (
        "name: signer\ntitle: 示例\nstatus: active\ncredential:\n  jwt:\n    issuer: signer\n    audience: tongban:500114\n"
        "    algorithm: ES256\n    public_key: |\n" + "".join(f"      {line}\n" for line in pem.splitlines())
    ) + "may: [submit, read]\n"
    async with a_pair(tmp_path, text) as pair:
        site = pair.sites[QIANJIANG]
        second = int(datetime.now(UTC).timestamp())
        claims = {"iss": "signer", "aud": "tongban:500114", "iat": second, "exp": second + 60}
        token = jwt.encode(claims, key.private, algorithm="ES256")
        body = json.dumps(a_request("S-1"), ensure_ascii=False).encode()
        statuses = []
        for credential in (token, token[:-4] + "AAAA", "tbk_nobody", ""):
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {credential}"}
            async with pair.session.post(f"{site.url}/v1/cases", data=body, headers=headers) as answer:
                statuses.append(answer.status)
                number = (await answer.json()).get("case_id", "")
            if len(statuses) == 1:
                own = number
        assert statuses == [202, 401, 401, 401]
        other = await pair.call(QIANJIANG, "GET", f"/v1/cases/{own}")
        assert (other[0], other[1]["reason"]) == (404, "CASE_UNKNOWN"), "a case of another system is unknown"
        headers = {"Authorization": f"Bearer {token}"}
        async with pair.session.get(f"{site.url}/v1/feed?after=0", headers=headers) as forbidden:
            assert (forbidden.status, (await forbidden.json())["reason"]) == (403, "LOCAL_NOT_ALLOWED")


@pytest.mark.parametrize("keyed", [True, False], ids=["with a key", "without"])
async def test_submitting_at_the_same_moment_twice_makes_one_case(tmp_path: Path, keyed: bool) -> None:
    async with a_pair(tmp_path) as pair:
        headers = {"Idempotency-Key": "one"} if keyed else {}
        request = a_request("QJ-7")
        answers = await asyncio.gather(
            *(pair.call(QIANJIANG, "POST", "/v1/cases", request, **headers) for _ in range(8))
        )
        assert {status for status, _ in answers} == {202}
        assert len({answer["case_id"] for _, answer in answers}) == 1


async def test_the_operators_socket_is_the_owners_alone_and_shows_metrics(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        await pair.call(QIANJIANG, "POST", "/v1/cases", a_request())
        await pair.next_news(QIANJIANG)
        socket = pair.sites[QIANJIANG].folder / "data" / "control.sock"
        assert socket.stat().st_mode & 0o777 == 0o600
        connector = aiohttp.UnixConnector(str(socket))
        async with aiohttp.ClientSession(connector=connector) as operator:
            async with operator.get("http://gateway/v1/cases") as listed:
                assert len((await listed.json())["cases"]) == 1
            async with operator.get("http://gateway/metrics") as metrics:
                told = await metrics.text()
            for line in (
                'tongban_cases_submitted_total{partner="422800"} 1.0',
                'tongban_envelopes_delivered_total{partner="422800"} 1.0',
                'tongban_envelopes_settled_total{outcome="accepted",partner="422800"} 1.0',
                'tongban_envelopes_waiting{partner="422800"} 0.0',
            ):
                assert line in told


async def test_a_region_that_only_dials_out_collects_by_itself(tmp_path: Path) -> None:
    async with a_pair(tmp_path, dials_only=ENSHI) as pair:
        status, answer = await pair.call(QIANJIANG, "POST", "/v1/cases", a_request())
        assert status == 202, answer
        arrived = await pair.next_news(ENSHI)
        assert (arrived["kind"], arrived["case_id"]) == ("case", answer["case_id"])
        receipt = await pair.next_news(QIANJIANG)
        assert (receipt["kind"], receipt["state"]) == ("receipt", "awaiting_sign_off")
