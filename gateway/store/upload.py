"""One upload: plaintext comes in pieces, sealed records go to a file, until the digest can be judged.

Everything here blocks on the disk and runs in threads.  Memory: one record and one piece, whatever the file's size.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.records import PLAIN_BYTES, Layout, write_at
from gateway.store.vault import Vault

CLOSED = -1


class Upload:
    """The unfinished file of one material, continued where it stands.

    What a crash or a full disk left unusable at its end is dropped.  An unfinished file that was announced with another
    size, or sealed in another format, is started over.

    Attributes:
        held: bytes of plaintext held; size: bytes of plaintext announced.
    """

    def __init__(self, path: Path, vault: Vault, sha256: str, size: int) -> None:
        self.held = 0
        self.size = size
        self._path = path
        self._layout = Layout.new(vault, sha256, size)
        self._digest = hashlib.sha256()
        self._tail = bytearray()  # what does not fill a record yet
        self._index = 0
        self._fd = CLOSED
        self._keep = True
        self._exact = False  # digest, tail and index are those of the file

    def open(self) -> None:
        """Open what is held, or begin.  After `pause` it may be opened again, and is not read again then."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not (self._exact and os.fstat(self._fd).st_size == self._length()):
            self._resume()

    def take(self, piece: bytes) -> None:
        """Add the next bytes.

        Raises:
            MATERIAL_TOO_LARGE: more than was announced; nothing will be kept.
            OSError: the disk failed; what was held before still is, rounded down to whole records.
        """
        if self.held + len(piece) > self._layout.size:
            self._keep = False
            raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=self._layout.size)
        self._digest.update(piece)
        self._tail += piece
        self.held += len(piece)
        while len(self._tail) >= PLAIN_BYTES:
            self._write(bytes(self._tail[:PLAIN_BYTES]))
            del self._tail[:PLAIN_BYTES]
            self._index += 1

    def pause(self) -> None:
        """Keep what came for a later call, the beginning of a record included.  Raises OSError as `take` does."""
        if self._tail:
            self._write(bytes(self._tail))
        self._close()

    def stop(self) -> None:
        """End after an error: keep what can be kept.  Nothing happens to an upload that has ended."""
        if self._fd == CLOSED:
            return
        if self._keep:
            with suppress(OSError):  # a full disk ends most uploads that end here
                self.pause()
        self._close()
        if not self._keep:
            self._path.unlink(missing_ok=True)

    def finish(self, final: Path) -> None:
        """Put the complete file in its place, on disk when this returns.

        Raises:
            MATERIAL_DIGEST: these are other bytes than the digest says; nothing is kept.
            OSError: the disk failed; nothing is kept when it was a sync, because then nobody knows what it holds.
        """
        if self._digest.hexdigest() != self._layout.sha256:
            self._keep = False
            raise GatewayError(Reason.MATERIAL_DIGEST)
        if self._tail:
            self._write(bytes(self._tail))
        self._keep = False
        os.fsync(self._fd)
        self._keep = True
        make_folders(final.parent)
        self._path.replace(final)
        self._close()
        sync_folder(final.parent)

    def _resume(self) -> None:
        self.held, self._index = 0, 0
        self._digest = hashlib.sha256()
        self._tail.clear()
        try:
            usable = Layout.of(self._layout.vault, self._layout.sha256, self._fd) == self._layout
        except GatewayError:
            usable = False
        if not usable:
            os.ftruncate(self._fd, 0)
            write_at(self._fd, self._layout.header(), 0)
        for plaintext in self._layout.readable(self._fd):
            self._digest.update(plaintext)
            self.held += len(plaintext)
            if len(plaintext) == PLAIN_BYTES:
                self._index += 1
            else:
                self._tail += plaintext
        os.ftruncate(self._fd, self._length())
        self._exact = True

    def _write(self, plaintext: bytes) -> None:
        """Write the record at the end; a record that does not fit is no part of the file."""
        start = self._layout.start(self._index)
        try:
            write_at(self._fd, self._layout.seal(self._index, plaintext), start)
        except OSError:
            self._exact = False
            self.held -= len(self._tail)
            self._tail.clear()
            os.ftruncate(self._fd, start)
            raise

    def _close(self) -> None:
        if self._fd != CLOSED:
            os.close(self._fd)
            self._fd = CLOSED

    def _length(self) -> int:
        overhead = self._layout.record_bytes - PLAIN_BYTES
        return self._layout.start(self._index) + (len(self._tail) + overhead if self._tail else 0)


def make_folders(folder: Path) -> None:
    """Make a folder and those above it, each on disk before what it holds."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a crash."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
