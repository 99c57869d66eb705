"""The gateway is examined: what it did lately and can do now, never that its process runs.

1 store       a row is written, on disk                                    red
2 evidence    evidence and audit are written as for a case, taken back     red
3 disk        enough of it is free                                         red
4 papers      own keys and certificate hold; how long they will            red, then yellow, then a note
5 clock       wall time has not jumped, and partners have the same         red
6 delivery    what is due to a partner that is well leaves                 red
7 partners    who is caught up with after a restore, who is away, what is
              old, what nobody claims                                      yellow

Guarantees an answer within 20 seconds, whatever hangs.  Leaves to others: the loops, whose pulse is felt at the moment of
asking (`app.health`), so that an examination which does not come is missed as well.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.case.ailments import Ailment, Found, Weight
from gateway.case.errors import GatewayError
from gateway.flows.clocks.clock_watch import ClockWatch
from gateway.flows.delivery.resting import longest_rest
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Delivery, Status
from gateway.store import announced_keys, claims, peers, pulse, reconciliations
from gateway.store.database import Database, Transaction
from gateway.store.peers import Circuit
from gateway.trust.vault import Vault

STORE_ANSWERS_WITHIN = 10.0
"""Seconds in which a write, and a read, has to be done."""
TURNS = 5
"""Sweeps after which what is due should have left."""
OLD = timedelta(hours=1)
"""Age at which a queue, or news nobody claimed, is told."""
NOTED_DAYS, SOON_DAYS = 60, 14
"""Days before its end from which a paper is told as a note, and as a warning."""
FIRST_FLIGHT = timedelta(minutes=10)
"""More patience with a partner that was never reached: it waits for its place behind others that may be dead."""
AT_ANY_TIME = timedelta(days=3650)
MOST_NAMED = 10
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Paper:
    """One thing that ends: when it ends if nobody acts (None: never), and whether it is good now."""

    now_bad: Ailment
    ends_soon: Ailment
    good: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Flights:
    """What is known of flights and transfers, by partner.

    Attributes:
        hanging, broken: partners whose flight does not end, or ended in an error nobody expected.
        mended: told of a partner for whom nothing is left to be done.
    """

    hanging: Callable[[], set[str]]
    broken: Callable[[], set[str]]
    mended: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Partners by what was seen of them, and how many news nobody claims."""

    unclaimed: int
    overdue: set[str] = field(default_factory=set)
    away: set[str] = field(default_factory=set)
    old: set[str] = field(default_factory=set)
    differing: set[str] = field(default_factory=set)
    owed: set[str] = field(default_factory=set)
    announcing: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Examining:
    """The flow, bound to one gateway.

    Attributes:
        papers: our keys and our certificate at a moment.
        up_for: how long the gateway has run: before it could deliver nothing could leave.
        held_up: whether nothing goes to a partner because it is still caught up with after a restore.
        free_disk: bytes; least_free: fewer is too few.
        sweep_every: between two sweeps of what is due.
    """

    region: str
    database: Database
    vault: Vault
    registry: Registry
    watch: ClockWatch
    flights: Flights
    papers: Callable[[datetime], Iterable[Paper]]
    up_for: Callable[[], timedelta]
    held_up: Callable[[str], bool]
    free_disk: Callable[[], int]
    least_free: int
    sweep_every: timedelta

    async def examine(self, now: datetime) -> list[Found]:
        """Return everything that is wrong at `now`."""
        found = await self._store(now)
        found += self._disk()
        found += self._papers(now)
        found += self._clock()
        behind = {one.code for one in self.registry.current() if not one.is_sample and self.held_up(one.code)}
        if catching_up := _named(Ailment.CATCHING_UP, behind):
            found.append(catching_up)
        if not any(one.ailment is Ailment.STORE for one in found):
            found += await self._partners(now)
        return found

    async def _store(self, now: datetime) -> list[Found]:
        def write(tx: Transaction) -> str:
            pulse.beat(tx, now)
            return pulse.evidence_fails(tx, self.vault, self.region, now)

        try:
            async with asyncio.timeout(STORE_ANSWERS_WITHIN):
                error = await self.database.write(write)
        except Exception:  # noqa: BLE001 - whatever it is, and however long it would take: it cannot be written
            return [Found(Ailment.STORE)]
        return [Found(Ailment.EVIDENCE, {"error": error})] if error else []

    def _clock(self) -> list[Found]:
        found = [Found(Ailment.CLOCK)] if self.watch.has_jumped() else []
        middle, others = self.watch.differs(), _named(Ailment.PARTNER_CLOCKS, set(self.watch.others_that_differ()))
        if middle is not None and others is not None:
            minutes = f"{round(-middle.total_seconds() / 60):+}"
            found.append(Found(Ailment.CLOCK_DIFFERS, {"minutes": minutes, **others.facts}))
        elif others is not None:
            found.append(others)
        return found

    def _disk(self) -> list[Found]:
        free = self.free_disk()
        return [Found(Ailment.DISK, {"free": free, "least": self.least_free})] if free < self.least_free else []

    def _papers(self, now: datetime) -> list[Found]:
        found = []
        for paper in self.papers(now):
            if not paper.good:
                found.append(Found(paper.now_bad))
                continue
            days = (paper.until - now).days if paper.until else NOTED_DAYS + 1
            if days <= NOTED_DAYS:
                weight = Weight.YELLOW if days <= SOON_DAYS else Weight.NOTE
                found.append(Found(paper.ends_soon, {"days": days}, weight))
        return found

    async def _partners(self, now: datetime) -> list[Found]:
        active = [one for one in self.registry.current() if not one.is_sample and one.status is Status.ACTIVE]
        broken, hanging = self.flights.broken(), self.flights.hanging()
        try:
            async with asyncio.timeout(STORE_ANSWERS_WITHIN):
                seen = await self.database.read(lambda tx: self._look(tx, active, broken, now))
        except (GatewayError, TimeoutError):
            return [Found(Ailment.STORE)]
        for code in broken - seen.owed:
            self.flights.mended(code)
        stuck = hanging | (broken & seen.owed - seen.away) | seen.overdue
        found = [_named(Ailment.DELIVERY, stuck), _named(Ailment.PARTNERS_AWAY, seen.away)]
        found.append(_named(Ailment.QUEUES_OLD, seen.old - seen.away))
        found.append(_named(Ailment.RECONCILIATION, seen.differing))
        found += [_named(Ailment.KEYS_ANNOUNCED, seen.announcing), _named(Ailment.KEYS_DOUBTFUL, seen.doubtful)]
        if seen.unclaimed:
            found.append(Found(Ailment.UNCLAIMED, {"count": seen.unclaimed}))
        return [one for one in found if one is not None]

    def _look(self, tx: Transaction, active: list[Partner], broken: set[str], now: datetime) -> _Seen:
        known = peers.every(tx)
        seen = _Seen(pulse.unclaimed(tx, now - OLD, MOST_COUNTED))
        seen.differing.update(reconciliations.unexplained(tx))
        for row in announced_keys.undecided(tx):
            (seen.announcing if row.standing is announced_keys.Standing.WAITING else seen.doubtful).add(row.partner)
        seen.doubtful.update(one.partner for one in announced_keys.doubts(tx))
        for partner in active:
            code = partner.code
            oldest = pulse.oldest_owed(tx, code)
            paused = known.get(code) is not None and known[code].pauses(now)
            if oldest is not None and oldest < now - OLD and not paused:
                # A maintenance the partner announced explains what waits for it.
                seen.old.add(code)
            if code in broken and claims.has_work(tx, code, now + AT_ANY_TIME):
                seen.owed.add(code)
            if partner.delivery is not Delivery.PUSH:
                continue
            peer = known.get(code) or peers.find(tx, code)
            if peer.circuit(now, longest_rest(partner)) is not Circuit.CLOSED and not paused:
                seen.away.add(code)
            elif self._is_stuck(tx, partner, peer, now):
                seen.overdue.add(code)
        return seen

    def _is_stuck(self, tx: Transaction, partner: Partner, peer: peers.PeerRow, now: datetime) -> bool:
        """Whether nothing explains that what is due to a partner has not left."""
        patience = self.sweep_every * TURNS + (timedelta() if peer.last_outward_at else FIRST_FLIGHT)
        if self.up_for() < patience or self.held_up(partner.code) or peer.rests(now, longest_rest(partner)):
            return False
        lately = peer.last_outward_at is not None and timedelta() <= now - peer.last_outward_at < patience
        return not lately and pulse.is_overdue(tx, partner.code, now - patience)


def _named(ailment: Ailment, partners: set[str]) -> Found | None:
    if not partners:
        return None
    named = ", ".join(sorted(partners)[:MOST_NAMED])
    return Found(ailment, {"count": len(partners), "partners": named + (", …" if len(partners) > MOST_NAMED else "")})
