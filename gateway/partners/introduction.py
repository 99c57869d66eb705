"""Introductions (介绍文件): what one region tells another about itself before they exchange anything, in one signed file.

The file is YAML that people can read.  What is signed is what it says and not its bytes: every key but `signature`, as JSON with
sorted keys.  So line ends, comments and quotes that a mail program changes spoil nothing, and one changed letter does.
The signature alone proves only that the file is whole, for its key stands in the file itself.  Whose it is is
proved by reading the fingerprint (核对码) out over the telephone: it covers everything that is signed.

Leaves to others: making and proving the signature (`flows.onboarding`), and what is wrong with the content (`introduction_rules`).
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown
from gateway.files.quantities import ByteSize, Duration, EndMoment, StartMoment, half_width
from gateway.files.tree import Value
from gateway.partners.codes import RegionCode
from gateway.partners.limits import STRICT
from gateway.partners.schema import Contact, Delivery, Endpoint, KeyEntry, TlsEntry
from gateway.partners.terms import ONCE, Agreement, Name

FORMAT = "1"
"""Of the file; another one is not read."""
PAYLOAD_TYPE = "application/vnd.tongban.introduction.v1+json"
"""What is signed, as DSSE 1.0 wants it named."""
VALID_FOR = timedelta(days=14)
GROUPS, GROUP = 8, 5
"""The fingerprint: 8 groups of 5 digits.  40 digits are some 132 bits, and nobody can choose a file that hits them."""


def _signature(text: str) -> str:
    try:
        if base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True):
            return text
    except binascii.Error:
        pass
    raise Misfit(
        Text("签名读不出来", "the signature cannot be read"),
        Text("文件可能被改动; 请对方重新发来原文件", "the file may have been changed: ask for the original again"),
    )


def _version(text: str) -> str:
    major, point, minor = text.partition(".")
    if point and major.isascii() and major.isdigit() and minor.isascii() and minor.isdigit():
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不是交换版本", f"'{shown(text)}' is no exchange version"),
        Text("写成 1.0 这样", "write it like 1.0"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What the region's gateway speaks."""

    __pydantic_config__ = STRICT

    versions: Annotated[tuple[Annotated[str, AfterValidator(_version)], ...], Field(min_length=1, max_length=20), ONCE]
    """Of the exchange format, such as 1.0."""
    features: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=64)], ...], Field(max_length=100), ONCE]
    """As DescribeGateway lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How much the region's gateway takes from us."""

    __pydantic_config__ = STRICT

    envelopes_per_minute: Annotated[int, Field(ge=1)]
    largest_batch: Annotated[int, Field(ge=1)]
    largest_material: ByteSize
    envelope_life: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The signature of the file, and the key of it that made it."""

    __pydantic_config__ = STRICT

    kid: str
    value: Annotated[str, Field(max_length=200), AfterValidator(_signature)]

    @property
    def raw(self) -> bytes:
        """The signature's bytes."""
        return base64.urlsafe_b64decode(self.value + "=" * (-len(self.value) % 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """One introduction; `agreements` are proposed, as the region that introduces itself would write them.

    Attributes:
        to: the region it was made for; without it, for whoever is to read it.
    """

    __pydantic_config__ = STRICT

    introduction: str
    to: RegionCode | None = None
    made_at: StartMoment
    valid_until: EndMoment
    code: RegionCode
    name: Name
    short_name: Annotated[str, Field(min_length=1, max_length=20)]
    delivery: Delivery = Delivery.PUSH
    endpoints: Annotated[tuple[Endpoint, ...], Field(max_length=8)] = ()
    tls: TlsEntry
    keys: Annotated[tuple[KeyEntry, ...], Field(min_length=1, max_length=20)]
    exchange: Spoken
    limits: Taken
    contacts: tuple[Contact, ...] = ()
    public_phone: Annotated[str, Field(pattern=r"^[0-9+() -]{5,32}$")] = ""
    agreements: tuple[Agreement, ...] = field(default=())
    signature: Signed


def said(content: Mapping[str, object]) -> bytes:
    """Return what an introduction says, as the bytes that are signed: everything but its signature."""
    plain = {key: _text(value) for key, value in content.items() if key != "signature"}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(signed: bytes) -> str:
    """Return the digits two people read out to each other: 8 groups of 5, of the SHA-256 of what is signed."""
    number = int.from_bytes(hashlib.sha256(f"{PAYLOAD_TYPE}\n".encode() + signed).digest())
    digits = f"{number % 10 ** (GROUPS * GROUP):0{GROUPS * GROUP}d}"
    return " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


def same_digits(typed: str, digits: str) -> bool:
    """Whether what somebody typed is this fingerprint; spaces, dashes and full-width digits do not matter."""
    return _digits(typed) == _digits(digits)


def _digits(text: str) -> str:
    return "".join(one for one in half_width(text) if one.isascii() and one.isalnum())


def _text(value: object) -> Value:
    """Return a value as the reader of files returns it: text, lists and mappings of text."""
    if isinstance(value, Mapping):
        return {str(key): _text(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_text(inner) for inner in value]
    return None if value is None else str(value)
