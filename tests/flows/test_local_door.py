"""The local door over real HTTP, with flows that only remember what they were asked."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count

import pytest
from aiohttp import ClientError, ClientSession
from aiohttp.test_utils import TestClient, TestServer
from jsonschema import Draft202012Validator

from gateway.case.ailments import Ailment, Checkup, Found
from gateway.case.clock.words import Light
from gateway.case.errors import GatewayError
from gateway.case.events import Accepted, Actor, Event, Note
from gateway.case.lifecycle import Standing
from gateway.case.reasons import Reason
from gateway.case.states import Party, State
from gateway.flows.act import OPERATOR, Acted
from gateway.flows.delivery.release import Released
from gateway.flows.look import CaseView, EventView, FeedItem
from gateway.flows.materials.transfer import MaterialState
from gateway.flows.submit import Submitted
from gateway.local.api import TRACE_HEADER, local_app
from gateway.local.canonical_in import read_case
from gateway.local.door import Health, LocalFlows
from gateway.local.feed import LONGEST_WAIT
from gateway.local.routes import ROUTES
from gateway.local.system_file import May, Status
from gateway.local.systems import System, Systems, TokenCredential
from gateway.store.cases import CaseRow
from gateway.store.events import EventRow
from tests.unit.local.local_build import (
    NOW,
    as_bytes,
    divisions,
    event,
    put,
    sample,
    sample_bytes,
    shipped_system,
)

TestClient.__test__ = TestServer.__test__ = False

KEY = "tb_sys_example"
CASE_ID = "TB50011420261124XXXXXXXXXXXXXX"[:29]
BYTES = bytes(range(256)) * 1000
SHA = hashlib.sha256(BYTES).hexdigest()


@dataclass
class Flows:
    """Remembers what it was asked; `refuses` makes the next calls fail."""

    asked: list[object] = field(default_factory=list)
    refuses: Exception | None = None
    stored: bytearray = field(default_factory=bytearray)
    rows: list[tuple[CaseRow, str]] = field(default_factory=list)
    feed: list[FeedItem] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    in_charge: str = "zongchuang"
    confirmed: bool = True

    def note(self, asked):
        self.asked.append(asked)
        if self.refuses:
            raise self.refuses

    async def submit(self, submission):
        self.note(submission)
        if submission.case.origin_number == "bad luck":
            raise RuntimeError("disk on fire")
        repeated = submission.case.origin_number == "again"
        return Submitted(CASE_ID, State.FORWARDED, NOW, "422800", repeated=repeated)

    async def act(self, deed):
        self.note(deed)
        return Acted("e-1", deed.case_id, State.ACCEPTED, 4 if self.confirmed else None, repeated=False)

    async def look_at_case(self, system, case_id):
        self.note((system, case_id))
        if case_id != CASE_ID:
            raise GatewayError(Reason.CASE_UNKNOWN)
        return a_view(self.in_charge)

    async def list_cases(self, wanted, limit):
        self.note((wanted, limit))
        rows = [row for row in self.rows if wanted.after is None or (row[0].opened_at, row[0].case_id) < wanted.after]
        return [(row, name, ()) for row, name in rows[:limit]]

    async def submit_joint(self, submission):
        self.note(submission)

    async def act_on_joint(self, deed):
        self.note(deed)

    async def look_at_joint(self, system, parent_id):
        self.note((system, parent_id))

    async def list_joint(self, systems, after, limit):
        self.note((systems, after, limit))
        return []

    async def progress(self, enquiry):
        self.note(enquiry)

    async def list_items(self, wanted, limit):
        self.note((wanted, limit))
        return []

    async def find_item(self, wanted):
        self.note(wanted)
        raise GatewayError(Reason.ITEM_NOT_PUBLISHED, place="恩施州", item=wanted.item)

    async def compare_items(self, division, item):
        self.note((division, item))
        raise GatewayError(Reason.NO_PARTNER, division=division, division_name=division)

    async def import_items(self, definitions, actor):
        self.note((definitions, actor))

    async def claim_case(self, system, case_id):
        self.note((system, case_id))

    async def release_case(self, system, case_id):
        self.note((system, case_id))
        return Released(case_id, State.FORWARDED, "422800")

    async def read_feed(self, system, after, limit):
        self.note((system, after, limit))
        return [item for item in self.feed if item.position > after][:limit]

    async def confirm_feed(self, system, up_to):
        self.note((system, up_to))
        return sum(item.position <= up_to for item in self.feed)

    async def await_feed(self, system, after, seconds):
        self.waiting.set()
        await asyncio.wait_for(self.news.wait(), seconds)

    async def material_state(self, system, sha256):
        return MaterialState(sha256, len(BYTES), len(self.stored), complete=len(self.stored) == len(BYTES))

    async def take_material(self, system, sha256, size, offset, chunks):
        self.note((system, sha256, size, offset))
        if offset != len(self.stored):
            raise GatewayError(Reason.MATERIAL_OFFSET, offset=len(self.stored))
        async for chunk in chunks:
            self.stored += chunk
        return MaterialState(sha256, size, len(self.stored), complete=len(self.stored) == size)

    async def give_material(self, system, sha256, offset):
        self.note((system, sha256, offset))
        if sha256 != SHA:
            raise GatewayError(Reason.MATERIAL_UNKNOWN)

        async def chunks() -> AsyncIterator[bytes]:
            for at in range(offset, len(BYTES), 10_000):
                yield BYTES[at : at + 10_000]

        return len(BYTES), chunks()

    def bound(self):
        names = (
            "submit act look_at_case list_cases claim_case release_case read_feed confirm_feed await_feed "
            "material_state take_material give_material submit_joint act_on_joint look_at_joint list_joint progress "
            "list_items find_item import_items compare_items"
        )
        return LocalFlows(**{name: getattr(self, name) for name in names.split()})


def a_row(number=0, system="zongchuang"):
    return CaseRow(
        case_id=CASE_ID if number == 0 else f"TB{number:027d}",
        party=Party.ORIGIN,
        partner="422800",
        agreement="示例1号",
        powers=frozenset(),
        system=system,
        origin_number=f"QJ-{number}",
        handler_number="",
        basic_code="000120011000",
        item_name="社会保障卡补领",
        mode="entrusted",
        origin_division="500114",
        handler_division="422802",
        standing=Standing.at(State.WITH_HANDLER),
        case_version=3,
        our_sequence=1,
        their_sequence=1,
        request_sha256=None,
        applicant_key=b"",
        private=b"",
        opened_at=NOW + timedelta(seconds=number),
        changed_at=NOW,
    )


def an_event():
    return Event("e-1", Actor("示例经办", "422802"), NOW, NOW, Accepted("受〔2026〕1号"))


def a_view(system):
    row = EventRow(CASE_ID, "e-1", "v-1", "422800", 1, 3, "Accepted", "folded", NOW, NOW, NOW)
    case = read_case(sample_bytes(), NOW)
    return CaseView(a_row(0, system), case, (EventView(an_event(), row),), (), (Note,))


def an_item(position, *, kind="event"):
    return FeedItem(
        position=position,
        kind=kind,
        case_id=CASE_ID,
        at=NOW,
        note="LIFECYCLE" if kind == "receipt" else "",
        case=read_case(sample_bytes(), NOW) if kind == "case" else None,
        event=an_event() if kind == "event" else None,
        state=State.ACCEPTED,
        case_version=3,
        party=Party.HANDLER,
    )


def a_system(name="zongchuang", key=KEY, **more):
    made = shipped_system(name)
    return replace(made, status=Status.ACTIVE, keys=frozenset({hashlib.sha256(key.encode()).hexdigest()}), **more)


@asynccontextmanager
async def a_door(flows, *systems: System, missing=(), verify=None, caller=None, routes=ROUTES):
    numbers = count(1)
    snapshot = Systems.of(systems or (a_system(),), divisions())
    app = local_app(
        flows.bound(),
        lambda: snapshot,
        lambda: NOW,
        lambda: f"0193f3c0-0000-7000-8000-{next(numbers):012d}",
        Health(lambda: Checkup(tuple((Found(one), NOW) for one in missing), NOW)),
        verify,
        caller,
        routes,
    )
    async with TestClient(TestServer(app), headers={"Authorization": f"Bearer {KEY}"}) as client:
        yield client


@pytest.fixture
async def flows():
    return Flows()


@pytest.fixture
async def door(flows):
    async with a_door(flows) as client:
        yield client


async def problem(response, reason, status):
    content = await response.json(content_type="application/problem+json")
    assert (content["reason"], response.status, content["status"]) == (reason.value, status, status)
    assert content["trace"] == response.headers[TRACE_HEADER]
    return content


async def fits(door: ClientSession, name: str, content: object) -> None:
    described = await (await door.get("/v1/openapi.json")).json()
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    assert [error.message for error in Draft202012Validator(schema).iter_errors(content)] == []


def json_body(body):
    return {"data": as_bytes(body), "headers": {"Content-Type": "application/json"}}


async def test_a_case_is_taken_over(door, flows):
    raw = sample_bytes()
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k-1", "traceparent": traceparent}
    response = await door.post("/v1/cases", data=raw, headers=headers)
    assert response.status == 202
    assert response.headers["Location"] == f"/v1/cases/{CASE_ID}"
    content = await response.json()
    assert content["case_id"] == CASE_ID
    assert content["state_name"]["zh"] == "转办中"
    await fits(door, "Submitted", content)
    [asked] = flows.asked
    assert (asked.system, asked.idempotency_key, asked.traceparent) == ("zongchuang", "k-1", traceparent)
    assert asked.request_sha256 == hashlib.sha256(raw).digest()
    assert response.headers[TRACE_HEADER] == traceparent[3:35]


async def test_a_trace_is_begun_when_the_caller_has_none(door, flows):
    response = await door.post("/v1/cases", **json_body(sample()))
    trace = response.headers[TRACE_HEADER]
    assert flows.asked[0].traceparent.split("-")[1] == trace


async def test_a_repeat_gets_the_same_answer_and_is_marked(door):
    first = await door.post("/v1/cases", **json_body(sample()))
    again = await door.post("/v1/cases", **json_body(put(sample(), "origin_number", "again")))
    assert await again.json() == await first.json()
    assert again.status == first.status
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers


async def test_everything_wrong_is_told_and_nothing_is_submitted(door, flows):
    response = await door.post("/v1/cases", **json_body(put(put(sample(), "mode", "x"), "origin.division", "1")))
    content = await problem(response, Reason.BAD_REQUEST, 422)
    assert {finding["path"] for finding in content["findings"]} == {"mode", "origin.division"}
    await fits(door, "Problem", content)
    assert flows.asked == []


async def test_what_a_flow_refuses_is_a_problem_in_the_callers_language(door, flows):
    flows.refuses = GatewayError(Reason.NO_PARTNER, division="420000")
    body = json_body(sample())
    body["headers"]["Accept-Language"] = "en"
    content = await problem(await door.post("/v1/cases", **body), Reason.NO_PARTNER, 422)
    assert content["detail"] == content["cause"]["en"]


async def test_an_unexpected_error_tells_a_trace_and_nothing_else(door, flows):
    flows.refuses = RuntimeError("secret detail")
    response = await door.post("/v1/cases", **json_body(sample()))
    content = await problem(response, Reason.INTERNAL, 500)
    assert "secret detail" not in json.dumps(content)
    assert content["trace"] in content["detail"]


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {KEY}", f"Bearer {KEY}x", "Bearer " + "x" * 5000],
)
async def test_nobody_without_a_registered_key_gets_in(door, flows, authorization):
    response = await door.get("/v1/cases", headers={"Authorization": authorization})
    await problem(response, Reason.LOCAL_UNAUTHENTICATED, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert flows.asked == []


async def test_a_sample_system_gets_nowhere(flows):
    async with a_door(flows, replace(a_system(), status=Status.SAMPLE)) as door:
        await problem(await door.get("/v1/feed"), Reason.LOCAL_UNAUTHENTICATED, 401)


async def test_a_token_is_believed_when_its_verifier_believes_it(flows):
    owner = TokenCredential("zc", "tongban:500114", "ES256", "pem")
    system = replace(a_system(), keys=frozenset(), token=owner)
    seen = []

    def verify(token, credential, now):
        seen.append((credential, now))
        return token == "good"

    async with a_door(flows, system, verify=verify) as door:
        assert (await door.get("/v1/feed", headers={"Authorization": "Bearer good"})).status == 200
        response = await door.get("/v1/feed", headers={"Authorization": "Bearer bad"})
        await problem(response, Reason.LOCAL_UNAUTHENTICATED, 401)
    assert seen == [(owner, NOW)] * 2


@pytest.mark.parametrize(
    ("may", "method", "path"),
    [
        (May.SUBMIT, "POST", "/v1/cases"),
        (May.SUBMIT, "POST", "/v1/cases/batch"),
        (May.READ, "GET", "/v1/cases"),
        (May.READ, "GET", f"/v1/cases/{CASE_ID}"),
        (May.ACT, "POST", f"/v1/cases/{CASE_ID}/events"),
        (May.CLAIM, "POST", f"/v1/cases/{CASE_ID}/claim"),
        (May.SUBMIT, "POST", f"/v1/cases/{CASE_ID}/release"),
        (May.MATERIALS, "PUT", f"/v1/materials/{SHA}"),
        (May.MATERIALS, "GET", f"/v1/materials/{SHA}"),
        (May.FEED, "GET", "/v1/feed"),
        (May.FEED, "POST", "/v1/feed/confirm"),
    ],
)
async def test_each_address_demands_its_permission(flows, may, method, path):
    async with a_door(flows, a_system(may=frozenset(May) - {may})) as door:
        content = await problem(await door.request(method, path), Reason.LOCAL_NOT_ALLOWED, 403)
        assert may.value in content["cause"]["en"]
    assert flows.asked == []


async def test_an_unknown_address_is_a_problem(door):
    await problem(await door.get("/v1/nothing"), Reason.ROUTE_UNKNOWN, 404)


async def test_an_unknown_method_is_a_problem_that_lists_the_known_ones(door):
    response = await door.delete("/v1/cases")
    await problem(response, Reason.METHOD_NOT_ALLOWED, 405)
    assert response.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("content_type", ["text/plain", "application/json; charset=gbk", "application/x-ndjson"])
async def test_another_media_type_is_refused(door, content_type):
    response = await door.post("/v1/cases", data=b"{}", headers={"Content-Type": content_type})
    await problem(response, Reason.UNSUPPORTED_MEDIA, 415)


async def test_a_body_above_a_megabyte_is_refused(door, flows):
    big = as_bytes(put(sample(), "summary", "x" * 1024 * 1024))
    response = await door.post("/v1/cases", data=BytesIO(big), headers={"Content-Type": "application/json"})
    content = await problem(response, Reason.REQUEST_TOO_LARGE, 413)
    assert "1048576" in content["detail"]


async def test_a_body_of_no_announced_length_is_bounded_too(door):
    async def endless():
        for _ in range(64):
            yield b" " * 65536

    response = await door.post("/v1/cases", data=endless(), headers={"Content-Type": "application/json"})
    await problem(response, Reason.REQUEST_TOO_LARGE, 413)


@pytest.mark.parametrize("key", ["x" * 201, "a b", "键"])
async def test_an_idempotency_key_has_bounds(door, key):
    body = json_body(sample())
    body["headers"]["Idempotency-Key"] = key
    content = await problem(await door.post("/v1/cases", **body), Reason.BAD_REQUEST, 422)
    assert content["findings"][0]["path"] == "Idempotency-Key"


def ndjson(*lines):
    return {"data": b"\n".join(lines) + b"\n", "headers": {"Content-Type": "application/x-ndjson"}}


async def test_each_line_of_a_batch_is_answered_on_its_own_in_order(door, flows):
    lines = [
        as_bytes(put(sample(), "origin_number", "A")),
        as_bytes(put(sample(), "mode", "x")),
        b"{",
        as_bytes(put(sample(), "origin_number", "bad luck")),
        as_bytes(put(sample(), "origin_number", "B")),
    ]
    body = ndjson(*lines)
    body["headers"]["Idempotency-Key"] = "day-1"
    response = await door.post("/v1/cases/batch", **body)
    assert response.status == 200
    answers = [json.loads(line) for line in (await response.text()).splitlines()]
    assert [(answer["line"], answer["status"]) for answer in answers] == [
        (1, 202), (2, 422), (3, 400), (4, 500), (5, 202),
    ]  # fmt: skip
    assert answers[1]["problem"]["findings"][0]["path"] == "mode"
    assert "disk on fire" not in json.dumps(answers[3])
    for answer in answers:
        await fits(door, "BatchLine", answer)
    assert {asked.idempotency_key for asked in flows.asked} == {"day-1:1", "day-1:4", "day-1:5"}


async def test_lines_of_a_batch_are_submitted_together(flows):
    together = asyncio.Barrier(3)
    submit = flows.submit

    async def waiting(submission):
        await together.wait()
        return await submit(submission)

    flows.submit = waiting
    async with a_door(flows) as door:
        response = await door.post("/v1/cases/batch", **ndjson(*[as_bytes(sample())] * 3))
        assert len((await response.text()).splitlines()) == 3


@pytest.mark.parametrize("lines", [0, 257])
async def test_a_batch_has_one_to_256_lines(door, lines):
    response = await door.post("/v1/cases/batch", **ndjson(*[b"{}"] * lines))
    content = await problem(response, Reason.BAD_REQUEST, 422)
    assert content["findings"][0]["path"] == "lines"


async def test_a_foreign_request_is_mapped_by_its_systems_file(flows):
    async with a_door(flows, a_system("epoint-flat")) as door:
        raw = sample_bytes("epoint-flat")
        headers = {"Content-Type": "application/json"}
        response = await door.post("/v1/systems/epoint-flat/cases", data=raw, headers=headers)
        assert response.status == 202
        assert flows.asked[0].case.applicant.name == "示例甲"
        body = json_body(put(sample("epoint-flat"), "certtype", "51"))
        content = await problem(await door.post("/v1/systems/epoint-flat/cases", **body), Reason.UNMAPPED_CODE, 422)
        assert "certificate" in content["detail"]
        assert content["findings"][0]["path"] == "certtype"


async def test_nobody_submits_in_another_systems_name(flows):
    async with a_door(flows, a_system("epoint-flat")) as door:
        response = await door.post("/v1/systems/guangdong-nested/cases", **json_body({}))
        await problem(response, Reason.LOCAL_NOT_ALLOWED, 403)


async def test_a_system_without_a_mapping_has_no_format_of_its_own(door):
    response = await door.post("/v1/systems/zongchuang/cases", **json_body({}))
    await problem(response, Reason.LOCAL_NOT_ALLOWED, 403)


async def test_a_case_is_read_by_the_system_in_charge(door):
    response = await door.get(f"/v1/cases/{CASE_ID}")
    assert response.headers["ETag"] == '"3"'
    text = await response.text()
    assert '"bankSerial": 90071992547409931234567890' in text
    content = json.loads(text)
    assert content["case"]["applicant"]["name"] == "示例·买买提"
    assert content["possible_events"] == ["note"]
    assert content["events"][0]["acceptance_number"] == "受〔2026〕1号"
    await fits(door, "CaseView", content)


async def test_a_case_of_another_system_is_not_there(door, flows):
    flows.in_charge = ""
    await problem(await door.get(f"/v1/cases/{CASE_ID}"), Reason.CASE_UNKNOWN, 404)


async def test_an_operator_at_the_socket_sees_every_case(flows):
    operator = replace(a_system(), name=OPERATOR)
    async with a_door(flows, caller=lambda request: operator) as door:
        assert (await door.get(f"/v1/cases/{CASE_ID}", headers={"Authorization": ""})).status == 200
        assert (await door.get("/v1/cases")).status == 200
    assert flows.asked[-1][0].systems == ()


async def test_cases_are_listed_page_by_page_without_gap_or_repeat(door, flows):
    flows.rows = [(a_row(number), "示**") for number in range(7, 0, -1)]
    found, query = [], {"limit": "3", "state": "with_handler"}
    while True:
        content = await (await door.get("/v1/cases", params=query)).json()
        await fits(door, "CaseList", content)
        found += [case["origin_number"] for case in content["cases"]]
        if content["next_cursor"] is None:
            break
        query["cursor"] = content["next_cursor"]
    assert found == [f"QJ-{number}" for number in range(7, 0, -1)]
    wanted, limit = flows.asked[0]
    assert (wanted.systems, wanted.state, limit) == (("zongchuang",), "with_handler", 4)


async def test_unclaimed_cases_are_listed_for_who_may_claim(flows):
    async with a_door(flows) as door:
        assert (await door.get("/v1/cases?unclaimed=true")).status == 200
        assert flows.asked[0][0].systems == ("",)
    async with a_door(flows, a_system(may=frozenset({May.READ}))) as door:
        await problem(await door.get("/v1/cases?unclaimed=true"), Reason.LOCAL_NOT_ALLOWED, 403)


async def test_every_filter_reaches_the_store(door, flows):
    query = "party=origin&partner=422800&item=000120011000&opened_from=2026-11-01T00:00:00%2B08:00&opened_to=2026-12-01T00:00:00Z&light=overdue&due_within=3d"
    assert (await door.get(f"/v1/cases?{query}")).status == 200
    [(wanted, _)] = flows.asked
    assert (wanted.party, wanted.partner, wanted.basic_code) == ("origin", "422800", "000120011000")
    assert wanted.opened_from == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert wanted.opened_to == datetime(2026, 12, 1, tzinfo=UTC)
    assert (wanted.light, wanted.due_before) == (Light.OVERDUE, NOW + timedelta(days=3))


async def test_everything_wrong_with_a_query_is_told_at_once(door):
    query = "state=x&party=y&item=1&limit=0&opened_from=today&cursor=%25%25&light=red&due_within=soon&colour=red&partner=1&partner=2"
    content = await problem(await door.get(f"/v1/cases?{query}"), Reason.BAD_REQUEST, 422)
    assert {finding["path"].removeprefix("query.") for finding in content["findings"]} == {
        "state", "party", "item", "limit", "opened_from", "cursor", "light", "due_within", "colour", "partner",
    }  # fmt: skip


async def test_an_event_of_the_handler_has_a_version(door, flows):
    body = json_body(event(documents=[{"kind": "acceptance_notice", "title": "受理通知书"}]))
    body["headers"] |= {"If-Match": '"3"', "Idempotency-Key": "k"}
    response = await door.post(f"/v1/cases/{CASE_ID}/events", **body)
    assert (response.status, response.headers["ETag"]) == (201, '"4"')
    content = await response.json()
    assert content["confirmed"] is True
    await fits(door, "Acted", content)
    [deed] = flows.asked
    assert (deed.if_match, deed.idempotency_key, deed.case_id) == (3, "k", CASE_ID)
    assert deed.request_sha256 == hashlib.sha256(body["data"]).digest()


async def test_an_event_of_the_origin_waits_for_the_handler(door, flows):
    flows.confirmed = False
    response = await door.post(f"/v1/cases/{CASE_ID}/events", **json_body(event("withdrawn")))
    assert response.status == 202
    assert "ETag" not in response.headers
    content = await response.json()
    assert (content["confirmed"], content["case_version"]) == (False, None)


async def test_a_stale_act_is_told_the_present_version(door, flows):
    flows.refuses = GatewayError(Reason.STALE, version=5)
    body = json_body(event())
    body["headers"]["If-Match"] = '"3"'
    response = await door.post(f"/v1/cases/{CASE_ID}/events", **body)
    await problem(response, Reason.STALE, 412)
    assert response.headers["ETag"] == '"5"'


@pytest.mark.parametrize("if_match", ["3", 'W/"3"', '"3", "4"', '"x"'])
async def test_an_if_match_that_is_no_version_is_refused(door, if_match):
    body = json_body(event())
    body["headers"]["If-Match"] = if_match
    await problem(await door.post(f"/v1/cases/{CASE_ID}/events", **body), Reason.PRECONDITION, 400)


async def test_any_version_will_do_with_an_asterisk(door, flows):
    body = json_body(event())
    body["headers"]["If-Match"] = "*"
    assert (await door.post(f"/v1/cases/{CASE_ID}/events", **body)).status == 201
    assert flows.asked[0].if_match is None


async def test_a_backdated_event_needs_a_reason(door, flows):
    body = put(event(), "occurred_at", "2026-11-18T09:00:00+08:00")
    content = await problem(await door.post(f"/v1/cases/{CASE_ID}/events", **json_body(body)), Reason.BACKDATED, 422)
    assert content["findings"][0]["path"] == "occurred_at"
    assert flows.asked == []


async def test_a_system_posts_only_the_events_its_file_lists(flows):
    async with a_door(flows, a_system(events=frozenset({"note"}))) as door:
        path = f"/v1/cases/{CASE_ID}/events"
        await problem(await door.post(path, **json_body(event())), Reason.LOCAL_NOT_ALLOWED, 403)
        assert (await door.post(path, **json_body(event("note", text="你好")))).status == 201


async def test_a_case_nobody_received_is_claimed(door, flows):
    response = await door.post(f"/v1/cases/{CASE_ID}/claim")
    assert await response.json() == {"case_id": CASE_ID, "system": "zongchuang"}
    assert flows.asked == [("zongchuang", CASE_ID)]


async def test_a_case_that_was_not_handed_over_is_sent_anew(door, flows):
    response = await door.post(f"/v1/cases/{CASE_ID}/release")
    assert response.status == 202
    content = await response.json()
    assert (content["case_id"], content["state"], content["partner"]) == (CASE_ID, "forwarded", "422800")
    assert flows.asked == [("zongchuang", CASE_ID)]


async def test_a_file_is_uploaded_whole(door, flows):
    response = await door.put(f"/v1/materials/{SHA}", data=BYTES)
    assert response.status == 201
    assert response.headers["Upload-Complete"] == "?1"
    content = await response.json()
    assert content == {"sha256": SHA, "size": len(BYTES), "offset": len(BYTES), "complete": True}
    await fits(door, "MaterialState", content)
    assert bytes(flows.stored) == BYTES


async def test_an_upload_goes_on_where_it_stopped(door, flows):
    size = len(BYTES)

    async def piece(first, last):
        headers = {"Content-Range": f"bytes {first}-{last}/{size}"}
        return await door.put(f"/v1/materials/{SHA}", data=BYTES[first : last + 1], headers=headers)

    first = await piece(0, 99_999)
    assert (first.status, first.headers["Upload-Offset"], first.headers["Upload-Complete"]) == (200, "100000", "?0")
    ahead = await piece(150_000, size - 1)
    await problem(ahead, Reason.MATERIAL_OFFSET, 409)
    assert ahead.headers["Upload-Offset"] == "100000"
    asked = await door.put(f"/v1/materials/{SHA}", headers={"Content-Range": f"bytes */{size}", "Content-Length": "0"})
    assert (asked.status, (await asked.json())["offset"]) == (200, 100_000)
    head = await door.head(f"/v1/materials/{SHA}")
    assert (head.status, head.headers["Upload-Offset"]) == (204, "100000")
    last = await piece(100_000, size - 1)
    assert (last.status, last.headers["Upload-Complete"]) == (201, "?1")
    assert bytes(flows.stored) == BYTES
    head = await door.head(f"/v1/materials/{SHA}")
    assert (head.status, head.headers["Content-Length"], await head.read()) == (200, str(size), b"")


@pytest.mark.parametrize(
    "content_range",
    ["bytes 0-9/100", "bytes 5-4/100", "bytes 90-100/100", "bytes 0-99/*", "0-99/100", "bytes=0-99/100", "bytes */100"],
)
async def test_a_piece_that_does_not_fit_its_length_is_refused(door, flows, content_range):
    response = await door.put(f"/v1/materials/{SHA}", data=b"x" * 50, headers={"Content-Range": content_range})
    content = await problem(response, Reason.BAD_REQUEST, 422)
    assert content["findings"][0]["path"] == "Content-Range"
    assert flows.asked == []


async def test_an_upload_says_how_long_it_is(door):
    async def chunked():
        yield b"abc"

    content = await problem(await door.put(f"/v1/materials/{SHA}", data=chunked()), Reason.BAD_REQUEST, 422)
    assert content["findings"][0]["path"] == "Content-Length"


@pytest.mark.parametrize("name", [SHA.upper(), SHA[:-1], "etc"])
@pytest.mark.parametrize("method", ["PUT", "GET"])
async def test_a_file_is_named_by_its_digest(door, method, name):
    response = await door.request(method, f"/v1/materials/{name}", data=b"x" if method == "PUT" else None)
    content = await problem(response, Reason.BAD_REQUEST, 422)
    assert content["findings"][0]["path"] == "sha256"


async def test_a_head_that_is_refused_has_no_body(door):
    response = await door.head("/v1/materials/xyz")
    assert (response.status, await response.read()) == (422, b"")


async def test_a_file_is_downloaded_but_never_shown(door):
    response = await door.get(f"/v1/materials/{SHA}")
    assert (response.status, await response.read()) == (200, BYTES)
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    assert response.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-", 100, len(BYTES) - 1),
        ("bytes=9999-10000", 9999, 10000),
        ("bytes=-5", len(BYTES) - 5, len(BYTES) - 1),
        (f"bytes=10-{len(BYTES) * 2}", 10, len(BYTES) - 1),
    ],
)
async def test_a_range_is_sent(door, wanted, first, last):
    response = await door.get(f"/v1/materials/{SHA}", headers={"Range": wanted})
    assert response.status == 206
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{len(BYTES)}"
    assert await response.read() == BYTES[first : last + 1]


@pytest.mark.parametrize(
    "wanted", ["bytes=", "bytes=-", "bytes=5-4", "lines=1-2", f"bytes={len(BYTES)}-", "bytes=0-1,4-5"]
)
async def test_a_range_that_cannot_be_met_gets_the_whole_file(door, wanted):
    response = await door.get(f"/v1/materials/{SHA}", headers={"Range": wanted})
    assert (response.status, len(await response.read())) == (200, len(BYTES))


async def test_a_file_nobody_knows_is_told(door):
    await problem(await door.get(f"/v1/materials/{'0' * 64}"), Reason.MATERIAL_UNKNOWN, 404)


async def test_a_download_that_breaks_is_never_taken_for_a_whole_file(flows):
    async def breaking(system, sha256, offset):
        async def chunks():
            yield BYTES[:10]
            raise OSError("disk")

        return len(BYTES), chunks()

    flows.give_material = breaking
    async with a_door(flows) as door:
        with pytest.raises((ClientError, ConnectionError)):
            await (await door.get(f"/v1/materials/{SHA}")).read()


async def test_a_download_that_takes_too_long_is_broken_off(flows):
    async def stuck(system, sha256, offset):
        async def chunks():
            yield BYTES[:10]
            await asyncio.Event().wait()

        return len(BYTES), chunks()

    flows.give_material = stuck
    hasty = tuple(replace(route, deadline=0) for route in ROUTES)
    async with a_door(flows, routes=hasty) as door:
        with pytest.raises((ClientError, ConnectionError)):
            await (await door.get(f"/v1/materials/{SHA}")).read()


async def test_the_feed_is_read_and_confirmed(door, flows):
    flows.feed = [an_item(4, kind="case"), an_item(5), an_item(9, kind="receipt")]
    content = await (await door.get("/v1/feed?after=0&limit=2")).json()
    await fits(door, "Feed", content)
    assert [item["position"] for item in content["items"]] == [4, 5]
    assert (content["next_after"], content["more"]) == (5, True)
    assert content["items"][0]["case"]["handler"]["division"] == "422802"
    assert content["items"][1]["event"]["event"] == "accepted"
    rest = await (await door.get("/v1/feed?after=5&limit=2")).json()
    assert (rest["items"][0]["reason"], rest["more"]) == ("LIFECYCLE", False)
    confirmed = await door.post("/v1/feed/confirm", **json_body({"up_to": 5}))
    assert await confirmed.json() == {"confirmed": 2}


async def test_a_long_poll_answers_as_soon_as_there_is_news(door, flows):
    waiting = asyncio.ensure_future(door.get("/v1/feed?wait=50"))
    await flows.waiting.wait()
    flows.feed = [an_item(1)]
    flows.news.set()
    content = await (await waiting).json()
    assert [item["position"] for item in content["items"]] == [1]


@pytest.mark.parametrize("query", ["after=-1", "limit=0", "limit=501", "wait=51", "after=x", "since=1"])
async def test_a_feed_query_has_bounds(door, query):
    await problem(await door.get(f"/v1/feed?{query}"), Reason.BAD_REQUEST, 422)


@pytest.mark.parametrize("body", [{}, {"up_to": "5"}, {"up_to": -1}, {"up_to": 5, "x": 1}, {"upto": 5}])
async def test_a_confirmation_is_checked(door, flows, body):
    content = await problem(await door.post("/v1/feed/confirm", **json_body(body)), Reason.BAD_REQUEST, 422)
    assert len(content["findings"]) == 1
    assert flows.asked == []


async def test_a_call_that_takes_too_long_is_ended(flows):
    async def never(system, after, limit):
        await asyncio.Event().wait()

    flows.read_feed = never
    hasty = tuple(replace(route, deadline=0) for route in ROUTES)
    async with a_door(flows, routes=hasty) as door:
        response = await door.get("/v1/feed")
        content = await problem(response, Reason.REQUEST_TIMEOUT, 503)
    assert content["retriable"] is True
    assert response.headers["Retry-After"]


def test_every_address_has_a_deadline_longer_than_its_wait():
    assert all(0 < route.deadline <= 300 for route in ROUTES)
    assert next(route for route in ROUTES if route.name == "readFeed").deadline > LONGEST_WAIT


async def test_health_needs_no_key(flows):
    async with a_door(flows, missing=(Ailment.STORE,)) as door:
        live = await door.get("/health/live", headers={"Authorization": ""})
        ready = await door.get("/health/ready", headers={"Authorization": ""})
        assert (live.status, ready.status) == (200, 503)
        told = await ready.json()
        assert (told["status"], told["missing"]) == ("not_ready", ["store"])
        assert all(told["findings"][0][name] for name in ("since", "cause", "fix"))


async def test_a_ready_gateway_says_so(door):
    told = await (await door.get("/health/ready")).json()
    assert (told["status"], told["missing"], told["findings"]) == ("ready", [], [])


async def test_refusals_hold_no_personal_data_in_the_log(door, caplog):
    body = put(sample(), "applicant.certificate_number", "42280119900101001X")
    await problem(await door.post("/v1/cases", **json_body(body)), Reason.BAD_REQUEST, 422)
    assert "42280119900101001X" not in caplog.text
    assert "示例·买买提" not in caplog.text
