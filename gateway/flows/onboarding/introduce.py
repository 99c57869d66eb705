"""This gateway introduces itself: everything another region needs to know of it, in one signed file.

1 described  who we are, where, with which keys, what we speak and take (the caller hands it over)
2 dated      when it was made and until when it counts
3 signed     with our seal key, over what the file says
4 told       the fingerprint that both sides read out over the telephone
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.partners.introduction import FORMAT, PAYLOAD_TYPE, VALID_FOR, fingerprint, said
from gateway.trust import base64url
from gateway.trust.dsse import sign_payload
from gateway.trust.suites import SigningKey


@dataclass(frozen=True, slots=True)
class Introduced:
    """A signed introduction.

    Attributes:
        content: what the file says, by key and in order, its signature last.
        fingerprint: 8 groups of 5 digits.
    """

    content: Mapping[str, object]
    fingerprint: str
    valid_until: datetime


def introduce(
    described: Mapping[str, object], *, to: str, key: SigningKey, now: datetime, valid_for: timedelta = VALID_FOR
) -> Introduced:
    """Return the introduction of this gateway.

    Args:
        described: the keys of an introduction that tell who this gateway is, in the order of the file.
        to: the region it is for; empty for whoever is to read it.
        key: our seal key in force.
        now: aware UTC.

    Raises:
        SEAL_KEY_USE: the key is one for tokens.
    """
    until = now + valid_for
    content: dict[str, object] = {
        "introduction": FORMAT,
        **({"to": to} if to else {}),
        "made_at": _moment(now),
        "valid_until": _moment(until),
        **described,
    }
    signed = said(content)
    value, kid = sign_payload(key, PAYLOAD_TYPE, signed)
    content["signature"] = {"kid": kid, "value": base64url.encode(value)}
    return Introduced(content, fingerprint(signed), until)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
