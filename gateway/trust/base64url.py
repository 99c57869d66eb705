"""Base64url without padding, read strictly.

Guarantees that one value has one spelling: padding, foreign characters and stray trailing bits are
refused, so that a thumbprint or key cannot be written in two ways.
"""

import base64
import binascii


def encode(value: bytes) -> str:
    """Return `value` in base64url without padding.  RFC 7515 §2."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes that `text` spells.  Raises ValueError for anything but the one canonical spelling."""
    try:
        value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
    if encode(value) != text:
        raise ValueError("not the canonical base64url spelling")
    return value
