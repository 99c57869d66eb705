"""One complete material file, read from any place.  Everything here blocks on the disk and runs in threads."""

import os
from pathlib import Path

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.records import PLAIN_BYTES, Layout
from gateway.store.vault import Vault


class Download:
    """A complete file, or an unfinished one whose length is asked for.

    Attributes:
        layout: known once it is open.
    """

    layout: Layout

    def __init__(self, path: Path, vault: Vault, sha256: str) -> None:
        self._path = path
        self._vault = vault
        self._sha256 = sha256
        self._fd: int | None = None

    def open(self) -> None:
        """Open it; a file that is removed afterwards stays readable here.

        Raises:
            MATERIAL_UNKNOWN: there is no such file.
            VAULT_TAMPERED: it has no proper header.
        """
        try:
            self._fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise GatewayError(Reason.MATERIAL_UNKNOWN) from None
        self.layout = Layout.of(self._vault, self._sha256, self._fd)

    def held(self) -> int:
        """Return how many bytes are here, judged by the length of the file."""
        assert self._fd is not None
        return self.layout.held(self._fd)

    def read(self, offset: int, length: int) -> bytes:
        """Return the `length` bytes from `offset` on, fewer at the end.

        Raises:
            VAULT_TAMPERED, VAULT_KEY_UNKNOWN: see `Vault.open`.
        """
        assert self._fd is not None
        index, skip = divmod(offset, PLAIN_BYTES)
        records: list[bytes] = []
        while len(records) * PLAIN_BYTES < skip + length and index * PLAIN_BYTES < self.layout.size:
            plaintext = self.layout.read(self._fd, index)
            if len(plaintext) != min(PLAIN_BYTES, self.layout.size - index * PLAIN_BYTES):
                raise GatewayError(Reason.VAULT_TAMPERED)
            records.append(plaintext)
            index += 1
        read = b"".join(records)
        return read if skip == 0 and len(read) <= length else read[skip : skip + length]

    def close(self) -> None:
        """Let go of it.  May be called again, and before `open`."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
