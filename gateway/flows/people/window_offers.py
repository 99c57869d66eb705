"""What a window may send where: the places that decide, the items agreed with them, and what a place demands for one.

places     those that agreements in force cover from the person's own place; found by name, pinyin initials or code
items      those that may go from here to a place; found the same way
demanded   for one item at one place: the definition that binds there, the powers this window was granted
bound_to   the definition a case taken in before is bound to

Guarantees that what is offered is what `submit` routes and checks: the same snapshot, agreements and definitions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.case.code.divisions import Division
from gateway.case.code.initials import is_meant
from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.item.definition import ItemDefinition
from gateway.case.kinds import Power
from gateway.case.model import Mode
from gateway.case.staff import Person
from gateway.flows.items.look import ItemsWanted, ListedItem, LookingAtItems
from gateway.flows.look import CaseView
from gateway.partners.partner import Partner
from gateway.partners.redirects import Redirects
from gateway.partners.registry import Registry
from gateway.partners.routes import Route, find_handler
from gateway.partners.schema import Status
from gateway.partners.snapshot import Partners, Term
from gateway.partners.terms import Direction

MOST_ITEMS = 2000
"""Items of one place that are looked through; an agreement's list has no more."""
AT_A_WINDOW = (Mode.ENTRUSTED, Mode.ONLINE)
"""Modes a window takes an application in for; the parts of a joint case (多地联办) are handed in together, elsewhere."""


@dataclass(frozen=True, slots=True)
class PlaceOffered:
    """A place that decides, and the region whose gateway it is reached by."""

    code: str
    name: str
    partner: str
    partner_name: str


@dataclass(frozen=True, slots=True)
class Demanded:
    """One item at one place, as the handler wants it.

    Attributes:
        division: of the place that decides, as it was chosen.
        modes: in which a window may take it in.
        definition: what binds; None where the handler publishes none, or its departments have to be told apart.
        choices: task codes between which the window has to choose first; empty when there is nothing to choose.
        callable_types: types of electronic licences that can be looked up; None when that is not known.
    """

    division: str
    item: ListedItem
    mode: Mode
    modes: tuple[Mode, ...]
    route: Route
    definition: ItemDefinition | None
    task_code: str
    choices: tuple[str, ...]
    callable_types: frozenset[str] | None

    @property
    def powers(self) -> frozenset[Power]:
        """What the agreement lets this window do in the handler's name."""
        return self.route.permit.powers


@dataclass(frozen=True, slots=True)
class WindowOffers:
    """The reading flows, bound to one gateway."""

    region: str
    registry: Registry
    redirects: Redirects
    looking: LookingAtItems
    callable_types: Callable[[], frozenset[str] | None]
    clock: Callable[[], datetime]

    def places(self, person: Person, asked: str, limit: int) -> list[PlaceOffered]:
        """Return places that decide what this person's place may send, partner by partner; at most `limit`."""
        snapshot = self.registry.current()
        found: dict[str, PlaceOffered] = {}
        for partner, scopes in self._scopes(snapshot, person).items():
            region = _is_asked(asked, partner.name, partner.short_name, partner.code)
            for place in snapshot.divisions:
                if place.code6 in found or not any(snapshot.divisions.is_within(place.code6, one) for one in scopes):
                    continue
                if not _is_current(snapshot, place) or not (region or _is_asked(asked, place.name, place.code6)):
                    continue
                found[place.code6] = PlaceOffered(place.code6, place.name, partner.code, partner.name)
                if len(found) == limit:
                    return list(found.values())
        return list(found.values())

    async def items(self, person: Person, division: str, asked: str, limit: int) -> list[ListedItem]:
        """Return what may be sent to a place, in the order of its codes; at most `limit`.

        Raises:
            GatewayError: DIVISION_UNKNOWN, DIVISION_ABOLISHED.
        """
        agreed = self._agreements(person)
        listed = await self.looking.list_items(ItemsWanted(division=division), MOST_ITEMS)
        found = [
            one
            for one in listed
            if agreed.intersection(one.agreements)
            and set(AT_A_WINDOW).intersection(one.modes)
            and _is_asked(asked, one.name, one.basic_code)
        ]
        return found[:limit]

    async def demanded(self, person: Person, division: str, item: str, mode: Mode | None, task_code: str) -> Demanded:
        """Return what a place demands for an item.

        Args:
            mode: None for the usual one of a window, 异地代收代办 where it is agreed.

        Raises:
            GatewayError: ITEM_NOT_PUBLISHED, DIVISION_UNKNOWN, DIVISION_ABOLISHED, and what `partners.routes` raises.
        """
        wanted = ItemsWanted(division=division, item=item, task_code=task_code)
        listed = await self.looking.find_item(wanted)
        modes = tuple(one for one in AT_A_WINDOW if one in listed.modes)
        chosen = mode if mode is not None and mode in modes else next(iter(modes), Mode.ENTRUSTED)
        snapshot = self.registry.current()
        route = find_handler(
            snapshot,
            item=item,
            mode=chosen,
            our_division=person.division,
            handler_division=division,
            on=day_in_china(self.clock()),
            divisions=snapshot.divisions,
            own_region=self.region,
            redirects=self.redirects,
            item_name=listed.name,
        )
        demand = listed.demand
        return Demanded(
            division=division,
            item=listed,
            mode=chosen,
            modes=modes,
            route=route,
            definition=demand.definition,
            task_code=task_code,
            choices=() if demand.definition else demand.choices,
            callable_types=self.callable_types(),
        )

    async def bound_to(self, view: CaseView) -> ItemDefinition | None:
        """Return the definition a case taken in here is bound to; None where none binds it, or it is not known any more."""
        case = view.case
        demand = await self.looking.catalogues.demand(
            view.row.partner,
            basic_code=view.row.basic_code,
            division=case.handler.division,
            on=day_in_china(case.received_at_window),
            version=view.row.item_version or case.item.version,
            task_code=case.item.task_code,
        )
        return demand.definition or demand.latest

    def _scopes(self, snapshot: Partners, person: Person) -> dict[Partner, tuple[str, ...]]:
        found: dict[Partner, dict[str, None]] = {}
        for term in self._terms(snapshot, person):
            found.setdefault(term.partner, {}).update(dict.fromkeys(term.agreement.their_scope))
        return {partner: tuple(scopes) for partner, scopes in found.items()}

    def _agreements(self, person: Person) -> frozenset[str]:
        return frozenset(one.agreement.number for one in self._terms(self.registry.current(), person))

    def _terms(self, snapshot: Partners, person: Person) -> list[Term]:
        today = day_in_china(self.clock())
        try:
            ours = set(snapshot.places(person.division))
        except GatewayError:
            return []  # nobody agreed on anything for a place that is not known
        return [
            term
            for term in snapshot.terms
            if Direction.OUTWARD in term.item.directions
            and term.partner.status is Status.ACTIVE
            and not snapshot.is_closed(term.partner)
            and term.agreement.is_in_force(today)
            and ours.intersection(term.agreement.our_scope)
        ]


def _is_current(snapshot: Partners, place: Division) -> bool:
    return snapshot.divisions.successors(place.code6) == (place,)


def _is_asked(asked: str, *names: str) -> bool:
    return any(is_meant(asked, name) for name in names)
