"""A partner that failed is probed, not bombarded; a good probe lets everything go; poison and slow files stop nobody."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.app.peering_door import Hearing
from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import Decision
from gateway.case.reasons import Reason
from gateway.case.states import State
from gateway.flows.delivery.courier import Answers
from gateway.flows.delivery.deliver import deliver
from gateway.partners.partner import Partner
from gateway.store import audit, outbox, peers
from gateway.store.peers import Circuit
from gateway.wire.codec import sealed_from_bytes
from tests.build import a_file, a_material
from tests.fakes import UnreliableCourier, unreachable
from tests.flows.regions import Region, regions

ENSHI, QIANJIANG = "422800", "500114"


class Watched(UnreliableCourier):
    """Counts what is asked; refuses calls that hold a certain payload, hangs, or asks to wait."""

    def __init__(self, inner: UnreliableCourier) -> None:
        super().__init__(inner)
        self.calls: Counter[str] = Counter()
        self.sizes: list[int] = []
        self.poison: bytes | None = None
        self.hangs = False
        self.wait: str = ""
        self.cuts_files = False

    async def describe(self, partner: Partner):
        self.calls["describe"] += 1
        return await super().describe(partner)

    async def deliver(self, partner: Partner, envelopes) -> Answers:
        self.calls["deliver"] += 1
        self.sizes.append(len(envelopes))
        if self.hangs:
            await asyncio.get_running_loop().create_future()
        if self.wait:
            raise GatewayError(
                Reason.PARTNER_FAILED, partner=partner.short_name, reason="BUSY", retry_after_seconds=self.wait
            )
        if self.poison and any(self.poison in sealed_from_bytes(one).payload for one in envelopes):
            raise unreachable(partner)
        return await super().deliver(partner, envelopes)

    async def put_material(self, partner, case_id, sha256, offset, chunks):
        self.calls["put"] += 1
        if self.cuts_files:
            raise unreachable(partner)
        return await super().put_material(partner, case_id, sha256, offset, chunks)


def watched(region: Region) -> Watched:
    """Put a watched courier in front of a region's own."""
    courier = Watched(region.courier)
    region.gateway.courier = courier
    return courier


async def circuit(region: Region, code: str = ENSHI) -> Circuit:
    (standing,) = await region.gateway.delivery.standings(code)
    return standing.circuit


async def test_a_partner_that_failed_is_probed_and_gets_everything_at_once_when_it_is_back(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = watched(origin)
        courier.down.add(ENSHI)
        numbers = [await origin.submit(origin.a_case(to=ENSHI)) for _ in range(5)]
        await both.settle_down()
        assert (courier.calls["deliver"], await circuit(origin)) == (1, Circuit.OPEN)
        for _ in range(50):
            await both.pass_time(minutes=30)
        assert courier.calls["deliver"] == 1, "the payload stays at home while nobody answers"
        assert 8 < courier.calls["describe"] < 20, "the waits grow, up to four hours"
        (standing,) = await origin.gateway.delivery.standings()
        assert (standing.last_reason, standing.backlog.owed) == ("PARTNER_UNREACHABLE", 5)
        assert standing.failures == 1 + courier.calls["describe"]

        courier.down.clear()
        await both.pass_time(hours=4)
        assert await circuit(origin) is Circuit.CLOSED
        assert courier.sizes[1:] == [1, 4], "one envelope first, then all the others"
        for number in numbers:
            assert await origin.state(number) is State.AWAITING_SIGN_OFF


async def test_a_line_that_was_merely_cut_is_back_within_seconds(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        number = await origin.submit(origin.a_case(to=ENSHI))
        origin.courier.lose_answers = True
        await both.settle_down()
        origin.courier.lose_answers = False
        await both.pass_time(seconds=1)
        assert await origin.state(number) is State.FORWARDED
        await both.pass_time(seconds=1)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF


async def test_probes_that_succeed_and_flights_that_fail_rest_longer_and_longer(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = watched(origin)
        courier.lose_answers = True
        await origin.submit(origin.a_case(to=ENSHI))
        for _ in range(6 * 60):
            await both.pass_time(minutes=1)
        assert courier.calls["describe"] == courier.calls["deliver"] - 1
        assert 8 < courier.calls["deliver"] < 20


async def test_a_partner_is_probed_when_nothing_but_files_is_owed_and_when_nothing_is(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = watched(origin)
        content = b"%PDF-1.7 " + bytes(1000)
        await origin.upload(content)
        material = a_material(form=a_file(content))
        number = await origin.submit(origin.a_case(to=ENSHI, materials=(material,)))
        courier.down.add(ENSHI)
        assert not await origin.gateway.send_materials(ENSHI)
        assert await origin.gateway.delivery.to_call() == [ENSHI]
        assert (await origin.gateway.deliver(ENSHI)).away
        assert (courier.calls["describe"], courier.calls["deliver"], courier.calls["put"]) == (1, 0, 0)
        courier.down.clear()
        assert not await origin.gateway.send_materials(ENSHI), "it is probed first"
        await both.pass_time(seconds=3)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF

        await origin.gateway.database.write(
            lambda tx: peers.failed(tx, ENSHI, both.clock(), both.clock() + timedelta(minutes=1), "PARTNER_SLOW")
        )
        assert await origin.gateway.delivery.to_call() == []
        both.clock.pass_time(minutes=1)
        assert await origin.gateway.delivery.to_call() == [ENSHI]
        assert (await origin.gateway.deliver(ENSHI)).back
        assert await circuit(origin) is Circuit.CLOSED


async def test_files_that_do_not_get_through_hold_up_no_news(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = watched(origin)
        courier.cuts_files = True
        stuck = []
        for n in range(3):
            content = b"%PDF-1.7 " + bytes([n]) * 1000
            await origin.upload(content)
            material = a_material(form=a_file(content))
            stuck.append(await origin.submit(origin.a_case(to=ENSHI, materials=(material,))))
        await both.settle_down()
        number = await origin.submit(origin.a_case(to=ENSHI))
        await both.settle_down()
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        for _ in range(60):
            await both.pass_time(minutes=1)
        number = await origin.submit(origin.a_case(to=ENSHI))
        await both.settle_down()
        assert await origin.state(number) is State.AWAITING_SIGN_OFF, "not even after an hour of cut lines"
        assert courier.calls["put"] < 3 * 12, "each file is tried less and less often"
        courier.cuts_files = False
        await both.pass_time(hours=5)
        for number in stuck:
            assert await origin.state(number) is State.AWAITING_SIGN_OFF


async def test_one_envelope_that_makes_every_flight_fail_does_not_stop_the_others(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = watched(origin)
        poisoned = await origin.submit(origin.a_case(to=ENSHI))
        courier.poison = poisoned.encode()
        others = [await origin.submit(origin.a_case(to=ENSHI)) for _ in range(10)]
        for _ in range(60):
            await both.pass_time(minutes=1)
        for number in others:
            assert await origin.state(number) is State.AWAITING_SIGN_OFF
        assert await origin.state(poisoned) is State.FORWARDED
        courier.poison = None
        await both.pass_time(hours=4)
        assert await origin.state(poisoned) is State.AWAITING_SIGN_OFF


async def test_a_flight_that_hangs_ends_by_its_overall_deadline(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = watched(origin)
        courier.hangs = True
        number = await origin.submit(origin.a_case(to=ENSHI))
        it = origin.gateway
        flight = await deliver(
            ENSHI,
            database=it.database,
            registry=it.registry,
            courier=courier,
            settling=it.settling,
            keys_of=it.keys_of,
            clock=it.world.clock,
            told=it.signals.told,
            seconds=0.01,
        )
        assert flight.error is not None
        assert (flight.error.reason, flight.away, await circuit(origin)) == (Reason.PARTNER_SLOW, True, Circuit.OPEN)
        courier.hangs = False
        await both.pass_time(seconds=2)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF


@pytest.mark.parametrize(("asked", "waits"), [("7", 7), ("0", 1), ("999999999", 4 * 3600)])
async def test_a_partner_that_asks_us_to_wait_is_left_in_peace_so_long_and_is_no_suspect(
    tmp_path: Path, asked: str, waits: int
) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = watched(origin)
        courier.wait = asked
        await origin.submit(origin.a_case(to=ENSHI))
        await both.settle_down()
        assert await circuit(origin) is Circuit.CLOSED
        assert await origin.gateway.delivery.to_call() == []
        courier.wait = ""
        await both.pass_time(seconds=waits - 0.5)
        assert courier.calls["deliver"] == 1
        await both.pass_time(seconds=1)
        assert (courier.calls["deliver"], courier.calls["describe"]) == (2, 0)


async def test_a_partner_that_calls_each_second_but_cannot_be_dialled_is_probed_once_a_minute(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = watched(origin)
        courier.down.add(ENSHI)
        await origin.submit(origin.a_case(to=ENSHI))
        await both.pass_time(hours=4)
        for _ in range(30):
            await both.pass_time(hours=4)
        before = courier.calls["describe"]
        for _ in range(600):
            both.clock.pass_time(seconds=1)
            await origin.gateway.heard_from(ENSHI)
            await origin.gateway.deliver(ENSHI)
        assert courier.calls["describe"] - before == 10
        assert courier.calls["deliver"] == 1


async def test_an_operator_has_a_partner_called_again_and_the_audit_says_so(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = watched(origin)
        courier.down.add(ENSHI)
        number = await origin.submit(origin.a_case(to=ENSHI))
        for _ in range(12):
            await both.pass_time(hours=4)
        courier.down.clear()
        await both.settle_down()
        assert await origin.state(number) is State.FORWARDED, "the back-off is on"
        await origin.gateway.delivery.retry_partner(ENSHI, "staff:wang", "对方说已修好")
        await both.settle_down()
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        notes = await origin.gateway.database.read(lambda tx: audit.about(tx, ENSHI))
        (note,) = [one for one in notes if one.act == "partner.retry"]
        assert (note.actor, note.act, note.detail) == ("staff:wang", "partner.retry", "对方说已修好")
        with pytest.raises(GatewayError) as unknown:
            await origin.gateway.delivery.retry_partner("999999", "staff:wang")
        assert unknown.value.reason is Reason.PARTNER_UNKNOWN


async def test_a_clock_that_was_a_year_ahead_silences_nobody_for_a_year(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        both.clock.jump(days=365)
        origin.courier.down.add(ENSHI)
        number = await origin.submit(origin.a_case(to=ENSHI))
        for _ in range(12):
            await both.pass_time(hours=4)
        origin.courier.down.clear()
        both.clock.jump(days=-365)
        assert await origin.gateway.delivery.to_call() == [ENSHI]
        await origin.gateway.deliver(ENSHI)
        await origin.gateway.sweep()
        await origin.gateway.deliver(ENSHI)
        (owed,) = await origin.gateway.database.read(lambda tx: outbox.of_case(tx, number))
        assert owed.settled_at is not None


async def test_status_goes_before_new_cases_when_both_have_piled_up(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await both.settle_down()
        courier = watched(handler)
        for n in range(70):
            case = handler.a_case(to=QIANJIANG)
            await handler.submit(replace(case, origin_number=f"piled-{n}"))
        await handler.act(number, ev.ReceivedByHandler("ES-1"))
        await handler.act(number, ev.Accepted("号"))
        await handler.act(number, ev.Decided(Decision.GRANTED, "号"))
        await handler.gateway.deliver(QIANJIANG)
        assert courier.sizes == [64, 7], "a full flight, and what was claimed while it was out"
        kinds = [kind for _, kind in await origin.story(number)]
        assert kinds == ["opened", "ReceivedByHandler"], "the first news is on the first flight"
        for _ in range(3):
            await handler.gateway.deliver(QIANJIANG)
        assert await origin.story(number) == await handler.story(number)


async def test_calls_of_a_partner_are_written_down_once_a_minute_whatever_the_clock_does(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        hearing = Hearing(origin.gateway)

        async def heard() -> datetime | None:
            for _ in range(5):
                hearing.hint(ENSHI)
            await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
            (standing,) = await origin.gateway.delivery.standings()
            return standing.last_inward_at

        first = await heard()
        assert first == both.clock()
        both.clock.jump(days=-365)
        assert await heard() == first
        both.clock.pass_time(seconds=60)
        assert await heard() == both.clock()
