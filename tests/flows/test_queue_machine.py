"""The exchange of two regions whose partners object to anything and whose operators act on the queue: one story in the end.

Whatever is answered for a while, and whatever operators hold, release, retry or fail meanwhile: once nobody objects and nothing
is held, both sides tell the same of every case.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule
from test_exchange_machine import CODES, PICKS, QUICK, REGIONS, Exchange, TapedCourier, one_of

from gateway.case.reasons import Answer, Reason
from gateway.flows.delivery.courier import Answers
from gateway.flows.queue.deed import Deed
from gateway.partners.partner import Partner
from gateway.store.queue import Place
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import EnvelopeAnswer
from gateway.wire.header import header_from_bytes
from tests.flows.queue_build import Objection, deed, problem_of, to_the_end

OBJECTIONS = st.builds(Objection, st.sampled_from([one.value for one in Reason]), st.sampled_from(Answer))


class Objecting:
    """Carries like another courier, except that the partner objects to every envelope while `says` is set."""

    def __init__(self, inner: TapedCourier) -> None:
        self._inner = inner
        self.says: Objection | None = None

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        if self.says is None:
            return await self._inner.deliver(partner, envelopes)
        headers = [header_from_bytes(sealed_from_bytes(one).payload) for one in envelopes]
        said = problem_of(self.says)
        return Answers((), tuple(EnvelopeAnswer(one.envelope_id, None, said) for one in headers))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class DeskExchange(Exchange):
    """Operators act on the queue in between."""

    def __init__(self) -> None:
        super().__init__()
        self.objecting: dict[str, Objecting] = {}

    @rule(code=REGIONS, says=OBJECTIONS)
    def the_partner_of_a_region_objects(self, code: str, says: Objection) -> None:
        self.objecting.setdefault(code, Objecting(self.wires[code])).says = says
        self.regions[code].courier._inner = self.objecting[code]

    @rule(code=REGIONS, hours=st.integers(1, 30))
    def hours_go_by(self, code: str, hours: int) -> None:
        for _ in range(hours):
            self.regions.clock.pass_time(hours=1)
            self.run(self._sweep(code))
            self.run(self._carry(code))

    @rule(code=REGIONS, pick=PICKS, whole=st.booleans())
    def an_operator_holds(self, code: str, pick: int, whole: bool) -> None:
        desk = self.regions[code].gateway.queue
        self.run(to_the_end(lambda after: desk.hold(self._deed_on(pick, after, whole=whole), None)))

    @rule(code=REGIONS, pick=PICKS, whole=st.booleans())
    def an_operator_releases(self, code: str, pick: int, whole: bool) -> None:
        desk = self.regions[code].gateway.queue
        self.run(to_the_end(lambda after: desk.let_go(self._deed_on(pick, after, whole=whole))))

    @rule(code=REGIONS, pick=PICKS, whole=st.booleans())
    def an_operator_retries(self, code: str, pick: int, whole: bool) -> None:
        desk = self.regions[code].gateway.queue
        self.run(to_the_end(lambda after: desk.retry(self._deed_on(pick, after, whole=whole))))

    @rule(code=REGIONS, pick=PICKS)
    def an_operator_fails_a_case(self, code: str, pick: int) -> None:
        desk = self.regions[code].gateway.queue
        self.run(to_the_end(lambda after: desk.fail(self._deed_on(pick, after, whole=False), without_asking=False)))

    def _deed_on(self, pick: int, after: Place, *, whole: bool) -> Deed:
        if whole:
            return deed(after=after)
        return deed(after=after, case_id=one_of(self.acknowledged, pick).number)

    async def _settle(self) -> None:
        for code in CODES:
            desk = self.regions[code].gateway.queue
            await to_the_end(lambda after, desk=desk: desk.let_go(deed(after=after)))
            if code in self.objecting:
                self.objecting[code].says = None
        await super()._settle()


DeskExchange.TestCase.settings = settings(QUICK, max_examples=10)


@pytest.mark.timeout(240)
class TestOperatorsAtTheDesk(DeskExchange.TestCase):
    """Run the exchange."""
