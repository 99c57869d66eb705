"""A file whose digest is not known before it has come: kept without a name until it is, and gone when it is closed.

A browser sends a file without saying its digest first, and a material is announced by its digest.  What is spooled has no
name on the disk, so that nobody finds it there and nothing is left of it when the process dies.
"""

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.disk import on_disk

IN_MEMORY = 256 * 1024
"""Bytes up to which a spooled file touches no disk."""
PIECE = 256 * 1024


class Spool:
    """One file while it comes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Digest of what has come so far, 64 hex digits."""
        return self._digest.hexdigest()

    async def take(self, chunk: bytes) -> None:
        """Add bytes.  Raises DISK_FULL, STORE_NOT_WRITABLE."""
        self.size += len(chunk)
        self._digest.update(chunk)
        await on_disk(self._file.write, chunk)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the whole file from its beginning."""
        await on_disk(self._file.seek, 0)
        while piece := await on_disk(self._file.read, PIECE):
            yield piece


@asynccontextmanager
async def spooled(folder: Path, chunks: AsyncIterator[bytes], largest: int) -> AsyncIterator[Spool]:
    """Spool a file while it comes; it is gone when the block ends.

    Raises:
        GatewayError: MATERIAL_TOO_LARGE when more than `largest` bytes come; DISK_FULL, STORE_NOT_WRITABLE.
    """
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(folder)) as file:
        spool = Spool(file)
        async for chunk in chunks:
            if spool.size + len(chunk) > largest:
                raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=largest)
            await spool.take(chunk)
        yield spool
