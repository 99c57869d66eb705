"""Secret files as one encrypted blob under a passphrase, for a backup that has to stand alone.

    "TBK1" | 16 bytes salt | 12 bytes nonce | AES-256-GCM over a JSON object of path and Base64 content

The key comes from the passphrase by scrypt (RFC 7914) with N = 2^16, r = 8, p = 1, which costs 64 MiB and a fraction of a
second for each guess.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason

SHORTEST_PASSPHRASE = 12
"""Characters; a shorter one is refused."""
_MAGIC = b"TBK1"
_SALT, _NONCE = 16, 12


def lock(files: Mapping[str, bytes], passphrase: str, chance: bytes) -> bytes:
    """Return the files, by path, as one blob.

    Args:
        chance: 28 random bytes, never used before.

    Raises:
        ValueError: the passphrase is shorter than 12 characters.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ValueError(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters")
    if len(chance) != _SALT + _NONCE:
        raise ValueError(f"{_SALT + _NONCE} random bytes are needed")
    salt, nonce = chance[:_SALT], chance[_SALT:]
    content = json.dumps({path: b64encode(data).decode() for path, data in files.items()}).encode()
    return _MAGIC + chance + AESGCM(_key(passphrase, salt)).encrypt(nonce, content, _MAGIC)


def unlock(blob: bytes, passphrase: str) -> dict[str, bytes]:
    """Return the files of a blob by path.

    Raises:
        GatewayError: BACKUP_LOCKED: another passphrase, or an altered blob.
    """
    if not blob.startswith(_MAGIC) or len(blob) < len(_MAGIC) + _SALT + _NONCE:
        raise GatewayError(Reason.BACKUP_LOCKED)
    salt, rest = blob[len(_MAGIC) :][:_SALT], blob[len(_MAGIC) + _SALT :]
    try:
        content = AESGCM(_key(passphrase, salt)).decrypt(rest[:_NONCE], rest[_NONCE:], _MAGIC)
    except InvalidTag:
        raise GatewayError(Reason.BACKUP_LOCKED) from None
    return {path: b64decode(data) for path, data in json.loads(content).items()}


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(passphrase.encode())
