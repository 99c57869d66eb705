"""What the connection test asks of whoever can look at the way to a partner below the calls; `peering.probing` is the one.

Each look is bounded, changes nothing at either end, and returns what hinders instead of raising.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from gateway.case.texts import Text
from gateway.partners.partner import Partner
from gateway.partners.schema import Endpoint


class Hindrance(Enum):
    """What can stand in the way, from the name to the certificate."""

    NAME_UNKNOWN = "name_unknown"
    NO_ROUTE = "no_route"
    REFUSED = "refused"
    SILENT = "silent"
    """Nobody answers, and nobody says no: what a firewall looks like from here."""
    NOT_TLS = "not_tls"
    HANDSHAKE = "handshake"
    OTHER_ISSUER = "other_issuer"
    OTHER_NAME = "other_name"
    OUT_OF_DATE = "out_of_date"
    NOT_PROVEN = "not_proven"
    """The handshake is sound, and the certificate does not prove the partner's region."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A server's certificate as it was shown, whether or not it is believed.

    Attributes:
        names: DNS names and addresses it carries.
        issuer: who it says issued it.
        fingerprint: SHA-256 in lower-case hexadecimal.
    """

    names: tuple[str, ...]
    issuer: str
    since: datetime
    until: datetime
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Hindered:
    """The way ends here.

    Attributes:
        detail: more than the kind says, if there is more.
        seen: the certificate, where one was shown.
    """

    what: Hindrance
    detail: Text | None = None
    seen: Seen | None = None


class Way(Protocol):
    """Looks at the way to one address of a partner."""

    async def resolve(self, endpoint: Endpoint) -> tuple[str, ...] | Hindered:
        """Return the addresses its host has; an address written as such is its own."""

    async def connect(self, endpoint: Endpoint) -> Hindered | None:
        """Open a TCP connection and close it."""

    async def handshake(self, partner: Partner, endpoint: Endpoint) -> Seen | Hindered:
        """Shake hands as calls do, trusting the partner's roots alone, and prove the region."""
