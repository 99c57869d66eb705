"""Everything kept back has an exit of its own; this is what opens it, a bounded piece at a time.

1 holds     those whose time is over end; what ended holds kept back goes, or stays for another hold that catches it
2 parked    whose slow try has come fly once more
3 changed   a partner whose file changed is offered one parked envelope of each cause; the first that arrives frees the others
            (`parking.free_the_like`).  At a start every partner is: this program may be another one
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.flows.delivery.parking import SLOWEST
from gateway.partners.registry import Registry
from gateway.store import audit, holds, parking
from gateway.store.database import Database, Transaction

STEPS = 20
"""Most writes of one upkeep for ended holds; the next goes on."""
A_STEP = 500
SLOWLY = 256
"""Most parked envelopes of one partner that get their slow try in one upkeep, so that they do not crowd out what is new."""
CAUSES = 16
"""Most causes of one partner that are tried with one envelope each."""
CALLS_COUNT_AFTER = timedelta(minutes=10)
"""A partner's calls earn its parked envelopes such a try once in so long."""


@dataclass(slots=True)
class Upkeep:
    """Opens the exits; remembers which partner file it saw last, and when a call last earned a try.

    Attributes:
        has_jumped: whether wall time is in doubt, so that no hold ends by time alone.
        listen: asks partners what time they have, unless they were asked lately.
    """

    database: Database
    registry: Registry
    own_region: str
    clock: Callable[[], datetime]
    has_jumped: Callable[[], bool]
    wake: Callable[[str], None]
    listen: Callable[[], Awaitable[None]]
    _files: dict[str, str] = field(default_factory=dict)
    _earned: dict[str, datetime] = field(default_factory=dict)

    async def look_after(self) -> int:
        """Let go what may go; return how many envelopes that were kept back."""
        now = self.clock()
        went = await self._holds(now)
        digests = {one.code: one.digest for one in self.registry.current() if not one.is_sample}
        changed = [code for code, digest in digests.items() if self._files.get(code) != digest]

        def look(tx: Transaction) -> dict[str, list[str]]:
            found = {code: parking.due(tx, code, now, now + 2 * SLOWEST, SLOWLY) for code in digests}
            for code in changed:
                found[code] += parking.one_of_each_cause(tx, code, CAUSES)
            return found

        for code, ids in (await self.database.read(look)).items():
            if ids and (freed := await self._let_fly(ids, now)):
                self.wake(code)
                went += freed
        self._files = digests
        return went

    async def heard_from(self, code: str) -> int:
        """A partner made an authentic call: what was wrong there may be mended."""
        now = self.clock()
        last = self._earned.get(code)
        if last is not None and abs(now - last) < CALLS_COUNT_AFTER:
            return 0
        self._earned[code] = now
        ids = await self.database.read(lambda tx: parking.one_of_each_cause(tx, code, CAUSES))
        freed = await self._let_fly(ids, now) if ids else 0
        if freed:
            self.wake(code)
        return freed

    async def _holds(self, now: datetime) -> int:
        over, ended = await self.database.read(lambda tx: (holds.ran_out(tx, now), holds.to_be_emptied(tx)))
        # Asked every time: a jump is seen from one look to the next.
        if not self.has_jumped() and over:
            await self.listen()
        jumped = self.has_jumped()
        if over and not jumped:
            await self.database.write(lambda tx: self._end(tx, now))
        elif not ended:
            return 0
        went = 0
        for hold_id in await self.database.read(holds.to_be_emptied):
            for _ in range(STEPS):
                went += await self.database.write(lambda tx, h=hold_id: holds.empty(tx, h, now, A_STEP))  # type: ignore[misc]
                if hold_id not in await self.database.read(holds.to_be_emptied):
                    break
        return went

    def _end(self, tx: Transaction, now: datetime) -> None:
        for one in holds.ran_out(tx, now):
            holds.release(tx, one.hold_id, now)
            audit.note(
                tx, now, f"gateway:{self.own_region}", "queue.hold.ran_out", one.partner or "queue", detail=one.hold_id
            )

    async def _let_fly(self, ids: list[str], now: datetime) -> int:
        return await self.database.write(lambda tx: parking.let_fly(tx, ids, now))
