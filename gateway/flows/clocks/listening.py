"""What time do our partners have?  Asked of a few before anything happens by time alone that cannot be undone.

1 choose   a few partners that can be called, those that answered last first
2 ask      DescribeGateway, all at once, for a few seconds
3 note     how far each clock is from ours: in memory (`clock_watch`), and in the standing of the partner

Nobody answers: then our own clock counts, because partners may be away for days and time limits run all the same.
Leaves to others: what is held when the clocks differ.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.bounding import within
from gateway.flows.clocks.clock_watch import JUMP, ClockWatch
from gateway.flows.delivery.courier import Courier
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Delivery, Status
from gateway.store import peers
from gateway.store.database import Database, Transaction

ASKED = 5
"""Partners asked at a time."""
ASK_SECONDS = 5.0
"""Overall; connecting included."""
FRESH = timedelta(minutes=10)
"""What was heard may be so old when something is about to happen."""
UNHEARD = timedelta(minutes=1)
"""Asked again so much later when nobody answered."""

_BEYOND = JUMP + timedelta(seconds=1)
_BY_ITS_CLOCK = {Reason.TOKEN_NOT_YET_VALID.value: -_BEYOND, Reason.TOKEN_EXPIRED.value: _BEYOND}
"""A partner that finds our token dated ahead, or stale, does not tell its time; it counts as far from ours all the same."""


@dataclass(slots=True)
class Listening:
    """The flow, bound to one gateway."""

    database: Database
    registry: Registry
    courier: Courier
    watch: ClockWatch
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    _asked_at: float = field(default=float("-inf"), init=False)
    _answered: bool = field(default=False, init=False)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def listen(self, fresh: timedelta = FRESH) -> None:
        """Ask, unless partners were asked within `fresh`.

        When this returns, what they said is known: whoever comes while another asks waits for the answers, and does not go
        on by a clock about which nothing was heard yet.
        """
        async with self._asking:
            await self._listen(fresh)

    async def _listen(self, fresh: timedelta) -> None:
        since = self.monotonic() - self._asked_at
        if since < (fresh if self._answered else UNHEARD).total_seconds():
            return
        self._asked_at = self.monotonic()
        chosen = await self.database.read(self._chosen)
        heard = [one for one in await asyncio.gather(*map(self._ask, chosen)) if one is not None]
        self._answered = bool(heard)
        for code, skew in heard:
            self.watch.heard(code, skew)
        if heard:
            await self.database.write(lambda tx: _note(tx, heard))

    def _chosen(self, tx: Transaction) -> list[Partner]:
        known = peers.every(tx)

        def latest_first(partner: Partner) -> float:
            peer = known.get(partner.code)
            return -peer.last_outward_at.timestamp() if peer and peer.last_outward_at else 0.0

        callable_now = [
            one
            for one in self.registry.current()
            if not one.is_sample and one.status is Status.ACTIVE and one.delivery is Delivery.PUSH
        ]
        return sorted(callable_now, key=lambda one: (latest_first(one), one.code))[:ASKED]

    async def _ask(self, partner: Partner) -> tuple[str, timedelta] | None:
        asked_at = self.clock()
        try:
            said = await within(ASK_SECONDS, partner, self.courier.describe(partner))
        except GatewayError as error:
            skew = _BY_ITS_CLOCK.get(str(error.facts.get("reason", "")))
            return None if skew is None or error.reason is not Reason.PARTNER_REJECTED_US else (partner.code, skew)
        return partner.code, said.time - (asked_at + (self.clock() - asked_at) / 2)


def _note(tx: Transaction, heard: list[tuple[str, timedelta]]) -> None:
    for code, skew in heard:
        peers.tells_time(tx, code, skew)
