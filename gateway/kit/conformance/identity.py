"""As whom the checks call: a region with its certificate and keys, and what it knows of the gateway under test.

Leaves to others: the folder these come from (`cli.conformance`).
"""

from dataclasses import dataclass, field
from datetime import date

from gateway.case.errors import GatewayError
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.partners.partner import Partner
from gateway.partners.terms import AgreedItem, Agreement, Direction
from gateway.trust.suites import SigningKey
from gateway.trust.tls import Certified

_NO_AGREEMENT = Text(
    "伙伴文件里没有一份生效的协议允许本方收件、对方办理",
    "no agreement in force in its file lets us take in what they decide",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A region as which the checks call.

    Attributes:
        authority: the region's own authority with its private key; None where the certificate is the bureau's, and
            checks that need wrong certificates are skipped.
    """

    region: str
    certified: Certified
    seal_key: SigningKey
    token_key: SigningKey
    authority: Certified | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """The gateway under test.

    Attributes:
        partner: what our partner file says about it.
        host, port: what is dialled.
        server_name: the host name its certificate has to carry.
    """

    partner: Partner
    host: str
    port: int
    server_name: str

    @property
    def region(self) -> str:
        """Its gateway code."""
        return self.partner.code

    @property
    def address(self) -> str:
        """`host:port` as gRPC takes it; an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Ground:
    """On what terms test cases are sent: one item of one agreement, from a place of ours to one of theirs."""

    agreement: Agreement
    item: AgreedItem
    mode: Mode
    origin_division: str
    handler_division: str

    @property
    def basic_code(self) -> str:
        """The item under the handler's code."""
        return self.item.their_code


def ground_for(partner: Partner, on: date) -> Ground:
    """Return the terms of the first item that we may send to the partner in another mode than a joint one.

    Raises:
        GatewayError: OUTSIDE_AGREEMENT when there is none.
    """
    for agreement in partner.agreements:
        for item in agreement.items if agreement.is_in_force(on) else ():
            modes = [mode for mode in item.modes if mode is not Mode.JOINT]
            if Direction.OUTWARD in item.directions and modes:
                origin, handler = _twelve(agreement.our_scope[0]), _twelve(agreement.their_scope[0])
                return Ground(agreement, item, modes[0], origin, handler)
    raise GatewayError(Reason.OUTSIDE_AGREEMENT, detail=_NO_AGREEMENT)


def _twelve(division: str) -> str:
    return division.ljust(12, "0")
