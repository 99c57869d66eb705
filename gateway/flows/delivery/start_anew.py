"""At a start nothing is under way: what a process that died had claimed is due again.

The first time a partner is called again after two seconds; a gateway that dies again and again with a flight out leaves its
partner in peace for as long as one that fails.
"""

from datetime import datetime

from gateway.partners.limits import FIRST_CALL
from gateway.store import claims, peers
from gateway.store.database import Transaction


def start_anew(tx: Transaction, now: datetime) -> int:
    """Give back what was claimed; return how many envelopes.  Costs what was under way, not what is queued."""
    given_back = 0
    for partner, flight, transfer in peers.left_under_way(tx):
        for lease in {flight, transfer} - {None}:
            assert lease is not None
            given_back += claims.give_back(tx, partner, lease, now)
        peers.landed_nowhere(tx, partner, now + FIRST_CALL)
    return given_back


def give_back_broken_off(tx: Transaction, partner: str, *, transfer: bool, now: datetime) -> int:
    """A flight or transfer ended by an error of ours, such as a store that could not write: what it claimed is due again.

    There is one of each for a partner at a time, so its lease is the last one.
    """
    leases = {code: (flight, carried) for code, flight, carried in peers.left_under_way(tx)}
    lease = leases.get(partner, (None, None))[transfer]
    if lease is None:
        return 0
    if not transfer:
        peers.broke_off(tx, partner, now + FIRST_CALL)
    return claims.give_back(tx, partner, lease, now)
