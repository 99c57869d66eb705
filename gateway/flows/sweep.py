"""What is left over is brought to an end.

0 mend       what a clock that ran ahead has put off for too long is due again
1 steady     wall time runs as it should, and as that of partners           else: nothing ends by time alone
2 ask        past its expiry and five minutes more, the partner is asked for the receipt of an envelope
3 end        a receipt settles it; “never seen” gives a case up (未送达对方) and seals an event of the handler anew

Giving up takes these two steps: until the partner can be asked the fate of an envelope is unknown (送达情况不明).  A partner that
failed is asked when its rest is over, like a probe.  Each sweep does a bounded amount for each partner, several partners at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from gateway.case.errors import GatewayError
from gateway.flows.bounding import within
from gateway.flows.clocks.clock_watch import ClockWatch
from gateway.flows.delivery.courier import Courier, Recalled
from gateway.flows.delivery.giving_up import NEVER_SEEN, give_up_opening
from gateway.flows.delivery.parking import park_unreadable
from gateway.flows.delivery.resealing import reseal
from gateway.flows.delivery.resting import leaves, let_rest, longest_rest
from gateway.flows.delivery.settle import Settling, prove_receipts
from gateway.flows.delivery.write_down import write_down
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Delivery, Status
from gateway.store import answers, backlog, cases, claims, events, feed, outbox, peers
from gateway.store.database import Database, Transaction
from gateway.store.outbox import Owed
from gateway.trust.suites import VerifyKey

AFTER_EXPIRY = timedelta(minutes=5)
ASKED_AGAIN_AFTER = timedelta(hours=1)
"""What stays open although the partner was asked is asked about again so much later, after the others."""
CLAIM_WITHIN = timedelta(hours=1)
MOST = 64
MOST_ROUNDS = 16
"""Questions to one partner in one sweep, of at most 64 envelopes each."""
PARTNERS_AT_ONCE = 8
ASKED_WITHIN = 35.0
"""Overall deadline of one question, in seconds."""
PUT_OFF_AT_MOST = timedelta(hours=2)
"""Nothing that may fly is put off for longer, but for what the partner file says."""
KEPT_AT_MOST = timedelta(hours=26)
"""Nothing that is parked waits for its slow try for longer."""
MOST_PULLED = 1000


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found.

    Attributes:
        given_up, settled: envelopes brought to an end.
        unclaimed: cases nobody claimed within an hour.
        held: wall time is not to be trusted, so that nothing was ended.
    """

    given_up: int
    settled: int
    unclaimed: tuple[str, ...]
    held: bool = False


@dataclass(frozen=True, slots=True)
class Sweeping:
    """The flow, bound to one gateway.

    Attributes:
        listen: asks partners what time they have, unless they were asked lately.
        seconds: overall deadline of one question to one partner.
    """

    database: Database
    registry: Registry
    courier: Courier
    settling: Settling
    keys_of: Callable[[str], Mapping[str, VerifyKey]]
    watch: ClockWatch
    told: Callable[[], None]
    listen: Callable[[], Awaitable[None]]
    seconds: float = ASKED_WITHIN

    async def sweep(self) -> Swept:
        """Bring what is left over to an end, as far as one sweep goes."""
        now = self.watch.clock()
        unclaimed = await self.database.read(lambda tx: feed.unclaimed_since(tx, now - CLAIM_WITHIN))
        await self._mend(now)
        late, old_keys = await self.database.read(lambda tx: (self._with_late(tx, now), answers.are_old(tx, now)))
        if (late or old_keys) and not self.watch.has_jumped():
            await self.listen()
        if self.watch.is_doubtful():
            return Swept(0, 0, tuple(unclaimed), held=True)
        asked = await self._ask_everybody(late, now)
        await self.database.write(lambda tx: answers.sweep(tx, now))
        done = [one for one in asked if not isinstance(one, BaseException)]
        given_up, settled = sum(ended for ended, _ in done), sum(settled for _, settled in done)
        if given_up or settled:
            self.told()
        for one in asked:
            if isinstance(one, BaseException):
                raise one  # after everybody else had the turn
        return Swept(given_up, settled, tuple(unclaimed))

    async def _mend(self, now: datetime) -> None:
        beyond = {one.code: now + max(longest_rest(one), PUT_OFF_AT_MOST) for one in self._partners()}
        kept = now + KEPT_AT_MOST
        found = await self.database.read(
            lambda tx: [
                code
                for code, moment in beyond.items()
                if claims.lies_beyond(tx, code, moment, kept) or claims.owed_ahead(tx, code, now, 1)
            ]
        )
        for code in found:
            pull = partial(
                claims.pull_forward,
                partner=code,
                now=now,
                beyond=beyond[code],
                kept_beyond=kept,
                limit=MOST_PULLED,
            )
            await self.database.write(pull)

    async def _ask_everybody(self, late: Sequence[Partner], now: datetime) -> Sequence[tuple[int, int] | BaseException]:
        """Ask several partners at a time, so that one which does not answer costs the others nothing.

        Returns how many envelopes were given up and settled of each, or what ended its turn.
        """
        at_once = asyncio.Semaphore(PARTNERS_AT_ONCE)

        async def one(partner: Partner) -> tuple[int, int]:
            async with at_once:
                return await self._ask(partner, now)

        return await asyncio.gather(*(one(partner) for partner in late), return_exceptions=True)

    def _with_late(self, tx: Transaction, now: datetime) -> list[Partner]:
        return [
            one
            for one in self._partners()
            if not _rests(tx, one, now) and backlog.unanswered(tx, one.code, now - AFTER_EXPIRY, 1)
        ]

    def _partners(self) -> list[Partner]:
        """Return the partners we may call, but for those a restored gateway is behind with."""
        active = [one for one in self.registry.current() if one.status is Status.ACTIVE]
        behind = self.settling.sealer.holds
        return [one for one in active if one.delivery is Delivery.PUSH and not behind(one.code)]

    async def _ask(self, partner: Partner, now: datetime) -> tuple[int, int]:
        given_up = settled = 0
        in_doubt = await self.database.write(lambda tx: self._begin(tx, partner, now))
        if in_doubt is None:
            return 0, 0
        for _ in range(MOST_ROUNDS):
            late = await self.database.read(lambda tx: backlog.unanswered(tx, partner.code, now - AFTER_EXPIRY, MOST))
            if not late:
                break
            ids = [owed.envelope_id for owed in late]
            try:
                recalled = await within(self.seconds, partner, self.courier.get_receipts(partner, ids))
            except GatewayError as error:
                resting = partial(
                    let_rest, partner=partner, claimed=(), error=error, jitter=self.settling.jitter, now=now
                )
                await self.database.write(resting)
                break
            if in_doubt:
                # The question did for a probe.
                await self.database.write(lambda tx: peers.answered_probe(tx, partner.code, now))
                in_doubt = False
            ended, answered = await self._end_all(partner, late, recalled, now)
            given_up, settled = given_up + ended, settled + answered
            if len(late) < MOST:
                break
        return given_up, settled

    def _begin(self, tx: Transaction, partner: Partner, now: datetime) -> bool | None:
        """Whether the partner is in doubt, its next try then written down; None when it rests."""
        peer = peers.find(tx, partner.code)
        if not peer.suspect:
            return False
        if _rests(tx, partner, now):
            return None
        leaves(tx, partner, peer.failures, self.settling.jitter, now)
        return True

    async def _end_all(
        self, partner: Partner, late: Sequence[Owed], recalled: Recalled, now: datetime
    ) -> tuple[int, int]:
        """Write down what the partner answered; what stays open is asked about later, after the others."""
        region = self.settling.region
        proven = prove_receipts(recalled.receipt_batches, partner, region, self.keys_of(partner.code), now)
        answered = [owed for owed in late if owed.envelope_id in proven.receipts]
        settled = 0
        if answered:
            settled = await write_down(
                self.database,
                partial(self.settling.settle, partner=partner, claimed=answered, proven=proven, answers=(), now=now),
            )
        unseen = [owed for owed in late if owed.envelope_id in recalled.never_seen]
        ended = await asyncio.gather(
            *(
                self.database.write(partial(_end, settling=self.settling, partner=partner, owed=owed, now=now))
                for owed in unseen
            )
        )
        await self.database.write(
            lambda tx: backlog.ask_again(tx, [owed.envelope_id for owed in late], now + ASKED_AGAIN_AFTER)
        )
        return sum(ended), settled


def _rests(tx: Transaction, partner: Partner, now: datetime) -> bool:
    peer = peers.find(tx, partner.code)
    return peer.suspect and peer.rests(now, longest_rest(partner))


def _end(tx: Transaction, settling: Settling, partner: Partner, owed: Owed, now: datetime) -> bool:
    """End an envelope the partner never saw; True when it was given up."""
    row = cases.find(tx, owed.case_id)
    event = events.by_sequence(tx, owed.case_id, settling.region, owed.sequence)
    if row is None or event is None:
        raise LookupError(f"envelope {owed.envelope_id} belongs to no case")
    if event.kind == events.OPENING:
        return give_up_opening(tx, settling.region, row, event, owed.envelope_id, now)
    if event.version is None:
        # Delivered once more it gets a signed refusal, which uses its number up: what follows need not wait.
        return False
    try:
        with tx.savepoint():
            if outbox.settle(tx, owed.envelope_id, outbox.GIVEN_UP, now, reason=NEVER_SEEN):
                reseal(tx, settling.vault, settling.sealer, row, event, now)
    except GatewayError as error:
        park_unreadable(tx, partner, settling.region, owed, error, settling.jitter(), now)
    return False
