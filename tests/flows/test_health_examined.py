"""What an examination finds, ailment by ailment: whole gateways without loops, on a clock the tests own."""

import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.app.health import Health
from gateway.case.ailments import ROWS, Ailment, Weight
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.local.health import content_of
from gateway.store import cases, inbox, incarnation
from gateway.telemetry import Metrics, make_logger
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"
ROOT = Path(__file__).parents[2]


@dataclass
class Ward:
    """Two regions, and the health of the first."""

    all: Regions
    ours: Region
    health: Health
    metrics: Metrics
    free: int = 1 << 40

    async def found(self) -> dict[Ailment, Weight]:
        """Examine the gateway now; return what was found."""
        await self.health.examine()
        return {one.ailment: one.weighs for one, _ in self.health.checkup().found}

    def fresh_health(self) -> Health:
        """The health of the gateway as it is open now."""
        log = make_logger(region="", level="error", style="json", stream=sys.stderr, clock=self.all.clock)
        return Health(self.ours.gateway, self.ours.settings, log, Metrics(), free_disk=lambda: self.free)

    async def fact(self, ailment: Ailment, name: str) -> object:
        await self.health.examine()
        return {one.ailment: one.facts for one, _ in self.health.checkup().found}[ailment][name]


@asynccontextmanager
async def a_ward(folder: Path):
    async with regions(folder, QIANJIANG, ENSHI) as both:
        ours = both[QIANJIANG]
        log = make_logger(region="", level="error", style="json", stream=sys.stderr, clock=both.clock)
        metrics = Metrics()
        ward = Ward(both, ours, None, metrics)  # type: ignore[arg-type]
        ward.health = Health(ours.gateway, ours.settings, log, metrics, free_disk=lambda: ward.free)
        yield ward


async def test_a_gateway_is_not_ready_before_it_was_examined_and_is_afterwards(tmp_path):
    async with a_ward(tmp_path) as ward:
        assert content_of(ward.health.checkup())["missing"] == ["starting"]
        assert await ward.found() == {}
        told = content_of(ward.health.checkup())
        assert (told["status"], told["findings"]) == ("ready", [])
        assert told["examined_at"]


async def test_what_is_due_to_a_partner_that_is_well_and_does_not_leave_is_red(tmp_path):
    async with a_ward(tmp_path) as ward:
        number = await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        assert await ward.found() == {}
        patience = 5 * ward.ours.settings.limits.sweep_interval
        ward.all.clock.now += patience
        assert await ward.found() == {}, "a partner that was never reached may wait behind others for its first flight"
        ward.all.clock.pass_time(minutes=11)
        assert await ward.found() == {Ailment.DELIVERY: Weight.RED}
        assert await ward.fact(Ailment.DELIVERY, "partners") == ENSHI
        await ward.all.settle_down()
        assert await ward.found() == {}
        assert await ward.all[ENSHI].state(number)

        ward.all.clock.pass_time(hours=1)
        await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        assert await ward.found() == {}
        ward.all.clock.now += patience
        assert await ward.found() == {Ailment.DELIVERY: Weight.RED}
        await ward.all.settle_down()
        assert await ward.found() == {}


async def test_what_waited_while_the_gateway_was_down_is_no_fault_of_the_one_that_starts(tmp_path):
    async with a_ward(tmp_path) as ward:
        await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        await ward.all.settle_down()
        await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        ward.all.clock.pass_time(minutes=50)
        await ward.all.reopen(ward.ours)
        started = ward.fresh_health()
        await started.examine()
        assert started.checkup().is_ready


async def test_a_partner_we_have_not_caught_up_with_after_a_restore_is_not_called_stuck(tmp_path):
    async with a_ward(tmp_path) as ward:
        await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        life = await ward.ours.gateway.database.read(incarnation.life)
        assert life is not None
        ward.ours.gateway.behind.life = replace(life, backup_at=ward.all.clock())
        ward.all.clock.pass_time(minutes=40)
        assert await ward.found() == {Ailment.CATCHING_UP: Weight.YELLOW}
        assert await ward.fact(Ailment.CATCHING_UP, "partners") == ENSHI
        assert content_of(ward.health.checkup())["status"] == "degraded", "it works, for everybody else"
        ward.ours.gateway.behind.life = life
        assert await ward.found() == {Ailment.DELIVERY: Weight.RED}


async def test_a_partner_that_is_away_is_yellow_and_its_queue_is_not_called_stuck(tmp_path):
    async with a_ward(tmp_path) as ward:
        ward.ours.courier.down.add(ENSHI)
        await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        await ward.all.carry(ward.ours)
        for _ in range(5):
            ward.all.clock.pass_time(hours=1)
            await ward.all.carry(ward.ours)
            assert await ward.found() == {Ailment.PARTNERS_AWAY: Weight.YELLOW}
        assert content_of(ward.health.checkup())["status"] == "degraded"
        ward.ours.courier.down.clear()
        await ward.all.pass_time(hours=5)
        await ward.all.pass_time(minutes=1)
        assert await ward.found() == {}


async def test_what_an_operator_keeps_back_for_hours_is_told_as_an_old_queue(tmp_path):
    async with a_ward(tmp_path) as ward:
        await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        await ward.ours.gateway.database.write(
            lambda tx: tx.execute("UPDATE outbox SET kept_back = 'held', kept_since = owed_at")
        )
        assert await ward.found() == {}
        ward.all.clock.pass_time(hours=2)
        assert await ward.found() == {Ailment.QUEUES_OLD: Weight.YELLOW}


async def test_news_that_no_system_claims_for_an_hour_are_yellow(tmp_path):
    async with a_ward(tmp_path) as ward:
        ward.ours.gateway.assign = lambda _: ""
        await ward.all[ENSHI].submit(ward.all[ENSHI].a_case(to=QIANJIANG))
        await ward.all.settle_down()
        assert await ward.found() == {}
        ward.all.clock.pass_time(hours=1, minutes=1)
        assert await ward.found() == {Ailment.UNCLAIMED: Weight.YELLOW}


@pytest.mark.parametrize("table", ["evidence", "audit"])
async def test_evidence_that_cannot_be_written_is_red_and_nothing_is_taken_in_by_any_door(tmp_path, table):
    async with a_ward(tmp_path) as ward:
        database = ward.ours.gateway.database
        refuse = f"CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END"
        await database.write(lambda tx: tx.execute(refuse))
        assert await ward.found() == {Ailment.EVIDENCE: Weight.RED}
        with pytest.raises(GatewayError) as refused:
            await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        assert (refused.value.reason, refused.value.retriable) == (Reason.STORE_NOT_WRITABLE, True)
        theirs = ward.all[ENSHI]
        number = await theirs.submit(theirs.a_case(to=QIANJIANG))
        await ward.all.carry(theirs)
        assert await database.read(lambda tx: cases.find(tx, number)) is None
        assert await database.read(lambda tx: tx.rows("SELECT 1 FROM inbox")) == []

        await database.write(lambda tx: tx.execute("DROP TRIGGER broken"))
        assert await ward.found() == {}
        await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        await ward.all.pass_time(hours=5)
        await ward.all.pass_time(minutes=1)
        assert await database.read(lambda tx: cases.find(tx, number)) is not None


async def test_an_examination_leaves_no_evidence_and_no_audit_behind(tmp_path):
    async with a_ward(tmp_path) as ward:
        count = "SELECT (SELECT COUNT(*) FROM evidence), (SELECT COUNT(*) FROM audit), (SELECT COUNT(*) FROM bodies)"
        before = await ward.ours.gateway.database.read(lambda tx: tx.row(count))
        writes = ward.ours.gateway.database.figures().writes
        await ward.found()
        assert await ward.ours.gateway.database.read(lambda tx: tx.row(count)) == before
        assert ward.ours.gateway.database.figures().writes == writes + 1, "it did write"


async def test_a_disk_that_is_nearly_full_is_red_until_there_is_room(tmp_path):
    async with a_ward(tmp_path) as ward:
        ward.free = ward.ours.settings.limits.least_free_disk - 1
        assert await ward.found() == {Ailment.DISK: Weight.RED}
        ward.free += 1
        assert await ward.found() == {}


async def test_keys_and_certificate_are_told_at_sixty_and_fourteen_days_and_are_red_once_they_have_ended(tmp_path):
    async with a_ward(tmp_path) as ward:
        keys = {Ailment.SEAL_KEY_ENDS, Ailment.TOKEN_KEY_ENDS}
        clock = ward.all.clock
        clock.pass_time(days=365 - 61)
        assert not keys & (await ward.found()).keys()
        clock.pass_time(days=2)
        found = await ward.found()
        assert {found[one] for one in keys} == {Weight.NOTE}
        assert content_of(ward.health.checkup())["status"] == "ready"
        assert await ward.fact(Ailment.SEAL_KEY_ENDS, "days") == 59
        clock.pass_time(days=46)
        assert {(await ward.found())[one] for one in keys} == {Weight.YELLOW}
        assert content_of(ward.health.checkup())["status"] == "degraded"
        clock.pass_time(days=14)
        found = await ward.found()
        assert found[Ailment.SEAL_KEY] is found[Ailment.TOKEN_KEY] is Weight.RED
        assert not keys & found.keys()
        clock.pass_time(days=400)
        assert (await ward.found())[Ailment.CERTIFICATE] is Weight.RED


async def test_a_clock_that_jumped_is_red_for_an_hour_of_even_running(tmp_path):
    async with a_ward(tmp_path) as ward:
        await ward.found()
        ward.all.clock.jump(hours=3)
        assert await ward.found() == {Ailment.CLOCK: Weight.RED}
        ward.all.clock.pass_time(minutes=61)
        assert await ward.found() == {}


async def test_an_examination_that_is_overdue_is_red_though_all_was_well_when_it_was_made(tmp_path):
    async with a_ward(tmp_path) as ward:
        assert await ward.found() == {}
        ward.all.clock.pass_time(seconds=31)
        told = content_of(ward.health.checkup())
        assert (told["status"], told["missing"]) == ("not_ready", ["loops"])
        assert "health" in told["findings"][0]["cause"]["en"]


async def test_a_flight_that_broke_off_for_an_unknown_reason_is_red_until_one_comes_home(tmp_path):
    async with a_ward(tmp_path) as ward:
        gateway, defect = ward.ours.gateway, [RuntimeError("a defect")]

        async def fly(code: str) -> bool:
            if defect:
                raise defect[0]
            return (await gateway.deliver(code)).more

        watched = gateway.pulse.stepping("fly", fly)
        await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        with pytest.raises(RuntimeError):
            await watched(ENSHI)
        assert await ward.found() == {Ailment.DELIVERY: Weight.RED}
        defect.clear()
        await watched(ENSHI)
        assert await ward.found() == {}


async def test_a_flight_that_broke_off_is_forgotten_when_nothing_is_owed_any_more(tmp_path):
    async with a_ward(tmp_path) as ward:
        gateway = ward.ours.gateway

        async def fly(code: str) -> bool:
            raise RuntimeError

        await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        with pytest.raises(RuntimeError):
            await gateway.pulse.stepping("fly", fly)(ENSHI)
        await ward.all.settle_down()
        assert await ward.found() == {}
        assert gateway.pulse.broken() == set()


async def test_since_when_something_is_wrong_stays_until_it_is_well_and_metrics_say_the_same(tmp_path):
    async with a_ward(tmp_path) as ward:
        ward.free = 0
        await ward.found()
        first = content_of(ward.health.checkup())["findings"][0]["since"]
        ward.all.clock.pass_time(seconds=20)
        await ward.found()
        assert content_of(ward.health.checkup())["findings"][0]["since"] == first
        assert b'tongban_unwell{ailment="disk"} 1.0' in ward.metrics.text()
        ward.free = 1 << 40
        await ward.found()
        ward.free = 0
        await ward.found()
        assert content_of(ward.health.checkup())["findings"][0]["since"] != first


async def test_a_store_that_was_closed_is_red_and_the_answer_still_comes(tmp_path):
    async with a_ward(tmp_path) as ward:
        await ward.ours.gateway.database.close()
        assert await ward.found() == {Ailment.STORE: Weight.RED}
        with pytest.raises(GatewayError) as refused:
            await ward.ours.submit(ward.ours.a_case(to=ENSHI))
        assert refused.value.reason is Reason.STORE_NOT_WRITABLE


async def test_nothing_that_sweeps_or_ends_things_touches_the_memory_of_what_was_answered(tmp_path):
    """The longest retry is 90 days; settled bytes and backups add 35: the inbox outlives both, for it is never swept."""
    async with a_ward(tmp_path) as ward:
        ours, theirs = ward.ours, ward.all[ENSHI]
        await ours.submit(ours.a_case(to=ENSHI))
        await ward.all.settle_down()
        remembered = "SELECT sender, envelope_id, payload_sha256, outcome, batch_id, received_at FROM inbox"
        before = await theirs.gateway.database.read(lambda tx: tx.rows(remembered))
        assert len(before) == 1
        for _ in range(9):
            ward.all.clock.pass_time(days=20)
            await theirs.gateway.sweep()
            await theirs.gateway.time_limits.run_out()
        assert await theirs.gateway.database.read(lambda tx: tx.rows(remembered)) == before
        answered = await theirs.gateway.database.read(lambda tx: inbox.answer_to(tx, QIANJIANG, before[0][1]))
        assert answered is not None


def test_every_ailment_is_explained_in_both_languages_and_in_the_manual():
    manual = (ROOT / "docs" / "health.md").read_text(encoding="utf-8")
    for ailment in Ailment:
        row = ROWS[ailment]
        assert all((row.cause.zh, row.cause.en, row.fix.zh, row.fix.en)), ailment
        assert f"`{ailment.value}`" in manual, ailment
