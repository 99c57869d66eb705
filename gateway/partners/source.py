"""What a partner file consists of: its bytes, and those of the files it names.  Two equal sources are one version."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

PRIVATE_KEY = b"PRIVATE KEY-----"
"""Stands in every private key in PEM form, encrypted ones too."""


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one version of a partner file.

    Attributes:
        beside: content of the files it names, by the name it has for them.
        sha256: of `raw`, in hexadecimal.
        identity: SHA-256 of `raw` and all of `beside`, in hexadecimal.
    """

    raw: bytes
    beside: Mapping[str, bytes]
    sha256: str
    identity: str

    @staticmethod
    def of(raw: bytes, beside: Mapping[str, bytes]) -> "Source":
        """Return the source of these bytes."""
        sha256 = hashlib.sha256(raw).hexdigest()
        whole = hashlib.sha256(sha256.encode())
        for name, content in sorted(beside.items()):
            whole.update(f"\n{len(name.encode())} {name} {hashlib.sha256(content).hexdigest()}".encode())
        return Source(raw, MappingProxyType(dict(beside)), sha256, whole.hexdigest())

    @property
    def holds_private_key(self) -> bool:
        """Whether a private key stands somewhere in it; such bytes are neither kept nor shown."""
        return PRIVATE_KEY in self.raw or any(PRIVATE_KEY in content for content in self.beside.values())
