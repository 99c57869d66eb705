"""A file comes from a browser, for a case that is being taken in, supplemented or decided.

1 place   each person has their share of the places (`window.upload_shares`)
2 spool   as it comes, with its digest; a file that is too large ends here
3 keep    as this person's own material, like one that a local system uploads (`materials.transfer`): three days without a case
4 note    who brought it, by its digest; never its name

A page with scripts sends a file in pieces and goes on where a cut line ended it, as local systems do (`local.materials`): the
store itself has what came, so that nothing is spooled; how many of a person come at once is bounded all the same.

Guarantees that nobody reads, attaches or learns of a file that somebody else brought: whoever knows its digest alone is told
what is told of one that does not exist, until they brought every byte themselves.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Person
from gateway.flows.materials.pieces import Piece
from gateway.flows.materials.transfer import MaterialState, Transfer
from gateway.flows.window.upload_shares import Pace, UploadShares
from gateway.store import audit
from gateway.store.database import Database
from gateway.store.possessions import uploader
from gateway.store.spool import spooled

LARGEST = 256 * 1024**2
"""Bytes of one file from a browser; a larger one comes by a local system."""
UNCLAIMED = 4 * 1024**3
"""Bytes that one person may have waiting for a case, where `limits.unclaimed_materials` allows as much."""
LOOK_EVERY = 8 * 1024**2
"""Bytes of a spooled file after which it is looked at again whether the disk has room."""


@dataclass(frozen=True, slots=True)
class WindowFiles:
    """The flow, bound to one gateway.

    Attributes:
        transfer: the file flows with the bounds in force.
        folder: where a file lies without a name until its digest is known.
        monotonic: seconds that no change of the clock moves, for the pace of a body.
    """

    transfer: Callable[[], Transfer]
    folder: Path
    database: Database
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    shares: UploadShares = field(default_factory=UploadShares)

    def pace(self) -> Pace:
        """Return what holds one body to the least pace."""
        return Pace(self.monotonic)

    async def keep(self, person: Person, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
        """Keep a file; return its SHA-256 and its size.  An empty file is not kept and has size 0.

        Raises:
            GatewayError: UPLOADS_BUSY, MATERIAL_TOO_LARGE, MATERIAL_QUOTA, DISK_LOW, DISK_FULL.
        """
        transfer, holder = self._theirs(), uploader(person.person_id)
        largest = min(LARGEST, transfer.largest)
        async with (
            self.shares.place(person.person_id),
            spooled(self.folder, _with_room(transfer, chunks), largest) as spool,
        ):
            sha256, size = spool.sha256, spool.size
            if size:
                state = await transfer.material_state(holder, sha256)
                if not state.complete:
                    # An upload of the same bytes that ended early would go on elsewhere; here all of them are at hand.
                    rest = _behind(spool.pieces(), state.offset)
                    await transfer.take_material(holder, sha256, size, state.offset, rest)
        if size:
            await self._note(person, sha256)
        return sha256, size

    async def standing(self, person: Person, sha256: str) -> MaterialState:
        """Return where this person's upload of a file has to go on."""
        return await self._theirs().material_state(uploader(person.person_id), sha256)

    async def take_piece(
        self, person: Person, sha256: str, piece: Piece, chunks: AsyncIterator[bytes]
    ) -> MaterialState:
        """Take a piece of a file; it counts once all of it is there and meets its digest.  Safe to repeat.

        Raises:
            GatewayError: UPLOADS_BUSY, MATERIAL_OFFSET naming the right offset, MATERIAL_DIGEST, MATERIAL_TOO_LARGE,
                MATERIAL_QUOTA, DISK_LOW, DISK_FULL.
        """
        transfer = self._theirs()
        if piece.size > min(LARGEST, transfer.largest):
            raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=min(LARGEST, transfer.largest))
        holder = uploader(person.person_id)
        with self.shares.piece(person.person_id):
            reached = await transfer.take_material(holder, sha256, piece.size, piece.offset, chunks)
        if reached.complete:
            await self._note(person, sha256)
        return reached

    async def read(self, person: Person, sha256: str) -> tuple[int, AsyncIterator[bytes]]:
        """Return size and bytes of a file that this person brought.

        Raises:
            GatewayError: MATERIAL_UNKNOWN, also for a file that somebody else brought.
        """
        return await self._theirs().give_material(uploader(person.person_id), sha256)

    async def look(self, person: Person, sha256: str) -> tuple[int, AsyncIterator[bytes]]:
        """Return size and bytes of a file to be looked at, and note that somebody does.

        Raises:
            GatewayError: MATERIAL_UNKNOWN.
        """
        found = await self.read(person, sha256)
        await self._note(person, sha256, "material.viewed")
        return found

    async def _note(self, person: Person, sha256: str, act: str = "material.uploaded") -> None:
        now, actor = self.clock(), f"person:{person.person_id}"
        await self.database.write(lambda tx: audit.note(tx, now, actor, act, sha256))

    def _theirs(self) -> Transfer:
        transfer = self.transfer()
        return replace(transfer, unclaimed=min(transfer.unclaimed, UNCLAIMED))


async def _with_room(transfer: Transfer, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what comes while the disk has room for it; many spooled at once would take what the gateway keeps free."""
    unseen = LOOK_EVERY
    async for chunk in chunks:
        unseen += len(chunk)
        if unseen >= LOOK_EVERY:
            await transfer.files.need_room()
            unseen = 0
        yield chunk


async def _behind(pieces: AsyncIterator[bytes], offset: int) -> AsyncIterator[bytes]:
    async for piece in pieces:
        kept = piece[offset:]
        offset = max(offset - len(piece), 0)
        if kept:
            yield kept
