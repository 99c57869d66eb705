"""Which partner decides a case: by the place whose department has the power, never by who is nearest.

In order: own region, items that national systems handle, then the agreements.  Of those that cover both
places, the item, the mode, the direction and the day, the narrowest wins; two equally narrow ones are refused.  An agreement
may send an item elsewhere; a narrower one that lists the item goes before it.
"""

from dataclasses import dataclass
from datetime import date

from gateway.case.code.divisions import Divisions
from gateway.case.errors import GatewayError
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.partners.agreement import Permit, narrowest, open_permit
from gateway.partners.elsewhere import Elsewhere, rank
from gateway.partners.partner import Partner
from gateway.partners.redirects import Redirects, plain_name
from gateway.partners.refusal import Asked, refusal
from gateway.partners.snapshot import Partners, Term
from gateway.partners.terms import Direction


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case goes and under what.

    Attributes:
        handler_division: the division in force, six digits; differs from the one asked for when that was abolished.
        place: what people call it: 利川市, or the partner's short name where the case goes to the partner as a whole.
    """

    partner: Partner
    permit: Permit
    handler_division: str
    place: str


def find_handler(
    snapshot: Partners,
    *,
    item: str,
    mode: Mode,
    our_division: str,
    handler_division: str,
    on: date,
    divisions: Divisions,
    own_region: str,
    redirects: Redirects | None = None,
    item_name: str = "",
) -> Route:
    """Return the partner to which a new case taken in here is handed.

    Args:
        item: basic code, 12 characters.
        our_division: where the application was taken, 6 or 12 digits.
        handler_division: whose department decides, 6 or 12 digits.
        on: the day in China.
        own_region: this gateway's code.
        item_name: helps to recognise items that national systems handle.

    Raises:
        GatewayError: OWN_REGION, REDIRECTED, and all that `agreement.permit` raises.
    """
    question = ("route", item, item_name, mode, our_division, handler_division, on, own_region, redirects)
    if isinstance(before := snapshot.remembered(question), Route) and divisions is snapshot.divisions:
        return before
    theirs = snapshot.places(handler_division)
    if own_region in theirs:
        raise GatewayError(
            Reason.OWN_REGION,
            division=f"{divisions.named(theirs[0])} ({theirs[0]})",
            division_name=divisions.named(theirs[0]),
        )
    redirect = redirects.of(item, item_name) if redirects else None
    if redirect:
        raise GatewayError(
            Reason.REDIRECTED,
            item=item_name or item,
            target=redirect.target,
            system=redirect.system,
            advice=redirect.advice,
            url=redirect.url,
        )
    asked = Asked(item, mode, Direction.OUTWARD, snapshot.places(our_division), theirs, on)
    found = narrowest(snapshot, asked)
    if instead := _elsewhere(snapshot, asked, item_name, found):
        raise instead.refusal(item_name or item)
    if not found:
        raise refusal(snapshot, asked, snapshot.terms)
    permitted = open_permit(snapshot, asked, found)
    partner, division = found[0].partner, divisions.get(theirs[0])
    named = partner.short_name if division is None or theirs[0] == partner.code else division.name
    route = Route(partner, permitted, theirs[0], named)
    snapshot.remember(question, route)
    return route


def _elsewhere(snapshot: Partners, asked: Asked, name: str, found: tuple[Term, ...]) -> Elsewhere | None:
    """Return the row that sends an item elsewhere between two places, unless what was found is narrower."""
    if not snapshot.elsewhere:
        return None
    rows = (*snapshot.elsewhere.get(asked.item, ()), *snapshot.elsewhere.get(plain_name(name), ()))
    ranked = [
        (narrow, row)
        for row in rows
        if row.agreement.is_in_force(asked.on) and (narrow := rank(row.agreement, asked.theirs, asked.ours)) is not None
    ]
    if not ranked:
        return None
    narrow, row = min(ranked, key=lambda two: two[0])
    listed = rank(found[0].agreement, asked.theirs, asked.ours) if found else None
    return row if listed is None or narrow <= listed else None
