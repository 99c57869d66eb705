"""The `console.oidc` part of `gateway.yaml`: whose word is taken for who somebody is, and what it resolves to.

OpenID Connect Core 1.0 with the authorisation code and PKCE; nothing of it says what anybody may do here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from gateway.case.texts import Text
from gateway.files.findings import Finding
from gateway.files.numbers import Flag
from gateway.files.quantities import Duration
from gateway.files.tree import Tree
from gateway.settings.addresses import host_name
from gateway.settings.service_urls import ServiceUrl, service_url

STRICT = ConfigDict(extra="forbid")
OPENID = "openid"

Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21\x23-\x5B\x5D-\x7E]+$")]
"""A scope, the name of a claim, or a value of `acr` or `amr` (RFC 6749 appendix A.4)."""
Words = Annotated[tuple[Word, ...], Field(max_length=20)]
Where = Annotated[str, Field(min_length=1, max_length=1000)]
Host = Annotated[str, AfterValidator(host_name)]


def _issuer(text: str) -> str:
    # Kept as it is written: `iss` is compared character by character, a closing slash included (Core §2).
    service_url(text)
    return text


Issuer = Annotated[
    str,
    AfterValidator(_issuer),
    WithJsonSchema({"type": "string", "format": "uri", "examples": ["https://sso.example.gov.cn/realms/staff"]}),
]


class IdTokenAlgorithm(Enum):
    """How the provider may sign; `none` and shared secrets cannot be written."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    EDDSA = "EdDSA"


USUAL = (IdTokenAlgorithm.RS256, IdTokenAlgorithm.PS256, IdTokenAlgorithm.ES256, IdTokenAlgorithm.EDDSA)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEntry:
    """What the provider is called on the page to sign in."""

    __pydantic_config__ = STRICT

    zh: Annotated[str, Field(min_length=1, max_length=40)] = "统一身份认证"
    en: Annotated[str, Field(min_length=1, max_length=40)] = "single sign-on"


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcEntry:
    """The identity provider whose people sign in here."""

    __pydantic_config__ = STRICT

    issuer: Issuer
    """`/.well-known/openid-configuration` is appended."""
    client_id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x20-\x7E]+$")]
    client_secret_file: Where | None = None
    """Mode 0600, the secret alone in it; without one this console is a public client (PKCE alone)."""
    return_to: ServiceUrl
    """The address people see this console at; `/sign-in/provider/done` is appended."""
    label: LabelEntry = field(default_factory=LabelEntry)
    scopes: Words = ("profile",)
    """Besides `openid`."""
    login_claim: Word | None = None
    """A claim that must be the login of the account when a one-time link binds an identity to it."""
    authority: Where | None = None
    """Who issued the provider's certificate, where it is none this machine trusts anyway."""
    hosts: Annotated[tuple[Host, ...], Field(max_length=10)] = ()
    """Hosts besides the issuer's at which its endpoints may be."""
    algorithms: Annotated[tuple[IdTokenAlgorithm, ...], Field(min_length=1, max_length=10)] = USUAL
    trusted_acr: Words = ()
    """Values of `acr` that stand for a second factor; our code is not asked for then."""
    trusted_amr: Words = ()
    """Values of `amr`, one of which stands for a second factor."""
    max_age: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(hours=24))] | None = None
    """How long ago somebody may have signed in there; `auth_time` is asked for and checked."""
    deadline: Annotated[Duration, Field(ge=timedelta(seconds=2), le=timedelta(seconds=30))] = timedelta(seconds=10)
    """How long somebody waits for the provider; one call to it has half of that."""
    sign_out: Flag = True
    """Whether who signs out here is led to sign out there, where the provider can be asked to."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The same with every path resolved."""

    issuer: str
    client_id: str
    client_secret_file: Path | None
    return_to: str
    label: Text
    scopes: tuple[str, ...]
    login_claim: str
    authority: Path | None
    hosts: frozenset[str]
    algorithms: tuple[str, ...]
    trusted_acr: tuple[str, ...]
    trusted_amr: frozenset[str]
    max_age: timedelta | None
    deadline: timedelta
    sign_out: bool


def resolved_oidc(entry: OidcEntry | None, home: Path) -> OidcSettings | None:
    """Return what an entry says, its paths starting at `home`; None where there is none."""
    if entry is None:
        return None

    def at(where: str | None) -> Path | None:
        return home / where if where else None

    return OidcSettings(
        issuer=entry.issuer,
        client_id=entry.client_id,
        client_secret_file=at(entry.client_secret_file),
        return_to=entry.return_to,
        label=Text(entry.label.zh, entry.label.en),
        scopes=(OPENID, *(one for one in entry.scopes if one != OPENID)),
        login_claim=entry.login_claim or "",
        authority=at(entry.authority),
        hosts=frozenset((urlsplit(entry.issuer).hostname or "", *(one.lower() for one in entry.hosts))),
        algorithms=tuple(one.value for one in entry.algorithms),
        trusted_acr=entry.trusted_acr,
        trusted_amr=frozenset(entry.trusted_amr),
        max_age=entry.max_age,
        deadline=entry.deadline,
        sign_out=entry.sign_out,
    )


def oidc_findings(entry: OidcEntry | None, tree: Tree, *, over_tls: bool) -> Iterator[Finding]:
    """Yield what is wrong with an entry beside its shape.

    Args:
        over_tls: whether browsers speak TLS with this console itself.
    """
    if entry is None:
        return
    returns = urlsplit(entry.return_to)
    if returns.path:
        yield tree.finding(
            ("console", "oidc", "return_to"),
            Text("控制台的地址后面不能有路径", "the console's address has no path"),
            Text(
                f"写成 {returns.scheme}://{returns.netloc}, 向认证平台登记的回调地址是它加 /sign-in/provider/done",
                f"write {returns.scheme}://{returns.netloc}; what is registered at the provider is that and"
                " /sign-in/provider/done",
            ),
        )
    if over_tls and returns.scheme == "http":
        yield tree.finding(
            ("console", "oidc", "return_to"),
            Text("控制台使用 TLS, 返回地址却是 http", "the console is served over TLS, this address is http"),
            Text("改用 https://", "use https://"),
        )
