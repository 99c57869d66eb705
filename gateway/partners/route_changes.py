"""What may go where after a change and could not before, and the other way round: routes gained and lost.

A route is an item, a mode, a direction and two divisions that an agreement covers today or later, with a partner that is active
and has its file.  They are told in groups: one line for a partner, item, mode and direction, with its pairs of divisions.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gateway.case.model import Mode
from gateway.partners.partner import Partner
from gateway.partners.schema import Status
from gateway.partners.snapshot import Partners
from gateway.partners.terms import Direction

Pair = tuple[str, str]
"""Their division, our division."""


@dataclass(frozen=True, slots=True)
class RouteGroup:
    """Routes of one item with one partner.

    Attributes:
        pairs: their division and ours, six digits each, in order.
    """

    partner: str
    item: str
    name: str
    mode: Mode
    direction: Direction
    pairs: tuple[Pair, ...]


def route_changes(
    before: Partners, after: Partners, today: date
) -> tuple[tuple[RouteGroup, ...], tuple[RouteGroup, ...]]:
    """Return what is gained and what is lost from one snapshot to another; partners that are the same are passed over."""
    gained: list[RouteGroup] = []
    lost: list[RouteGroup] = []
    for code in sorted({partner.code for partner in (*before, *after)}):
        old, new = before.of(code), after.of(code)
        was = _routes(old, closed=bool(old and before.is_closed(old)), today=today)
        now = _routes(new, closed=bool(new and after.is_closed(new)), today=today)
        if old and new and old.digest == new.digest and was.keys() == now.keys():
            continue
        gained += _groups(code, was, now)
        lost += _groups(code, now, was)
    return tuple(gained), tuple(lost)


_Key = tuple[str, Mode, Direction]
_Routes = dict[_Key, tuple[str, frozenset[Pair]]]


def _routes(partner: Partner | None, *, closed: bool, today: date) -> _Routes:
    if partner is None or closed or partner.status is not Status.ACTIVE:
        return {}
    pairs: dict[_Key, set[Pair]] = defaultdict(set)
    names: dict[_Key, str] = {}
    for agreement in partner.agreements:
        if agreement.valid_to < today:
            continue
        covered = {(theirs, ours) for theirs in agreement.their_scope for ours in agreement.our_scope}
        for item in agreement.items:
            for mode in item.modes:
                for direction in item.directions:
                    key = item.our_code, mode, direction
                    pairs[key] |= covered
                    names.setdefault(key, item.name)
    return {key: (names[key], frozenset(found)) for key, found in pairs.items()}


def _groups(code: str, less: _Routes, more: _Routes) -> Iterator[RouteGroup]:
    """Yield what `more` has and `less` has not."""
    for key, (name, pairs) in sorted(more.items(), key=lambda one: (one[0][0], one[0][1].value, one[0][2].value)):
        new = pairs - (less[key][1] if key in less else frozenset())
        if new:
            item, mode, direction = key
            yield RouteGroup(code, item, name, mode, direction, tuple(sorted(new)))
