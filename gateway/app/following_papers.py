"""Changed keys, certificates and deny lists become live, and all that rests on them follows: servers, lines, log.

keys           what is sealed and signed from the next time on; announced to partners with the next description
certificate    the next handshake, of partners that call; lines to partners are replaced at the next call, old ones drained
deny list      the next call is refused, calls in progress end, lines end: within two seconds of the file's being written
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cryptography import x509
from structlog.typing import FilteringBoundLogger

from gateway.app.following import Followed
from gateway.app.gateway import Gateway
from gateway.app.own_papers import EVERY, OwnPapers
from gateway.app.parts import Parts
from gateway.case.errors import GatewayError
from gateway.files.findings import Findings
from gateway.flows.keys import denying
from gateway.flows.keys.hearing import hear
from gateway.flows.keys.resealing_denied import ResealingDenied
from gateway.partners.marks import Mark, mark_of
from gateway.partners.partner import Partner
from gateway.peering.client import GrpcCourier
from gateway.peering.server import PeeringServer
from gateway.settings.settings import TlsPair
from gateway.telemetry import Said
from gateway.trust.tls import load_certified
from gateway.wire.description import Description


@dataclass(slots=True)
class FollowingPapers:
    """Follows our keys, our certificate and its authority.

    Attributes:
        roots: whose certificates pass a handshake now.
    """

    papers: OwnPapers
    roots: Callable[[], Iterable[x509.Certificate]]
    peering: PeeringServer
    log: FilteringBoundLogger
    name: str = "reload keys"
    every: float = EVERY
    _told: str = ""
    _served: str = field(init=False)

    def __post_init__(self) -> None:
        self._served = self.papers.certified.fingerprint

    async def look(self) -> bool:
        """Take changed files."""
        changed = await self.papers.look()
        error = self.papers.error
        if error and self._told != str(error.facts):
            self.log.error(Said.KEYS_REFUSED, reason=error.reason.value, file=str(error.facts.get("file", "")))
        self._told = str(error.facts) if error else ""
        if changed:
            if self.papers.certified.fingerprint != self._served:
                self.peering.renew(self.papers.certified, self.papers.now())
                self._served = self.papers.certified.fingerprint
            self.peering.trust(self.roots())
            self.log.info(Said.KEYS_RELOADED, kid=[key.kid for key in self.papers.keys.keys][-4:])
        return changed


@dataclass(slots=True)
class FollowingDenied:
    """Follows the deny list."""

    parts: Parts
    peering: PeeringServer
    courier: GrpcCourier
    log: FilteringBoundLogger
    name: str = "reload deny list"
    every: float = denying.EVERY
    _told: Findings = ()

    async def look(self) -> bool:
        """Take the list as it stands, and end what it refuses."""
        changed = await self.parts.denying.look()
        findings = self.parts.denying.findings
        if findings != self._told:
            for one in findings:
                self.log.error(Said.DENY_LIST_REFUSED, file=one.file, line=one.line, reason=one.key)
            self._told = findings
        if changed:
            denied = self.parts.denying.denied
            ended = self.peering.end_denied(denied.kids) + self.courier.end_denied()
            self.log.warning(Said.DENY_LIST_RELOADED, count=len(denied), ended=ended)
        return changed


@dataclass(slots=True)
class FollowingLocalCertificate:
    """Follows the certificate by which local systems know this gateway; new connections get the new one."""

    files: TlsPair
    log: FilteringBoundLogger
    context: ssl.SSLContext = field(init=False)
    name: str = "reload local certificate"
    every: float = EVERY
    _mark: tuple[Mark, Mark] = field(init=False)
    _seen: tuple[Mark, Mark] = field(init=False)

    def __post_init__(self) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._mark = self._seen = self._looked()
        self.context.load_cert_chain(self.files.certificate, self.files.private_key)

    async def look(self) -> bool:
        """Take changed files once they stand still; a pair that does not belong together changes nothing."""
        mark = self._looked()
        settled, self._seen = mark == self._seen, mark
        if mark == self._mark or not settled:
            return False
        self._mark = mark
        try:
            await asyncio.to_thread(load_certified, self.files.certificate, self.files.private_key)
            self.context.load_cert_chain(self.files.certificate, self.files.private_key)
        except (GatewayError, OSError) as error:
            reason = error.reason.value if isinstance(error, GatewayError) else type(error).__name__
            self.log.warning(Said.KEYS_REFUSED, reason=reason, file=str(self.files.certificate))
            return False
        self.log.info(Said.KEYS_RELOADED, file=str(self.files.certificate))
        return True

    def _looked(self) -> tuple[Mark, Mark]:
        return mark_of(self.files.certificate, ()), mark_of(self.files.private_key, ())


@dataclass(frozen=True, slots=True)
class HearingKeys:
    """Keeps what partners announce of their keys, whoever asked them to describe themselves."""

    parts: Parts
    log: FilteringBoundLogger

    async def __call__(self, partner: Partner, said: Description) -> None:
        """See `flows.keys.hearing`."""
        parts = self.parts
        now, keys = parts.world.clock(), parts.keys_of(partner.code)
        heard = await parts.database.write(lambda tx: hear(tx, said.next_keys_sealed, partner, keys, now))
        for kid in heard.waiting:
            self.log.warning(Said.KEYS_ANNOUNCED, partner=partner.code, kid=kid)
        for kid in heard.changed:
            self.log.error(Said.KEYS_CHANGED, partner=partner.code, kid=kid)
        if heard.doubt:
            self.log.error(Said.KEYS_NOT_PROVEN, partner=partner.code, reason=heard.doubt.value)


def papers_followed(
    parts: Gateway,
    peering: PeeringServer,
    courier: GrpcCourier,
    roots: Callable[[], Iterable[x509.Certificate]],
    local: FollowingLocalCertificate | None,
    log: FilteringBoundLogger,
) -> list[Followed]:
    """Return what is followed of our keys, certificates and the deny list; from now on partners' announcements are heard."""
    parts.described.append(HearingKeys(parts, log))
    papers, denied = FollowingPapers(parts.papers, roots, peering, log), FollowingDenied(parts, peering, courier, log)
    resealing = ResealingDenied(parts.queue.asking, parts.papers.denied_kids, parts.signals.wake)
    return [papers, denied, resealing, *([local] if local else [])]
