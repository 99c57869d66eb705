"""Material files on disk, found by the SHA-256 of their content and encrypted at rest.

    <folder>/aa/bb/<sha256>         complete; aabb are the first digits of the digest
    <folder>/partial/<name>         unfinished, one for each scope and digest
    <folder>/partial/<name>.whole   a note: complete, in its place, and not counted yet

Guarantees that a file counts only when all of it matched its digest and is on disk, that an upload goes on where it
stopped, that no body lies in memory as a whole, that uploads leave room on the disk, and that what is read is what was
uploaded.  A scope never learns from here what another one has uploaded.

Leaves to others: who may upload and read (`possessions`), how long files are kept (`flows.materials.sweep`).
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.disk import free_bytes, on_disk, unlink
from gateway.store.download import Download
from gateway.store.upload import Upload, forget_whole, is_whole
from gateway.store.vault import Vault

LIMIT_BYTES = 2 * 1024**3
HOP_BYTES = 256 * 1024  # what is gathered before a thread is asked to seal and write it
REMEMBERED = 32  # paused uploads that go on without being read again; each holds up to 64 KiB
SHELVES = 256 * 256  # folders of complete files
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


async def _at_once() -> None:
    """Count nothing."""


class MaterialFiles:
    """The files of one gateway; used from one event loop.

    Every method raises MATERIAL_UNKNOWN for a digest that is not 64 lower-case hexadecimal digits, DISK_FULL when the
    disk is full and STORE_NOT_WRITABLE when it fails.

    Args:
        limit: most bytes of one file.
        least_free: bytes of the disk that uploads leave free, or they are refused with DISK_LOW; 0 looks at nothing.
        free: tells how many bytes are free there.
    """

    def __init__(
        self,
        folder: Path,
        vault: Vault,
        limit: int = LIMIT_BYTES,
        *,
        least_free: int = 0,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._folder = folder
        self._vault = vault
        self._limit = limit
        self._least_free = least_free
        self._free = free
        self._busy: dict[Path, tuple[asyncio.Lock, int]] = {}
        self._paused: dict[Path, Upload] = {}

    async def offset(self, scope: str, sha256: str) -> int:
        """Return how many bytes of an upload that was not counted yet are held: where to go on.

        Args:
            scope: who uploads for what, such as a partner and a case; any text.
        """
        return await on_disk(self._held, self._partial(scope, sha256), sha256)

    async def append(
        self,
        scope: str,
        sha256: str,
        size: int,
        offset: int,
        chunks: AsyncIterator[bytes],
        count: Callable[[], Awaitable[None]] = _at_once,
    ) -> int:
        """Add bytes to an upload; return how many are held now.  Equal to `size`: the file is complete and counts.

        What came before an error of `chunks`, or before a cancellation, is kept.  Calls for the same upload take turns.

        Args:
            size: bytes of the whole file; the same in every call of an upload.
            offset: where `chunks` go on.
            count: writes down that this scope has the file, once it is complete and on disk.  Until it has returned the
                upload is held as a whole: the next call, at the offset `size` and without bytes, counts it.

        Raises:
            DISK_LOW: too little room is left on the disk; what came is kept.
            MATERIAL_OFFSET: another number of bytes is held, named in `offset`; nothing of `chunks` was read.
            MATERIAL_TOO_LARGE: `size` is above the limit, or more than `size` bytes came, which drops the upload.
            MATERIAL_DIGEST: these are not the bytes of the digest; the upload is dropped.
        """
        path = self._partial(scope, sha256)
        if not 0 <= size <= self._limit:
            raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=self._limit)
        async with self._turn(path):
            if not await self._is_whole(path, sha256, size):
                reached = await self._add(path, sha256, size, offset, chunks)
                if reached < size:
                    return reached
            elif offset != size:
                raise GatewayError(Reason.MATERIAL_OFFSET, offset=size)
            async with self._turn(self._final(sha256)):
                if not await self.has(sha256):  # swept since; the next call begins anew
                    raise GatewayError(Reason.MATERIAL_OFFSET, offset=0)
                await count()
            await on_disk(forget_whole, path)
            return size

    async def _add(self, path: Path, sha256: str, size: int, offset: int, chunks: AsyncIterator[bytes]) -> int:
        upload = self._paused.pop(path, None)
        if upload is None or upload.size != size:
            upload = Upload(path, self._vault, sha256, size)
        try:
            await on_disk(upload.open)
            if upload.held != offset:
                raise GatewayError(Reason.MATERIAL_OFFSET, offset=upload.held)
            await self._pour(chunks, upload)
            if upload.held == size:
                await on_disk(upload.finish, self._final(sha256))
            else:
                await on_disk(upload.pause)
                self._remember(path, upload)
        except BaseException:
            with suppress(GatewayError):  # the first error is the one to tell
                await on_disk(upload.stop)
            raise
        return upload.held

    async def _pour(self, chunks: AsyncIterator[bytes], upload: Upload) -> None:
        """Hand everything to the upload, gathered so that small chunks do not cost a thread's turn each."""
        await on_disk(self._need_room, upload.size - upload.held)
        gathered = bytearray()
        try:
            async for chunk in chunks:
                gathered += chunk
                if len(gathered) >= HOP_BYTES:
                    piece, gathered = gathered, bytearray()
                    await on_disk(self._take, upload, piece)
        except BaseException:
            with suppress(GatewayError):  # the first error is the one to tell
                await on_disk(upload.take, gathered)
            raise
        await on_disk(upload.take, gathered)

    async def open_range(self, sha256: str, offset: int = 0, chunk: int = HOP_BYTES) -> AsyncIterator[bytes]:
        """Yield a complete file from `offset` on, in pieces of about `chunk` bytes.

        Nothing is opened, and no error raised, before the first piece is asked for: ask `size` first.

        Raises:
            MATERIAL_UNKNOWN: there is no such file.
            MATERIAL_OFFSET: `offset` is behind its end, which is named.
            VAULT_TAMPERED, VAULT_KEY_UNKNOWN: it was altered, or its key is gone.
        """
        download = Download(self._final(sha256), self._vault, sha256)
        try:
            await on_disk(download.open)
            if not 0 <= offset <= download.layout.size:
                raise GatewayError(Reason.MATERIAL_OFFSET, offset=download.layout.size)
            while offset < download.layout.size:
                piece = await on_disk(download.read, offset, chunk)
                yield piece
                offset += len(piece)
        finally:
            download.close()

    async def need_room(self) -> None:
        """Raise DISK_LOW when less is free than uploads leave free."""
        await on_disk(self._need_room, 0)

    async def has(self, sha256: str) -> bool:
        """Whether the complete file is here."""
        return await on_disk(self._final(sha256).is_file)

    async def size(self, sha256: str) -> int:
        """Return the bytes of a complete file.  Raises MATERIAL_UNKNOWN: there is no such file."""
        return await on_disk(self._size, sha256)

    async def drop(self, sha256: str, unused: Callable[[], Awaitable[bool]] | None = None) -> bool:
        """Remove a complete file; return whether it was there.  Whoever is reading it may read on.

        Args:
            unused: asked last, while no upload of these bytes can be counted; False keeps the file.
        """
        path = self._final(sha256)
        async with self._turn(path):
            return (unused is None or await unused()) and await on_disk(unlink, path)

    async def on_shelves(self, shelves: range, older_than: datetime) -> list[str]:
        """Return digests of complete files in some of the 65,536 folders that came before `older_than`, aware."""
        return await on_disk(self._shelved, shelves, older_than.timestamp())

    async def sweep_partials(self, older_than: datetime) -> int:
        """Remove unfinished uploads that nobody has touched since `older_than`, aware; return how many."""
        swept = 0
        for path in await on_disk(self._unfinished, older_than.timestamp()):
            if path in self._busy:
                continue
            async with self._turn(path):
                self._paused.pop(path, None)
                swept += await on_disk(unlink, path)
        return swept

    def _final(self, sha256: str) -> Path:
        _check(sha256)
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def _partial(self, scope: str, sha256: str) -> Path:
        _check(sha256)
        # Hashed, so that no text a partner chose becomes part of a path.
        return self._folder / "partial" / hashlib.sha256(f"{sha256}{scope}".encode()).hexdigest()

    @asynccontextmanager
    async def _turn(self, path: Path) -> AsyncIterator[None]:
        """Wait until nobody else writes this upload."""
        lock, users = self._busy.get(path, (asyncio.Lock(), 0))
        self._busy[path] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._busy.pop(path)
            if users > 1:
                self._busy[path] = (lock, users - 1)

    def _remember(self, path: Path, upload: Upload) -> None:
        """Spare the next call of an upload from reading what earlier ones wrote."""
        if len(self._paused) >= REMEMBERED:
            del self._paused[next(iter(self._paused))]
        self._paused[path] = upload

    async def _is_whole(self, path: Path, sha256: str, size: int) -> bool:
        return await on_disk(is_whole, path, self._vault, sha256, size) and await self.has(sha256)

    # What follows blocks on the disk and runs in threads.

    def _need_room(self, more: int) -> None:
        if self._least_free and (free := self._free(self._folder)) - more < self._least_free:
            raise GatewayError(Reason.DISK_LOW, free=free, needed=more, least=self._least_free)

    def _take(self, upload: Upload, piece: bytearray) -> None:
        upload.take(piece)
        self._need_room(0)

    def _held(self, path: Path, sha256: str) -> int:
        download = Download(path, self._vault, sha256)
        try:
            download.open()
            return download.held()
        except GatewayError:  # nothing there, or torn by a crash: the next append starts over
            return self._held_whole(path, sha256)
        finally:
            download.close()

    def _held_whole(self, path: Path, sha256: str) -> int:
        try:
            size = self._size(sha256)
        except GatewayError:
            return 0
        return size if is_whole(path, self._vault, sha256, size) else 0

    def _size(self, sha256: str) -> int:
        download = Download(self._final(sha256), self._vault, sha256)
        try:
            download.open()
            return download.layout.size
        finally:
            download.close()

    def _unfinished(self, older_than: float) -> list[Path]:
        folder = self._folder / "partial"
        return [path for path in folder.iterdir() if _is_older(path, older_than)] if folder.is_dir() else []

    def _shelved(self, shelves: range, older_than: float) -> list[str]:
        found: list[str] = []
        for shelf in shelves:
            there = (self._folder / f"{shelf >> 8:02x}" / f"{shelf & 255:02x}").glob("*")
            found += [path.name for path in there if _SHA256.fullmatch(path.name) and _is_older(path, older_than)]
        return found


def _check(sha256: str) -> None:
    if not _SHA256.fullmatch(sha256):
        raise GatewayError(Reason.MATERIAL_UNKNOWN)


def _is_older(path: Path, than: float) -> bool:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime < than
    return False
