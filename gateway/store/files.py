"""Material files on disk, found by the SHA-256 of their content and encrypted at rest.

    <folder>/aa/bb/<sha256>         complete; aabb are the first digits of the digest
    <folder>/partial/<name>         unfinished, one for each scope and digest

Guarantees that a file counts only when all of it matched its digest and is on disk, that an upload goes on where it
stopped, that no body lies in memory as a whole, and that what is read is what was uploaded.  A scope never learns from
here what another one has uploaded.

Leaves to others: who may upload and read (`possessions`), how long files are kept (`flows.sweep`).
"""

import asyncio
import errno
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.download import Download
from gateway.store.upload import Upload
from gateway.store.vault import Vault
from gateway.store.waiting import not_writable

P = ParamSpec("P")
R = TypeVar("R")
LIMIT_BYTES = 2 * 1024**3
HOP_BYTES = 256 * 1024  # what is gathered before a thread is asked to seal and write it
REMEMBERED = 32  # paused uploads that go on without being read again; each holds up to 64 KiB
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class MaterialFiles:
    """The files of one gateway; used from one event loop.

    Every method raises MATERIAL_UNKNOWN for a digest that is not 64 lower-case hexadecimal digits, DISK_FULL when the
    disk is full and STORE_NOT_WRITABLE when it fails.

    Args:
        limit: most bytes of one file.
    """

    def __init__(self, folder: Path, vault: Vault, limit: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._vault = vault
        self._limit = limit
        self._busy: dict[Path, tuple[asyncio.Lock, int]] = {}
        self._paused: dict[Path, Upload] = {}

    async def offset(self, scope: str, sha256: str) -> int:
        """Return how many bytes of an unfinished upload are held: where to go on.

        Args:
            scope: who uploads for what, such as a partner and a case; any text.
        """
        return await _on_disk(self._held, self._partial(scope, sha256), sha256)

    async def append(self, scope: str, sha256: str, size: int, offset: int, chunks: AsyncIterator[bytes]) -> int:
        """Add bytes to an upload; return how many are held now.  Equal to `size`: the file is complete and counts.

        What came before an error of `chunks`, or before a cancellation, is kept.  Calls for the same upload take turns.

        Args:
            size: bytes of the whole file; the same in every call of an upload.
            offset: where `chunks` go on.

        Raises:
            MATERIAL_OFFSET: another number of bytes is held, named in `offset`; nothing of `chunks` was read.
            MATERIAL_TOO_LARGE: `size` is above the limit, or more than `size` bytes came, which drops the upload.
            MATERIAL_DIGEST: these are not the bytes of the digest; the upload is dropped.
        """
        path = self._partial(scope, sha256)
        if not 0 <= size <= self._limit:
            raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=self._limit)
        async with self._turn(path):
            upload = self._paused.pop(path, None)
            if upload is None or upload.size != size:
                upload = Upload(path, self._vault, sha256, size)
            try:
                await _on_disk(upload.open)
                if upload.held != offset:
                    raise GatewayError(Reason.MATERIAL_OFFSET, offset=upload.held)
                await _pour(chunks, upload)
                if upload.held == size:
                    await _on_disk(upload.finish, self._final(sha256))
                else:
                    await _on_disk(upload.pause)
                    self._remember(path, upload)
            except BaseException:
                with suppress(GatewayError):  # the first error is the one to tell
                    await _on_disk(upload.stop)
                raise
            return upload.held

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
            await _on_disk(download.open)
            if not 0 <= offset <= download.layout.size:
                raise GatewayError(Reason.MATERIAL_OFFSET, offset=download.layout.size)
            while offset < download.layout.size:
                piece = await _on_disk(download.read, offset, chunk)
                yield piece
                offset += len(piece)
        finally:
            download.close()

    async def has(self, sha256: str) -> bool:
        """Whether the complete file is here."""
        return await _on_disk(self._final(sha256).is_file)

    async def size(self, sha256: str) -> int:
        """Return the bytes of a complete file.  Raises MATERIAL_UNKNOWN: there is no such file."""
        return await _on_disk(self._size, sha256)

    async def drop(self, sha256: str) -> bool:
        """Remove a complete file; return whether it was there.  Whoever is reading it may read on."""
        return await _on_disk(_unlink, self._final(sha256))

    async def sweep_partials(self, older_than: datetime) -> int:
        """Remove unfinished uploads that nobody has touched since `older_than`, aware; return how many."""
        return await _on_disk(self._sweep, older_than.timestamp(), frozenset(self._busy))

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

    # What follows blocks on the disk and runs in threads.

    def _held(self, path: Path, sha256: str) -> int:
        download = Download(path, self._vault, sha256)
        try:
            download.open()
            return download.held()
        except GatewayError:  # nothing there, or torn by a crash: the next append starts over
            return 0
        finally:
            download.close()

    def _size(self, sha256: str) -> int:
        download = Download(self._final(sha256), self._vault, sha256)
        try:
            download.open()
            return download.layout.size
        finally:
            download.close()

    def _sweep(self, older_than: float, busy: frozenset[Path]) -> int:
        swept = 0
        for path in self._unfinished():
            if path not in busy and path.stat().st_mtime < older_than:
                swept += _unlink(path)
        return swept

    def _unfinished(self) -> Iterator[Path]:
        folder = self._folder / "partial"
        return folder.iterdir() if folder.is_dir() else iter(())


async def _pour(chunks: AsyncIterator[bytes], upload: Upload) -> None:
    """Hand everything to the upload, gathered so that small chunks do not cost a thread's turn each."""
    gathered = bytearray()
    try:
        async for chunk in chunks:
            gathered += chunk
            if len(gathered) >= HOP_BYTES:
                piece, gathered = bytes(gathered), bytearray()
                await _on_disk(upload.take, piece)
    except BaseException:
        with suppress(GatewayError):  # the first error is the one to tell
            await _on_disk(upload.take, bytes(gathered))
        raise
    await _on_disk(upload.take, bytes(gathered))


async def _on_disk(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `work` in a thread and wait for its end even when cancelled, so that nobody writes a file we left."""

    def translated() -> R:
        with _disk_errors():
            return work(*args, **kwargs)

    running = asyncio.ensure_future(asyncio.to_thread(translated))
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        running.exception()  # looked at, so that asyncio does not complain; the cancellation goes first
        raise cancelled
    return running.result()


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise GatewayError(Reason.DISK_FULL) from error
        raise not_writable(error.strerror) from error


def _check(sha256: str) -> None:
    if not _SHA256.fullmatch(sha256):
        raise GatewayError(Reason.MATERIAL_UNKNOWN)


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
