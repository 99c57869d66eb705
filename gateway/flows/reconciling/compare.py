"""One day in one direction is compared with a partner: counts and digest, and the lines where these differ.

Ours are read before the partner is asked: what it answers is settled there before it is settled here, and what it sent is
answered here before it is settled there, so that what goes on meanwhile looks like a difference on one side only, and that
side is looked at again.

Bounds: lines are read where counts or digests differ alone, and held in memory; of the partner at most 200,000.  What it
claims above that is counted and not looked at.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gateway.flows.delivery.calling_again import call_again
from gateway.flows.delivery.courier import Courier
from gateway.flows.restored.reconcile import held, lines_of, span_of
from gateway.partners.partner import Partner
from gateway.store import inbox, outbox, reconcile, reconciliations
from gateway.store.database import Database, Transaction
from gateway.wire.reconcile import DayAsked, Direction, Line

NOT_KNOWN_THERE = "not_known_there"
"""We hold the receipt of the partner for an envelope of ours; it does not know of it."""
NOT_SETTLED_HERE = "not_settled_here"
"""The partner answered an envelope of ours; the receipt is not here."""
NOT_SETTLED_THERE = "not_settled_there"
"""We answered an envelope of the partner; it has not got the receipt."""
NOT_HELD_HERE = "not_held_here"
"""The partner holds our receipt for an envelope of its own; we do not know of it."""
OTHER_OUTCOME = "other_outcome"
"""Both hold it, with another outcome or another payload."""

MOST_LINES = 200_000
WAY = {reconciliations.OUT: Direction.FROM_CALLER, reconciliations.IN: Direction.TO_CALLER}

Lines = Mapping[str, Line]


@dataclass(frozen=True, slots=True)
class Differing:
    """One envelope that differs; None where a side has no line of it."""

    envelope_id: str
    kind: str
    ours: Line | None
    theirs: Line | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What both sides hold of a day in one direction.

    Attributes:
        differing: in the order of ids, which is that of sealing.
        waiting: ours of the day that nobody has answered yet.
    """

    our_count: int
    our_digest: bytes
    their_count: int
    their_digest: bytes
    differing: tuple[Differing, ...]
    waiting: int


@dataclass(frozen=True, slots=True)
class Comparing:
    """The flow, bound to one gateway."""

    database: Database
    courier: Courier
    clock: Callable[[], datetime]

    async def compare(self, partner: Partner, day: date, direction: str) -> Comparison:
        """Compare a day in one direction.

        Raises:
            GatewayError: whatever a courier raises.
        """
        code, way = partner.code, WAY[direction]
        asked, now = DayAsked(day, way), self.clock()
        mine = await self.database.read(lambda tx: held(tx, code, asked, way, now))
        theirs = await call_again(lambda: self.courier.reconcile(partner, asked))
        waiting = await self.database.read(lambda tx: _waiting(tx, code, day, direction))
        if (mine.count, mine.digest) == (theirs.count, theirs.digest):
            return Comparison(mine.count, mine.digest, theirs.count, theirs.digest, (), waiting)
        ours = await self.database.read(lambda tx: _our_lines(tx, code, day, way))
        lines = await self._their_lines(partner, day, way)
        found = [*_differing(ours, lines, direction)]
        settled = await self.database.read(lambda tx: _settled_meanwhile(tx, code, found, direction))
        left = tuple(one for one in found if one.envelope_id not in settled)
        return Comparison(mine.count, mine.digest, theirs.count, theirs.digest, left, waiting)

    async def _their_lines(self, partner: Partner, day: date, way: Direction) -> Lines:
        lines: dict[str, Line] = {}
        token: str | None = ""
        while token is not None and len(lines) < MOST_LINES:
            on = DayAsked(day, way, with_lines=True, page_token=token)
            page = await call_again(lambda on=on: self.courier.reconcile(partner, on))  # type: ignore[misc]
            lines |= {line.envelope_id: line for line in page.lines}
            # A token that does not move on ends the day: a partner may not keep us asking for ever.
            token = page.next_page_token if page.next_page_token > token else None
        return lines


def _our_lines(tx: Transaction, partner: str, day: date, way: Direction) -> Lines:
    read = reconcile.ours if way is Direction.FROM_CALLER else reconcile.theirs
    pages = reconcile.pages(tx, read, partner, *span_of(day))
    return {line.envelope_id: line for page in pages for line in lines_of(page)}


def _waiting(tx: Transaction, partner: str, day: date, direction: str) -> int:
    return reconcile.waiting(tx, partner, *span_of(day)) if direction == reconciliations.OUT else 0


def _differing(ours: Lines, theirs: Lines, direction: str) -> Iterable[Differing]:
    out = direction == reconciliations.OUT
    for envelope_id in sorted({*ours, *theirs}):
        here, there = ours.get(envelope_id), theirs.get(envelope_id)
        if here == there:
            continue
        if there is None:
            kind = NOT_KNOWN_THERE if out else NOT_SETTLED_THERE
        elif here is None:
            kind = NOT_SETTLED_HERE if out else NOT_HELD_HERE
        else:
            kind = OTHER_OUTCOME
        yield Differing(envelope_id, kind, here, there)


def _settled_meanwhile(tx: Transaction, partner: str, found: Iterable[Differing], direction: str) -> set[str]:
    """Return those that were lacking here when the day was read, and are here now as the partner has them."""
    return {
        one.envelope_id
        for one in found
        if one.ours is None
        and one.theirs is not None
        and _line_of(tx, partner, one.envelope_id, direction) == one.theirs
    }


def _line_of(tx: Transaction, partner: str, envelope_id: str, direction: str) -> Line | None:
    if direction == reconciliations.OUT:
        owed = outbox.find(tx, envelope_id)
        if owed is None or owed.partner != partner or owed.outcome not in (outbox.ACCEPTED, outbox.REFUSED):
            return None
        return Line(envelope_id, owed.payload_sha256.hex(), owed.outcome)
    answered = inbox.answer_to(tx, partner, envelope_id)
    if answered is None or answered.outcome == inbox.NEVER_SEEN:
        return None
    return Line(envelope_id, answered.payload_sha256.hex(), answered.outcome)
