"""What a region that only dials out finds not authentic: the region that handed it out learns which envelope that was."""

from pathlib import Path

from gateway.case.states import State
from gateway.flows.delivery.courier import Answers, HandedOut
from gateway.partners.partner import Partner
from gateway.store.queue import PARKED
from gateway.wire.codec import sealed_from_bytes, sealed_to_bytes
from gateway.wire.envelope import Sealed, Signature
from tests.fakes import DirectCourier, UnreliableCourier
from tests.flows.queue_build import deed, standing_of
from tests.flows.regions import regions

ENSHI, QIANJIANG = "422800", "500114"


class Spoiling(UnreliableCourier):
    """Everything that is collected comes with a signature of an unknown key, while `spoils`."""

    spoils = True

    async def collect(self, partner: Partner, answered: Answers, max_envelopes: int, wait_seconds: int) -> HandedOut:
        out = await super().collect(partner, answered, max_envelopes, wait_seconds)
        return HandedOut(tuple(_spoilt(one) for one in out.envelopes), out.more) if self.spoils else out


def _spoilt(envelope: bytes) -> bytes:
    sealed = sealed_from_bytes(envelope)
    return sealed_to_bytes(Sealed(sealed.payload, sealed.payload_type, (Signature(b"\x01" * 64, "a key nobody has"),)))


async def test_an_envelope_a_collector_rejects_is_parked_and_shown_and_goes_when_it_is_mended(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI, collects=(ENSHI,)) as both:
        origin, handler = both[QIANJIANG], both[ENSHI]
        courier = handler.courier = handler.gateway.courier = Spoiling(DirectCourier(ENSHI, both.gateways))
        number = await origin.submit(origin.a_case(to=ENSHI))
        collector = handler.gateway.collector()
        for _ in range(8):
            await collector.collect(QIANJIANG, 0)
            both.clock.pass_time(hours=5)
        (one,) = await standing_of(origin, number)
        assert one.kept_back == PARKED, "staff see that their key is not known there"
        assert ("kept_back", number) in await origin.feed()
        courier.spoils = False
        await origin.gateway.queue.retry(deed("公钥已登记", case_id=number))
        for _ in range(2):
            await collector.collect(QIANJIANG, 0)
        assert await origin.state(number) is await handler.state(number) is State.AWAITING_SIGN_OFF
