"""四个一致 between our items and a partner's: one item, or all that the agreements list; and the partner's score.

Every line of every agreement in force that covers the division asked for is looked at once: our definition and theirs, each
found by its own side's code.  What only one side publishes is listed as such and scores nothing.

Guarantees that the same catalogues and agreements give the same report in the same order (by item code).
Leaves to others: keeping the partner's catalogue fresh (`refresh_items`), and what a new case does about it (`parity_checks`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.item.definition import ItemDefinition
from gateway.case.item.parity import Comparison, partner_score
from gateway.case.reasons import Reason
from gateway.flows.items.catalogues import Catalogues
from gateway.flows.items.parity_checks import ParityChecks
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.snapshot import Partners, Term
from gateway.store import items
from gateway.store.database import Database, Transaction
from gateway.store.items import ItemRow


class Missing(Enum):
    """Who does not publish an item that the agreement lists."""

    NOBODY = ""
    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class ItemCompared:
    """One item of the agreements.

    Attributes:
        term: the line of the agreement that lists it; its policy says what a difference does.
        comparison: None while one side publishes no such item.
    """

    term: Term
    missing: Missing
    comparison: Comparison | None


@dataclass(frozen=True, slots=True)
class PartnerCompared:
    """Our items and one partner's.

    Attributes:
        division: what was asked about, six digits.
        ours_published, theirs_published: whether each side has a catalogue at all.
    """

    partner: Partner
    division: str
    ours_published: bool
    theirs_published: bool
    items: tuple[ItemCompared, ...]

    @property
    def score(self) -> int | None:
        """The mean over the items both sides publish; None when there are none."""
        found = [one.comparison for one in self.items if one.comparison]
        return partner_score(found) if found else None


@dataclass(frozen=True, slots=True)
class ComparingItems:
    """The comparing flows, bound to one gateway."""

    region: str
    database: Database
    registry: Registry
    catalogues: Catalogues
    checks: ParityChecks
    clock: Callable[[], datetime]

    async def compare(self, division: str, item: str = "") -> PartnerCompared:
        """Return the report about the partner whose agreements cover a division.

        Args:
            division: theirs, 6 or 12 digits; a partner's code will do.
            item: a basic code of either side, or empty for all.

        Raises:
            GatewayError: OWN_REGION, DIVISION_UNKNOWN, DIVISION_ABOLISHED, NO_PARTNER, ITEM_NOT_AGREED.
        """
        today = day_in_china(self.clock())
        snapshot = self.registry.current()
        terms = self._terms(snapshot, division, item, today)
        partner, place = terms[0].partner, snapshot.places(division)[0]
        return await self.database.read(lambda tx: self._report(tx, partner, place, terms, today))

    def _terms(self, snapshot: Partners, division: str, item: str, today: date) -> list[Term]:
        """Return the line that holds for every item, narrowest first where several list it."""
        places = snapshot.places(division)
        if self.region in places:
            name = snapshot.divisions.named(places[0])
            raise GatewayError(Reason.OWN_REGION, division=f"{name} ({places[0]})", division_name=name)
        ranked = sorted(_covering(snapshot, places, today), key=lambda two: two[0])
        if not ranked:
            name = snapshot.divisions.named(places[0])
            raise GatewayError(Reason.NO_PARTNER, division=f"{name} ({places[0]})", division_name=name)
        partner = ranked[0][1].partner
        found: dict[tuple[str, str], Term] = {}
        for _, term in ranked:
            if term.partner is partner:
                found.setdefault((term.item.our_code, term.item.their_code), term)
        if item:
            wanted = {key: term for key, term in found.items() if item in key}
            if not wanted:
                agreed = ", ".join(f"{term.item.name} {term.item.our_code}" for term in list(found.values())[:12])
                raise GatewayError(Reason.ITEM_NOT_AGREED, partner=partner.name, item=item, mode="", agreed=agreed)
            found = wanted
        return [found[key] for key in sorted(found)]

    def _report(
        self, tx: Transaction, partner: Partner, place: str, terms: Iterable[Term], today: date
    ) -> PartnerCompared:
        compared: list[ItemCompared] = []
        for term in terms:
            ours = self._definition(tx, self.region, term.item.our_code, term.agreement.our_scope, today)
            theirs = self._definition(
                tx, partner.code, term.item.their_code, (place, *term.agreement.their_scope), today
            )
            if ours and theirs:
                compared.append(ItemCompared(term, Missing.NOBODY, self.checks.comparison(ours, theirs)))
            else:
                compared.append(ItemCompared(term, _missing(ours, theirs), None))
        return PartnerCompared(
            partner,
            place,
            items.version_of(tx, self.region) > 0,
            items.version_of(tx, partner.code) > 0,
            tuple(compared),
        )

    def _definition(
        self, tx: Transaction, region: str, code: str, places: Iterable[str], today: date
    ) -> ItemDefinition | None:
        """Return what holds at the first of these places, or within it, today."""
        rows = _in_force(items.of_code(tx, region, code), today)
        for place in places:
            covering = [row for row in rows if self.catalogues.depth(place, row.division)]
            within = [row for row in rows if self.catalogues.depth(row.division, place)]
            # The narrowest that covers the place; else the first of those that hold in a part of it.
            covering.sort(key=lambda row: (-self.catalogues.depth(place, row.division), row.key))
            if found := (*covering, *within):
                return self.catalogues.definition_at(tx, region, found[0])
        return None


def _covering(snapshot: Partners, places: tuple[str, ...], today: date) -> list[tuple[int, Term]]:
    """Return the lines in force that cover a place, with how far from it their scope is."""
    found: list[tuple[int, Term]] = []
    for term in snapshot.terms:
        distance = next((n for n, place in enumerate(places) if place in term.agreement.their_scope), None)
        if distance is None and places[0] in (term.partner.code, *term.partner.history):
            distance = len(places)
        if distance is not None and term.agreement.is_in_force(today) and not snapshot.is_closed(term.partner):
            found.append((distance, term))
    return found


def _in_force(rows: Iterable[ItemRow], today: date) -> list[ItemRow]:
    """Return the newest version in force of every item, by its name."""
    found: dict[str, ItemRow] = {}
    for row in rows:
        if row.valid_from <= today:
            found[row.key] = row
    return [found[key] for key in sorted(found)]


def _missing(ours: ItemDefinition | None, theirs: ItemDefinition | None) -> Missing:
    if ours is None:
        return Missing.BOTH if theirs is None else Missing.OURS
    return Missing.THEIRS
