"""Browsers share the places where files are spooled, and each body comes at a least pace, so that nobody's slow line costs others.

A person has `EACH` places; what they send beyond waits for their own.  Everybody together has `TOTAL`; a file that finds none of
those free is told UPLOADS_BUSY, and may come again at once.  Pieces are not spooled and have no places: a person sends `PIECES`
at a time, and a further one is told UPLOADS_BUSY before a byte of it is read.  A body that brings less than `LEAST` bytes while it was waited for
`LOOKED_AT` seconds ends with UPLOAD_SLOW; what is told next to a field before that stays.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason

EACH = 2
"""Files of one person that are spooled at the same time."""
WAITING = 8
"""Files of one person that wait behind them; a further one is told UPLOADS_BUSY."""
TOTAL = 16
"""Files of everybody that are spooled at the same time."""
PIECES = 6
"""Pieces of one person that come at the same time: as many connections as a browser opens to one address."""
LOOKED_AT = 60
"""Seconds of waiting for the browser after which the pace is looked at, again and again."""
LEAST = 120 * 1024
"""Bytes that come in them: 2 KiB a second, less than the worst line of a window."""


@dataclass(slots=True)
class _Share:
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(EACH))
    files: int = 0


@dataclass(slots=True)
class UploadShares:
    """The places of one gateway."""

    under_way: int = 0
    """Files that are spooled now."""
    _shares: dict[str, _Share] = field(default_factory=dict)
    _pieces: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def place(self, person_id: str) -> AsyncIterator[None]:
        """Have a place while the block runs.  Raises UPLOADS_BUSY when there is none for this person, or for anybody."""
        share = self._shares.setdefault(person_id, _Share())
        if share.files >= EACH + WAITING:
            raise GatewayError(Reason.UPLOADS_BUSY)
        share.files += 1
        try:
            async with share.places:
                if self.under_way >= TOTAL:
                    raise GatewayError(Reason.UPLOADS_BUSY)
                self.under_way += 1
                try:
                    yield
                finally:
                    self.under_way -= 1
        finally:
            share.files -= 1
            if not share.files:
                self._shares.pop(person_id, None)

    @contextmanager
    def piece(self, person_id: str) -> Iterator[None]:
        """Count as a piece of this person while the block runs.  Raises UPLOADS_BUSY when as many come already as may."""
        if self._pieces[person_id] >= PIECES:
            raise GatewayError(Reason.UPLOADS_BUSY)
        self._pieces[person_id] += 1
        try:
            yield
        finally:
            self._pieces[person_id] -= 1
            if not self._pieces[person_id]:
                del self._pieces[person_id]

    def pieces_of(self, person_id: str) -> int:
        """Return how many pieces of this person come now."""
        return self._pieces[person_id]


@dataclass(slots=True)
class Pace:
    """How fast one body comes.  Only the time its sender was waited for counts, not what the gateway itself took."""

    monotonic: Callable[[], float]
    waited: float = 0.0
    came: int = 0

    async def chunk(self, coming: Awaitable[bytes]) -> bytes:
        """Return what comes next.  Raises UPLOAD_SLOW when too little came for too long."""
        begun = self.monotonic()
        chunk = await coming
        self.waited += self.monotonic() - begun
        self.came += len(chunk)
        if self.waited >= LOOKED_AT:
            if self.came < LEAST:
                raise GatewayError(Reason.UPLOAD_SLOW, came=self.came, seconds=round(self.waited))
            self.waited, self.came = 0.0, 0
        return chunk
