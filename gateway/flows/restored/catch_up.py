"""A restored gateway catches up with a partner: what both exchanged after the backup comes back from the partner's store.

1 compare  day by day and in both directions, what the partner holds as settled with what we hold
2 fetch    what we lack, with its receipts, each proven (`fetch_back`)
3 files    the files they name
4 take     written back as it was (`taking_back`), at most 32 in one transaction
5 finish   what was lost in between is filled (`finish_catching_up`); from now on new things may be sealed for the partner

Safe to repeat and to be killed at any moment: what came back is settled here and is not lacking the next time, and a day
that is done is not compared again, so that each attempt goes on where the one before stopped.  A call that is lost is made
again at once (`calling_again`).  What the partner has not settled is not asked for: it is tried again by whoever owes it.

Bounds: the days an envelope and its answer can lie back before the backup; 5,000 lines and 32 envelopes a call.  The ids of
one day are held in memory.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.model import MaterialFile
from gateway.case.reasons import Reason
from gateway.flows.delivery.calling_again import call_again
from gateway.flows.delivery.courier import Answers, Courier
from gateway.flows.materials.pull_all import pull_all
from gateway.flows.materials.transfer import Transfer
from gateway.flows.restored.behind import Behind
from gateway.flows.restored.fetch_back import FetchingBack
from gateway.flows.restored.finish_catching_up import Finishing
from gateway.flows.restored.reconcile import held
from gateway.flows.restored.taking_back import Returned, TakingBack
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.store import audit, catching_up, inbox, incarnation, outbox
from gateway.store.database import Database, Transaction
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.envelope import Sealed
from gateway.wire.reconcile import DayAsked, DayHeld, Direction

DAYS_BACK = 36
"""Envelopes sealed that long before the backup may have been answered after it; settled bytes are kept as long."""
SETTLED_BEFORE = timedelta(days=1)
"""Days that are not over for so long, by either clock, are compared in every attempt: something may still come to them."""
AT_ONCE = 32
TakeIn = Callable[[list[Sealed], str], Awaitable[Answers]]
NEEDED = ("rpc/Reconcile", "rpc/GetEnvelopes", "rpc/GetReceipts", "receipts/issued_by_caller")
"""What a partner has to serve."""


@dataclass(frozen=True, slots=True)
class CameBack:
    """How it went: envelopes taken back, and those that proved nothing or whose case is nowhere."""

    taken: int
    left_out: int


@dataclass(slots=True)
class _Tally:
    """What the attempts have come to so far; `early` holds envelopes that came before the opening of their case."""

    life: str
    taken: int
    left_out: int
    early: list[Returned] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """The flow, bound to one gateway.

    Attributes:
        taking_back: what writes, bound to the partner snapshot of this moment.
        take_in: receives envelopes of a partner as on any other day.
    """

    database: Database
    registry: Registry
    courier: Courier
    transfer: Transfer
    behind: Behind
    fetching: FetchingBack
    taking_back: Callable[[], TakingBack]
    take_in: TakeIn
    finishing: Finishing
    clock: Callable[[], datetime]

    async def catch_up(self, code: str) -> CameBack:
        """Catch up with one partner; when this returns it is on an equal footing again.

        Raises:
            GatewayError: PARTNER_UNREACHABLE and whatever else a courier raises; NOT_SERVED when the partner's gateway
                cannot be asked.  What came back so far stays.
        """
        partner = self.registry.current().of(code)
        life = self.behind.life
        if partner is None or life is None or life.backup_at is None or not self.behind.is_behind(code):
            return CameBack(0, 0)
        said = await self.courier.describe(partner)
        if lacking := [feature for feature in NEEDED if feature not in said.features]:
            raise GatewayError(Reason.NOT_SERVED, rpc=", ".join(lacking))
        before, since = await self.database.read(
            lambda tx: (catching_up.reached(tx, life.id, code), incarnation.behind_since(tx, code))
        )
        tally = _Tally(life.id, before.taken, before.left_out)
        day = day_in_china(since or life.backup_at) - timedelta(days=DAYS_BACK)
        now = self.clock()
        last = day_in_china(max(now, said.time)) + timedelta(days=1)
        over = day_in_china(min(now, said.time) - SETTLED_BEFORE)
        while day <= last:
            if day not in before.days:
                await self._compare(partner, day, tally, is_over=day < over)
            day += timedelta(days=1)
        # By a clock that ran behind, what followed an opening was sealed before it: its case is here by now.
        early, tally.early = tally.early, []
        await self._take(partner, early, tally, last)
        await self._take_openings(partner, tally.early)
        await self._take(partner, tally.early, tally, last, is_last=True)
        await self.finishing.finish(partner, tally.taken, tally.left_out)
        return CameBack(tally.taken, tally.left_out)

    async def _compare(self, partner: Partner, day: date, tally: _Tally, *, is_over: bool) -> None:
        early, left_out = len(tally.early), tally.left_out
        ours = await self._lacking(partner, day, Direction.FROM_CALLER)
        theirs = await self._lacking(partner, day, Direction.TO_CALLER)
        await self._bring_back(partner, ours, theirs, tally, day)
        # What came early is held in memory alone, so its day is not done before the end.
        if is_over and len(tally.early) == early:
            lost = tally.left_out - left_out
            await self.database.write(lambda tx: catching_up.done(tx, tally.life, partner.code, day, lost))
            self.behind.days_done[partner.code] = self.behind.days_done.get(partner.code, 0) + 1

    async def _lacking(self, partner: Partner, day: date, direction: Direction) -> set[str]:
        """Return the ids the partner has settled of a day and we have not."""
        asked = DayAsked(day, direction)
        theirs = await call_again(lambda: self.courier.reconcile(partner, asked))
        if theirs.count == 0:
            return set()
        now = self.clock()
        mine = await self.database.read(lambda tx: held(tx, partner.code, asked, direction, now))
        if (mine.count, mine.digest) == (theirs.count, theirs.digest):
            return set()
        lacking: set[str] = set()
        token: str | None = ""
        while token is not None:
            on = DayAsked(day, direction, with_lines=True, page_token=token)
            page = await call_again(lambda on=on: self.courier.reconcile(partner, on))  # type: ignore[misc]
            lacking.update(await self._unknown(partner.code, page, direction))
            # A token that does not move on ends the day; the next run compares it again.
            token = page.next_page_token if page.next_page_token > token else None
        return lacking

    async def _unknown(self, code: str, page: DayHeld, direction: Direction) -> list[str]:
        def is_settled(tx: Transaction, envelope_id: str) -> bool:
            if direction is Direction.FROM_CALLER:
                owed = outbox.find(tx, envelope_id)
                return owed is not None and owed.settled_at is not None and owed.outcome != outbox.GIVEN_UP
            answered = inbox.answer_to(tx, code, envelope_id)
            return answered is not None and answered.outcome != inbox.NEVER_SEEN

        ids = [line.envelope_id for line in page.lines]
        return await self.database.read(lambda tx: [one for one in ids if not is_settled(tx, one)])

    async def _bring_back(self, partner: Partner, ours: set[str], theirs: set[str], tally: _Tally, day: date) -> None:
        # In the order of ids, which is that of sealing: the opening of a case comes before what follows it.
        wanted = sorted(ours | theirs)
        for start in range(0, len(wanted), AT_ONCE):
            ids = wanted[start : start + AT_ONCE]
            returned = await self.fetching.fetch(
                partner, [one for one in ids if one in ours], [one for one in ids if one in theirs]
            )
            tally.left_out += len(ids) - len(returned)
            for one in returned:
                await self._pull_files(partner, one)
            await self._take(partner, returned, tally, day)

    async def _take_openings(self, partner: Partner, early: list[Returned]) -> None:
        """Take in the cases of which the partner has no receipt, and events of ours that we sent before it got one.

        They are new to this store in any event, so they are taken in as they would be when the partner sends them again.
        """
        for case_id in dict.fromkeys(one.header.case_id for one in early):
            first = (case_id, partner.code, 1)
            out = await call_again(lambda first=first: self.courier.get_envelopes(partner, of_case=first))  # type: ignore[misc]
            sealed = [sealed_from_bytes(one) for one in out.envelopes]
            for one in sealed[:1]:
                envelope = self.fetching.theirs(partner, one)
                if envelope:
                    await self._pull(partner, case_id, envelope.body.files())
            # The opening alone: to what follows it a version might be given that an event of ours has, which comes back next.
            await self.take_in(sealed[:1], partner.code)

    async def _pull_files(self, partner: Partner, returned: Returned) -> None:
        if returned.envelope is not None and returned.accepted:
            await self._pull(partner, returned.header.case_id, returned.envelope.body.files())

    async def _pull(self, partner: Partner, case_id: str, files: Sequence[MaterialFile]) -> None:
        await pull_all(self.transfer, self.courier, partner, case_id, files)

    async def _take(
        self, partner: Partner, returned: list[Returned], tally: _Tally, day: date, *, is_last: bool = False
    ) -> None:
        taking, now = self.taking_back(), self.clock()

        def take(tx: Transaction) -> list[Returned]:
            early = [one for one in returned if not taking.take(tx, partner, one, now)]
            for one in early if is_last else ():
                header = one.header
                by = f"region:{partner.code}"
                audit.note(tx, now, by, "envelope.left_out", header.case_id, "CASE_UNKNOWN", header.envelope_id)
            catching_up.took(tx, tally.life, partner.code, day, len(returned) - len(early))
            return early

        early = await self.database.write(take) if returned else []
        tally.taken += len(returned) - len(early)
        if is_last:
            tally.left_out += len(early)
        else:
            tally.early += early
