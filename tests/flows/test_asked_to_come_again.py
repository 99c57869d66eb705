"""A partner that takes no more for the moment: what it has not looked at is brought when it says, and never parked for that."""

from collections.abc import Sequence
from pathlib import Path

from gateway.case.errors import GatewayError
from gateway.case.reasons import Answer, Reason
from gateway.case.states import State
from gateway.flows.delivery.courier import Answers
from gateway.partners.partner import Partner
from gateway.wire.codec import problem_of
from gateway.wire.envelope import EnvelopeAnswer
from tests.fakes import DirectCourier, UnreliableCourier
from tests.flows.queue_build import ENSHI, QIANJIANG, Objection, objecting, owed_in, standing_of
from tests.flows.regions import regions

MORE_THAN_A_DAY = 30
BATCH = 4


class FewAtATime(UnreliableCourier):
    """A partner that takes a few envelopes of a call and asks for the others again (`limits.largest_batch`)."""

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        taken = await super().deliver(partner, envelopes[:BATCH])
        full = problem_of(GatewayError(Reason.RATE_EXCEEDED, limit="4", retry_after_seconds=1, seconds=1))
        later = [EnvelopeAnswer("", None, full)] * (len(envelopes) - len(taken.answers))
        return Answers(taken.receipt_batches, (*taken.answers, *later))


async def test_a_partner_that_takes_small_batches_gets_everything_one_batch_after_the_other(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        origin.courier = origin.gateway.courier = FewAtATime(DirectCourier(QIANJIANG, both.gateways))
        numbers = [await origin.submit(origin.a_case(to=ENSHI)) for _ in range(3 * BATCH)]
        flights = 0
        while (await origin.gateway.deliver(ENSHI)).more:
            flights += 1
        assert flights == 3
        assert {await origin.state(number) for number in numbers} == {State.AWAITING_SIGN_OFF}


async def test_what_is_beyond_the_allowance_is_not_held_against_the_envelope(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        origin = both[QIANJIANG]
        courier = objecting(both, origin)
        number = await origin.submit(origin.a_case(to=ENSHI))
        full = Objection("RATE_EXCEEDED", Answer.RETRIABLE, facts={"retry_after_seconds": "7", "limit": "16"})
        courier.objects = lambda _: full
        for _ in range(MORE_THAN_A_DAY):
            await origin.gateway.deliver(ENSHI)
            (owed,) = await owed_in(origin, number)
            assert (owed.due_at - both.clock()).total_seconds() == 7, "as it asks, however often"
            assert (owed.tries, owed.last_reason) == (0, "")
            both.clock.pass_time(hours=1)
        (one,) = await standing_of(origin, number)
        assert (one.kept_back, one.answers) == ("", 0)
        assert sum(courier.tried.values()) == MORE_THAN_A_DAY
        courier.objects = lambda _: None
        await both.settle_down()
        assert await origin.state(number) is State.AWAITING_SIGN_OFF
