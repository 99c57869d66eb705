"""What waits sealed by a key of ours that is denied now goes in new envelopes: the other side could not believe the old ones.

1 look     what is owed, a bounded piece after the other
2 only     those that bear no seal by a key that still counts
3 ask      the partner for its receipts: what it has is settled; what it never saw it promises never to take
4 anew     sealed again: event id, sequence and version stay

A partner that is away is asked again at the next round.  Runs while a key of ours is denied and something may still wait that
it sealed; safe to repeat and to be killed at any moment.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial

from gateway.flows.delivery.resealing import reseal
from gateway.flows.queue.fail import NOTHING_KNOWN, Asking
from gateway.store import bodies, cases, events, outbox, queue
from gateway.store.database import Transaction
from gateway.store.queue import START, Found, Selection
from gateway.wire.codec import sealed_from_bytes

MOST = 64
"""Envelopes of one piece; a partner is asked for as many at once."""
PIECES = 50
"""Pieces of one round; the next goes on where it stopped."""
SILENT = 5
"""Partners that do not answer, after which a round ends: each costs a handshake that fails."""
EVERY = 30.0
"""Seconds between two rounds while something is left."""


@dataclass(slots=True)
class ResealingDenied:
    """The flow, bound to one gateway.

    Attributes:
        denied: ids of keys of ours that are denied.
    """

    asking: Asking
    denied: Callable[[], AbstractSet[str]]
    wake: Callable[[str], None]
    name: str = "reseal denied"
    every: float = EVERY
    _done: AbstractSet[str] = field(default=frozenset(), init=False)
    _place: queue.Place = field(default=START, init=False)
    _left: int = field(default=0, init=False)

    async def look(self) -> bool:
        """Do one round; True when something was sealed anew."""
        denied = frozenset(self.denied())
        if denied <= self._done:
            return False
        silent: set[str] = set()
        anew = 0
        for _ in range(PIECES):
            found, sealed_by = await self.asking.database.read(partial(self._piece, place=self._place, denied=denied))
            for code, these in sealed_by.items():
                done, answered = (0, False) if code in silent else await self._of_partner(code, these)
                silent |= set() if answered else {code}
                anew, self._left = anew + done, self._left + len(these) - done
            self._place = found[-1].place if len(found) == MOST else START
            if self._place == START:
                self._done, self._left = (frozenset() if self._left else denied), 0
                break
            if len(silent) >= SILENT:
                break
        return anew > 0

    def _piece(
        self, tx: Transaction, place: queue.Place, denied: AbstractSet[str]
    ) -> tuple[Sequence[Found], dict[str, list[Found]]]:
        found = queue.matching(tx, Selection(), place, MOST)
        theirs: dict[str, list[Found]] = defaultdict(list)
        settling = self.asking.settling
        for one in found:
            sealed = sealed_from_bytes(bodies.fetch(tx, settling.vault, settling.region, one.envelope_id))
            if all(signature.keyid in denied for signature in sealed.signatures):
                theirs[one.partner].append(one)
        return found, theirs

    async def _of_partner(self, code: str, these: Sequence[Found]) -> tuple[int, bool]:
        """Ask about these and seal anew what was never seen; return how many need no more, and whether it answered."""
        fate = await self.asking.fate_of(code, [one.envelope_id for one in these])
        never = [one for one in these if one.envelope_id in fate.never_seen]
        if never:
            await self.asking.database.write(lambda tx: self._anew(tx, never))
            self.wake(code)
        done = len(never) + sum(one.envelope_id in fate.arrived for one in these)
        return done, fate != NOTHING_KNOWN

    def _anew(self, tx: Transaction, never: Sequence[Found]) -> None:
        settling, now = self.asking.settling, self.asking.clock()
        for one in never:
            owed, row = outbox.find(tx, one.envelope_id), cases.find(tx, one.case_id)
            event = events.by_sequence(tx, one.case_id, settling.region, one.sequence)
            if owed is None or owed.settled_at is not None or row is None or event is None:
                continue
            if event.envelope_id == one.envelope_id:
                reseal(tx, settling.vault, settling.sealer, row, event, now)
