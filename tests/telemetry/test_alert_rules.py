"""Every shipped alert fires when it should, fed by scrapes of a real gateway brought into that state; none fires on a healthy pair."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer

from gateway.app.local_door import systems_app
from gateway.app.peering_door import listening, telling_rejections
from gateway.app.reloading import Reloading
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.local.systems import Systems
from gateway.settings import load_divisions
from gateway.store import bodies, incarnation, peers
from gateway.telemetry import measures
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import Sealed, Signature
from tests.docs.test_readme import described, shown_commands
from tests.flows.local_doors import WINDOW_KEY, a_system, by
from tests.flows.queue_build import Objection, objecting
from tests.telemetry.observatory import ENSHI, ROOT, Observatory, observatory, rules
from tests.telemetry.promql import names_in

Scenario = Callable[[Observatory], Awaitable[None]]
SCENARIOS: dict[str, Scenario] = {}


def brings(*names: str) -> Callable[[Scenario], Scenario]:
    def keep(scenario: Scenario) -> Scenario:
        SCENARIOS.update(dict.fromkeys(names, scenario))
        return scenario

    return keep


@brings("TongbanMetricsAbsent")
async def nobody_answers(seen: Observatory) -> None:
    seen.changed = lambda _: ""
    await seen.live(minutes=12)


@brings("TongbanNotReady")
async def disk_full(seen: Observatory) -> None:
    seen.free = 0
    await seen.live(minutes=8)


@brings("TongbanDiskLow")
async def disk_fills(seen: Observatory) -> None:
    seen.free = seen.ours.settings.limits.least_free_disk * 3 // 2
    await seen.live(minutes=16)


@brings("TongbanEvidenceFailing")
async def evidence_fails(seen: Observatory) -> None:
    broken = "CREATE TRIGGER broken BEFORE INSERT ON evidence BEGIN SELECT RAISE(ABORT, 'broken'); END"
    await seen.ours.gateway.database.write(lambda tx: tx.execute(broken))
    await seen.live(minutes=4)


@brings("TongbanDeliveryStuck")
async def nothing_leaves(seen: Observatory) -> None:
    await seen.ours.submit(seen.ours.a_case(to=ENSHI))
    seen.between = _nothing
    await seen.live(minutes=20)


@brings("TongbanCommitsFailing")
async def a_group_is_undone(seen: Observatory) -> None:
    await seen.live(minutes=4)

    def ends_it(tx: object) -> None:
        tx._connection.execute("ROLLBACK")  # type: ignore[attr-defined]

    with pytest.raises(GatewayError, match="STORE_NOT_WRITABLE"):
        await seen.ours.gateway.database.write(ends_it)
    await seen.live(minutes=4)


@brings("TongbanClockWrong")
async def the_clock_jumps(seen: Observatory) -> None:
    await seen.live(minutes=4)
    seen.all.clock.jump(hours=3)
    await seen.live(minutes=8)


@brings("TongbanInternalErrors")
async def a_handler_breaks(seen: Observatory) -> None:
    await seen.live(minutes=4)
    systems = Systems.of((a_system("window", WINDOW_KEY),), load_divisions())
    app = systems_app(seen.ours.gateway, systems, seen.metrics)
    database, seen.ours.gateway.database = seen.ours.gateway.database, None  # type: ignore[assignment]
    async with TestClient(TestServer(app)) as client, client.get("/v1/feed?wait=1", headers=by(WINDOW_KEY)) as answer:
        assert answer.status == 500
    seen.ours.gateway.database = database
    await seen.live(minutes=4)


@brings("TongbanRestarting")
async def it_starts_again_and_again(seen: Observatory) -> None:
    for began in range(5):
        seen.changed = lambda text, began=began: re.sub(
            r"(?m)^process_start_time_seconds .*$", f"process_start_time_seconds {began}", text
        )
        await seen.live(minutes=4)


@brings("TongbanFilesOpen")
async def descriptors_run_out(seen: Observatory) -> None:
    limit = next(
        line.split()[1] for line in seen.metrics.text().decode().splitlines() if line.startswith("process_max_fds ")
    )
    seen.changed = lambda text: re.sub(r"(?m)^process_open_fds .*$", f"process_open_fds {float(limit) * 0.9}", text)
    await seen.live(minutes=16)


@brings("TongbanPartnerAway", "TongbanPartnerAwayLong")
async def the_partner_is_away(seen: Observatory) -> None:
    seen.ours.courier.down.add(ENSHI)
    await seen.ours.submit(seen.ours.a_case(to=ENSHI))
    await seen.live(minutes=56)
    assert not seen.fired, "not before the hour is over"
    await seen.live(minutes=12)
    if "TongbanPartnerAwayLong" in seen._alerts:
        assert not seen.fired, "not before the day is over"
        await seen.live(hours=24)


@brings("TongbanCollectorAway")
async def the_partner_does_not_collect(seen: Observatory) -> None:
    await seen.ours.gateway.heard_from(ENSHI)
    await seen.live(hours=1, minutes=12)


@brings("TongbanQueueOld")
async def an_envelope_is_held(seen: Observatory) -> None:
    await seen.ours.submit(seen.ours.a_case(to=ENSHI))
    await _change(seen, "UPDATE outbox SET kept_back = 'held', kept_since = owed_at")
    await seen.live(hours=1, minutes=12)


@brings("TongbanQueueLong")
async def the_queue_is_long(seen: Observatory) -> None:
    seen.between = _nothing
    await seen.ours.submit(seen.ours.a_case(to=ENSHI))
    await _change(seen, _many("outbox", 5001))
    await seen.live(minutes=20)


@brings("TongbanParked")
async def the_partner_objects(seen: Observatory) -> None:
    courier = objecting(seen.all, seen.ours)
    courier.objects = lambda _: Objection.of(Reason.ENVELOPE_ID_CONFLICT)
    await seen.ours.submit(seen.ours.a_case(to=ENSHI))
    await seen.live(hours=3)


@brings("TongbanParkedGrowing")
async def more_and_more_are_parked(seen: Observatory) -> None:
    seen.between = _nothing
    await seen.ours.submit(seen.ours.a_case(to=ENSHI))
    await seen.live(minutes=4)
    await _change(seen, _many("outbox", 20))
    await _change(
        seen, "UPDATE outbox SET kept_back = 'parked', kept_since = owed_at, last_reason = 'VERSION_NOT_KNOWN'"
    )
    await seen.live(minutes=8)


@brings("TongbanDeliverySlow")
async def the_partner_comes_back(seen: Observatory) -> None:
    for _ in range(3):
        seen.ours.courier.down.add(ENSHI)
        for _ in range(5):
            await seen.ours.submit(seen.ours.a_case(to=ENSHI))
        await seen.live(minutes=16)
        seen.ours.courier.down.clear()
        await seen.live(minutes=12)
    await seen.live(minutes=32)


@brings("TongbanRefusedByPartner")
async def the_partner_refuses_all(seen: Observatory) -> None:
    courier = objecting(seen.all, seen.ours)
    courier.objects = lambda _: Objection.of(Reason.OUTSIDE_AGREEMENT, sealed=True)
    for _ in range(11):
        await seen.ours.submit(seen.ours.a_case(to=ENSHI))
    await seen.live(minutes=8)


@brings("TongbanEnvelopeRejected")
async def a_seal_does_not_prove(seen: Observatory) -> None:
    await seen.live(minutes=4)
    theirs = seen.all[ENSHI]
    await theirs.submit(theirs.a_case(to=seen.ours.code))
    (row,) = await theirs.gateway.database.read(lambda tx: tx.rows("SELECT envelope_id FROM outbox"))
    read = theirs.gateway.database.read
    sealed = sealed_from_bytes(await read(lambda tx: bodies.fetch(tx, theirs.gateway.vault, ENSHI, row[0])))
    (good,) = sealed.signatures
    forged = Sealed(sealed.payload, sealed.payload_type, (Signature(bytes(len(good.sig)), good.keyid),))
    receive = telling_rejections(seen.ours.gateway.receive, seen.log, seen.metrics)
    await receive([forged], ENSHI)
    await seen.live(minutes=4)


@brings("TongbanCallersRefused")
async def callers_have_old_tokens(seen: Observatory) -> None:
    await seen.live(minutes=4)
    served = listening(seen.ours.gateway, seen.ours.settings, seen.log, seen.metrics).served
    for _ in range(21):
        served("/tongban.exchange.v1.ExchangeService/DeliverEnvelopes", "", Reason.TOKEN_EXPIRED, 0.001)
    await seen.live(minutes=4)


@brings("TongbanLimitsExceeded")
async def the_partner_floods(seen: Observatory) -> None:
    await seen.live(minutes=4)
    served = listening(seen.ours.gateway, seen.ours.settings, seen.log, seen.metrics).served
    for _ in range(51):
        served("/tongban.exchange.v1.ExchangeService/DeliverEnvelopes", ENSHI, Reason.RATE_EXCEEDED, 0.001)
    await seen.live(minutes=4)


@brings("TongbanClockSkew")
async def the_partners_clock_is_wrong(seen: Observatory) -> None:
    await seen.ours.gateway.database.write(lambda tx: peers.tells_time(tx, ENSHI, timedelta(minutes=-3)))
    await seen.live(minutes=16)


@brings("TongbanReconciliationDiffers")
async def a_day_differs(seen: Observatory) -> None:
    seen.metrics.reconciled(ENSHI, seen.all.clock(), {"not_known_there": 1})
    await seen.live(minutes=16)


@brings("TongbanReconciliationLate")
async def no_day_is_compared(seen: Observatory) -> None:
    seen.metrics.reconciled(ENSHI, seen.all.clock() - timedelta(days=2), {})
    await seen.live(hours=1, minutes=12)


@brings("TongbanUnclaimed")
async def nobody_claims(seen: Observatory) -> None:
    seen.ours.gateway.assign = lambda _: ""
    theirs = seen.all[ENSHI]
    await theirs.submit(theirs.a_case(to=seen.ours.code))
    await seen.all.settle_down()
    await seen.live(hours=1, minutes=24)


@brings("TongbanCatchingUpLong")
async def a_restore_is_not_finished(seen: Observatory) -> None:
    life = await seen.ours.gateway.database.read(incarnation.life)
    assert life is not None
    seen.ours.gateway.behind.life = replace(life, backup_at=seen.all.clock())
    await seen.live(hours=24, minutes=8)


@brings("TongbanReloadRefused")
async def an_edit_has_a_mistake(seen: Observatory) -> None:
    reloading = Reloading(seen.ours.gateway, seen.log, lambda _: None)
    (file,) = seen.ours.settings.partners.glob(f"{ENSHI}-*.yaml")
    file.write_text(file.read_text("utf-8").replace("code:", "kode:", 1), "utf-8")
    for _ in range(3):
        # A file is read when it has stood still for a moment.
        await reloading.look()
        seen.all.clock.pass_time(seconds=2)
    await seen.live(minutes=12)


@brings("TongbanOwnEndsIn14Days")
async def two_weeks_before_our_key_ends(seen: Observatory) -> None:
    await _before_the_end(seen, "own", days=13.9)


@brings("TongbanOwnEndsIn7Days")
async def a_week_before_our_key_ends(seen: Observatory) -> None:
    await _before_the_end(seen, "own", days=6.9)


@brings("TongbanOwnEndsIn1Day")
async def a_day_before_our_key_ends(seen: Observatory) -> None:
    await _before_the_end(seen, "own", days=0.9)


@brings("TongbanPartnerEndsIn14Days")
async def two_weeks_before_a_partners_key_ends(seen: Observatory) -> None:
    await _before_the_end(seen, ENSHI, days=13.9)


async def _before_the_end(seen: Observatory, whose: str, days: float) -> None:
    await seen.scrape()
    assert not seen.fired, "far from the end nothing is said"
    shown = seen.series.scrapes[-1][1]["tongban_valid_until_timestamp_seconds"]
    end = min(value for labels, value in shown.items() if ("partner", whose) in labels)
    seen.all.clock.now = datetime.fromtimestamp(end, UTC) - timedelta(days=days + 0.01)
    await seen.live(minutes=4)


async def _nothing() -> None:
    pass


async def _change(seen: Observatory, sql: str) -> None:
    await seen.ours.gateway.database.write(lambda tx: tx.execute(sql))


def _many(table: str, count: int) -> str:
    return (
        f"INSERT INTO {table} (envelope_id, partner, case_id, sequence, payload_sha256, bytes, materials_wait, due_at, tries,"
        " last_reason, owed_at, expires_at, priority, outcome, batch_id)"
        f" WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= {count})"
        " SELECT envelope_id || n.i, partner, case_id, n.i, payload_sha256, bytes, materials_wait, due_at, tries,"
        f" last_reason, owed_at, expires_at, priority, outcome, batch_id FROM {table}, n"
    )


OPENED = {"TongbanCollectorAway": {"collects": (ENSHI,)}}


LONG = ("TongbanPartnerAwayLong", "TongbanCatchingUpLong")
"""Rules that take a day, scrape by scrape."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in sorted(SCENARIOS)]
)
async def test_it_fires_when_it_should(tmp_path, name):
    async with observatory(tmp_path, name, **OPENED.get(name, {})) as seen:
        await SCENARIOS[name](seen)
        assert name in seen.fired


async def test_every_rule_is_tried():
    assert set(SCENARIOS) == set(rules())


async def test_nothing_fires_on_a_healthy_pair(tmp_path):
    async with observatory(tmp_path) as seen:
        theirs = seen.all[ENSHI]
        seen.metrics.reconciled(ENSHI, seen.all.clock(), {})
        for _ in range(8):
            await seen.ours.submit(seen.ours.a_case(to=ENSHI))
            await theirs.submit(theirs.a_case(to=seen.ours.code))
            await seen.all.carry(theirs)
            await seen.live(minutes=20)
        assert len(seen.series.scrapes) == 40
        assert seen.fired == {}


def test_every_rule_speaks_both_languages_and_leads_to_its_page():
    page = (ROOT / "docs/operating.md").read_text("utf-8")
    headings = {title.lower() for title in re.findall(r"(?m)^#### (\w+)$", page)}
    for name, rule in rules().items():
        assert rule["labels"]["severity"] in ("page", "ticket", "note")
        for said in (rule["annotations"]["summary"], rule["annotations"]["description"]):
            zh, _, en = said.partition(" / ")
            assert re.search(r"[\u4e00-\u9fff]", zh), f"{name}: no Chinese"
            assert re.search(r"[a-z]{3}", en), f"{name}: no English"
            assert not re.search(r"[\u4e00-\u9fff]", en), name
        assert rule["annotations"]["runbook_url"] == f"docs/operating.md#{name.lower()}"
        assert name.lower() in headings, f"{name} is not in docs/operating.md"


def test_every_metric_a_rule_asks_for_exists():
    shown = {one.shown_as for one in measures.ALL} | {f"{one.shown_as}_bucket" for one in measures.ALL if one.buckets}
    process = {"process_start_time_seconds", "process_open_fds", "process_max_fds"}
    for name, rule in rules().items():
        asked = names_in(rule["expr"])
        assert asked, name
        assert asked <= shown | process, name


def test_every_command_the_page_names_exists():
    page = ROOT / "docs/operating.md"
    calls = shown_commands(page, "tongban")
    assert len(calls) > 15
    assert [wrong for call in calls for wrong in described([word for word in call if word not in ("…", ">")])] == []
