"""What stands in the store, in files and in memory, read when somebody asks for the metrics.

A look costs the same with a million envelopes queued: what waits is counted up to a bound, and of the logs that only grow
it reads what came since the last look.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

from gateway.app.gateway import Gateway
from gateway.app.health import free_bytes
from gateway.case.ailments import Checkup, Weight
from gateway.case.days import CHINA, day_in_china
from gateway.case.errors import GatewayError
from gateway.case.states import FINAL, State
from gateway.files.findings import Findings
from gateway.flows.check_health import Paper
from gateway.flows.delivery.deliver import Flight
from gateway.flows.delivery.standings import PartnerStanding
from gateway.flows.reconciling.reconcile_day import FARTHEST
from gateway.partners.partner import Partner
from gateway.partners.schema import Use
from gateway.settings import Settings
from gateway.store import reconciliations, tallies
from gateway.store.database import Transaction
from gateway.store.tallies import Counts, Mark, Tally
from gateway.telemetry import Metrics, measures
from gateway.telemetry.measures import OWN, Measure, kind_word
from gateway.telemetry.metrics import CIRCUITS, LIGHTS

ROUNDS = 4
"""Looks at the logs for one answer; what is left then comes with the next."""
Ends = dict[tuple[str, ...], float]
OPEN_STATES = tuple(state.value for state in State if state not in FINAL)


@dataclass(slots=True)
class Measuring:
    """Reads the state of one gateway into its metrics.

    Args:
        settings: without them nothing is told of disk and files.
        checkup: what health knows.
        papers: our own keys and certificate at a moment.
        free_disk: bytes that are free where the gateway stores.
    """

    gateway: Gateway
    metrics: Metrics
    checkup: Callable[[], Checkup] | None = None
    settings: Settings | None = None
    papers: Callable[[datetime], Iterable[Paper]] | None = None
    free_disk: Callable[[], int] | None = None
    _mark: Mark | None = None
    _ends: tuple[str, Ends] = field(default=("", {}))
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def begin(self) -> None:
        """Count from here on: what happened before this process is not counted."""
        self._mark = await self.gateway.database.read(tallies.newest)

    async def text(self) -> bytes:
        """Return all metrics as they stand now."""
        async with self._one_at_a_time:
            # A store that does not answer is told by health; what it said last stays.
            with suppress(GatewayError):
                if self._mark is None:
                    await self.begin()
                await self._tally()
                await self._standings()
                await self._reconciled()
        self._store()
        self._files()
        self._health()
        self._valid_until()
        return self.metrics.text()

    def flown(self, code: str, flight: Flight) -> None:
        """Count what a flight to a partner, or an answer it brought, has settled."""
        metrics = self.metrics
        metrics.envelopes_settled(code, flight.settled - len(flight.refusals), flight.refusals)
        metrics.delivery_took(code, (one.total_seconds() for one in flight.waited))

    async def _tally(self) -> None:
        for _ in range(ROUNDS):
            mark = self._mark
            assert mark is not None
            tally, self._mark = await self.gateway.database.read(lambda tx, since=mark: tallies.since(tx, since))  # type: ignore[misc]
            self._count(tally)
            if self._mark == mark:
                return

    def _count(self, tally: Tally) -> None:
        self._add(measures.CASES_RECEIVED, tally.cases)
        events: Counts = {(code, way, kind_word(kind)): count for (code, way, kind), count in tally.events.items()}
        self._add(measures.CASE_EVENTS, events)
        self._add(measures.TAKEN_IN, tally.receipts)
        # Those of ours are counted as they come home (`flown`).
        self._add(measures.REFUSED, {key: count for key, count in tally.refusals.items() if key[1] == "in"})
        self._add(measures.PARKED, tally.parked)
        self._add(measures.GIVEN_UP, tally.given_up)
        self._add(measures.RECEIPTS_REJECTED, tally.receipts_rejected)

    def _add(self, measure: Measure, counts: Counts) -> None:
        for labels, count in counts.items():
            self.metrics.count(measure, *labels, by=count)

    async def _standings(self) -> None:
        now = self.gateway.world.clock()
        standings = await self.gateway.delivery.standings()

        def look(tx: Transaction) -> tuple[Counts, Mapping[str, int]]:
            parked = [one.code for one in standings if one.backlog.parked]
            return tallies.parked_by_reason(tx, parked), tallies.in_state(tx, OPEN_STATES)

        parked, in_state = await self.gateway.database.read(look)
        show = self.metrics.show
        show(measures.PARKED_NOW, parked)
        show(measures.CASES_OPEN, {(state,): count for state, count in in_state.items()})
        show(measures.WAITING, {(one.code,): one.backlog.owed for one in standings})
        show(measures.OLDEST, {(one.code,): _age(one.backlog.oldest, now) for one in standings})
        show(measures.KEPT_BACK, {key: count for one in standings for key, count in _kept(one)})
        states = {(one.code, state): one.circuit.value == state for one in standings for state in CIRCUITS}
        show(measures.CIRCUIT, states)
        show(measures.FAILURES, {(one.code,): one.failures for one in standings})
        show(measures.BACKOFF, {(one.code,): -_age(one.quiet_until, now, least=None) for one in standings})
        show(measures.CONTACT, {key: moment for one in standings for key, moment in _contacts(one)})
        skews = {(one.code,): one.clock_skew.total_seconds() for one in standings if one.clock_skew is not None}
        show(measures.SKEW, skews)
        facts = {(one.code, one.name, one.status.value, one.delivery.value): 1.0 for one in standings}
        show(measures.PARTNER, facts)

    async def _reconciled(self) -> None:
        since = day_in_china(self.gateway.world.clock()) - timedelta(days=FARTHEST)

        def look(tx: Transaction) -> tuple[Mapping[str, datetime], Mapping[str, Mapping[str, int]]]:
            return reconciliations.last_compared(tx, since), reconciliations.open_by_kind(tx)

        compared, differing = await self.gateway.database.read(look)
        for code, at in compared.items():
            self.metrics.reconciled(code, at, differing.get(code, {}))

    def _store(self) -> None:
        figures = self.gateway.database.figures()
        self.metrics.total(measures.COMMITS, figures.groups)
        self.metrics.total(measures.FAILED_COMMITS, figures.failed_groups)
        self.metrics.total(measures.WRITES, figures.writes)
        self.metrics.show(measures.STORE_WAITING, {(): figures.waiting})
        self.metrics.show(measures.LOG_PAGES, {(): figures.log_pages})
        if self.settings:
            path = self.settings.store_file
            size = sum(_size(path.with_name(path.name + end)) for end in ("", "-wal"))
            self.metrics.show(measures.STORE_BYTES, {(): size})
            free = self.free_disk() if self.free_disk else free_bytes(str(self.settings.data))
            self.metrics.show(measures.DISK_FREE, {(): free})
            self.metrics.show(measures.DISK_LEAST, {(): self.settings.limits.least_free_disk})

    def _files(self) -> None:
        registry, almanac = self.gateway.registry, self.gateway.almanac
        self.metrics.show(measures.HELD_BACK, {("partners",): len(registry.held_back)})
        found = _weighed("partners", registry.findings) | _weighed("calendars", almanac.findings)
        self.metrics.show(measures.FINDINGS, found)

    def _health(self) -> None:
        checkup = self.checkup() if self.checkup else None
        if checkup is None or checkup.examined_at is None:
            return
        red, yellow = checkup.of_weight(Weight.RED), checkup.of_weight(Weight.YELLOW)
        shown = "red" if red else "yellow" if yellow else "green"
        self.metrics.show(measures.LIGHT, {(light,): light == shown for light in LIGHTS})
        told = {(one.ailment.value,): 1.0 for one, _ in checkup.found}
        self.metrics.show(measures.UNWELL, {(name,): 0.0 for name in measures.WORDS["ailment"]} | told)

    def _valid_until(self) -> None:
        snapshot = self.gateway.registry.current()
        if self._ends[0] != snapshot.digest:
            ends: Ends = {key: end for one in snapshot if not one.is_sample for key, end in _ends_of(one)}
            self._ends = (snapshot.digest, ends)
        ours = self.papers(self.gateway.world.clock()) if self.papers else ()
        own: Ends = {(OWN, paper.now_bad.value): paper.until.timestamp() for paper in ours if paper.until}
        self.metrics.show(measures.VALID_UNTIL, self._ends[1] | own)


def _age(moment: datetime | None, now: datetime, *, least: float | None = 0.0) -> float:
    if moment is None:
        return 0.0
    seconds = (now - moment).total_seconds()
    return seconds if least is None else max(seconds, least)


def _kept(one: PartnerStanding) -> Iterable[tuple[tuple[str, str], float]]:
    yield (one.code, "held"), one.backlog.held
    yield (one.code, "parked"), one.backlog.parked


def _contacts(one: PartnerStanding) -> Iterable[tuple[tuple[str, str], float]]:
    for way, moment in (("out", one.last_outward_at), ("in", one.last_inward_at)):
        if moment is not None:
            yield (one.code, way), moment.timestamp()


def _ends_of(partner: Partner) -> Iterable[tuple[tuple[str, str], float]]:
    """Return when what a partner needs ends: the last of each kind, for one may follow another without a gap."""
    if partner.roots:
        yield (partner.code, "authority"), max(root.not_valid_after_utc for root in partner.roots).timestamp()
    for use in Use:
        ends = [key.seal_until for key in partner.keys if key.use is use]
        if ends:
            yield (partner.code, f"{use.value}_key"), max(ends).timestamp()
    if partner.agreements:
        last = max(agreement.valid_to for agreement in partner.agreements)
        yield (partner.code, "agreement"), datetime.combine(last, time.max, CHINA).timestamp()


def _weighed(what: str, findings: Findings) -> dict[tuple[str, ...], float]:
    wrong = sum(finding.is_error for finding in findings)
    return {(what, "error"): wrong, (what, "warning"): len(findings) - wrong}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
