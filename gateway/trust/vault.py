"""Encryption at rest: of single fields and of blobs, and look-up of values nobody may read.

    1 byte algorithm | 4 bytes key id | 12 bytes nonce | ciphertext | 16 bytes tag

The additional data is these first 17 bytes and the caller's context, so that a sealed value opens only in the
place (table, column, row) it was sealed for.  AES-256-GCM, NIST SP 800-38D.

Guarantees that a value which opens is the value that was sealed there.  With random nonces one key may seal 2^32 values
(SP 800-38D §8.3): add a key long before, seal anew what is under the old one, then remove it.  A look-up
hash reveals which rows hold equal values, and nothing else.

Leaves to others: which columns are sealed and with what context (`store`), when to change keys (`cli`).
"""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.trust import base64url
from gateway.trust.secret_files import damaged, read_secret, write_secret

AES_256_GCM = 1
KEY_BYTES = 32
NONCE_BYTES = 12
OVERHEAD_BYTES = 1 + 4 + NONCE_BYTES + 16
MAX_KEY_ID = 2**32 - 1
MAKE_COMMAND = "tongban init"

_HEADER = struct.Struct(f">BI{NONCE_BYTES}s")
_LENGTH = struct.Struct(">I")


class Vault:
    """Seals with one key, opens with any it holds.

    Args:
        keys: 32-byte keys by id, 1 to 2^32 - 1.
        primary: id of the key that seals.
        lookup: id of the key the look-up hash is derived from; it stays the same when `primary` changes, because
            every stored hash depends on it.
        nonce: gives 12 bytes that it never gives again.

    Raises:
        ValueError: a key of another length, or an id that has no key.
    """

    def __init__(self, keys: Mapping[int, bytes], primary: int, lookup: int, nonce: Callable[[], bytes]) -> None:
        if not all(len(key) == KEY_BYTES and 1 <= key_id <= MAX_KEY_ID for key_id, key in keys.items()):
            raise ValueError(f"every storage key has {KEY_BYTES} bytes and an id from 1 to {MAX_KEY_ID}")
        if primary not in keys or lookup not in keys:
            raise ValueError("primary and lookup are ids of keys")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._primary = primary
        # RFC 5869: a key of its own, so that no look-up hash says anything about the sealing key.
        lookup_key = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"tongban vault lookup v1").derive(keys[lookup])
        # Begun once and copied for each value: beginning anew costs eight times as much.
        self._lookup = HMAC(lookup_key, hashes.SHA256())
        self._nonce = nonce

    def seal(self, plaintext: bytes | bytearray | memoryview, context: bytes) -> bytes:
        """Return `plaintext` encrypted for the place `context`; 33 bytes longer."""
        nonce = self._nonce()
        if len(nonce) != NONCE_BYTES:
            raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
        header = _HEADER.pack(AES_256_GCM, self._primary, nonce)
        return header + self._ciphers[self._primary].encrypt(nonce, plaintext, header + context)

    def open(self, sealed: bytes | bytearray | memoryview, context: bytes) -> bytes:
        """Return what was sealed for the place `context`.

        Raises:
            VAULT_KEY_UNKNOWN: sealed with a key this vault does not hold.
            VAULT_TAMPERED: altered, cut short, or sealed for another place.
        """
        if len(sealed) < OVERHEAD_BYTES or sealed[0] != AES_256_GCM:
            raise GatewayError(Reason.VAULT_TAMPERED)
        _, key_id, nonce = _HEADER.unpack_from(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise GatewayError(Reason.VAULT_KEY_UNKNOWN, key_id=key_id)
        try:
            return cipher.decrypt(nonce, memoryview(sealed)[_HEADER.size :], bytes(sealed[: _HEADER.size]) + context)
        except InvalidTag:
            raise GatewayError(Reason.VAULT_TAMPERED) from None

    def needs_resealing(self, sealed: bytes) -> bool:
        """Whether `sealed` is under a key other than the primary one."""
        return int.from_bytes(sealed[1:5], "big") != self._primary

    def lookup(self, value: bytes, purpose: bytes = b"") -> bytes:
        """Return the 32-byte HMAC-SHA-256 of `value`, the same for ever, to find equal values by.

        Args:
            purpose: what is looked up, such as a column's name; equal values under two purposes cannot be matched.
        """
        hashing = self._lookup.copy()
        hashing.update(_LENGTH.pack(len(purpose)) + purpose + value)
        return hashing.finalize()


def new_vault_file(file: Path) -> None:
    """Make a storage key and write its file, mode 0600.  Raises FileExistsError: a storage key is never replaced."""
    if file.exists():
        raise FileExistsError(file)
    _write(file, {1: AESGCM.generate_key(KEY_BYTES * 8)}, primary=1, lookup=1)


def add_vault_key(file: Path) -> int:
    """Add a key to the file, make it the one that seals, and return its id; older keys still open.

    Raises:
        KEY_FILE_MISSING, KEY_FILE_OPEN, CONFIGURATION: see `load_vault`.
    """
    keys, _, lookup = _read(file)
    key_id = max(keys) + 1
    _write(file, {**keys, key_id: AESGCM.generate_key(KEY_BYTES * 8)}, primary=key_id, lookup=lookup)
    return key_id


def load_vault(file: Path, nonce: Callable[[], bytes]) -> Vault:
    """Read the storage keys.

    Raises:
        KEY_FILE_MISSING, KEY_FILE_OPEN: with the command that mends it.
        CONFIGURATION: a damaged file.
    """
    keys, primary, lookup = _read(file)
    try:
        return Vault(keys, primary, lookup, nonce)
    except ValueError as error:
        raise damaged(file, "密钥编号或长度不对", str(error)) from None


def _read(file: Path) -> tuple[dict[int, bytes], int, int]:
    raw = read_secret(file, MAKE_COMMAND)
    try:
        content = json.loads(raw)
        keys = {int(key_id): base64url.decode(key) for key_id, key in content["keys"].items()}
        return keys, int(content["primary"]), int(content["lookup"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # Not chained: a parser's error may quote a key.
        raise damaged(file, "不是可用的存储密钥文件", "it is not a usable storage key file") from None


def _write(file: Path, keys: Mapping[int, bytes], *, primary: int, lookup: int) -> None:
    spelled = {str(key_id): base64url.encode(key) for key_id, key in keys.items()}
    content = {"primary": primary, "lookup": lookup, "keys": spelled}
    write_secret(file, json.dumps(content, indent=2).encode() + b"\n")
