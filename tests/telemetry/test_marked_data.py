"""Marked personal data and secrets go through every door; no log line, metric, error, address or step of a trace repeats them.

Whole gateways with every loop, at `log.level: debug`, every request traced to a collector over OTLP.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.app import running
from gateway.app.run import Running
from gateway.app.world import real_world
from gateway.case.errors import GatewayError
from gateway.cli.demo_data import agreements, event, file_material
from gateway.cli.federation import LocalSystem, make_sites
from gateway.cli.tree import run
from gateway.local.progress import CODE_HEADER
from gateway.settings import load_divisions, load_settings
from gateway.trust.dsse import ENVELOPE_PAYLOAD
from gateway.wire.codec import sealed_to_bytes
from gateway.wire.envelope import Sealed, Signature
from tests.build import a_digest
from tests.flows.test_nothing_personal_leaks import MARKS, connected, everything, marked_request
from tests.flows.test_the_whole_gateway import ENSHI, NAMES, QIANJIANG, Pair

MORE_MARKS = {
    "note": "居民麒麟标来电询问",
    "recipient": "貔貅标代领",
    "member of staff": "覃标记远山",
    "summary": "申请人系独居麒麟标",
    "token": "eyJhbGciOiJFUzI1NiJ9.bWFya2Vk.bWFya2VkLXNpZ25hdHVyZQ",
    "idempotency key": "key-of-13987654321-marked",
    "query": "麒麟标查询",
}


@dataclass
class Told:
    """Everything the gateways said to anybody, apart from answers to whoever may have them.

    Attributes:
        errors: bodies and headers of answers that refuse.
        steps: what the collector of traces was sent.
    """

    pair: Pair
    gateways: dict[str, Running]
    steps: list[bytes]
    errors: list[str] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)

    async def ask(self, code: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Call as a local system; what refuses is kept."""
        site = self.pair.sites[code]
        sent = {"Authorization": f"Bearer {site.api_key}", "Content-Type": "application/json"} | headers
        data = body if isinstance(body, bytes) or body is None else json.dumps(body, ensure_ascii=False).encode()
        async with self.pair.session.request(method, f"{site.url}{path}", data=data, headers=sent) as answer:
            text = await answer.text()
            if answer.status >= 400:
                self.errors.append(f"{text} {dict(answer.headers)}")
            else:
                self.errors.append(json.dumps({"Location": answer.headers.get("Location", "")}))
            return answer.status, json.loads(text) if "\n{" not in text.strip() and text.startswith("{") else text

    async def act(self, code: str, number: str, word: str, **rest: Any) -> tuple[int, Any]:
        """Do something to a case as a member of staff whose name is marked."""
        body: dict[str, Any] = dict(event(word, code, datetime.now(UTC), **rest))
        body["actor"] |= {"name": MORE_MARKS["member of staff"]}
        return await self.ask(code, "POST", f"/v1/cases/{number}/events", body)

    async def measure(self) -> None:
        """Scrape every gateway."""
        for site in self.pair.sites.values():
            connector = aiohttp.UnixConnector(str(site.folder / "data" / "control.sock"))
            async with (
                aiohttp.ClientSession(connector=connector) as operator,
                operator.get("http://gateway/metrics") as answer,
            ):
                self.measured.append(await answer.text())


@asynccontextmanager
async def collector(steps: list[bytes]) -> AsyncIterator[str]:
    """Take what gateways send over OTLP; yields the endpoint."""

    async def take(request: web.Request) -> web.Response:
        steps.append(await request.read())
        return web.Response(content_type="application/x-protobuf")

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1/traces"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def talkative_pair(folder: Path) -> AsyncIterator[Told]:
    """Two gateways that say all they ever say."""
    steps: list[bytes] = []
    async with AsyncExitStack() as on:
        endpoint = await on.enter_async_context(collector(steps))
        settings_text = (
            f"\nlog:\n  level: debug\ntraces:\n  endpoint: {endpoint}\n  sample: 1\n"
            f"metrics:\n  listen: 127.0.0.1:0\n{connected(folder)}"
        )
        sites = make_sites(
            folder,
            NAMES,
            now=datetime.now(UTC),
            secret=secrets.token_bytes,
            agreements=agreements,
            extra_settings=settings_text,
            retry={"first_wait": "1s", "longest_wait": "1s"},
        )
        gateways = {}
        session = await on.enter_async_context(aiohttp.ClientSession())
        async with AsyncExitStack() as alive:
            for code, site in sites.items():
                settings, findings = load_settings(site.folder / "gateway.yaml", load_divisions())
                assert settings, findings
                gateways[code] = await alive.enter_async_context(running(settings, real_world()))
            systems = {code: LocalSystem(site, session) for code, site in sites.items()}
            told = Told(Pair(sites, systems, session), gateways, steps)
            yield told


async def supplements_results_and_refusals(told: Told, number: str) -> None:
    """What happens to a case after it was accepted."""
    asked = [{"requirement_id": "r1", "what": MARKS["remark"], "material_id": "m1"}]
    content = MARKS["file"].encode() * 1001
    await told.act(ENSHI, number, "supplement_requested", requirements=asked)
    await told.ask(
        QIANJIANG, "PUT", f"/v1/materials/{a_digest(content)}", content, **{"Content-Type": "application/octet-stream"}
    )
    scan = file_material("m1", "身份证", a_digest(content), len(content), MARKS["file name"]) | {"version": 2}
    for answers in (["r1"], ["r9"]):
        await told.act(
            QIANJIANG, number, "supplemented", materials=[scan], requirement_ids=answers, form={"说明": MARKS["form"]}
        )
    await told.act(ENSHI, number, "note", text=MORE_MARKS["note"])
    await told.act(ENSHI, number, "suspended", reason=MARKS["remark"])
    await told.act(ENSHI, number, "extended", reason=MARKS["remark"])
    await told.act(ENSHI, number, "decided", decision="denied", reason=MARKS["remark"], document_number=MARKS["name"])
    await told.act(QIANJIANG, number, "delivered", way="origin_window", recipient_name=MORE_MARKS["recipient"])
    await told.act(QIANJIANG, number, "evaluated", comment=MARKS["name"])
    await told.act(QIANJIANG, number, "withdrawn", reason=MARKS["remark"])
    await told.act(ENSHI, number, "not_accepted", reason=MARKS["remark"])


async def refused_at_the_local_door(told: Told, number: str, code: str) -> None:
    """Malformed, unauthenticated, misaddressed, misspelt."""
    sample = marked_request("QJ-M1", b"x")
    whole = json.dumps(sample, ensure_ascii=False)
    bearer = {"Authorization": f"Bearer {MORE_MARKS['token']}"}
    for body in (
        whole[:-1].encode(),
        whole.replace('"kind"', f'"{MARKS["certificate"]}"').encode(),
        whole.encode("gbk"),
        whole.encode() + b"\xff",
        json.dumps([MARKS["name"]]).encode(),
        (whole[:-1] + f', "applicant": "{MARKS["name"]}"}}').encode(),
        whole.replace("entrusted", MARKS["name"]).encode(),
        json.dumps(sample | {"handler": {"division": MARKS["phone"]}}).encode(),
        json.dumps(
            sample | {"delivery": {"way": "mail", "recipient": MARKS["name"], "phone": MARKS["phone"]}}
        ).encode(),
        json.dumps(
            sample | {"agent": {"name": MARKS["name"], "certificate_number": "1" + MARKS["certificate"]}}
        ).encode(),
        json.dumps(sample | {"summary": MORE_MARKS["summary"], "received_at_window": MARKS["name"]}).encode(),
    ):
        for path in ("/v1/cases", "/v1/joint-cases"):
            await told.ask(QIANJIANG, "POST", path, body)
    lines = b"\n".join([whole.encode(), whole[:-1].encode()])
    status, answers = await told.ask(
        QIANJIANG, "POST", "/v1/cases/batch", lines, **{"Content-Type": "application/x-ndjson"}
    )
    told.errors.append(json.dumps([status, answers], ensure_ascii=False))
    for path in (
        f"/v1/cases/{MARKS['certificate']}",
        f"/v1/{MORE_MARKS['query']}",
        f"/v1/cases?applicant={MORE_MARKS['query']}&{MARKS['certificate']}=1&state={MARKS['phone']}",
        f"/v1/cases/{number}?{MARKS['phone']}={MARKS['name']}",
        f"/v1/materials/{MARKS['certificate']}",
        f"/v1/items/{MARKS['certificate']}",
        f"/v1/feed?after={MARKS['phone']}",
    ):
        await told.ask(QIANJIANG, "GET", path)
        await told.ask(QIANJIANG, "GET", path, **bearer)
    await told.ask(QIANJIANG, "GET", "/v1/feed", Authorization=f"Basic {MORE_MARKS['token']}")
    await told.ask(QIANJIANG, "POST", "/v1/cases", whole.encode(), **{"Idempotency-Key": MORE_MARKS["idempotency key"]})
    await told.ask(QIANJIANG, "POST", "/v1/cases", b"{}", **{"Idempotency-Key": MORE_MARKS["idempotency key"]})
    await told.ask(QIANJIANG, "POST", "/v1/cases", whole.encode(), traceparent=MARKS["certificate"])
    await told.ask(QIANJIANG, "GET", f"/v1/progress?number={number}", **{CODE_HEADER: code})
    await told.ask(QIANJIANG, "POST", "/v1/progress", {"number": MARKS["certificate"], "code": code})
    await told.ask(QIANJIANG, "GET", f"/v1/progress?number={number}&code={MARKS['phone']}")


async def refused_at_the_peering_door(told: Told) -> None:
    """What a partner sends that nobody could have sealed."""
    gateway = told.gateways[QIANJIANG].gateway
    partner = gateway.registry.current().of(ENSHI)
    assert partner is not None
    marked = "".join(MARKS.values()).encode()
    for payload_type in (ENVELOPE_PAYLOAD, MARKS["name"]):
        forged = sealed_to_bytes(Sealed(marked, payload_type, (Signature(b"x" * 64, "k" * 43),)))
        try:
            answers = await gateway.courier.deliver(partner, [forged])
            told.errors.append(repr(answers))
        except GatewayError as error:
            told.errors.append(f"{error} {error.cause} {error.fix}")


async def commands(told: Told, number: str) -> None:
    """What an operator types, over the control socket."""
    home = str(told.pair.sites[QIANJIANG].folder)
    for words in (
        ["cases", "list"],
        ["cases", "show", number],
        ["cases", "show", number, "--json"],
        ["cases", "show", MARKS["certificate"]],
        ["queue", "list"],
        ["partners", "list"],
        ["items", "show", MARKS["phone"]],
    ):
        await asyncio.to_thread(run, [*words, "--home", home])


async def edits(told: Told) -> None:
    """A partner file is edited, with what does not belong there."""
    (file,) = (told.pair.sites[QIANJIANG].folder / "partners").glob(f"{ENSHI}-*.yaml")
    good = file.read_text("utf-8")
    file.write_text(f"# {MARKS['name']} {MARKS['phone']}\n{good}\nnotes: [{MARKS['name']}]\n", "utf-8")
    for _ in range(3):
        await told.gateways[QIANJIANG].gateway.going_live.look()
    file.write_text(good, "utf-8")
    await told.gateways[QIANJIANG].gateway.going_live.look()


async def test_no_mark_is_found_in_what_the_gateways_say(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with talkative_pair(tmp_path) as told:
        told.errors += await everything(told.pair)
        listed = await told.ask(QIANJIANG, "GET", "/v1/cases")
        number = listed[1]["cases"][0]["case_id"]
        content = MARKS["file"].encode() * 1000
        status, opened = await told.ask(QIANJIANG, "POST", "/v1/cases", marked_request("QJ-M0", content))
        assert status == 202, opened
        told.secrets |= {"query code": opened["query_code"]}
        await supplements_results_and_refusals(told, number)
        await refused_at_the_local_door(told, number, opened["query_code"])
        await refused_at_the_peering_door(told)
        await edits(told)
        await told.measure()
        said_so_far = "".join(capfd.readouterr())
        await commands(told, number)
        shown = "".join(capfd.readouterr())
        for code, site in told.pair.sites.items():
            told.secrets[f"API key of {code}"] = site.api_key
            told.secrets |= {f"key {key.name}": _inside(key) for key in site.folder.rglob("*.key")}
    said = said_so_far + "".join(capfd.readouterr())
    places = {
        "a log": said,
        "a metric": "".join(told.measured),
        "an error": "\n".join(told.errors),
        "a step of a trace": b"".join(told.steps).decode("utf-8", "replace"),
        "a page of a command": shown,
    }
    assert len(said.splitlines()) > 40
    assert len(told.errors) > 60
    assert len(told.steps) > 0
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert {line["region"] for line in lines if "region" in line} == {ENSHI, QIANJIANG}
    submitted = next(line for line in lines if line["event"] == "case.submitted")
    received = next(line for line in lines if line["event"] == "envelope.received")
    assert submitted["trace"] == received["trace"], "one trace id on both sides"
    assert submitted["case_id"] == received["case_id"]
    assert (submitted["partner"], received["partner"]) == (ENSHI, QIANJIANG)
    leaks = [
        f"{what} in {place}: …{text[max(text.index(mark) - 120, 0) : text.index(mark) + 60]}…"
        for place, text in places.items()
        for what, mark in (MARKS | MORE_MARKS | told.secrets).items()
        if mark in text and not _is_told_on_purpose(what, place)
    ]
    assert not leaks, "\n".join(leaks)


def _is_told_on_purpose(what: str, place: str) -> bool:
    """A command shows the staff that acted, and the operator typed what it looks for."""
    return place == "a page of a command" and what in ("member of staff", "certificate", "phone")


def _inside(key: Path) -> str:
    """A line from within a private key."""
    lines = key.read_text("ascii").splitlines()
    return lines[1][:40]
