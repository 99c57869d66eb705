"""The queue at a glance: what each partner is owed and why it does not go, by cause; and the holds in force."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.reasons import ROWS, Answer, Place, Reason
from gateway.case.reasons.beside import WORDS
from gateway.case.texts import Text
from gateway.flows.delivery.standings import PartnerStanding, standings
from gateway.partners.registry import Registry
from gateway.store import holds, queue, rerouting
from gateway.store.database import Database, Transaction
from gateway.store.holds import Hold
from gateway.store.queue import ASIDE, HELD, PARKED, Group, Selection


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an envelope does not go, in words: from the row of its reason, or the word alone where it is not known here."""

    word: str
    answer: Answer | None
    place: Place | None
    cause: Text
    fix: Text


@dataclass(frozen=True, slots=True)
class PartnerQueue:
    """What one partner is owed.

    Attributes:
        standing: circuit, rest, contacts, and the backlog; its `owed` is counted up to a bound.
        held, parked, aside: exact; aside is what people have settled (线下处理) and is still owed.
        next_try: the first of what waits and of what is parked; None when nothing is owed, or all of it is held.
    """

    standing: PartnerStanding
    held: int
    parked: int
    aside: int
    next_try: datetime | None

    @property
    def waiting(self) -> int:
        """What flies when it is due; where the backlog is larger than counted, at least so many."""
        return max(self.standing.backlog.owed - self.held - self.parked - self.aside, 0)


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """What is kept back for one cause, over all partners."""

    kept_back: str
    cause: Cause
    count: int
    partners: tuple[str, ...]
    oldest: datetime
    since: datetime
    next_try: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """The queue at one moment."""

    at: datetime
    partners: tuple[PartnerQueue, ...]
    groups: tuple[CauseGroup, ...]
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class Viewing:
    """The flows that look at the queue."""

    database: Database
    registry: Registry
    clock: Callable[[], datetime]

    async def overview(self) -> Overview:
        """Return the queue as it is.  Costs what is kept back and no more, however much is owed."""
        now = self.clock()
        found = await standings(self.database, self.registry, now)

        def look(tx: Transaction) -> Overview:
            kept = queue.groups(tx)
            counts = Counter[tuple[str, str]]()
            for one in kept:
                counts[one.partner, one.kept_back] += one.count
            partners = tuple(
                PartnerQueue(
                    standing=standing,
                    held=counts[standing.code, HELD],
                    parked=counts[standing.code, PARKED],
                    aside=counts[standing.code, ASIDE],
                    next_try=_later(queue.next_due(tx, standing.code), standing.quiet_until),
                )
                for standing in found
            )
            return Overview(now, partners, tuple(_groups(kept)), tuple(holds.in_force(tx, now)))

        return await self.database.read(look)

    async def count(self, wanted: Selection, openings_of: str = "") -> int:
        """Return how many envelopes a selection has.

        Args:
            openings_of: our gateway code, to count the cases whose opening was not answered instead.
        """
        if openings_of:
            return await self.database.read(lambda tx: rerouting.how_many(tx, wanted, openings_of))
        return await self.database.read(lambda tx: queue.how_many(tx, wanted))


def cause_of(word: str) -> Cause:
    """Return what a reason word that was kept means; its facts were not kept."""
    reason = Reason.__members__.get(word)
    if reason is None:
        told = WORDS.get(word, Text(word, word))
        return Cause(word, None, None, told, _UNKNOWN if word and word not in WORDS else Text("", ""))
    row = ROWS[reason]
    return Cause(word, row.answer, row.place, row.cause, row.fix)


def _later(due: datetime | None, rest: datetime | None) -> datetime | None:
    return due if due is None or rest is None else max(due, rest)


def _groups(found: Sequence[Group]) -> list[CauseGroup]:
    together: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for one in found:
        together[one.kept_back, one.cause].append(one)
    groups = [
        CauseGroup(
            kept_back=kept,
            cause=cause_of(word),
            count=sum(one.count for one in same),
            partners=tuple(sorted({one.partner for one in same})),
            oldest=min(one.oldest for one in same),
            since=min(one.since for one in same),
            next_try=min(one.next_try for one in same),
        )
        for (kept, word), same in together.items()
    ]
    return sorted(groups, key=lambda one: (-one.count, one.kept_back, one.cause.word))


_UNKNOWN = Text(
    "对方给出的原因本网关不认识; 查阅对方的错误说明, 或升级本网关",
    "this gateway does not know the reason the partner gave; look it up on the partner's side, or upgrade",
)
