"""Why no agreement covers a case: the closest miss, and what has been agreed instead.

The agreements are narrowed step by step: their division, item, mode, direction, our division, date.  The step at
which none is left is the one to tell staff about, because everything before it was right.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gateway.case.code.divisions import Divisions
from gateway.case.errors import GatewayError
from gateway.case.item.words import MODE_TEXT
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.partners.snapshot import Partners, Term, Way
from gateway.partners.terms import DIRECTION_TEXT, Direction

NAMES_LISTED = 12
"""How many agreed items, places or partners a refusal names at most; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a new case needs an agreement for.

    Attributes:
        ours, theirs: the division on each side and everything around it, six digits, narrow to wide.
    """

    item: str
    mode: Mode
    direction: Direction
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    on: date

    @property
    def way(self) -> Way:
        """Item, mode and direction."""
        return self.item, self.mode, self.direction


def refusal(snapshot: Partners, asked: Asked, terms: Iterable[Term]) -> GatewayError:
    """Return the error that names what `terms` lack for what is asked."""
    divisions = snapshot.divisions
    near = [term for term in terms if not set(asked.theirs).isdisjoint(term.agreement.their_scope)]
    if not near:
        return GatewayError(Reason.NO_PARTNER, findings=(), **_place(divisions, asked.theirs[0]))
    facts: dict[str, object] = {"partner": _partners(near), "item": asked.item, "mode": MODE_TEXT[asked.mode]}
    left = [term for term in near if asked.item in term.item.codes]
    if not left:
        agreed = _listed(f"{term.item.name} {term.item.codes[0]}" for term in near)
        return GatewayError(Reason.ITEM_NOT_AGREED, findings=(), **facts, agreed=agreed)
    facts |= {"partner": _partners(left), "item": f"{left[0].item.name} {asked.item}"}
    near, left = left, [term for term in left if asked.mode in term.item.modes]
    if not left:
        modes = dict.fromkeys(mode for term in near for mode in term.item.modes)
        return GatewayError(
            Reason.MODE_NOT_AGREED, findings=(), **facts, agreed=_joined(MODE_TEXT[mode] for mode in modes)
        )
    near, left = left, [term for term in left if asked.direction in term.item.directions]
    if not left:
        ways = dict.fromkeys(direction for term in near for direction in term.item.directions)
        agreed_ways = _joined(DIRECTION_TEXT[direction] for direction in ways)
        return GatewayError(Reason.DIRECTION_NOT_AGREED, findings=(), **facts, agreed=agreed_ways)
    near, left = left, [term for term in left if not set(asked.ours).isdisjoint(term.agreement.our_scope)]
    if not left:
        agreed = _listed(divisions.named(code) for term in near for code in term.agreement.our_scope)
        return GatewayError(
            Reason.OUR_DIVISION_NOT_COVERED, findings=(), **facts, **_place(divisions, asked.ours[0]), agreed=agreed
        )
    nearest = min(left, key=lambda term: _days_off(term, asked.on))
    return GatewayError(
        Reason.NOT_IN_FORCE,
        findings=(),
        **facts,
        agreement=nearest.agreement.number,
        valid_from=nearest.agreement.valid_from.isoformat(),
        valid_to=nearest.agreement.valid_to.isoformat(),
    )


def _days_off(term: Term, on: date) -> int:
    agreement = term.agreement
    return max((agreement.valid_from - on).days, (on - agreement.valid_to).days)


def _place(divisions: Divisions, code: str) -> dict[str, object]:
    name = divisions.named(code)
    return {"division": f"{name} ({code})", "division_name": name}


def _partners(terms: Iterable[Term]) -> str:
    return _listed(term.partner.name for term in terms)


def _listed(names: Iterable[str]) -> str:
    once = list(dict.fromkeys(names))
    more = len(once) - NAMES_LISTED
    return ", ".join(once[:NAMES_LISTED]) + (f", … (+{more})" if more > 0 else "")


def _joined(texts: Iterable[Text]) -> Text:
    listed = tuple(texts)
    return Text("、".join(text.zh for text in listed), ", ".join(text.en for text in listed))
