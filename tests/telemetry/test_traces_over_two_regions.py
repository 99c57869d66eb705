"""One trace goes through both regions: whole gateways over HTTP and gRPC, their steps collected in memory."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from gateway.app.collecting_traces import collect_steps, spans_of
from gateway.cli.demo_data import event
from gateway.settings import load_divisions, load_settings
from gateway.telemetry.open_telemetry import OpenTelemetrySpans
from gateway.telemetry.spans import FACTS
from tests.flows.local_doors import WINDOW_KEY, by, door_of
from tests.flows.regions import Region, Regions, regions
from tests.telemetry.marked_requests import MARKS, a_marked_request

ENSHI, QIANJIANG = "422800", "500114"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SAMPLED = f"00-{TRACE}-00f067aa0ba902b7-01"


@dataclass
class Traced:
    """Two regions and the steps each of them told."""

    both: Regions
    told: dict[str, InMemorySpanExporter]

    def steps(self, code: str, name: str = "") -> list[ReadableSpan]:
        return [one for one in self.told[code].get_finished_spans() if name in ("", one.name)]

    def everything(self) -> list[ReadableSpan]:
        return [one for code in self.told for one in self.steps(code)]


@asynccontextmanager
async def traced_regions(folder: Path, *, share: float = 0.0, wires: str = "grpc") -> AsyncIterator[Traced]:
    async with AsyncExitStack() as on:
        both = await on.enter_async_context(regions(folder, QIANJIANG, ENSHI, wires=wires))
        told = {}
        for region in both.all.values():
            told[region.code] = InMemorySpanExporter()
            spans = OpenTelemetrySpans(
                told[region.code], region=region.code, version="t", sample=share, clock=both.clock, at_once=True
            )
            on.callback(spans.close)
            collect_steps(region.gateway, spans)
        yield Traced(both, told)


def parent_of(step: ReadableSpan) -> int:
    assert step.parent is not None
    return step.parent.span_id


def id_of(step: ReadableSpan) -> int:
    assert step.context is not None
    return step.context.span_id


def trace_of(step: ReadableSpan) -> str:
    assert step.context is not None
    return f"{step.context.trace_id:032x}"


async def test_one_case_is_one_trace_from_the_window_to_the_other_region_and_back(tmp_path):
    async with traced_regions(tmp_path) as seen:
        ours = seen.both[QIANJIANG]
        async with door_of(ours) as door:
            headers = by(WINDOW_KEY) | {"traceparent": SAMPLED}
            async with door.post("/v1/cases", json=a_marked_request("QJ-T1"), headers=headers) as answer:
                number = (await answer.json())["case_id"]
                assert answer.headers["Tongban-Trace"] == TRACE
        await seen.both.carry(ours)

        (request,) = seen.steps(QIANJIANG, "POST /v1/cases")
        (submit,) = seen.steps(QIANJIANG, "submit")
        (deliver,) = seen.steps(QIANJIANG, "deliver")
        (settle,) = seen.steps(QIANJIANG, "settle")
        (receive,) = seen.steps(ENSHI, "receive")
        one_trace = (request, submit, deliver, settle, receive)
        assert {trace_of(one) for one in one_trace} == {TRACE}
        assert parent_of(request) == int("00f067aa0ba902b7", 16)
        assert parent_of(submit) == id_of(request)
        assert [parent_of(one) for one in (deliver, settle, receive)] == [id_of(submit)] * 3
        assert (request.kind, submit.kind, receive.kind) == (SpanKind.SERVER, SpanKind.PRODUCER, SpanKind.CONSUMER)
        assert request.attributes["http.response.status_code"] == 202
        assert request.attributes["http.route"] == "/v1/cases"
        assert {one.attributes["tongban.case_id"] for one in (submit, deliver, settle, receive)} == {number}
        assert (deliver.attributes["tongban.partner"], receive.attributes["tongban.partner"]) == (ENSHI, QIANJIANG)
        assert not seen.steps(QIANJIANG, "flight"), "a flight is a trace of its own, and this one was not chosen"


async def test_the_way_back_is_traced_as_well(tmp_path):
    async with traced_regions(tmp_path) as seen:
        ours, theirs = seen.both[QIANJIANG], seen.both[ENSHI]
        number = await ours.submit(ours.a_case(to=ENSHI))
        await seen.both.carry(ours)
        assert seen.everything() == [], "nobody asked for a trace, and the share is nothing"
        async with door_of(theirs) as door:
            headers = by(WINDOW_KEY) | {"traceparent": SAMPLED}
            signed = event("received_by_handler", ENSHI, seen.both.clock(), handler_number="ES-1")
            async with door.post(f"/v1/cases/{number}/events", json=signed, headers=headers) as answer:
                assert answer.status == 201, await answer.text()
        await seen.both.carry(theirs)
        names = Counter(one.name for one in seen.steps(ENSHI))
        assert names == {"POST /v1/cases/{case_id}/events": 1, "act": 1, "deliver": 1, "settle": 1}
        (receive,) = seen.steps(QIANJIANG)
        assert (receive.name, trace_of(receive)) == ("receive", TRACE)
        (act,) = seen.steps(ENSHI, "act")
        assert act.attributes["tongban.event"] == "ReceivedByHandler"
        assert parent_of(receive) == id_of(act)


async def test_a_flight_is_linked_with_every_envelope_on_it(tmp_path):
    async with traced_regions(tmp_path, share=1.0, wires="direct") as seen:
        ours = seen.both[QIANJIANG]
        for _ in range(3):
            await ours.submit(ours.a_case(to=ENSHI))
        await seen.both.carry(ours)
        (flight,) = seen.steps(QIANJIANG, "flight")
        submits = seen.steps(QIANJIANG, "submit")
        assert {link.context.span_id for link in flight.links} == {id_of(one) for one in submits}
        assert flight.attributes["messaging.batch.message_count"] == 3
        delivers = seen.steps(QIANJIANG, "deliver")
        assert {link.context.span_id for one in delivers for link in one.links} == {id_of(flight)}
        assert len({trace_of(one) for one in submits}) == 3
        assert {trace_of(one) for one in seen.steps(ENSHI, "receive")} == {trace_of(one) for one in submits}


async def test_what_fails_says_why_and_is_tried_again_in_the_same_trace(tmp_path):
    async with traced_regions(tmp_path, share=1.0, wires="direct") as seen:
        ours = seen.both[QIANJIANG]
        ours.courier.down.add(ENSHI)
        await ours.submit(ours.a_case(to=ENSHI))
        await seen.both.carry(ours)
        ours.courier.down.clear()
        await seen.both.pass_time(hours=1)
        await seen.both.carry(ours)
        first, second = seen.steps(QIANJIANG, "deliver")
        assert first.status.status_code is StatusCode.ERROR
        assert first.attributes["error.type"] == "PARTNER_UNREACHABLE"
        assert second.status.status_code is not StatusCode.ERROR
        assert trace_of(first) == trace_of(second) == trace_of(seen.steps(QIANJIANG, "settle")[0])


async def test_the_same_share_chooses_the_same_traces_on_both_sides(tmp_path):
    async with traced_regions(tmp_path, share=0.5, wires="direct") as seen:
        ours = seen.both[QIANJIANG]
        for _ in range(24):
            await ours.submit(ours.a_case(to=ENSHI))
        await seen.both.carry(ours)
        here = {trace_of(one) for one in seen.steps(QIANJIANG, "submit")}
        assert 2 <= len(here) <= 22
        assert {trace_of(one) for one in seen.steps(ENSHI, "receive")} == here


async def test_steps_hold_nothing_but_what_is_on_the_list_and_nothing_personal(tmp_path):
    async with traced_regions(tmp_path, share=1.0) as seen:
        ours = seen.both[QIANJIANG]
        async with door_of(ours) as door:
            for body in (a_marked_request("QJ-T2"), a_marked_request("QJ-T3") | {"mode": MARKS["name"]}):
                async with door.post("/v1/cases", json=body, headers=by(WINDOW_KEY)) as answer:
                    assert answer.status in (202, 422)
            async with door.get(f"/v1/cases/{MARKS['number']}", headers=by(WINDOW_KEY)) as answer:
                assert answer.status == 404
        await seen.both.carry(ours)
        told = seen.everything()
        assert len(told) > 6
        assert {name for one in told for name in one.attributes or {}} <= set(FACTS.values())
        everything = "".join(one.to_json() for one in told)
        for what, mark in MARKS.items():
            assert mark not in everything, what


async def test_without_a_collector_nothing_is_begun_and_the_courier_is_the_same(tmp_path):
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        ours = both[QIANJIANG]
        courier = ours.gateway.courier
        async with spans_of(ours.settings, "t", both.clock) as spans:
            collect_steps(ours.gateway, spans)
            assert not spans.on
            assert ours.gateway.courier is courier
            await _one_case(both, ours)


async def _one_case(both: Regions, ours: Region) -> None:
    await ours.submit(ours.a_case(to=ENSHI))
    await both.carry(ours)


async def test_an_endpoint_in_the_settings_makes_a_collector(tmp_path):
    from gateway.cli.homes import Plan, make_home
    from gateway.settings import Address

    home = make_home(
        tmp_path / "home",
        Plan(region=QIANJIANG, name="黔江区", peering=Address("127.0.0.1", 1), endpoints=()),
        now=datetime(2026, 11, 25, tzinfo=UTC),
        divisions=load_divisions(),
        secret=bytes,
    )
    text = home.settings_file.read_text("utf-8")
    home.settings_file.write_text(text + "\ntraces:\n  endpoint: http://127.0.0.1:9/v1/traces\n  sample: 1\n", "utf-8")
    settings, findings = load_settings(home.settings_file, load_divisions())
    assert settings, findings
    async with spans_of(settings, "t", lambda: datetime(2026, 11, 25, tzinfo=UTC)) as spans:
        assert spans.on
