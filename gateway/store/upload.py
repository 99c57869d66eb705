"""One upload: plaintext comes in pieces, sealed records go to a file, until the digest can be judged.

Everything here blocks on the disk and runs in threads.  Memory: one record and one piece, whatever the file's size.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.disk import make_folders, sync_folder
from gateway.store.records import PLAIN_BYTES, Layout, write_at
from gateway.store.vault import Bytes, Vault

CLOSED = -1
SYNC_BYTES = 64 * 1024 * 1024
"""Put on disk at least this often, so that the end of a large file does not stand still for one long sync."""
WHOLE = ".whole"
"""Suffix of the note that an upload is whole and lies in its final place, but was not counted yet."""


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
        self._unsynced = 0

    def open(self) -> None:
        """Open what is held, or begin.  After `pause` it may be opened again, and is not read again then."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not (self._exact and os.fstat(self._fd).st_size == self._length()):
            self._resume()

    def take(self, piece: Bytes) -> None:
        """Add the next bytes.

        Raises:
            MATERIAL_TOO_LARGE: more than was announced; nothing will be kept.
            OSError: the disk failed; what was held before still is, rounded down to whole records; nothing when it was a
                sync that failed.
        """
        if self.held + len(piece) > self._layout.size:
            self._keep = False
            raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=self._layout.size)
        self._digest.update(piece)
        self.held += len(piece)
        left = self._fill_tail(memoryview(piece))
        # Whole records are sealed where they lie: large buffers that are copied cost more than the sealing.
        while len(left) >= PLAIN_BYTES:
            self._write(left[:PLAIN_BYTES])
            self._index += 1
            left = left[PLAIN_BYTES:]
        self._tail += left
        self._unsynced += len(piece)
        if self._unsynced >= SYNC_BYTES:
            self._sync()

    def pause(self) -> None:
        """Keep what came for a later call, the beginning of a record included.  Raises OSError as `take` does."""
        if self._tail:
            self._write(self._tail)
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

        A note stays behind where the unfinished file was (`is_whole`), until the file was counted (`forget_whole`): what
        dies in between loses nothing of the upload.

        Raises:
            MATERIAL_DIGEST: these are other bytes than the digest says; nothing is kept.
            OSError: the disk failed; nothing is kept when it was a sync, because then nobody knows what it holds.
        """
        if self._digest.hexdigest() != self._layout.sha256:
            self._keep = False
            raise GatewayError(Reason.MATERIAL_DIGEST)
        if self._tail:
            self._write(self._tail)
        self._sync()
        make_folders(final.parent)
        # Before the file leaves its place, so that there is no moment at which neither speaks of it.
        note = whole_note(self._path)
        note.write_bytes(self._layout.header())
        sync_folder(note.parent)
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

    def _fill_tail(self, piece: memoryview) -> memoryview:
        """Complete the record that was begun; return what is left of the piece."""
        if not self._tail:
            return piece
        missing = PLAIN_BYTES - len(self._tail)
        self._tail += piece[:missing]
        if len(self._tail) == PLAIN_BYTES:
            self._write(self._tail)
            self._tail.clear()
            self._index += 1
        return piece[missing:]

    def _sync(self) -> None:
        """Put what was written on disk; after a sync that failed nobody knows what the disk holds, so nothing is kept."""
        keep, self._keep = self._keep, False
        os.fdatasync(self._fd)
        self._keep, self._unsynced = keep, 0

    def _write(self, plaintext: Bytes) -> None:
        """Write the record at the end; a record that does not fit is no part of the file."""
        start = self._layout.start(self._index)
        try:
            write_at(self._fd, self._layout.seal(self._index, plaintext), start)
        except OSError:
            self._exact = False
            self.held = self._index * PLAIN_BYTES
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


def whole_note(path: Path) -> Path:
    """Return where it is noted that the upload of `path` is whole."""
    return path.with_name(path.name + WHOLE)


def is_whole(path: Path, vault: Vault, sha256: str, size: int) -> bool:
    """Whether the upload of `path` became whole, with this size, and was not counted yet."""
    try:
        return whole_note(path).read_bytes() == Layout.new(vault, sha256, size).header()
    except FileNotFoundError:
        return False


def forget_whole(path: Path) -> None:
    """The file was counted, or is gone."""
    whole_note(path).unlink(missing_ok=True)
