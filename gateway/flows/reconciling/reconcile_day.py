"""A day that is over is reconciled with a partner, in both directions, and the report is kept.

1 compare   counts and digest; the lines where they differ (`compare`)
2 repair    what the partner has settled and we have not, as far as it proves (`repair`)
3 compare   once more, where something was repaired
4 judge     what is left: for a person to look at, or for the partner to repair
5 keep      report, differences, audit: one transaction for each direction

Both sides may do it at any time and any number of times; they compare the same rows, so they come to the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.reconciling.compare import NOT_HELD_HERE, NOT_SETTLED_HERE, NOT_SETTLED_THERE, Comparing, Comparison
from gateway.flows.reconciling.compare import Differing as Found
from gateway.flows.reconciling.repair import Repairing
from gateway.flows.standing.ask import can_be_asked
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.store import audit, reconciliations
from gateway.store.database import Database, Transaction
from gateway.store.reconciliations import Compared, Difference, Done, Outcome
from gateway.wire.reconcile import Line

FARTHEST = 35
"""Days back; settled bytes are kept as long at least."""
THEIR_TURN = timedelta(days=2)
"""What the partner repairs by itself is raised when it has not for so long."""
MOST_KEPT = 5_000
"""Differences kept of one day, partner and direction; the others are counted."""
SERVED = "rpc/Reconcile"
_OURS_TO_REPAIR = (NOT_SETTLED_HERE, NOT_HELD_HERE)
DIRECTIONS = (reconciliations.OUT, reconciliations.IN)


@dataclass(frozen=True, slots=True)
class Reconciling:
    """The flow, bound to one gateway.

    Attributes:
        held_up: whether a restored gateway has not caught up with a partner yet.
        wake: a hint that something of a partner waits.
    """

    database: Database
    registry: Registry
    comparing: Comparing
    repairing: Repairing
    held_up: Callable[[str], bool]
    wake: Callable[[str], None]
    clock: Callable[[], datetime]

    async def reconcile_day(self, code: str, day: date, by: str) -> list[Compared]:
        """Reconcile one day with one partner; on disk when this returns.  Safe to repeat and to be killed at any moment.

        Args:
            by: actor of the audit.

        Raises:
            GatewayError: PARTNER_UNKNOWN, PARTNER_NOT_ASKABLE, DAY_NOT_COMPARABLE, CATCHING_UP, NOT_SERVED; whatever a
                courier raises, which is noted in the report.
        """
        partner = self._partner(code)
        if not is_comparable(day, self.clock()):
            raise GatewayError(Reason.DAY_NOT_COMPARABLE, day=day.isoformat(), days=FARTHEST)
        try:
            await self._need_ready(partner)
            return [await self._direction(partner, day, direction, by) for direction in DIRECTIONS]
        except GatewayError as error:
            await self.not_asked(code, day, error.reason.value)
            raise

    async def not_asked(self, code: str, day: date, reason: str) -> None:
        """Note in the report of a day that the partner could not be asked."""
        now = self.clock()

        def note(tx: Transaction) -> None:
            for direction in DIRECTIONS:
                reconciliations.not_asked(tx, day, code, direction, reason, now)

        await self.database.write(note)

    async def _need_ready(self, partner: Partner) -> None:
        """Return when both sides have their stores together; one that was restored catches up before."""
        if self.held_up(partner.code):
            raise GatewayError(Reason.CATCHING_UP, partner=partner.short_name)
        said = await self.comparing.courier.describe(partner)
        if SERVED not in said.features:
            raise GatewayError(Reason.NOT_SERVED, rpc=SERVED)
        if said.standing.last_error == Reason.CATCHING_UP.value:
            raise GatewayError(Reason.CATCHING_UP, partner=partner.short_name)

    async def _direction(self, partner: Partner, day: date, direction: str, by: str) -> Compared:
        first = await self.comparing.compare(partner, day, direction)
        last, repaired = first, {}
        if await self.repairing.repair(partner, first.differing):
            last = await self.comparing.compare(partner, day, direction)
            left = {one.envelope_id for one in last.differing}
            mended = (one for one in first.differing if one.envelope_id not in left and one.kind in _OURS_TO_REPAIR)
            repaired = {one.envelope_id: one for one in mended}
        now = self.clock()
        report = _Report(partner.code, day, direction, by, first, last, repaired, now)
        kept = await self.database.write(report.keep)
        if last.waiting:
            # Nobody has answered these: they go again, the same bytes, as soon as they are due.
            self.wake(partner.code)
        return kept

    def _partner(self, code: str) -> Partner:
        partner = self.registry.current().of(code)
        if partner is None or partner.is_sample:
            raise GatewayError(Reason.PARTNER_UNKNOWN, region=code)
        if not can_be_asked(partner):
            raise GatewayError(Reason.PARTNER_NOT_ASKABLE, partner=partner.short_name)
        return partner


def is_comparable(day: date, now: datetime) -> bool:
    """Whether a day is over in Asia/Shanghai and not too far back."""
    return 0 < (day_in_china(now) - day).days <= FARTHEST


@dataclass(frozen=True, slots=True)
class _Report:
    """What came of one day in one direction: the comparison before repairing, the last one, what was repaired."""

    code: str
    day: date
    direction: str
    by: str
    first: Comparison
    last: Comparison
    repaired: Mapping[str, Found]
    now: datetime

    def keep(self, tx: Transaction) -> Compared:
        """Write the report down, with what differed and the audit row."""
        code, day, direction, last, now = self.code, self.day, self.direction, self.last, self.now
        before = reconciliations.find(tx, day, code, direction)
        kept = reconciliations.differences_of(tx, day, code, direction, limit=MOST_KEPT)
        known = {one.envelope_id: one for one in kept}
        left = [_judged(one, known.get(one.envelope_id), now) for one in last.differing]
        mended = [_difference(one, Done.REPAIRED) for one in self.repaired.values()]
        outcome = _outcome(self.first, last, left, before)
        explained = before if before and outcome is Outcome.EXPLAINED else None
        compared = Compared(
            day=day,
            partner=code,
            direction=direction,
            outcome=outcome,
            our_count=last.our_count,
            our_digest=last.our_digest,
            their_count=last.their_count,
            their_digest=last.their_digest,
            waiting=last.waiting,
            differences=len(left),
            tried_at=now,
            compared_at=now,
            explained_by=explained.explained_by if explained else "",
            explanation=explained.explanation if explained else "",
        )
        reconciliations.keep(tx, compared)
        reconciliations.keep_differences(tx, day, code, direction, [*left, *mended][:MOST_KEPT], now)
        if before is None or before.outcome is not outcome or mended:
            detail = f"{code} {direction} {len(left)}/{len(mended)}"
            audit.note(tx, now, self.by, "day.reconciled", day.isoformat(), outcome.value, detail)
        return compared


def _judged(one: Found, known: Difference | None, now: datetime) -> Difference:
    if one.kind == NOT_SETTLED_THERE:
        found_at = known.found_at if known and known.found_at else now
        return _difference(one, Done.THEIRS if now - found_at < THEIR_TURN else Done.RAISED)
    return _difference(one, Done.LEFT_OUT if one.kind in _OURS_TO_REPAIR else Done.RAISED)


def _outcome(first: Comparison, last: Comparison, left: Sequence[Difference], before: Compared | None) -> Outcome:
    if any(one.done is not Done.THEIRS for one in left):
        same = before is not None and (before.our_digest, before.their_digest) == (last.our_digest, last.their_digest)
        return Outcome.EXPLAINED if before and same and before.outcome is Outcome.EXPLAINED else Outcome.DIFFERS
    if left:
        return Outcome.WAITS
    differed = before is not None and before.outcome not in (Outcome.EQUAL, Outcome.NOT_ASKED)
    return Outcome.REPAIRED if first.differing or differed else Outcome.EQUAL


def _difference(one: Found, done: Done) -> Difference:
    return Difference(one.envelope_id, one.kind, _said(one.ours), _said(one.theirs), done)


def _said(line: Line | None) -> str:
    return f"{line.digest} {line.outcome}" if line else ""
