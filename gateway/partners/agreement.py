"""Whether an agreement allows a new case, and what it grants.

Dates bind new cases only: an open case is permitted to its end, and what it was permitted under is kept with it.
"""

from dataclasses import dataclass
from datetime import date

from gateway.case.errors import GatewayError
from gateway.case.kinds import NoticeFrom, Power
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.partners.partner import Partner
from gateway.partners.policies import ParityPolicy
from gateway.partners.refusal import Asked, refusal
from gateway.partners.schema import Status
from gateway.partners.snapshot import Partners, Term
from gateway.partners.terms import AgreedItem, Direction, StepLimits


@dataclass(frozen=True, slots=True)
class Permit:
    """What an agreement says about one case.

    Attributes:
        partner: the partner's code.
        agreement: its number (文号).
        item: the line of its list; names both sides' codes where there is no national one.
        our_scope, their_scope: the divisions, six digits, by which the case is covered.
        parity: what to do when the two sides' definitions of the item differ.
        notice_from: from whose receipt the five days to notify run.
    """

    partner: str
    agreement: str
    item: AgreedItem
    direction: Direction
    our_scope: str
    their_scope: str
    parity: ParityPolicy
    notice_from: NoticeFrom

    @property
    def handler_code(self) -> str:
        """The basic code the handler's catalogue has the item under; what a case carries."""
        return self.item.their_code if self.direction is Direction.OUTWARD else self.item.our_code

    @property
    def origin_code(self) -> str:
        """The basic code the origin's catalogue has it under."""
        return self.item.our_code if self.direction is Direction.OUTWARD else self.item.their_code

    @property
    def powers(self) -> frozenset[Power]:
        """What the handler lets the origin do in its name."""
        return frozenset(self.item.powers)

    @property
    def limits(self) -> StepLimits:
        """Working days for each step."""
        return self.item.limits


def permit(
    snapshot: Partners,
    partner: Partner,
    *,
    item: str,
    mode: Mode,
    direction: Direction,
    our_division: str,
    their_division: str,
    on: date,
) -> Permit:
    """Return what the narrowest agreement with `partner` in force on that day says about a new case.

    Args:
        item: basic code, 12 characters; for an item without a national code either side's own.
        our_division, their_division: 6 or 12 digits; a town or village counts as its county.

    Raises:
        GatewayError: DIVISION_UNKNOWN, DIVISION_ABOLISHED; NO_PARTNER (their division), ITEM_NOT_AGREED, MODE_NOT_AGREED,
            DIRECTION_NOT_AGREED, OUR_DIVISION_NOT_COVERED or NOT_IN_FORCE, whichever the closest agreement
            fails; PARTNER_CLOSED, PARTNER_PAUSED; ROUTE_AMBIGUOUS.
    """
    question = ("permit", partner.code, item, mode, direction, our_division, their_division, on)
    if isinstance(before := snapshot.remembered(question), Permit):
        return before
    asked = Asked(item, mode, direction, snapshot.places(our_division), snapshot.places(their_division), on)
    found = narrowest(snapshot, asked, partner)
    if not found:
        raise refusal(snapshot, asked, (term for term in snapshot.terms if term.partner is partner))
    permitted = open_permit(snapshot, asked, found)
    snapshot.remember(question, permitted)
    return permitted


def narrowest(snapshot: Partners, asked: Asked, partner: Partner | None = None) -> tuple[Term, ...]:
    """Return the terms in force with the narrowest scopes that cover what is asked: theirs first, then ours.

    Usually one; none when nothing covers it; several when they tie.  Closed partners give way to others.
    """
    scopes = snapshot.scopes(asked.way)
    for theirs in asked.theirs:
        for ours in asked.ours:
            found = tuple(
                term
                for term in scopes.get((theirs, ours), ())
                if term.agreement.is_in_force(asked.on) and (partner is None or term.partner is partner)
            )
            if found:
                return tuple(term for term in found if not snapshot.is_closed(term.partner)) or found
    return ()


def open_permit(snapshot: Partners, asked: Asked, found: tuple[Term, ...]) -> Permit:
    """Return the permit of the one term found.

    Raises:
        GatewayError: ROUTE_AMBIGUOUS for several; PARTNER_CLOSED or PARTNER_PAUSED when no new case may be opened with it.
    """
    if len(found) > 1:
        agreed = ", ".join(f"{term.agreement.number} ({term.partner.short_name})" for term in found)
        raise GatewayError(Reason.ROUTE_AMBIGUOUS, agreed=agreed, item=found[0].item.name)
    term = found[0]
    name = f"{term.partner.name} ({term.partner.code})"
    if snapshot.is_closed(term.partner):
        raise GatewayError(Reason.PARTNER_CLOSED, partner=name)
    if term.partner.status is Status.PAUSED:
        raise GatewayError(Reason.PARTNER_PAUSED, partner=name)
    return Permit(
        partner=term.partner.code,
        agreement=term.agreement.number,
        item=term.item,
        direction=asked.direction,
        our_scope=next(code for code in asked.ours if code in term.agreement.our_scope),
        their_scope=next(code for code in asked.theirs if code in term.agreement.their_scope),
        parity=term.agreement.parity,
        notice_from=term.agreement.notice_from,
    )
