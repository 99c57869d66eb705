"""What one partner may use, counted on a clock the test owns, and how a call waits for its turn."""

import asyncio
from dataclasses import dataclass, field

import pytest

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.limits import Limits
from gateway.peering.admission import LOOKS_EVERY, Turns
from gateway.peering.allowance import COLLECTS_AT_ONCE, STREAMS_AT_ONCE, Allowance
from gateway.peering.strangers import Strangers
from tests.certificates import QIANJIANG, XIANGXI
from tests.flows.peering.peering_build import a_moment

DELIVER, DESCRIBE = "DeliverEnvelopes", "DescribeGateway"


@dataclass
class Watch:
    """Seconds the test moves, and the limits of every partner."""

    now: float = 1000.0
    limits: Limits = field(default_factory=lambda: Limits(envelopes_per_minute=60, concurrent_calls=2))

    def allowance(self) -> Allowance:
        return Allowance(lambda _: self.limits, lambda: self.now)


def test_calls_at_once_are_counted_by_partner_and_come_free_again():
    allowance = Watch().allowance()
    assert [allowance.enter(QIANJIANG, DESCRIBE) for _ in range(2)] == [None, None]
    full = allowance.enter(QIANJIANG, DESCRIBE)
    assert full is not None
    assert (full.bound, full.place) == ("limits.concurrent_calls: 2", True)
    assert allowance.enter(XIANGXI, DESCRIBE) is None, "another partner has places of its own"
    allowance.leave(QIANJIANG, DESCRIBE)
    assert allowance.enter(QIANJIANG, DESCRIBE) is None


@pytest.mark.parametrize(
    ("rpc", "most"),
    [("CollectEnvelopes", COLLECTS_AT_ONCE), ("PutMaterial", STREAMS_AT_ONCE), ("GetMaterial", STREAMS_AT_ONCE)],
)
def test_long_polls_and_streams_take_no_place_of_a_call(rpc, most):
    allowance = Watch().allowance()
    assert [allowance.enter(QIANJIANG, rpc) for _ in range(most)] == [None] * most
    assert allowance.enter(QIANJIANG, rpc) is not None
    assert allowance.enter(QIANJIANG, DELIVER) is None


def test_uploads_and_downloads_share_their_places():
    allowance = Watch().allowance()
    for nth in range(STREAMS_AT_ONCE):
        assert allowance.enter(QIANJIANG, ("PutMaterial", "GetMaterial")[nth % 2]) is None
    assert allowance.enter(QIANJIANG, "GetMaterial") is not None


def test_a_minutes_worth_of_envelopes_at_once_then_evenly():
    watch = Watch()
    allowance = watch.allowance()
    assert allowance.take_envelopes(QIANJIANG, 50) == (50, None)
    taken, full = allowance.take_envelopes(QIANJIANG, 30)
    assert (taken, full.bound, full.seconds) == (10, "limits.envelopes_per_minute: 60", 20.0)
    entered = allowance.enter(QIANJIANG, DELIVER)
    assert (entered.place, entered.seconds) == (False, 1.0), "no batch is read while not one envelope fits"
    watch.now += 1
    assert allowance.enter(QIANJIANG, DELIVER) is None
    assert allowance.take_envelopes(QIANJIANG, 3)[0] == 1
    watch.now += 3600
    assert allowance.take_envelopes(QIANJIANG, 64)[0] == 60, "an hour of silence saves no more than a minute's worth"


@pytest.mark.parametrize("rate", [1, 7, 600_000])
def test_a_batch_above_the_rate_gets_through_in_the_end(rate):
    watch = Watch(limits=Limits(envelopes_per_minute=rate))
    allowance = watch.allowance()
    left, calls = 64, 0
    while left:
        taken, full = allowance.take_envelopes(QIANJIANG, left)
        left -= taken
        calls += 1
        watch.now += full.seconds if full else 0
    assert calls <= 65


def test_a_batch_above_the_largest_is_taken_in_part_and_the_rest_may_come_at_once():
    watch = Watch(limits=Limits(largest_batch=8))
    taken, full = watch.allowance().take_envelopes(QIANJIANG, 20)
    assert (taken, full.as_error().facts) == (
        8,
        {"limit": "limits.largest_batch: 8", "seconds": 1, "retry_after_seconds": 1},
    )


def test_other_calls_have_a_rate_of_their_own_that_no_envelope_uses_up():
    watch = Watch(limits=Limits(envelopes_per_minute=1, concurrent_calls=64))
    allowance = watch.allowance()
    allowance.take_envelopes(QIANJIANG, 1)
    for _ in range(600):
        assert allowance.enter(QIANJIANG, DESCRIBE) is None
        allowance.leave(QIANJIANG, DESCRIBE)
    assert allowance.enter(QIANJIANG, DESCRIBE).bound == "calls_per_minute: 600"


def test_a_partner_file_that_changes_takes_effect_at_once():
    watch = Watch()
    allowance = watch.allowance()
    allowance.enter(QIANJIANG, DELIVER)
    watch.limits = Limits(envelopes_per_minute=5, concurrent_calls=1)
    assert allowance.enter(QIANJIANG, DELIVER).place
    assert allowance.take_envelopes(QIANJIANG, 10)[0] == 5


def test_a_clock_that_stands_still_or_goes_back_gives_nothing_away():
    watch = Watch()
    allowance = watch.allowance()
    assert allowance.take_envelopes(QIANJIANG, 60)[0] == 60
    watch.now -= 500
    assert allowance.take_envelopes(QIANJIANG, 1)[0] == 0


def test_counters_are_dropped_with_the_partner_once_its_calls_have_ended():
    allowance = Watch().allowance()
    allowance.enter(QIANJIANG, DELIVER)
    allowance.enter(XIANGXI, DELIVER)
    allowance.leave(XIANGXI, DELIVER)
    allowance.keep_only(frozenset())
    assert len(allowance) == 1
    allowance.leave(QIANJIANG, DELIVER)
    allowance.keep_only(frozenset())
    assert len(allowance) == 0


async def test_a_call_above_the_bound_waits_for_its_turn_first_come_first_served():
    watch = Watch(limits=Limits(concurrent_calls=1))
    turns = Turns(watch.allowance(), waits_seconds=20)
    await turns.enter(QIANJIANG, DESCRIBE)
    order: list[int] = []

    async def call(nth: int) -> None:
        await turns.enter(QIANJIANG, DESCRIBE)
        order.append(nth)
        turns.leave(QIANJIANG, DESCRIBE)

    waiting = [asyncio.create_task(call(nth)) for nth in range(5)]
    await a_moment()
    assert order == []
    turns.leave(QIANJIANG, DESCRIBE)
    await asyncio.gather(*waiting)
    assert order == [0, 1, 2, 3, 4]


async def test_a_caller_that_gives_up_while_it_waits_costs_the_next_nothing():
    watch = Watch(limits=Limits(concurrent_calls=1))
    turns = Turns(watch.allowance(), waits_seconds=20)
    await turns.enter(QIANJIANG, DESCRIBE)
    gone = asyncio.create_task(turns.enter(QIANJIANG, DESCRIBE))
    next_one = asyncio.create_task(turns.enter(QIANJIANG, DESCRIBE))
    await a_moment()
    # Woken and gone in the same moment: the place must not be lost between the two.
    turns.leave(QIANJIANG, DESCRIBE)
    gone.cancel()
    await next_one
    assert gone.cancelled()


async def test_no_more_wait_than_may_and_the_rest_are_told_when_to_come_again():
    watch = Watch(limits=Limits(concurrent_calls=1))
    turns = Turns(watch.allowance(), waits_seconds=20, most_waiting=3)
    await turns.enter(QIANJIANG, DESCRIBE)
    waiting = [asyncio.create_task(turns.enter(QIANJIANG, DESCRIBE)) for _ in range(3)]
    await a_moment()
    with pytest.raises(GatewayError) as refused:
        await turns.enter(QIANJIANG, DESCRIBE)
    assert refused.value.reason is Reason.RATE_EXCEEDED
    assert refused.value.facts == {"limit": "limits.concurrent_calls: 1", "seconds": 2, "retry_after_seconds": 2}
    await turns.enter(XIANGXI, DESCRIBE)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert turns._waiting == {}


async def test_a_call_that_waited_in_vain_is_told_the_bound():
    watch = Watch()
    allowance = watch.allowance()
    allowance.take_envelopes(QIANJIANG, 60)
    with pytest.raises(GatewayError) as refused:
        await Turns(allowance, waits_seconds=0).enter(QIANJIANG, DELIVER)
    assert refused.value.facts == {"limit": "limits.envelopes_per_minute: 60", "seconds": 1, "retry_after_seconds": 1}
    assert "60" in refused.value.cause.zh


async def test_calls_that_wait_for_the_rate_look_now_and_then_and_never_wake_one_another():
    looks = 0

    def limits_of(_: str) -> Limits:
        nonlocal looks
        looks += 1
        return Limits(envelopes_per_minute=60, concurrent_calls=1)

    allowance = Allowance(limits_of, lambda: 0.0)
    turns = Turns(allowance, waits_seconds=3.5 * LOOKS_EVERY)
    await turns.enter(QIANJIANG, DELIVER)
    waiting = [asyncio.create_task(turns.enter(QIANJIANG, DELIVER)) for _ in range(50)]
    await a_moment()
    allowance.take_envelopes(QIANJIANG, 60)
    turns.leave(QIANJIANG, DELIVER)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, GatewayError) for one in results)
    assert looks < 50 * 20, "each looks when it comes, when a place is free, then at most every tenth of a second"


def test_a_certificate_that_proves_nobody_too_often_is_not_looked_at_until_there_is_room_again():
    watch = Watch()
    strangers = Strangers(lambda: watch.now, per_minute=60)
    for _ in range(60):
        strangers.admit(b"one")
        strangers.count(b"one")
    with pytest.raises(GatewayError) as refused:
        strangers.admit(b"one")
    assert refused.value.facts["seconds"] == 1
    strangers.admit(b"another")
    watch.now += 1
    strangers.admit(b"one")


def test_no_number_of_certificates_takes_more_memory():
    strangers = Strangers(lambda: 0.0, most=10)
    for nth in range(1000):
        strangers.count(b"%d" % nth)
    assert len(strangers) == 10
