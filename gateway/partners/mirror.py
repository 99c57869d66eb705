"""One agreement as both regions should read it: a digest that is equal on both sides when their files say the same.

Our outward is their inward and our scope is their scope; the digest names regions instead of sides.  Titles,
item names, carriers and fallbacks are words for people and left out; so is what each side does about differences of items and
where it sends people instead, which bind nobody but itself.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict

from gateway.partners.terms import AgreedItem, Agreement, Direction


def agreement_digest(agreement: Agreement, *, ours: str, theirs: str) -> str:
    """Return the SHA-256, in hexadecimal, of what an agreement between two gateway codes binds them to.

    Args:
        ours: this gateway's code.
        theirs: the code of the partner in whose file the agreement stands.
    """
    content = {
        "number": agreement.number,
        "valid_from": agreement.valid_from.isoformat(),
        "valid_to": agreement.valid_to.isoformat(),
        "scopes": {ours: sorted(agreement.our_scope), theirs: sorted(agreement.their_scope)},
        "items": sorted(_item(item, ours, theirs) for item in agreement.items),
        "mail": agreement.mail.paid_by.value,
        "notice_from": agreement.notice_from.value,
    }
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def agreements_fingerprint(agreements: Iterable[Agreement], *, ours: str, theirs: str) -> bytes:
    """Return 32 bytes over all agreements with a partner; equal on both sides when their files say the same."""
    digests = sorted(agreement_digest(agreement, ours=ours, theirs=theirs) for agreement in agreements)
    return hashlib.sha256("\n".join(digests).encode()).digest()


def _item(item: AgreedItem, ours: str, theirs: str) -> str:
    handlers = {Direction.OUTWARD: theirs, Direction.INWARD: ours}
    return _canonical(
        {
            "code": item.basic or (item.local and {ours: item.local.ours, theirs: item.local.theirs}),
            "modes": sorted(mode.value for mode in item.modes),
            "handlers": sorted(handlers[direction] for direction in item.directions),
            "powers": sorted(power.value for power in item.powers),
            "limits": asdict(item.limits),
        }
    )


def _canonical(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
