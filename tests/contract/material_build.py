"""Parts for the tests of material files: contents, a vault, callers that break off, damage."""

import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.store.files import MaterialFiles

KIB = 1024
RECORD = 64 * KIB
SCOPE = "422800/TB4228002026030200000000000"
CONTENT = bytes(range(256)) * 1000  # 250 KiB: three records and a part of one


class GcmVault:
    """AES-256-GCM with one key."""

    def __init__(self) -> None:
        self._cipher = AESGCM(bytes(32))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], context)
        except (InvalidTag, ValueError):
            raise GatewayError(Reason.VAULT_TAMPERED) from None


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def pieces(content: bytes, size: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def breaks_after(content: bytes, error: BaseException) -> AsyncIterator[bytes]:
    async for piece in pieces(content):
        yield piece
    raise error


async def upload(files: MaterialFiles, content: bytes, scope: str = SCOPE) -> str:
    assert await files.append(scope, digest(content), len(content), 0, pieces(content)) == len(content)
    return digest(content)


async def read(files: MaterialFiles, sha256: str, offset: int = 0, chunk: int = 256 * KIB) -> bytes:
    return b"".join([piece async for piece in files.open_range(sha256, offset, chunk)])


class refused:
    """The block must end with this reason; `facts` are then known."""

    def __init__(self, reason: Reason) -> None:
        self._reason = reason
        self.facts: dict[str, object] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> bool:
        assert isinstance(error, GatewayError), error
        assert error.reason is self._reason
        self.facts = error.facts
        return True


def on_disk(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flip(place: int) -> Callable[[bytearray], None]:
    def change(sealed: bytearray) -> None:
        sealed[place] ^= 1

    return change


def cut_to(length: int) -> Callable[[bytearray], None]:
    def change(sealed: bytearray) -> None:
        del sealed[length:]

    return change
