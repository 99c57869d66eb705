"""A file comes from a browser, for a case that is being taken in or supplemented.

1 spool   as it comes, with its digest; a file that is too large ends here
2 keep    as the console's own material, like one that a local system uploads (`materials.transfer`): three days without a case
3 note    who brought it, by its digest; never its name

A page with scripts sends a file in pieces and goes on where a cut line ended it, as local systems do (`local.materials`): the
store itself has what came, so that nothing is spooled.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person
from gateway.flows.materials.pieces import Piece
from gateway.flows.materials.transfer import MaterialState, Transfer
from gateway.store import audit, feed
from gateway.store.database import Database
from gateway.store.spool import spooled

LARGEST = 256 * 1024**2
"""Bytes of one file from a browser; a larger one comes by a local system."""
AT_ONCE = 4
"""Files that are spooled at the same time; others wait.  Together they stay below the disk a gateway keeps free."""


@dataclass(frozen=True, slots=True)
class WindowFiles:
    """The flow, bound to one gateway.

    Attributes:
        transfer: the file flows with the bounds in force.
        folder: where a file lies without a name until its digest is known.
    """

    transfer: Callable[[], Transfer]
    folder: Path
    database: Database
    clock: Callable[[], datetime]
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def keep(self, person: Person, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
        """Keep a file; return its SHA-256 and its size.  An empty file is not kept and has size 0.

        Raises:
            GatewayError: MATERIAL_TOO_LARGE, MATERIAL_QUOTA, DISK_LOW, DISK_FULL.
        """
        transfer = self.transfer()
        largest = min(LARGEST, transfer.largest)
        async with self._places, spooled(self.folder, chunks, largest) as spool:
            sha256, size = spool.sha256, spool.size
            if size:
                state = await transfer.material_state(feed.CONSOLE, sha256)
                if not state.complete:
                    await self._pour(transfer, sha256, size, spool.pieces())
        if size:
            await self._note(person, sha256)
        return sha256, size

    async def standing(self, sha256: str) -> MaterialState:
        """Return where the upload of a file has to go on."""
        return await self.transfer().material_state(feed.CONSOLE, sha256)

    async def take_piece(
        self, person: Person, sha256: str, piece: Piece, chunks: AsyncIterator[bytes]
    ) -> MaterialState:
        """Take a piece of a file; it counts once all of it is there and meets its digest.  Safe to repeat.

        Raises:
            GatewayError: MATERIAL_OFFSET naming the right offset, MATERIAL_DIGEST, MATERIAL_TOO_LARGE, MATERIAL_QUOTA, DISK_LOW,
                DISK_FULL.
        """
        transfer = self.transfer()
        if piece.size > min(LARGEST, transfer.largest):
            raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=min(LARGEST, transfer.largest))
        reached = await transfer.take_material(feed.CONSOLE, sha256, piece.size, piece.offset, chunks)
        if reached.complete:
            await self._note(person, sha256)
        return reached

    async def read(self, sha256: str) -> tuple[int, AsyncIterator[bytes]]:
        """Return size and bytes of a file that was brought.  Whoever asks has made sure that it is theirs.

        Raises:
            GatewayError: MATERIAL_UNKNOWN.
        """
        return await self.transfer().give_material(feed.CONSOLE, sha256)

    async def look(self, person: Person, sha256: str) -> tuple[int, AsyncIterator[bytes]]:
        """Return size and bytes of a file to be looked at, and note that somebody does.

        Raises:
            GatewayError: MATERIAL_UNKNOWN.
        """
        found = await self.read(sha256)
        await self._note(person, sha256, "material.viewed")
        return found

    async def whole(self, sha256: str) -> bytes:
        """Return a file that was brought, in memory: for pictures, whose size was looked at.

        Raises:
            GatewayError: MATERIAL_UNKNOWN.
        """
        _, chunks = await self.read(sha256)
        return b"".join([chunk async for chunk in chunks])

    async def _note(self, person: Person, sha256: str, act: str = "material.uploaded") -> None:
        now, actor = self.clock(), f"person:{person.person_id}"
        await self.database.write(lambda tx: audit.note(tx, now, actor, act, sha256))

    async def _pour(self, transfer: Transfer, sha256: str, size: int, pieces: AsyncIterator[bytes]) -> None:
        # An upload of the same bytes that ended early would go on elsewhere; here all of them are at hand.
        offset = (await transfer.material_state(feed.CONSOLE, sha256)).offset
        await transfer.take_material(feed.CONSOLE, sha256, size, offset, _behind(pieces, offset))


async def _behind(pieces: AsyncIterator[bytes], offset: int) -> AsyncIterator[bytes]:
    async for piece in pieces:
        kept = piece[offset:]
        offset = max(offset - len(piece), 0)
        if kept:
            yield kept
