"""What a run leaves in the metrics: the right counts on both sides, bounded labels, a cost that does not grow with the queue."""

import asyncio
import re
from dataclasses import replace

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from gateway.app.local_door import systems_app
from gateway.app.metrics_door import metrics_door
from gateway.app.peering_door import listening
from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import NO_ANSWERS
from gateway.local.routes import ROUTES
from gateway.local.systems import Systems
from gateway.peering.server import peering_server
from gateway.settings import Address, load_divisions
from gateway.store import tallies
from gateway.store.tallies import Mark
from gateway.telemetry import measures
from gateway.telemetry.measures import FREE, LEARNED, NAMES, OWN, WORDS
from gateway.telemetry.metrics import OTHER
from tests.flows.local_doors import WINDOW_KEY, a_system, by
from tests.flows.queue_build import Objection, objecting
from tests.telemetry.observatory import ENSHI, QIANJIANG, Observatory, observatory

Rows = dict[tuple[str, frozenset[tuple[str, str]]], float]


def rows_of(text: str) -> Rows:
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def value(rows: Rows, name: str, **labels: str) -> float:
    return rows.get((name, frozenset(labels.items())), 0.0)


async def scraped(seen: Observatory) -> Rows:
    await seen.health.examine()
    return rows_of((await seen.measuring.text()).decode())


async def a_busy_hour(seen: Observatory) -> str:
    """Cases both ways, one of them through several states, one refused, one of theirs refused by us."""
    ours, theirs = seen.ours, seen.all[ENSHI]
    number = await ours.submit(ours.a_case(to=ENSHI))
    await seen.fly()
    await theirs.act(number, ev.ReceivedByHandler("ES-1"))
    await theirs.act(number, ev.Accepted())
    await seen.all.carry(theirs)
    await ours.act(number, ev.Note("请看"))
    await seen.fly()
    await theirs.submit(theirs.a_case(to=QIANJIANG))
    await seen.all.carry(theirs)
    courier = objecting(seen.all, ours)
    courier.objects = lambda _: Objection.of(Reason.OUTSIDE_AGREEMENT, sealed=True)
    await ours.submit(ours.a_case(to=ENSHI))
    await seen.fly()
    return number


async def test_both_sides_count_what_happened(tmp_path):
    async with observatory(tmp_path, "TongbanNotReady") as seen:
        await a_busy_hour(seen)
        rows = await scraped(seen)
        count = {"partner": ENSHI}
        assert value(rows, "tongban_cases_received_total", **count) == 1
        assert value(rows, "tongban_envelopes_delivered_total", **count) == 3
        assert value(rows, "tongban_envelopes_settled_total", outcome="accepted", **count) == 2
        assert value(rows, "tongban_envelopes_settled_total", outcome="refused", **count) == 1
        assert value(rows, "tongban_envelopes_received_total", outcome="accepted", **count) == 3
        refused = {"direction": "out", "reason": "OUTSIDE_AGREEMENT"}
        assert value(rows, "tongban_envelopes_refused_total", **refused, **count) == 1
        assert value(rows, "tongban_case_events_total", direction="out", kind="note", **count) == 1
        for kind in ("received_by_handler", "accepted"):
            assert value(rows, "tongban_case_events_total", direction="in", kind=kind, **count) == 1
        assert value(rows, "tongban_delivery_seconds_count", **count) == 3
        assert value(rows, "tongban_cases_open", state="accepted") == 1
        assert value(rows, "tongban_cases_open", state="awaiting_sign_off") == 1
        assert value(rows, "tongban_partner_circuit", state="closed", **count) == 1
        assert value(rows, "tongban_health_light", light="green") == 1
        assert value(rows, "tongban_store_size_bytes") > 50_000
        assert value(rows, "tongban_valid_until_timestamp_seconds", partner=OWN, what="certificate") > 0
        assert value(rows, "tongban_valid_until_timestamp_seconds", what="agreement", **count) > 0
        assert value(rows, "process_resident_memory_bytes") > 1_000_000
        again = await scraped(seen)
        assert value(again, "tongban_envelopes_received_total", outcome="accepted", **count) == 3, "once and not twice"


async def test_scrapes_at_the_same_moment_count_once(tmp_path):
    async with observatory(tmp_path, "TongbanNotReady") as seen:
        await a_busy_hour(seen)
        answers = await asyncio.gather(*(seen.measuring.text() for _ in range(5)))
        counted = {value(rows_of(one.decode()), "tongban_cases_received_total", partner=ENSHI) for one in answers}
        assert counted == {1.0}


async def test_every_label_of_a_run_is_of_a_bounded_set(tmp_path):
    async with observatory(tmp_path, "TongbanNotReady") as seen:
        number = await a_busy_hour(seen)
        seen.metrics.case_submitted("999999")
        systems = Systems.of((a_system("window", WINDOW_KEY),), load_divisions())
        async with TestClient(TestServer(systems_app(seen.ours.gateway, systems, seen.metrics))) as door:
            for path in (f"/v1/cases/{number}", "/v1/cases/110101199001011234", "/no/such/path", "/v1/feed"):
                async with door.get(path, headers=by(WINDOW_KEY)):
                    pass
        text = (await seen.measuring.text()).decode()
        labels: dict[str, set[str]] = {}
        series = 0
        for name, pairs in rows_of(text):
            if name.startswith("tongban_"):
                series += 1
                for label, word in pairs:
                    labels.setdefault(label, set()).add(word)
        assert labels["partner"] <= {ENSHI, OWN, OTHER}
        for label, words in labels.items():
            if label in NAMES or label in FREE or label == "le":
                continue
            allowed = {one.name for one in ROUTES} if label in LEARNED else WORDS[label]
            assert words <= allowed | {OTHER}, label
        assert number not in text
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-7", text), "no envelope id"
        assert series < 2000


async def test_requests_at_the_door_are_counted_by_route_and_reason(tmp_path):
    async with observatory(tmp_path, "TongbanNotReady") as seen:
        systems = Systems.of((a_system("window", WINDOW_KEY),), load_divisions())
        app = systems_app(seen.ours.gateway, systems, seen.metrics)
        async with TestClient(TestServer(app)) as door:
            for path in ("/v1/cases/110101199001011234", "/v1/cases/x", "/no/such/path", "/v1/feed"):
                async with door.get(path, headers=by(WINDOW_KEY)):
                    pass
            async with door.get("/v1/feed"):
                pass
        rows = await scraped(seen)
        timed = {
            (dict(labels)["route"], dict(labels)["status"]): count
            for (name, labels), count in rows.items()
            if name == "tongban_http_server_request_duration_seconds_count"
        }
        assert {status for _, status in timed} == {"2xx", "4xx"}
        assert timed[OTHER, "4xx"] == 1, "an unknown address"
        assert sum(timed.values()) == 5
        assert value(rows, "tongban_refusals_total", door="local", reason="CASE_UNKNOWN") == 2
        assert value(rows, "tongban_refusals_total", door="local", reason="ROUTE_UNKNOWN") == 1
        assert value(rows, "tongban_refusals_total", door="local", reason="LOCAL_UNAUTHENTICATED") == 1


async def test_calls_of_partners_are_counted_by_method_and_reason(tmp_path):
    async with observatory(tmp_path, "TongbanNotReady", wires="grpc") as seen:
        theirs = seen.all[ENSHI]
        partner = theirs.gateway.registry.current().of(QIANJIANG)
        assert partner is not None
        here = listening(seen.ours.gateway, seen.ours.settings, seen.log, seen.metrics)
        async with peering_server(replace(here, address="127.0.0.1:0")) as server:
            dialled = replace(
                partner,
                endpoints=(replace(partner.endpoints[0], address=f"127.0.0.1:{server.port}"),),
            )
            await theirs.gateway.courier.describe(dialled)
            with pytest.raises(GatewayError):
                await theirs.gateway.courier.collect(dialled, NO_ANSWERS, 1, 0)
        rows = await scraped(seen)
        counted = "tongban_rpc_server_duration_seconds_count"
        assert value(rows, counted, method="DescribeGateway", outcome="answered") == 1
        assert value(rows, counted, method="CollectEnvelopes", outcome="refused") == 1
        assert value(rows, "tongban_refusals_total", door="peering", reason="NOT_SERVED") == 1


async def test_the_door_for_prometheus_gives_the_metrics_and_nothing_else(tmp_path):
    async with observatory(tmp_path, "TongbanNotReady") as seen:
        async with (
            metrics_door(seen.measuring.text, Address("127.0.0.1", 0)) as address,
            aiohttp.ClientSession() as asks,
        ):
            async with asks.get(f"http://{address}/metrics") as answer:
                assert answer.status == 200
                assert answer.headers["Content-Type"].startswith("text/plain; version=")
                assert "tongban_build_info" in await answer.text()
            for path in ("/", "/v1/cases", "/v1/queue"):
                async with asks.get(f"http://{address}{path}") as answer:
                    assert answer.status == 404
            with pytest.raises(GatewayError, match="CONFIGURATION"):
                async with metrics_door(seen.measuring.text, Address("127.0.0.1", int(address.rpartition(":")[2]))):
                    pass
        async with metrics_door(seen.measuring.text, None) as address:
            assert address == ""


async def test_the_metrics_answer_while_the_store_does_not(tmp_path):
    async with observatory(tmp_path, "TongbanNotReady") as seen:
        await scraped(seen)
        await seen.ours.gateway.database.close()
        rows = await scraped(seen)
        assert value(rows, "tongban_health_light", light="red") == 1
        assert value(rows, "tongban_unwell", ailment="store") == 1


async def test_a_scrape_costs_the_same_however_much_waits(tmp_path):
    async with observatory(tmp_path, "TongbanNotReady") as seen:
        await a_busy_hour(seen)
        plans = await seen.ours.gateway.database.read(
            lambda tx: [
                row[3]
                for sql, params in (
                    (tallies._AUDITED, {"after": 0, "most": 10}),
                    (tallies._RECEIPTED, {"after": 0, "most": 10}),
                    ("SELECT MAX(position) FROM audit", {}),
                    (tallies._PARKED, {"partner": ENSHI, "limit": 9}),
                    (tallies._IN_STATE, {"state": "accepted", "limit": 9}),
                )
                for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", params)
            ]
        )
        whole = [step for step in plans if re.match(r"SCAN (cases|outbox|inbox|audit|evidence|c|o|i)\b", step)]
        assert whole == [], "a table is read whole"


async def test_a_look_goes_on_where_the_last_one_stopped(tmp_path):
    async with observatory(tmp_path, "TongbanNotReady") as seen:
        await a_busy_hour(seen)
        read = seen.ours.gateway.database.read
        whole, end = await read(lambda tx: tallies.since(tx, Mark(0, 0)))
        assert end == await read(tallies.newest)
        mark, received, looks = Mark(0, 0), 0, 0
        while True:
            tally, after = await read(lambda tx, mark=mark: tallies.since(tx, mark, most=2))
            received += sum(tally.receipts.values())
            looks += 1
            if after == mark:
                break
            mark = after
        assert looks > 3
        assert received == sum(whole.receipts.values()) == 3


def test_names_follow_the_field():
    base_units = ("_seconds", "_bytes", "_timestamp_seconds", "_info", "_size")
    for one in measures.ALL:
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", one.name), one.name
        assert not re.search(r"_(ms|milliseconds|minutes|hours|kb|mb|percent|count|sum|bucket|total)$", one.name), (
            one.name
        )
        assert one.meaning[0].isupper() or one.meaning[0].isdigit()
        assert not one.meaning.endswith("."), one.name
        if one.kind is measures.Kind.HISTOGRAM:
            assert one.name.endswith(base_units)
            assert list(one.buckets) == sorted(one.buckets)
        assert one.shown_as.endswith("_total") == (one.kind is measures.Kind.COUNTER)
        assert all(label in {*WORDS, *NAMES, *FREE, *LEARNED} for label in one.labels)
