"""The audit cannot be altered unseen: its rows are chained, and each head is one that only this gateway's key can make.

seal    1 rows     those since the last head, 5,000 at most
        2 head     SHA-256 over the head before and the digest of the rows, and a keyed hash of it: kept, and told to the log
verify  1 chain    each head rests on the one before, and its keyed hash is ours
        2 rows     made again from the rows as they are now
        3 ends     no row is missing before the first head that can be followed, but those that are old enough to be removed

What this cannot see: a row altered within the minute before its head is made, and the newest heads cut off together with their
rows.  For the second, a head that was written down elsewhere (log, page, export) is looked for.  Whoever has the storage key can
make the chain anew; so compare with a head that was written down before.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gateway.case.texts import Text
from gateway.store import audit_seals
from gateway.store.audit_seals import NOTHING_BEFORE, Seal, Span
from gateway.store.database import Database, Transaction

ROWS_AT_ONCE = 5_000
SEALS_AT_ONCE = 100
MOST_ROWS = 1_000_000
"""Rows that are verified at once; what is older is verified by naming an earlier day."""
PURPOSE = b"audit seal"


class LookupHash(Protocol):
    """A keyed hash that only this gateway can make."""

    def lookup(self, value: bytes, purpose: bytes = b"") -> bytes:
        """Return the keyed hash of a value."""
        ...


@dataclass(frozen=True, slots=True)
class Broken:
    """Rows that do not fit their head, by the positions the head names."""

    first: int
    last: int
    at: datetime
    why: Text


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of looking through the chain.

    Attributes:
        rows: that fit their head; seals: how many heads those were.
        since, until: when the first and the last of these heads was made; None without any.
        head: the last one, in hexadecimal, to be written down elsewhere.
        unsealed: rows after the last head.
        more: there are more heads than were looked at.
    """

    rows: int = 0
    seals: int = 0
    since: datetime | None = None
    until: datetime | None = None
    head: str = ""
    unsealed: int = 0
    broken: tuple[Broken, ...] = ()
    more: bool = False
    known: bool | None = None
    """Whether the head that was asked for is one of them; None when none was."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.broken and self.known is not False


@dataclass(frozen=True, slots=True)
class AuditChain:
    """The flows, bound to one gateway.

    Attributes:
        kept: how long rows are kept; older ones may be missing.
    """

    database: Database
    vault: LookupHash
    clock: Callable[[], datetime]
    kept: timedelta = field(default=timedelta(days=1096))

    async def seal(self) -> Seal | None:
        """Make the next head; None when there is no row since the last."""

        def look(tx: Transaction) -> tuple[Seal | None, Span]:
            last = audit_seals.newest(tx)
            begins = last.last if last else 0
            ends = min(audit_seals.newest_row(tx), begins + ROWS_AT_ONCE)
            return last, audit_seals.span(tx, begins, ends)

        last, span = await self.database.read(look)
        if not span.rows:
            return None
        seal = self._sealed(span, last.head if last else NOTHING_BEFORE)

        def keep(tx: Transaction) -> bool:
            now_last = audit_seals.newest(tx)
            if (now_last.last if now_last else 0) != (last.last if last else 0):
                return False  # somebody else made it
            audit_seals.add(tx, seal)
            return True

        return seal if await self.database.write(keep) else None

    async def verify(self, since: datetime | None = None, head: str = "", most: int = MOST_ROWS) -> Verified:
        """Look through the chain, in pieces, others being answered in between.

        Args:
            since: only heads made from this moment on.
            head: one that was written down before, in hexadecimal; looked for among those.
            most: rows that are looked at; 0 for all.
        """
        start = await self.database.read(lambda tx: audit_seals.before(tx, since)) if since else None
        found, before, position = Verified(known=False if head else None), start, start.last if start else 0
        broken: list[Broken] = [] if start is None or self._is_ours(start) else [_broken(start, _FORGED)]
        rows = seals = 0
        while rows < most or not most:
            piece = await self.database.read(lambda tx, after=position: self._piece(tx, after))  # type: ignore[misc]
            for seal, span, oldest in piece:
                why = self._why(seal, span, oldest, before)
                if why:
                    broken.append(_broken(seal, why))
                rows, seals, before, position = rows + span.rows, seals + 1, seal, seal.last
                known = found.known or seal.head.hex() == head.strip().lower() if head else None
                found = Verified(since=found.since or seal.at, until=seal.at, head=seal.head.hex(), known=known)
            if len(piece) < SEALS_AT_ONCE:
                break
        left, more = await self.database.read(lambda tx: self._left(tx, position))
        return Verified(
            rows=rows,
            seals=seals,
            since=found.since,
            until=found.until,
            head=found.head,
            unsealed=left,
            broken=tuple(broken[:100]),
            more=more,
            known=found.known,
        )

    def _sealed(self, span: Span, before: bytes) -> Seal:
        bare = Seal(span.first, span.last, span.rows, span.head(before), b"", self.clock())
        return Seal(bare.first, bare.last, bare.rows, bare.head, self.vault.lookup(bare.said, PURPOSE), bare.at)

    def _is_ours(self, seal: Seal) -> bool:
        return self.vault.lookup(seal.said, PURPOSE) == seal.mac

    def _piece(self, tx: Transaction, after: int) -> list[tuple[Seal, Span, int]]:
        oldest = audit_seals.oldest_row(tx)
        found, position = [], after
        for seal in audit_seals.after(tx, after, SEALS_AT_ONCE):
            # From where the one before ended: a row that was put in between belongs to no head.
            found.append((seal, audit_seals.span(tx, position, seal.last), oldest))
            position = seal.last
        return found

    def _why(self, seal: Seal, span: Span, oldest: int, before: Seal | None) -> Text | None:
        if not self._is_ours(seal):
            return _FORGED
        if oldest > seal.first or not oldest:
            old = self.clock() - seal.at >= self.kept
            return None if old else _GONE  # removed as the rows of its time are
        if before is None and span.first < seal.first:
            return _CUT  # rows that no head covers any more
        if (span.first, span.last, span.rows) != (seal.first, seal.last, seal.rows):
            return _NUMBER
        return None if span.head(before.head if before else NOTHING_BEFORE) == seal.head else _ALTERED

    @staticmethod
    def _left(tx: Transaction, position: int) -> tuple[int, bool]:
        newest = audit_seals.newest(tx)
        ends = newest.last if newest else 0
        return audit_seals.span(tx, ends, ends + ROWS_AT_ONCE).rows, ends > position


def _broken(seal: Seal, why: Text) -> Broken:
    return Broken(seal.first, seal.last, seal.at, why)


_FORGED = Text("封印不是本网关的密钥所作", "the seal was not made with this gateway's key")
_GONE = Text("审计行缺失, 而保存期未满", "rows are missing that have to be kept longer")
_CUT = Text("此前的封印缺失, 而保存期未满", "earlier seals are missing that have to be kept longer")
_NUMBER = Text("审计行的数目与封印不符: 有增或有减", "the number of rows differs: some were put in or taken out")
_ALTERED = Text("审计行的内容, 或此前的封印, 被改动过", "a row, or a seal before it, was altered")
