"""Days compared between real gateways over TLS: rows are broken on one side, found, and repaired or raised."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.app.measuring import Measuring
from gateway.app.reconciling_loop import NIGHTLY, reconcile_due
from gateway.case import events as ev
from gateway.case.days import CHINA, day_in_china
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store import reconciliations
from gateway.store.reconciliations import Compared, Outcome
from gateway.telemetry import Metrics, make_logger
from tests.flows.regions import Region, Regions, regions
from tests.flows.restored_build import agree, rows

OUT, IN = reconciliations.OUT, reconciliations.IN
ENSHI, QIANJIANG = "422800", "500114"


async def change(region: Region, sql: str, **facts: object) -> int:
    """Break something in a region's store."""
    return await region.gateway.database.write(lambda tx: tx.changed(sql, facts))


async def a_day_of_cases(all_regions: Regions, count: int = 3) -> tuple[list[str], date]:
    """Cases go over and are signed for; then the day is over."""
    origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
    day = day_in_china(all_regions.clock())
    numbers = [await origin.submit(origin.a_case(to=ENSHI)) for _ in range(count)]
    await all_regions.settle_down()
    for number in numbers:
        await enshi.act(number, ev.ReceivedByHandler())
    await all_regions.settle_down()
    all_regions.clock.pass_time(days=1)
    return numbers, day


async def reconcile(region: Region, partner: str, day: date) -> dict[str, Compared]:
    """Reconcile a day; by direction."""
    found = await region.gateway.reconciling.reconcile_day(partner, day, "staff:test")
    return {one.direction: one for one in found}


async def differences(region: Region, partner: str, day: date) -> list[tuple[str, str, str]]:
    """Direction, kind and what became of each difference."""
    found = await region.gateway.reconciling.report(partner, day, 100)
    return sorted((day.direction, one.kind, one.done.value) for day, many in found for one in many)


async def opening_of(region: Region, number: str) -> str:
    """The envelope a case was opened with."""
    view = await region.view(number)
    return view.deliveries[0].envelope_id


async def test_both_sides_hold_the_same_and_say_so(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        _, day = await a_day_of_cases(all_regions)
        here = await reconcile(all_regions[QIANJIANG], ENSHI, day)
        there = await reconcile(all_regions[ENSHI], QIANJIANG, day)
        assert {one.outcome for one in (*here.values(), *there.values())} == {Outcome.EQUAL}
        for ours, theirs in ((here[OUT], there[IN]), (here[IN], there[OUT])):
            assert (ours.our_count, ours.our_digest) == (theirs.our_count, theirs.our_digest)
            assert (ours.their_count, ours.their_digest) == (theirs.their_count, theirs.their_digest)
            assert ours.our_count == 3


async def test_a_receipt_that_was_lost_here_is_asked_for_again_and_settles(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin = all_regions[QIANJIANG]
        number = await origin.submit(origin.a_case(to=ENSHI))
        origin.courier.lose_answers = True
        await all_regions.settle_down()
        origin.courier.lose_answers = False
        day = day_in_china(all_regions.clock())
        all_regions.clock.pass_time(days=1)
        seen_there = await reconcile(all_regions[ENSHI], QIANJIANG, day)
        assert seen_there[IN].outcome is Outcome.WAITS
        done = await reconcile(origin, ENSHI, day)
        assert done[OUT].outcome is Outcome.REPAIRED
        assert await differences(origin, ENSHI, day) == [(OUT, "not_settled_here", "repaired")]
        (owed,) = (await origin.view(number)).deliveries
        assert owed.outcome == "accepted"
        assert owed.batch_id, "the proven receipt is kept"
        assert (await reconcile(all_regions[ENSHI], QIANJIANG, day))[IN].outcome is Outcome.REPAIRED
        assert await differences(all_regions[ENSHI], QIANJIANG, day) == [(IN, "not_settled_there", "gone")]


async def test_a_receipt_the_partner_does_not_know_is_raised_there_and_brought_back_here(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        numbers, day = await a_day_of_cases(all_regions)
        lost = await opening_of(origin, numbers[0])
        assert await change(enshi, "DELETE FROM inbox WHERE envelope_id = :id", id=lost) == 1
        raised = await reconcile(origin, ENSHI, day)
        assert raised[OUT].outcome is Outcome.DIFFERS
        assert await differences(origin, ENSHI, day) == [(OUT, "not_known_there", "raised")]
        (view,) = await origin.gateway.standing.both_views(ENSHI)
        assert view.light == "red"
        assert "reconciliation" in {one.word for one in view.wrong}
        # The side that lost it has its own receipt back, sealed by itself, from the one that holds it.
        mended = await reconcile(enshi, QIANJIANG, day)
        assert mended[IN].outcome is Outcome.REPAIRED
        assert await differences(enshi, QIANJIANG, day) == [(IN, "not_held_here", "repaired")]
        assert (await reconcile(origin, ENSHI, day))[OUT].outcome is Outcome.REPAIRED
        assert await differences(origin, ENSHI, day) == [(OUT, "not_known_there", "gone")]
        assert await origin.gateway.database.read(reconciliations.open_by_kind) == {}


async def test_an_envelope_of_ours_that_is_gone_here_comes_back_settled(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        numbers, day = await a_day_of_cases(all_regions)
        lost = await opening_of(enshi, numbers[1])
        assert await change(enshi, "DELETE FROM outbox WHERE envelope_id = :id", id=lost) == 1
        done = await reconcile(enshi, QIANJIANG, day)
        assert done[OUT].outcome is Outcome.REPAIRED
        found = await rows(enshi, "SELECT outcome FROM outbox WHERE envelope_id = :id", id=lost)
        assert found == [("accepted",)]
        lost = await opening_of(origin, numbers[1])
        story, state = await origin.story(numbers[1]), await origin.state(numbers[1])
        assert await change(origin, "DELETE FROM outbox WHERE envelope_id = :id", id=lost) == 1
        assert (await reconcile(origin, ENSHI, day))[OUT].outcome is Outcome.REPAIRED
        assert (await origin.story(numbers[1]), await origin.state(numbers[1])) == (story, state)
        await agree(origin, enshi, numbers[1])


async def test_a_receipt_that_was_deleted_here_is_settled_again_and_moves_nothing(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        numbers, day = await a_day_of_cases(all_regions)
        lost, feed = await opening_of(origin, numbers[0]), await origin.feed()
        undone = "UPDATE outbox SET settled_at = NULL, outcome = '', batch_id = '' WHERE envelope_id = :id"
        assert await change(origin, undone, id=lost) == 1
        assert (await reconcile(origin, ENSHI, day))[OUT].outcome is Outcome.REPAIRED
        assert (await origin.view(numbers[0])).deliveries[0].outcome == "accepted"
        await agree(origin, enshi, numbers[0])
        assert await origin.feed() == feed, "nobody is told twice"


async def test_another_outcome_is_raised_on_both_sides_until_somebody_explains_it(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        numbers, day = await a_day_of_cases(all_regions)
        altered = await opening_of(origin, numbers[0])
        await change(enshi, "UPDATE inbox SET outcome = 'refused' WHERE envelope_id = :id", id=altered)
        assert (await reconcile(origin, ENSHI, day))[OUT].outcome is Outcome.DIFFERS
        assert (await reconcile(enshi, QIANJIANG, day))[IN].outcome is Outcome.DIFFERS
        assert await differences(origin, ENSHI, day) == [(OUT, "other_outcome", "raised")]
        assert await differences(enshi, QIANJIANG, day) == [(IN, "other_outcome", "raised")]
        assert await origin.gateway.reconciling.explain(ENSHI, day, "staff:qin", "示例: 演练") == 1
        assert (await reconcile(origin, ENSHI, day))[OUT].outcome is Outcome.EXPLAINED
        assert (await origin.gateway.standing.both_views(ENSHI))[0].unexplained == 0
        # What changes afterwards is a difference again.
        also = await opening_of(origin, numbers[1])
        await change(enshi, "UPDATE inbox SET outcome = 'refused' WHERE envelope_id = :id", id=also)
        assert (await reconcile(origin, ENSHI, day))[OUT].outcome is Outcome.DIFFERS
        with pytest.raises(GatewayError) as refused:
            await origin.gateway.reconciling.explain(ENSHI, day - timedelta(days=1), "staff:qin", "x")
        assert refused.value.reason is Reason.NO_DIFFERENCE


async def test_what_nobody_has_answered_goes_again_and_is_no_difference(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin = all_regions[QIANJIANG]
        origin.courier.down.add(ENSHI)
        number = await origin.submit(origin.a_case(to=ENSHI))
        await all_regions.settle_down()
        day = day_in_china(all_regions.clock())
        all_regions.clock.pass_time(days=1)
        origin.courier.down.clear()
        found = await reconcile(origin, ENSHI, day)
        assert (found[OUT].outcome, found[OUT].waiting) == (Outcome.EQUAL, 1)
        before = (await origin.view(number)).deliveries[0].payload_sha256
        await all_regions.settle_down()
        (owed,) = (await origin.view(number)).deliveries
        assert (owed.outcome, owed.payload_sha256) == ("accepted", before)
        again = await reconcile(origin, ENSHI, day)
        assert (again[OUT].outcome, again[OUT].waiting, again[OUT].our_count) == (Outcome.EQUAL, 0, 1)


async def test_a_claim_that_proves_nothing_repairs_nothing_and_is_raised(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        numbers, day = await a_day_of_cases(all_regions)
        # The partner claims to have answered an envelope that was never sealed here.
        real = await opening_of(origin, numbers[0])
        made_up = real[:-4] + "ffff"
        await change(
            enshi,
            "INSERT INTO inbox (sender, envelope_id, payload_sha256, outcome, batch_id, received_at, sealed_at)"
            " SELECT sender, :made, payload_sha256, outcome, batch_id, received_at, sealed_at FROM inbox"
            " WHERE envelope_id = :id",
            made=made_up,
            id=real,
        )
        done = await reconcile(origin, ENSHI, day)
        assert done[OUT].outcome is Outcome.DIFFERS
        assert await differences(origin, ENSHI, day) == [(OUT, "not_settled_here", "left_out")]
        assert await rows(origin, "SELECT 1 FROM outbox WHERE envelope_id = :id", id=made_up) == []


async def test_what_the_partner_does_not_repair_in_two_days_is_raised(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        numbers, day = await a_day_of_cases(all_regions)
        lost = await opening_of(origin, numbers[0])
        await change(origin, "DELETE FROM outbox WHERE envelope_id = :id", id=lost)
        assert (await reconcile(enshi, QIANJIANG, day))[IN].outcome is Outcome.WAITS
        all_regions.clock.pass_time(days=1)
        assert (await reconcile(enshi, QIANJIANG, day))[IN].outcome is Outcome.WAITS
        all_regions.clock.pass_time(days=1)
        assert (await reconcile(enshi, QIANJIANG, day))[IN].outcome is Outcome.DIFFERS
        assert await differences(enshi, QIANJIANG, day) == [(IN, "not_settled_there", "raised")]


async def test_nights_compare_by_themselves_and_go_on_when_the_partner_is_back(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc") as all_regions:
        origin = all_regions[QIANJIANG]
        _, day = await a_day_of_cases(all_regions)
        if all_regions.clock().astimezone(CHINA).hour < 6:  # whenever this runs: the moment of every partner is over
            all_regions.clock.pass_time(hours=6)
        gateway, metrics = origin.gateway, Metrics()
        metrics.know([ENSHI])
        measuring = Measuring(gateway, metrics)
        lines: list[str] = []

        class Stream:
            def write(self, text: str) -> None:
                lines.append(text)

            def flush(self) -> None:
                return

        log = make_logger(region=QIANJIANG, level="info", style="json", stream=Stream(), clock=all_regions.clock)  # type: ignore[arg-type]
        (partner,) = gateway.registry.current()
        origin.courier.down.add(ENSHI)
        assert not await reconcile_due(gateway, log, partner)
        (failed, _) = await gateway.reconciling.reports(day, day, ENSHI, 10)
        assert (failed.outcome, failed.failure) == (Outcome.NOT_ASKED, "PARTNER_UNREACHABLE")
        origin.courier.down.clear()
        assert await reconcile_due(gateway, log, partner)
        days = await gateway.reconciling.reports(day - timedelta(days=40), day, ENSHI, 100)
        assert len({one.day for one in days}) == 11, "the last seven days, and four further back"
        assert {one.outcome for one in days} == {Outcome.EQUAL}
        assert {one.failure for one in days} == {""}
        assert await gateway.reconciling.due(partner) == [], "nothing is due twice in a night"
        all_regions.clock.pass_time(days=1)
        assert day in await gateway.reconciling.due(partner)
        told = (await measuring.text()).decode()
        assert f'tongban_reconciliation_last_success_timestamp_seconds{{partner="{ENSHI}"}}' in told
        acts = await rows(origin, "SELECT DISTINCT actor FROM audit WHERE act = 'day.reconciled'")
        assert acts == [(NIGHTLY,)]


async def test_only_days_that_are_over_are_compared_and_only_with_whom_can_be_asked(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, wires="grpc", collects=(QIANJIANG,)) as all_regions:
        origin, enshi = all_regions[QIANJIANG], all_regions[ENSHI]
        today = day_in_china(all_regions.clock())
        with pytest.raises(GatewayError) as refused:
            await reconcile(origin, ENSHI, today)
        assert refused.value.reason is Reason.DAY_NOT_COMPARABLE
        # A region that only dials out compares; the other side is told that it cannot.
        assert (await reconcile(origin, ENSHI, today - timedelta(days=1)))[OUT].outcome is Outcome.EQUAL
        with pytest.raises(GatewayError) as refused:
            await reconcile(enshi, QIANJIANG, today - timedelta(days=1))
        assert refused.value.reason is Reason.PARTNER_NOT_ASKABLE
        assert enshi.gateway.reconciling.askable() == []
