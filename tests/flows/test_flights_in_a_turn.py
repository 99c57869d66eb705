"""While a full flight is out the next one is claimed; it leaves at once, one at a time, or is given back untouched."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import Answers
from gateway.flows.delivery.deliver import FLIGHTS_A_TURN
from gateway.partners.partner import Partner
from gateway.store import peers
from gateway.wire.envelope import EnvelopeAnswer
from gateway.wire.problems import problem_of
from tests.fakes import UnreliableCourier, unreachable
from tests.flows.regions import Region, Regions, regions

ENSHI, QIANJIANG = "422800", "500114"


class Numbered(UnreliableCourier):
    """Counts flights, and lets one of them go wrong: `cut`, `hang`, `drop` the receipt of its last envelope, or be `slow`."""

    def __init__(self, inner: UnreliableCourier, both: Regions) -> None:
        super().__init__(inner)
        self.both = both
        self.sizes: list[int] = []
        self.out = 0
        self.goes_wrong: dict[int, str] = {}
        self.hangs = asyncio.Event()

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        self.sizes.append(len(envelopes))
        self.out += 1
        assert self.out == 1, "one flight to a partner at a time"
        try:
            return await self._one(partner, envelopes, self.goes_wrong.get(len(self.sizes), ""))
        finally:
            self.out -= 1

    async def _one(self, partner: Partner, envelopes: Sequence[bytes], wrong: str) -> Answers:
        if wrong == "cut":
            raise unreachable(partner)
        if wrong == "hang":
            self.hangs.set()
            await asyncio.get_running_loop().create_future()
        if wrong == "slow":
            self.both.clock.pass_time(seconds=2)
        if wrong == "drop":
            answers = await super().deliver(partner, envelopes[:-1])
            busy = problem_of(GatewayError(Reason.RATE_EXCEEDED, limit="x", retry_after_seconds="1", seconds="1"))
            return Answers(answers.receipt_batches, (*answers.answers, EnvelopeAnswer("", None, busy)))
        return await super().deliver(partner, envelopes)


@asynccontextmanager
async def piled_up(folder: Path, count: int) -> AsyncIterator[tuple[Regions, Region, Numbered]]:
    """Two regions, and so many new cases in the outbox of the first."""
    async with regions(folder, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = Numbered(origin.courier, both)
        origin.gateway.courier = courier
        for _ in range(count):
            await origin.submit(origin.a_case(to=ENSHI))
        yield both, origin, courier


async def standings(region: Region) -> Counter[tuple[bool, int, bool]]:
    """Of the envelopes owed: how many are settled or not, after how many tries, and due or claimed."""
    now = int(region.clock().timestamp() * 1_000_000)
    rows = await region.gateway.database.read(
        lambda tx: tx.rows(
            "SELECT settled_at IS NOT NULL, tries, settled_at IS NULL AND due_at <= :now FROM outbox", {"now": now}
        )
    )
    return Counter((bool(settled), tries, bool(due)) for settled, tries, due in rows)


async def received(both: Regions) -> int:
    rows = await both[ENSHI].gateway.database.read(lambda tx: tx.rows("SELECT COUNT(*) FROM cases"))
    return int(rows[0][0])


async def test_what_has_piled_up_goes_in_full_flights_one_after_the_other(tmp_path: Path) -> None:
    async with piled_up(tmp_path, 150) as (both, origin, courier):
        flight = await origin.gateway.deliver(ENSHI)
        assert courier.sizes == [64, 64, 22]
        assert (flight.sent, flight.settled, flight.flights, flight.more) == (150, 150, 3, True)
        assert await standings(origin) == {(True, 1, False): 150}
        assert await received(both) == 150
        peer = await origin.gateway.database.read(lambda tx: peers.find(tx, ENSHI))
        assert (peer.under_way_until, peer.failures) == (None, 0), "nothing is out any more"


async def test_after_so_many_flights_it_is_the_turn_of_the_others(tmp_path: Path) -> None:
    async with piled_up(tmp_path, 64 * FLIGHTS_A_TURN + 3) as (_, origin, courier):
        flight = await origin.gateway.deliver(ENSHI)
        assert courier.sizes == [64] * FLIGHTS_A_TURN
        assert flight.more
        assert await standings(origin) == {(True, 1, False): 64 * FLIGHTS_A_TURN, (False, 0, True): 3}


async def test_when_a_flight_fails_what_was_claimed_meanwhile_counts_no_try(tmp_path: Path) -> None:
    async with piled_up(tmp_path, 200) as (both, origin, courier):
        courier.goes_wrong[2] = "cut"
        flight = await origin.gateway.deliver(ENSHI)
        assert (courier.sizes, flight.settled, flight.away) == ([64, 64], 64, True)
        assert await standings(origin) == {(True, 1, False): 64, (False, 1, True): 64, (False, 0, True): 72}
        await both.pass_time(minutes=5)
        await both.settle_down()
        assert (await received(both), (await standings(origin)).total()) == (200, 200)
        assert all(settled for settled, _, _ in await standings(origin))


async def test_when_one_envelope_is_not_receipted_no_other_flight_follows(tmp_path: Path) -> None:
    async with piled_up(tmp_path, 100) as (_, origin, courier):
        courier.goes_wrong[1] = "drop"
        flight = await origin.gateway.deliver(ENSHI)
        assert (courier.sizes, flight.settled) == ([64], 63)
        assert await standings(origin) == {(True, 1, False): 63, (False, 0, True): 37}, (
            "what was not looked at counts no try"
        )


async def test_what_was_claimed_too_long_ago_is_given_back(tmp_path: Path) -> None:
    async with piled_up(tmp_path, 100) as (_, origin, courier):
        courier.goes_wrong[1] = "slow"
        flight = await origin.gateway.deliver(ENSHI)
        assert (courier.sizes, flight.more) == ([64], True)
        assert await standings(origin) == {(True, 1, False): 64, (False, 0, True): 36}


async def test_a_process_that_dies_between_two_flights_gives_both_back(tmp_path: Path) -> None:
    async with piled_up(tmp_path, 200) as (both, origin, courier):
        courier.goes_wrong[2] = "hang"
        turn = asyncio.create_task(origin.gateway.deliver(ENSHI))
        await courier.hangs.wait()
        while not (await standings(origin))[True, 1, False]:
            pass  # the first flight is settled while the second is out
        turn.cancel()
        with suppress(asyncio.CancelledError):
            await turn
        assert courier.out == 0, "nothing is left running"
        await both.reopen(origin)
        left = await standings(origin)
        assert left[True, 1, False] == 64
        assert sum(count for (settled, _, due), count in left.items() if not settled and due) == 136, left
        both.clock.pass_time(minutes=1)
        await both.settle_down()
        assert await received(both) == 200
