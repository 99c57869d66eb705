"""Codes of a second factor that change every thirty seconds: TOTP (RFC 6238) with HMAC-SHA-1 and six digits.

SHA-1 because every authenticator app takes it; RFC 6238 rests on HMAC, which the collisions of SHA-1 do not touch.

Guarantees that a code is good once: the step it belongs to is returned, and one that was used is refused.
"""

import base64
import hmac
import unicodedata
from datetime import datetime
from urllib.parse import quote

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
LONGEST_TYPED = 32
AROUND = 1
"""Steps before and after the present one that are taken, for clocks of telephones (RFC 6238 §5.2)."""


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a step (RFC 4226 §5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8), "sha1")
    at = digest[-1] & 0xF
    number = int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of_code(secret: bytes, code: str, now: datetime, used: int) -> int | None:
    """Return the step a code belongs to; None for a wrong one, and for one of a step that was used or lies before it."""
    here = int(now.timestamp()) // STEP_SECONDS
    # Chinese keyboards write digits full-width (NFKC makes them plain), and apps show codes in two groups.
    typed = "".join(unicodedata.normalize("NFKC", code[:LONGEST_TYPED]).split()).encode("utf-8", "replace")
    found = None
    for step in range(here - AROUND, here + AROUND + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), typed) and step > used:
            found = step
    return found


def secret_text(secret: bytes) -> str:
    """Return a secret as people type it into an app: base32 (RFC 4648 §6) without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def enrolment_uri(secret: bytes, login: str, issuer: str) -> str:
    """Return what a QR code for authenticator apps holds."""
    label = quote(f"{issuer}:{login}", safe="")
    return f"otpauth://totp/{label}?secret={secret_text(secret)}&issuer={quote(issuer, safe='')}&digits={DIGITS}"
