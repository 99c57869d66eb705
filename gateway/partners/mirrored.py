"""An agreement as the other region writes it: what is ours there is theirs here, and outward is inward.

Works on agreements as files have them, text by key, so that what was written stays written.  What each side decides for
itself alone (differences of items, where people are sent instead) is no part of what it proposes and left out.
"""

from collections.abc import Mapping
from dataclasses import replace

from gateway.files.tree import Value
from gateway.partners.policies import ParityPolicy
from gateway.partners.terms import AgreedItem, Agreement, Direction, LocalCodes

_OTHER_SIDE = {"our_scope": "their_scope", "their_scope": "our_scope", "ours": "theirs", "theirs": "ours"}
_OTHER_WAY = {"outward": "inward", "inward": "outward"}
OWN = ("parity", "redirects")
"""Keys of an agreement that bind nobody but the side that wrote them."""


def mirrored(agreement: Mapping[str, Value]) -> dict[str, Value]:
    """Return an agreement of another region's file as it stands in ours."""
    return {_OTHER_SIDE.get(key, key): _turned(key, value) for key, value in proposed(agreement).items()}


def proposed(agreement: Mapping[str, Value]) -> dict[str, Value]:
    """Return an agreement of ours as it may be shown to the other region."""
    return {key: value for key, value in agreement.items() if key not in OWN and value is not None}


def turned(agreement: Agreement) -> Agreement:
    """Return an agreement, read, as the other region reads it."""
    return replace(
        agreement,
        our_scope=agreement.their_scope,
        their_scope=agreement.our_scope,
        items=tuple(_turned_item(item) for item in agreement.items),
        parity=ParityPolicy(),
        redirects=(),
    )


def _turned(key: str, value: Value) -> Value:
    if key == "items" and isinstance(value, list):
        return [
            {name: _turned(name, inner) for name, inner in item.items()} if isinstance(item, dict) else item
            for item in value
        ]
    if key == "directions" and isinstance(value, list):
        return [_OTHER_WAY.get(str(word), word) if isinstance(word, str) else word for word in value]
    if key == "local" and isinstance(value, dict):
        return {_OTHER_SIDE.get(name, name): code for name, code in value.items()}
    return value


def _turned_item(item: AgreedItem) -> AgreedItem:
    ways = {Direction.OUTWARD: Direction.INWARD, Direction.INWARD: Direction.OUTWARD}
    local = LocalCodes(ours=item.local.theirs, theirs=item.local.ours) if item.local else None
    return replace(item, local=local, directions=tuple(ways[way] for way in item.directions))
