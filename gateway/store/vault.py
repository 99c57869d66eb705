"""What the store needs of encryption at rest; `trust` provides it.

Leaves to others: algorithm, keys and their change (`trust.vault`).
"""

from typing import Protocol, TypeAlias

Bytes: TypeAlias = bytes | bytearray | memoryview
"""What is read once and not kept, so that nothing large has to be copied first."""


class Vault(Protocol):
    """Seals bytes for one place and opens them there only.

    Sealing makes every value longer by the same number of bytes, and seals equal values differently each time.
    """

    def seal(self, plaintext: Bytes, context: bytes) -> bytes:
        """Return `plaintext` encrypted for the place that `context` names."""
        ...

    def open(self, sealed: Bytes, context: bytes) -> bytes:
        """Return what was sealed for the place that `context` names.

        Raises:
            VAULT_KEY_UNKNOWN: sealed with a key this vault does not hold.
            VAULT_TAMPERED: altered, cut short, or sealed for another place.
        """
        ...
