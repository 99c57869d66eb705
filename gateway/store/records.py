"""How one material file lies on disk: sealed in records of 64 KiB of plaintext, so that any part can be read alone.

    16 bytes header | record 0 | record 1 | … | last record, shorter

The header tells the sealed length of a full record and the length of the plaintext.  Each record is sealed for digest,
length and index, so that records cannot be swapped, cut off at the end, or moved to another file; the header needs no
seal of its own, because under a wrong one no record opens.  An unfinished file looks the same and ends earlier.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.vault import Bytes, Vault

PLAIN_BYTES = 64 * 1024
_MAGIC = b"TBM1"
_HEADER = struct.Struct(">4sIQ")
_INDEX = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the records of one file are, and how to open them.

    Attributes:
        record_bytes: sealed length of a full record.
        size: length of the whole plaintext.
    """

    vault: Vault
    sha256: str
    record_bytes: int
    size: int

    @classmethod
    def new(cls, vault: Vault, sha256: str, size: int) -> Self:
        """Return the layout of a file that is to be written with `vault`."""
        return cls(vault, sha256, PLAIN_BYTES + len(vault.seal(b"", b"")), size)

    @classmethod
    def of(cls, vault: Vault, sha256: str, fd: int) -> Self:
        """Read the layout of an open file.  Raises VAULT_TAMPERED: it is no such file."""
        head = os.pread(fd, _HEADER.size, 0)
        if len(head) != _HEADER.size or not head.startswith(_MAGIC):
            raise GatewayError(Reason.VAULT_TAMPERED)
        _, record_bytes, size = _HEADER.unpack(head)
        if record_bytes < PLAIN_BYTES:
            raise GatewayError(Reason.VAULT_TAMPERED)
        return cls(vault, sha256, record_bytes, size)

    def header(self) -> bytes:
        """Return the first bytes of the file."""
        return _HEADER.pack(_MAGIC, self.record_bytes, self.size)

    def start(self, index: int) -> int:
        """Return where record `index` starts in the file."""
        return _HEADER.size + index * self.record_bytes

    def held(self, fd: int) -> int:
        """Return how much plaintext a file of this length holds, without opening any record."""
        whole, rest = divmod(max(0, os.fstat(fd).st_size - _HEADER.size), self.record_bytes)
        return min(self.size, whole * PLAIN_BYTES + max(0, rest - (self.record_bytes - PLAIN_BYTES)))

    def seal(self, index: int, plaintext: Bytes) -> bytes:
        """Return record `index`."""
        return self.vault.seal(plaintext, self._context(index))

    def read(self, fd: int, index: int) -> bytes:
        """Return the plaintext of record `index`; empty behind the end of the file.

        Raises:
            VAULT_TAMPERED, VAULT_KEY_UNKNOWN: see `Vault.open`.
        """
        sealed = os.pread(fd, self.record_bytes, self.start(index))
        return self.vault.open(sealed, self._context(index)) if sealed else b""

    def readable(self, fd: int) -> Iterator[bytes]:
        """Yield the plaintext of the records in turn, up to the first that is missing, short or does not open."""
        index = 0
        while True:
            try:
                plaintext = self.read(fd, index)
            except GatewayError:  # torn by a crash: what stands before it is good
                return
            if plaintext:
                yield plaintext
            if len(plaintext) < PLAIN_BYTES:
                return
            index += 1

    def _context(self, index: int) -> bytes:
        return b"tongban material " + bytes.fromhex(self.sha256) + _INDEX.pack(self.size, index)


def write_at(fd: int, content: bytes, at: int) -> None:
    """Write all of `content`; the system may take it in pieces."""
    left = memoryview(content)
    while left:
        written = os.pwrite(fd, left, at)
        left, at = left[written:], at + written
