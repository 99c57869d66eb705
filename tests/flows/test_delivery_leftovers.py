"""With every hint lost work still leaves; what expired ends once the partner can be asked, and nobody waits for the silent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from gateway.case import events as ev
from gateway.case.states import State
from gateway.flows.delivery.courier import Answers, Recalled
from gateway.flows.sweep import MOST_ROUNDS, Sweeping, Swept
from gateway.partners.partner import Partner
from gateway.store import backlog, outbox, peers
from gateway.store.moments import to_store
from gateway.store.peers import Circuit
from gateway.work.rounds import Rounds
from gateway.work.signals import Signals
from tests.fakes import UnreliableCourier
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"


class Deaf(Signals):
    """Loses every hint that something is owed."""

    def wake(self, partner: str, *, files: bool = True) -> None:
        assert partner


@dataclass
class Naps:
    """A sleeper that wakes when it is told to."""

    _waiting: list[asyncio.Event] = field(default_factory=list)

    async def __call__(self, seconds: float, /) -> None:
        assert seconds > 0
        nap = asyncio.Event()
        self._waiting.append(nap)
        await nap.wait()

    async def over(self, rounds: Rounds, due: asyncio.Event) -> None:
        """The sweep's time is over; return when it has looked and what it started has ended."""
        due.clear()
        waiting, self._waiting = self._waiting, []
        for nap in waiting:
            nap.set()
        await due.wait()
        await rounds.settle_down()


class Recalling(UnreliableCourier):
    """Counts who is asked for receipts; some partners never answer, some say nothing of certain envelopes."""

    def __init__(self, inner: UnreliableCourier) -> None:
        super().__init__(inner)
        self.asked: list[tuple[str, int]] = []
        self.silent: set[str] = set()
        self.broken = 0
        self.keeps_quiet_about = ""

    async def get_receipts(
        self, partner: Partner, envelope_ids: Sequence[str], *, issued_by_us: bool = False
    ) -> Recalled:
        self.asked.append((partner.code, len(envelope_ids)))
        if partner.code in self.silent:
            await asyncio.get_running_loop().create_future()
        wanted = [one for one in envelope_ids if not self.keeps_quiet_about or self.keeps_quiet_about not in one]
        return await super().get_receipts(partner, wanted, issued_by_us=issued_by_us)

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        if self.broken:
            self.broken -= 1
            raise LookupError("a defect in the middle of a flight")
        return await super().deliver(partner, envelopes)


def recalling(region: Region) -> Recalling:
    courier = Recalling(region.courier)
    region.gateway.courier = courier
    return courier


async def sweep(region: Region, seconds: float = 5.0) -> Swept:
    it = region.gateway
    return await Sweeping(
        it.database,
        it.registry,
        it.courier,
        it.settling,
        it.keys_of,
        it.watch,
        it.signals.told,
        it.listening.listen,
        seconds,
    ).sweep()


async def expired_for(all_regions: Regions, sender: Region, to: str, count: int) -> list[str]:
    """Cases whose partner was away for longer than their envelopes live, and is back; its circuit is closed."""
    sender.courier.down.add(to)
    numbers = [await sender.submit(sender.a_case(to=to)) for _ in range(count)]
    await sender.gateway.deliver(to)
    all_regions.clock.pass_time(days=8)
    sender.courier.down.discard(to)
    now = all_regions.clock()
    await sender.gateway.database.write(lambda tx: peers.answered_probe(tx, to, now, timedelta()))
    return numbers


async def test_with_every_hint_lost_work_leaves_at_the_next_sweep_and_a_defect_costs_one_lease(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        origin.gateway.signals = Deaf()
        courier = recalling(origin)
        naps, looked, failed = Naps(), asyncio.Event(), list[str]()

        async def due() -> list[str]:
            found = await origin.gateway.delivery.to_call()
            looked.set()
            return found

        async def fly(code: str) -> bool:
            return (await origin.gateway.deliver(code)).more

        rounds = Rounds(
            fly=fly,
            carry=origin.gateway.send_materials,
            due=due,
            signals=origin.gateway.signals,
            most=4,
            every=15.0,
            sleep=naps,
            failed=lambda _, error: failed.append(str(error)),
        )
        running = asyncio.ensure_future(rounds.run())
        await looked.wait()
        number = await origin.submit(origin.a_case(to=ENSHI))
        assert await origin.state(number) is State.FORWARDED
        await naps.over(rounds, looked)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF

        courier.broken = 1
        number = await origin.submit(origin.a_case(to=ENSHI))
        await naps.over(rounds, looked)
        assert failed == ["a defect in the middle of a flight"]
        await naps.over(rounds, looked)
        assert await origin.state(number) is State.FORWARDED, "its claim stands"
        both.clock.pass_time(seconds=60)
        await naps.over(rounds, looked)
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
        running.cancel()
        await asyncio.wait([running])


async def test_one_partner_that_never_answers_keeps_no_other_from_being_asked(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, XIANGXI) as three:
        origin = three[QIANJIANG]
        silent = await expired_for(three, origin, ENSHI, 1)
        answering = await expired_for(three, origin, XIANGXI, 1)
        courier = recalling(origin)
        courier.silent.add(ENSHI)
        swept = await sweep(origin, seconds=0.05)
        assert (swept.given_up, sorted(courier.asked)) == (1, [(ENSHI, 1), (XIANGXI, 1)])
        assert await origin.state(answering[0]) is State.UNDELIVERABLE
        assert await origin.state(silent[0]) is State.FORWARDED, "its fate is not known"
        await sweep(origin, seconds=0.05)
        assert courier.asked.count((ENSHI, 1)) == 1, "it failed, and rests"
        courier.silent.clear()
        three.clock.pass_time(minutes=1)
        await sweep(origin)
        (standing,) = await origin.gateway.delivery.standings(ENSHI)
        assert standing.circuit is Circuit.CLOSED, "the question did for a probe"
        assert await origin.state(silent[0]) is State.UNDELIVERABLE


async def test_a_sweep_does_a_bounded_amount_for_each_partner_and_the_next_goes_on(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        (number,) = await expired_for(both, origin, ENSHI, 1)
        late = to_store(both.clock() - timedelta(days=2))
        most = MOST_ROUNDS * 64

        def many(tx) -> None:
            # The partner says neither what became of them nor that it never saw them.
            tx.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
                " INSERT INTO outbox (envelope_id, partner, case_id, sequence, payload_sha256, bytes, materials_wait, due_at,"
                " tries, last_reason, owed_at, expires_at, outcome, batch_id, kept_back)"
                " SELECT printf('stuck-%06d', i), :partner, 'no case', i, x'00', 1, 0, 0, 1, '', 0, :late + i, '', '', 'parked'"
                " FROM n",
                {"count": most + 100, "partner": ENSHI, "late": late - 10**9},
            )

        await origin.gateway.database.write(many)
        courier = recalling(origin)
        courier.keeps_quiet_about = "stuck"
        await sweep(origin)
        assert courier.asked == [(ENSHI, 64)] * MOST_ROUNDS
        assert await origin.state(number) is State.FORWARDED, "it stands at the end of the line"
        await sweep(origin)
        assert courier.asked[MOST_ROUNDS:] == [(ENSHI, 64), (ENSHI, 37)]
        assert await origin.state(number) is State.UNDELIVERABLE, "what cannot be ended hides nothing"
        await sweep(origin)
        assert len(courier.asked) == MOST_ROUNDS + 2, "and is asked about again after an hour"
        left = await origin.gateway.database.read(
            lambda tx: backlog.unanswered(tx, ENSHI, both.clock() + timedelta(hours=2), 2 * most)
        )
        assert len(left) == most + 100


async def test_nothing_is_given_up_while_wall_time_has_jumped(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        await origin.gateway.sweep()
        number = await origin.submit(origin.a_case(to=ENSHI))
        courier = recalling(origin)
        both.clock.jump(days=365)
        swept = await origin.gateway.sweep()
        assert (swept.held, courier.asked) == (True, [])
        assert await origin.state(number) is State.FORWARDED
        for _ in range(7):
            both.clock.pass_time(minutes=10)
            held = (await origin.gateway.sweep()).held
        assert not held, "it ran evenly for an hour"
        assert courier.asked == [(ENSHI, 1)]
        assert await origin.state(number) is State.UNDELIVERABLE


async def test_an_event_that_expired_at_the_handler_is_sealed_anew_and_arrives(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        number = await origin.submit(origin.a_case(to=ENSHI))
        await both.settle_down()
        handler.courier.down.add(QIANJIANG)
        await handler.act(number, ev.ReceivedByHandler("ES-1"))
        await handler.gateway.deliver(QIANJIANG)
        both.clock.pass_time(days=8)
        handler.courier.down.clear()
        now = both.clock()
        await handler.gateway.database.write(lambda tx: peers.answered_probe(tx, QIANJIANG, now, timedelta()))
        await handler.gateway.sweep()
        await both.settle_down()
        assert await origin.state(number) is State.WITH_HANDLER
        rows = await handler.gateway.database.read(lambda tx: outbox.of_case(tx, number))
        assert [row.outcome for row in rows] == [outbox.GIVEN_UP, outbox.ACCEPTED]


async def test_a_partner_that_collects_is_never_dialled_to_be_asked(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as both:
        origin = both[QIANJIANG]
        await origin.submit(origin.a_case(to=ENSHI))
        both.clock.pass_time(days=8)
        courier = recalling(origin)
        await origin.gateway.sweep()
        assert courier.asked == []
        assert await origin.gateway.delivery.to_call() == []
