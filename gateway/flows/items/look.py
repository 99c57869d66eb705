"""What a window needs to know before it takes an application: what may be sent where, and what is demanded there.

Guarantees that what is listed as possible is what `submit` would route and check: the same agreements, the same
definitions.  Leaves to others: which licences can be looked up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.item.definition import ItemDefinition
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.items.catalogues import Catalogues, Demand
from gateway.partners.partner import Partner
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.partners.routes import find_handler
from gateway.partners.schema import Status
from gateway.partners.snapshot import Partners, Term
from gateway.partners.terms import Direction
from gateway.store import items
from gateway.store.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item that may be submitted towards a place, or one of our own.

    Attributes:
        basic_code, name: as our cases name it, and as the agreement or our own definition does.
        region, region_name: of the handler.
        modes: in which the agreements allow it today.
        agreements: their numbers (文号); none for our own items.
        demand: what the handler demands on this day.
        cursor: names its place in the list.
    """

    basic_code: str
    name: str
    region: str
    region_name: str
    modes: tuple[Mode, ...]
    agreements: tuple[str, ...]
    demand: Demand
    cursor: str


@dataclass(frozen=True, slots=True)
class ItemsWanted:
    """Which items to list; empty fields do not narrow.

    Attributes:
        division: of the handler, 6 or 12 digits; without it, or within our own region, our own items are meant.
        after: the last basic code, or name of an own item, of the page before.
    """

    division: str = ""
    item: str = ""
    region: str = ""
    mode: Mode | None = None
    task_code: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class LookingAtItems:
    """The reading flows of items, bound to one gateway."""

    region: str
    region_name: str
    database: Database
    registry: Registry
    redirects: Redirects
    catalogues: Catalogues
    clock: Callable[[], datetime]

    async def list_items(self, wanted: ItemsWanted, limit: int) -> list[ListedItem]:
        """Return our own items, or those that may be submitted towards another region's place under agreements in force.

        Left out: what national systems handle, and partners that are closed or paused.

        Raises:
            GatewayError: DIVISION_UNKNOWN, DIVISION_ABOLISHED.
        """
        if self._is_ours(wanted.division):
            return await self._own(wanted, limit)
        return await self._offered(wanted, limit)

    async def find_item(self, wanted: ItemsWanted) -> ListedItem:
        """Return one item at a place.

        Raises:
            GatewayError: ITEM_NOT_PUBLISHED; BAD_REQUEST when the place has to be named; why it cannot be submitted
                there, as `partners.routes` says it.
        """
        found = await self.list_items(wanted, 2)
        if self._is_ours(wanted.division):
            if not found:
                raise GatewayError(Reason.ITEM_NOT_PUBLISHED, place=self.region_name, item=wanted.item)
            if len(found) > 1:
                raise GatewayError(Reason.BAD_REQUEST, findings=(_NARROW,), count=1)
        if not found:
            self._raise_unroutable(wanted)
        return found[0]

    def _is_ours(self, division: str) -> bool:
        return not division or self.registry.current().divisions.belongs_to(division, self.region)

    def _raise_unroutable(self, wanted: ItemsWanted) -> NoReturn:
        snapshot = self.registry.current()
        find_handler(
            snapshot,
            item=wanted.item,
            mode=wanted.mode or Mode.ENTRUSTED,
            our_division=self.region,
            handler_division=wanted.division,
            on=day_in_china(self.clock()),
            divisions=snapshot.divisions,
            own_region=self.region,
            redirects=self.redirects,
        )
        place = snapshot.divisions.named(wanted.division)
        raise GatewayError(Reason.ITEM_NOT_PUBLISHED, place=place, item=wanted.item)

    async def _offered(self, wanted: ItemsWanted, limit: int) -> list[ListedItem]:
        today = day_in_china(self.clock())
        snapshot = self.registry.current()
        theirs = snapshot.places(wanted.division)
        found: list[ListedItem] = []
        for code, terms in sorted(self._agreed(snapshot, theirs, wanted, today).items()):
            if code <= wanted.after:
                continue
            if len(found) == limit:
                break
            found.append(await self._offer(code, terms, theirs[0], wanted, today))
        return found

    async def _own(self, wanted: ItemsWanted, limit: int) -> list[ListedItem]:
        today = day_in_china(self.clock())

        def read(tx: Transaction) -> list[ListedItem]:
            found: list[ListedItem] = []
            after = wanted.after
            while len(found) < limit and (keys := self._keys(tx, wanted.item, after)):
                for key in keys:
                    if len(found) < limit and self._covers(key, wanted):
                        definition = self._in_force(tx, key, today)
                        if wanted.mode is None or wanted.mode in definition.modes:
                            found.append(self._listed(key, definition))
                after = keys[-1]
            return found

        return await self.database.read(read)

    def _listed(self, key: str, definition: ItemDefinition) -> ListedItem:
        demand = Demand(definition, published=True, latest=definition)
        name, modes = definition.name, definition.modes
        return ListedItem(definition.basic_code, name, self.region, self.region_name, modes, (), demand, key)

    def _keys(self, tx: Transaction, basic_code: str, after: str) -> list[str]:
        if not basic_code:
            return items.keys(tx, self.region, after)
        named = dict.fromkeys(row.key for row in items.of_code(tx, self.region, basic_code))
        return [key for key in named if key > after]

    def _covers(self, key: str, wanted: ItemsWanted) -> bool:
        _, division, task_code = key.split("/")
        if wanted.task_code and task_code != wanted.task_code:
            return False
        return not wanted.division or self.catalogues.depth(wanted.division, division) > 0

    def _in_force(self, tx: Transaction, key: str, today: date) -> ItemDefinition:
        rows = items.of_key(tx, self.region, key)
        current = [row for row in rows if row.valid_from <= today]
        return self.catalogues.definition_at(tx, self.region, current[-1] if current else rows[0])

    def _agreed(
        self, snapshot: Partners, theirs: tuple[str, ...], wanted: ItemsWanted, today: date
    ) -> dict[str, list[Term]]:
        """Return the terms with the narrowest scope of theirs for every item; none where two partners tie."""
        found: dict[str, tuple[int, list[Term]]] = {}
        for term in snapshot.terms:
            item = term.item
            depth = next((n for n, place in enumerate(theirs) if place in term.agreement.their_scope), -1)
            if depth < 0 or Direction.OUTWARD not in item.directions or not term.agreement.is_in_force(today):
                continue
            if wanted.item and wanted.item not in item.codes:
                continue
            if not _is_open(snapshot, term.partner) or self.redirects.of(item.codes[0], item.name):
                continue
            best = found.get(item.codes[0])
            if best is None or depth < best[0]:
                found[item.codes[0]] = (depth, [term])
            elif depth == best[0]:
                best[1].append(term)
        return {code: terms for code, (_, terms) in found.items() if _is_wanted(terms, wanted)}

    async def _offer(self, code: str, terms: list[Term], county: str, wanted: ItemsWanted, today: date) -> ListedItem:
        first = terms[0]
        local = first.item.local
        demand = await self.catalogues.demand(
            first.partner.code,
            basic_code=local.theirs if local else code,
            division=wanted.division if wanted.division[:6] == county else county,
            on=today,
            task_code=wanted.task_code,
        )
        return ListedItem(
            basic_code=code,
            name=first.item.name,
            region=first.partner.code,
            region_name=first.partner.name,
            modes=tuple(dict.fromkeys(mode for term in terms for mode in term.item.modes)),
            agreements=tuple(dict.fromkeys(term.agreement.number for term in terms)),
            demand=demand,
            cursor=code,
        )


_NARROW = FieldFinding(
    "query.division",
    Text("该事项在多个地方或由多个部门实施", "several places or departments handle this item"),
    Text("写明区划代码 division, 必要时写实施编码 task_code", "name the division, and the task_code where needed"),
)


def _is_open(snapshot: Partners, partner: Partner) -> bool:
    return partner.status is Status.ACTIVE and not snapshot.is_closed(partner)


def _is_wanted(terms: list[Term], wanted: ItemsWanted) -> bool:
    partners = {term.partner.code for term in terms}
    if len(partners) > 1 or (wanted.region and wanted.region not in partners):
        return False
    return wanted.mode is None or any(wanted.mode in term.item.modes for term in terms)
