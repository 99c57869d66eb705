"""What an identity provider says about itself (OpenID Connect Discovery 1.0 §3), as far as we go by it.

Guarantees that it is about the issuer in our settings, and that every address is https (or this machine, for trials) at the
issuer's host or one the settings name: neither people nor our calls are led anywhere else by an answer.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.console.oidc_http import odd
from gateway.settings.service_urls import is_this_machine

LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Metadata:
    """What we go by.

    Attributes:
        way_out: address to sign out at (RP-Initiated Logout 1.0); empty where there is none to use.
        names_itself: its answers name it, so that one without that is not its own (RFC 9207).
        secret_in_body: it takes the secret of a client in the form only.
    """

    authorization: str
    token: str
    keys: str
    way_out: str
    names_itself: bool
    secret_in_body: bool


def discovery_url(issuer: str) -> str:
    """Return where a provider describes itself (Discovery §4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def metadata_of(document: object, issuer: str, hosts: Collection[str]) -> Metadata:
    """Return what a document says.

    Args:
        hosts: where its endpoints may be, in small letters.

    Raises:
        GatewayError: PROVIDER_ODD with the member that is wrong.
    """
    if not isinstance(document, dict):
        raise odd("discovery.json")
    if document.get("issuer") != issuer:
        raise odd("discovery.issuer")
    if "S256" not in _words(document, "code_challenge_methods_supported", "S256"):
        raise odd("discovery.code_challenge_methods_supported")
    if "code" not in _words(document, "response_types_supported", "code"):
        raise odd("discovery.response_types_supported")
    basic = "client_secret_basic"
    ways = _words(document, "token_endpoint_auth_methods_supported", basic)
    out = document.get("end_session_endpoint")
    return Metadata(
        authorization=_endpoint(document, "authorization_endpoint", issuer, hosts),
        token=_endpoint(document, "token_endpoint", issuer, hosts),
        keys=_endpoint(document, "jwks_uri", issuer, hosts),
        way_out=str(out) if _is_good(out, issuer, hosts) else "",
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        secret_in_body=basic not in ways and "client_secret_post" in ways,
    )


def _words(document: Mapping[str, Any], name: str, usual: str) -> list[object]:
    said = document.get(name, [usual])
    return said if isinstance(said, list) else []


def _endpoint(document: Mapping[str, Any], name: str, issuer: str, hosts: Collection[str]) -> str:
    said = document.get(name)
    if not _is_good(said, issuer, hosts):
        raise odd(f"discovery.{name}")
    return str(said)


def _is_good(url: object, issuer: str, hosts: Collection[str]) -> bool:
    if not isinstance(url, str) or len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    clear = parts.scheme == "http" and is_this_machine(host) and issuer.startswith("http://")
    return (parts.scheme == "https" or clear) and host in hosts and "@" not in parts.netloc and "#" not in url
