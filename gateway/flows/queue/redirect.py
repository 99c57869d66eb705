"""An operator sends cases that their handler has not answered to another one that an agreement names.

1 find      cases whose opening is owed, or was given up (未送达对方)
2 route     to another partner: by the routes of today, or the one named; and it demands nothing the case lacks
3 ask       the first partner: only what it never saw goes elsewhere, or what the operator answers for
4 rewrite   partner, agreement, powers and clocks of the case
5 reseal    the case, and what was done to it since, each in a new envelope with its old number
6 audit
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.lifecycle import pass_on
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import Passage, State
from gateway.flows.clocks.timing import limits_of
from gateway.flows.delivery.resealing import reseal
from gateway.flows.delivery.write_down import STORE_FAILED
from gateway.flows.items.check_requirements import demand_of_handler, need_met
from gateway.flows.open_case import CaseOpening
from gateway.flows.queue.deed import MOST_ASKED, Deed, Step, note
from gateway.flows.queue.fail import ARRIVED, NOT_ASKED, Asking, Fate
from gateway.flows.reading import read_case
from gateway.partners.agreement import permit
from gateway.partners.item_names import as_handler_names_it
from gateway.partners.routes import Route, find_handler
from gateway.partners.terms import Direction
from gateway.store import audit, cases, events, feed, rerouting
from gateway.store.case_row import CaseRow
from gateway.store.database import Transaction
from gateway.store.rerouting import Unanswered

NATIONAL = "00"
"""How codes of the national catalogue begin; both sides have the same (GB/T 39554.1-2020)."""


@dataclass(frozen=True, slots=True)
class Redirecting:
    """What redirecting needs."""

    opening: CaseOpening
    asking: Asking
    wake: Callable[[str], None]
    told: Callable[[], None]

    async def redirect(self, deed: Deed, to: str, *, without_asking: bool) -> Step:
        """Do the next step of sending cases elsewhere.

        Args:
            to: gateway code of the other partner; empty for the one the routes of today name.
            without_asking: although the first partner was not asked whether it has them; the operator answers for it.

        Raises:
            GatewayError: for a single case, why it cannot go: NO_OTHER_ROUTE, what `find_handler` and `need_met` raise.
        """
        limit = min(deed.limit, MOST_ASKED)
        own = self._region
        found = await self.asking.database.read(
            lambda tx: rerouting.unanswered(tx, deed.selection, own, deed.after, limit)
        )
        ready, skipped = await self._ready(found, to, strict=bool(deed.selection.case_id))
        fates = {} if without_asking else await self._fates(ready)
        changed = 0
        for one, (case, route, version) in ready.items():
            fate = fates.get(one.partner, Fate(frozenset(), frozenset()))
            if one.envelope_id in fate.arrived:
                skipped[ARRIVED] += 1
            elif not without_asking and one.envelope_id not in fate.never_seen:
                skipped[NOT_ASKED] += 1
            else:
                why = await self._moved(deed, one, case, route, version)
                changed += not why
                skipped.update((why,) if why else ())
                self.wake(route.partner.code)
        now = self.asking.clock()
        await self.asking.database.write(lambda tx: note(tx, deed, "redirect", changed, now))
        self.told()
        after = found[-1].place if len(found) == limit else None
        return Step(len(found), changed, after, skipped=dict(skipped))

    @property
    def _region(self) -> str:
        return self.opening.sealer.region

    async def _ready(
        self, found: Sequence[Unanswered], to: str, *, strict: bool
    ) -> tuple[dict[Unanswered, tuple[Case, Route, int]], Counter[str]]:
        ready: dict[Unanswered, tuple[Case, Route, int]] = {}
        skipped: Counter[str] = Counter()
        for one in found:
            try:
                case = await self.asking.database.read(lambda tx, c=one.case_id: self._case(tx, c))  # type: ignore[misc]
                ready[one] = await self._prepared(case, one.partner, to)
            except GatewayError as error:
                if strict or error.reason in STORE_FAILED:
                    raise
                skipped[error.reason.value] += 1
        return ready, skipped

    def _case(self, tx: Transaction, case_id: str) -> Case:
        first = events.by_sequence(tx, case_id, self._region, 1)
        if first is None:
            raise LookupError(f"case {case_id} has no opening")
        return read_case(tx, self.opening.vault, first)

    async def _prepared(self, case: Case, partner: str, to: str) -> tuple[Case, Route, int]:
        now = self.asking.clock()
        route = self._named(case, to, now) if to else self._today(case, now)
        if route.partner.code == partner:
            raise GatewayError(Reason.NO_OTHER_ROUTE, partner=route.partner.short_name)
        item = as_handler_names_it(replace(case.item, basic_code=_own_code(case)), route.permit)
        case = replace(case, item=replace(item, version=0))
        demand = await demand_of_handler(self.opening.catalogues, case, route, now)
        need_met(case, demand, route, self.opening.licences.callable_types())
        version = demand.definition.version if demand.definition else 0
        return replace(case, item=replace(case.item, version=version)), route, version

    def _today(self, case: Case, now: datetime) -> Route:
        return find_handler(
            self.opening.registry.current(),
            item=_own_code(case),
            mode=case.mode,
            our_division=case.origin.division,
            handler_division=case.handler.division,
            on=day_in_china(now),
            divisions=self.opening.divisions,
            own_region=self._region,
            redirects=self.opening.redirects,
            item_name=case.item.name,
        )

    def _named(self, case: Case, to: str, now: datetime) -> Route:
        snapshot = self.opening.registry.current()
        partner = snapshot.of(to) or snapshot.formerly(to)
        if partner is None:
            raise GatewayError(Reason.PARTNER_UNKNOWN, region=to)
        allowed = permit(
            snapshot,
            partner,
            item=_own_code(case),
            mode=case.mode,
            direction=Direction.OUTWARD,
            our_division=case.origin.division,
            their_division=case.handler.division,
            on=day_in_china(now),
        )
        return Route(partner, allowed, snapshot.places(case.handler.division)[0], partner.short_name)

    async def _fates(self, ready: Mapping[Unanswered, object]) -> dict[str, Fate]:
        by_partner: dict[str, list[str]] = defaultdict(list)
        for one in ready:
            by_partner[one.partner].append(one.envelope_id)
        fates = await asyncio.gather(*(self.asking.fate_of(code, ids) for code, ids in by_partner.items()))
        return dict(zip(by_partner, fates, strict=True))

    async def _moved(self, deed: Deed, one: Unanswered, case: Case, route: Route, version: int) -> str:
        """Send a case elsewhere; return why not, empty when it went."""
        try:
            return await self._move(deed, one, case, route, version)
        except GatewayError as error:
            if deed.selection.case_id or error.reason in STORE_FAILED:
                raise
            return error.reason.value

    async def _move(self, deed: Deed, one: Unanswered, case: Case, route: Route, version: int) -> str:
        now = self.asking.clock()
        demand = await demand_of_handler(self.opening.catalogues, case, route, now)
        limits = limits_of(case, demand.definition, route.permit)

        def move(tx: Transaction) -> str:
            row = cases.find(tx, one.case_id)
            first = events.by_sequence(tx, one.case_id, self._region, 1)
            if (
                row is None
                or first is None
                or not _is_unanswered(row, one)
                or events.has_of(tx, row.case_id, row.partner)
            ):
                return ARRIVED
            if first.envelope_id != one.envelope_id:
                return NOT_ASKED  # Sent anew meanwhile: about the envelope of now nobody was asked.
            moved = self.opening.timing.begun(_rewritten(row, route, case, version), case, limits)
            rerouting.reroute(tx, moved, now)
            cases.move(tx, moved, now)
            for event in events.unanswered(tx, row.case_id, self._region):
                instead = case if event.kind == events.OPENING else None
                reseal(tx, self.opening.vault, self.opening.sealer, moved, event, now, instead=instead, anew=True)
                events.mark(tx, event, events.PENDING)
            detail = f"{row.partner} -> {moved.partner}"
            audit.note(tx, now, deed.actor, "case.redirect", row.case_id, detail=detail)
            anew = events.by_sequence(tx, row.case_id, self._region, 1)
            envelope = anew.envelope_id if anew else one.envelope_id
            feed.tell(tx, now, row.system, row.case_id, feed.REDIRECTED, self._region, envelope, moved.partner)
            return ""

        return await self.asking.database.write(move)


def _own_code(case: Case) -> str:
    """Return the code under which this region's agreements list the item; the case carries that of its first handler."""
    item = case.item
    return item.basic_code if item.basic_code.startswith(NATIONAL) else item.local_catalog_code or item.basic_code


def _is_unanswered(row: CaseRow, one: Unanswered) -> bool:
    return row.partner == one.partner and row.standing.state in (State.FORWARDED, State.UNDELIVERABLE)


def _rewritten(row: CaseRow, route: Route, case: Case, version: int) -> CaseRow:
    given_up = row.standing.state is State.UNDELIVERABLE
    return structs.replace(
        row,
        partner=route.partner.code,
        agreement=route.permit.agreement,
        powers=route.permit.powers,
        basic_code=case.item.basic_code,
        item_version=version,
        standing=pass_on(row.standing, Passage.RELEASED) if given_up else row.standing,
    )
