"""The shape of a partner file; docs/partner-file.md explains every key, partners/_example.yaml shows it.

What needs more than one key or more than one file to judge is in `rules` and `cross`.
"""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown
from gateway.files.quantities import EndMoment, StartMoment
from gateway.files.telephone import Phone
from gateway.partners.codes import RegionCode
from gateway.partners.limits import STRICT, Limits, Retry
from gateway.partners.terms import ONCE, Agreement, Name


class Status(Enum):
    """Whether anything is exchanged with the partner."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Nothing is sent and no new case is opened; what was agreed stays on file."""
    SAMPLE = "sample"
    """示例: shows how a file looks; never dialled, never believed."""


class Delivery(Enum):
    """Who dials: we push to the partner, or the partner collects from us."""

    PUSH = "push"
    COLLECT = "collect"


class Use(Enum):
    """What a key is for; never both."""

    SEAL = "seal"
    TOKEN = "token"


class Algorithm(Enum):
    """Names of RFC 7518 and RFC 8037; taken from the key's entry, never from a message."""

    EDDSA = "EdDSA"
    ES256 = "ES256"


_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9-]{1,63})*")
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+):(?P<port>[0-9]{1,5})")


def _address(text: str) -> str:
    found = _ADDRESS.fullmatch(text)
    if found and 1 <= int(found["port"]) <= 65535 and (found["host"][0] == "[" or _HOST.fullmatch(found["host"])):
        return text
    problem = Text(f"“{shown(text)}”不是 主机:端口", f"'{shown(text)}' is not host:port")
    raise Misfit(
        problem,
        Text(
            "写成 gateway.example.gov.cn:8443, 不带 https://, 端口 1 到 65535",
            "write gateway.example.gov.cn:8443, without https://, port 1 to 65535",
        ),
    )


def _server_name(text: str) -> str:
    if _HOST.fullmatch(text):
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不是主机名", f"'{shown(text)}' is not a host name"),
        Text("写证书上的主机名, 不带端口", "write the host name in the certificate, without a port"),
    )


def _kid(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_-]{43}", text):
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不是密钥指纹", f"'{shown(text)}' is not a key thumbprint"),
        Text(
            "写 RFC 7638 指纹: 43 个字符, 由对方给出并电话核对",
            "write the RFC 7638 thumbprint: 43 characters, given by the partner and compared by telephone",
        ),
    )


def _pin(text: str) -> str:
    plain = text.replace(":", "").lower()
    if re.fullmatch(r"[0-9a-f]{64}", plain):
        return plain
    raise Misfit(
        Text(f"“{shown(text)}”不是证书指纹", f"'{shown(text)}' is not a certificate fingerprint"),
        Text("写 SHA-256 指纹: 64 个十六进制字符", "write the SHA-256 fingerprint: 64 hexadecimal characters"),
    )


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


Pem = Annotated[str, Field(min_length=1, max_length=100_000)]
HostPort = Annotated[str, AfterValidator(_address), _text(r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$")]
ServerName = Annotated[str, AfterValidator(_server_name), _text("^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$")]
Kid = Annotated[str, AfterValidator(_kid), _text("^[A-Za-z0-9_-]{43}$")]
Pin = Annotated[str, AfterValidator(_pin), _text("^([0-9A-Fa-f]:?){64}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where the partner's gateway answers."""

    __pydantic_config__ = STRICT

    address: HostPort
    server_name: ServerName | None = None

    @property
    def host(self) -> str:
        """The host, IPv6 without brackets."""
        return self.address.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self.address.rpartition(":")[2])

    @property
    def expected_name(self) -> str:
        """The name its certificate must carry: `server_name`, or the host."""
        return self.server_name or self.host


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsEntry:
    """Whose certificates are believed for this partner: nobody's but these."""

    __pydantic_config__ = STRICT

    roots: Annotated[tuple[Pem, ...], Field(max_length=50)] = ()
    """PEM text, or a path relative to the partner file."""
    pinned: Annotated[tuple[Pin, ...], Field(max_length=100), ONCE] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwk:
    """A public key in the form of RFC 7517."""

    __pydantic_config__ = STRICT

    kty: str
    crv: str
    x: str
    y: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """One public key of the partner."""

    __pydantic_config__ = STRICT

    kid: Kid
    use: Use
    algorithm: Algorithm
    jwk: Jwk | None = None
    pem: Pem | None = None
    """PEM text, or a path relative to the partner file."""
    valid_from: StartMoment
    seal_until: EndMoment
    accept_until: EndMoment


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to call."""

    __pydantic_config__ = STRICT

    name: Name
    role: Name
    phone: Phone
    duty_hours: Name = "工作日 9:00-17:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFile:
    """One file of `partners/`."""

    __pydantic_config__ = STRICT

    code: RegionCode
    name: Name
    short_name: Annotated[str, Field(min_length=1, max_length=20)]
    status: Status
    history: Annotated[tuple[RegionCode, ...], Field(max_length=50), ONCE] = ()
    delivery: Delivery = Delivery.PUSH
    endpoints: Annotated[tuple[Endpoint, ...], Field(max_length=16)] = ()
    tls: TlsEntry = field(default_factory=TlsEntry)
    keys: Annotated[tuple[KeyEntry, ...], Field(max_length=100)] = ()
    limits: Limits = field(default_factory=Limits)
    retry: Retry = field(default_factory=Retry)
    agreements: Annotated[tuple[Agreement, ...], Field(min_length=1, max_length=100)]
    contacts: Annotated[tuple[Contact, ...], Field(max_length=50)] = ()
    public_phone: Phone = ""
    notes: Annotated[str, Field(max_length=4000)] | None = None
