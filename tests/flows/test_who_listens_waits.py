"""Two loops that want to know the time of partners at the same moment: neither goes on before it was heard."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.partners.partner import Partner
from gateway.wire.description import Description
from tests.fakes import DirectCourier, UnreliableCourier
from tests.flows.regions import regions

ENSHI, QIANJIANG = "422800", "500114"


class Thinking(UnreliableCourier):
    """Partners that take a while to describe themselves."""

    def __init__(self, inner: DirectCourier) -> None:
        super().__init__(inner)
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def describe(self, partner: Partner, *args: Any, **more: Any) -> Description:
        self.asked.set()
        await self.may_answer.wait()
        return await super().describe(partner, *args, **more)


async def test_a_loop_that_comes_while_another_asks_waits_for_what_is_heard(tmp_path: Path) -> None:
    async with regions(tmp_path, QIANJIANG, ENSHI) as both:
        ours = both[QIANJIANG]
        courier = ours.courier = ours.gateway.courier = Thinking(DirectCourier(QIANJIANG, both.gateways))
        ours.gateway.listening.courier = courier
        # Ours was started with a wrong clock, which no jump shows: only the partner's does.
        ours.gateway.listening.clock = lambda: both.clock() + timedelta(days=365)
        first = asyncio.create_task(ours.gateway.listening.listen())
        await courier.asked.wait()
        second = asyncio.create_task(ours.gateway.listening.listen())
        done, _ = await asyncio.wait([second], timeout=0.05)
        assert not done
        courier.may_answer.set()
        await second
        assert ours.gateway.watch.is_doubtful(), "it is heard by now"
        await first
