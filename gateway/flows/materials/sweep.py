"""Files that nobody needs any more are removed.

0 steady    wall time runs as it should, and as that of partners           else: nothing is removed by time alone
1 forget    what no case claimed in time, and what a system may no longer use again, is nobody's
2 partials  uploads that nobody went on with
3 drop      of what was forgotten, and of one part of the folder each time, the files that neither a holder nor a case names

A file is dropped while no upload of the same bytes can be counted, and only after its rows are gone: a crash at any moment
leaves a file too many, which step 3 finds, and never a row without its file.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from gateway.store import possessions
from gateway.store.database import Database
from gateway.store.files import SHELVES, MaterialFiles

PARTIALS_KEPT = timedelta(days=3)
YOUNGEST = timedelta(hours=1)
"""A file without a row is left alone for so long: its upload may be about to be counted."""
MOST = 500
"""Rows that are ended in one sweep; the rest waits for the next."""
SHELVES_AT_ONCE = 16
"""Folders that are looked through in one sweep: all of them within a day, with a sweep every 15 seconds."""


@dataclass(frozen=True, slots=True)
class SweptMaterials:
    """What a sweep ended: rows of holders, unfinished uploads, and complete files."""

    forgotten: int = 0
    partials: int = 0
    dropped: int = 0


async def _to_nobody() -> None:
    """Our own clock alone counts."""


@dataclass(slots=True)
class MaterialSweeper:
    """Removes files nobody needs; remembers which part of the folder comes next, and begins anew with the process.

    Args:
        jumped: whether wall time is not to be trusted now.
        listen: asks partners what time they have, unless they were asked lately.
    """

    database: Database
    files: MaterialFiles
    clock: Callable[[], datetime]
    jumped: Callable[[], bool]
    listen: Callable[[], Awaitable[None]] = _to_nobody
    _shelf: int = field(default=0, init=False)

    async def sweep(self) -> SweptMaterials:
        """Remove a bounded number; safe to repeat and to be killed at any moment."""
        if not self.jumped():
            await self.listen()
        if self.jumped():
            return SweptMaterials()
        now = self.clock()
        forgotten = await self.database.write(lambda tx: possessions.forget(tx, now, MOST))
        partials = await self.files.sweep_partials(now - PARTIALS_KEPT)
        shelves = range(self._shelf, min(self._shelf + SHELVES_AT_ONCE, SHELVES))
        shelved = await self.files.on_shelves(shelves, now - YOUNGEST)
        self._shelf = shelves.stop % SHELVES
        dropped = await self._drop_unused([*forgotten, *shelved])
        return SweptMaterials(len(forgotten), partials, dropped)

    async def _drop_unused(self, digests: Iterable[str]) -> int:
        looked_at = list(dict.fromkeys(digests))
        unused = await self.database.read(lambda tx: [one for one in looked_at if possessions.is_unused(tx, one)])
        dropped = 0
        for sha256 in unused:
            # Asked again, because an upload may have been counted meanwhile.
            dropped += await self.files.drop(sha256, partial(self._is_unused, sha256))
        return dropped

    async def _is_unused(self, sha256: str) -> bool:
        return await self.database.read(lambda tx: possessions.is_unused(tx, sha256))
