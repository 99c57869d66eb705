"""The server's certificate and whom it listens to, exchanged while it runs.

gRPC asks for them in a thread of its own at every new connection and says nothing when what it gets is unusable: so
everything is checked before it is published, and a bad certificate leaves the good one in place.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import cast

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.trust.tls import Certified, is_valid_at, region_named_by


def check_own(certified: Certified, region: str, now: datetime) -> None:
    """Refuse a certificate of our own that no partner would believe.

    Raises:
        GatewayError: CERTIFICATE_REGION, CERTIFICATE_EXPIRED.
    """
    certificate = certified.certificate
    if region_named_by(certificate) != region:
        raise GatewayError(Reason.CERTIFICATE_REGION, expected=region)
    if not is_valid_at(certificate, now):
        start, end = (
            f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        )
        raise GatewayError(Reason.CERTIFICATE_EXPIRED, region=region, not_before=start, not_after=end)


def pem_of(roots: Iterable[x509.Certificate]) -> bytes:
    """Return the certificates in PEM, each once."""
    return b"".join(dict.fromkeys(root.public_bytes(Encoding.PEM) for root in roots))


class Certs:
    """What a new connection is served with.

    Args:
        region: ours; a certificate that names another is refused.
        roots: whose certificates pass the handshake; `trust.identity` has the last word.  Must not be empty.
    """

    def __init__(self, region: str, certified: Certified, roots: Iterable[x509.Certificate], now: datetime) -> None:
        self._region = region
        check_own(certified, region, now)
        self._certified = certified
        self._roots = pem_of(roots)
        self._configuration = self._made(certified, self._roots)
        self._served = self._configuration

    def renew(self, certified: Certified, now: datetime) -> None:
        """Serve new connections with another certificate; those that are open keep theirs.

        Raises:
            GatewayError: CERTIFICATE_REGION, CERTIFICATE_EXPIRED; the one before stays.
        """
        check_own(certified, self._region, now)
        self._publish(certified, self._roots)

    def trust(self, roots: Iterable[x509.Certificate]) -> None:
        """Listen to certificates under these roots, from the next connection on."""
        self._publish(self._certified, pem_of(roots))

    def credentials(self) -> grpc.ServerCredentials:
        """Return credentials that follow what is published; clients must present a certificate."""
        # The stub forgets that None means unchanged.
        changed = cast(Callable[[], grpc.ServerCertificateConfiguration], self._changed)
        return grpc.dynamic_ssl_server_credentials(self._configuration, changed, require_client_authentication=True)

    def _publish(self, certified: Certified, roots: bytes) -> None:
        if certified is not self._certified or roots != self._roots:
            self._configuration = self._made(certified, roots)
            self._certified, self._roots = certified, roots

    @staticmethod
    def _made(certified: Certified, roots: bytes) -> grpc.ServerCertificateConfiguration:
        pair = (certified.private_pem, certified.certificate_pem)
        return grpc.ssl_server_certificate_configuration([pair], root_certificates=roots)

    def _changed(self) -> grpc.ServerCertificateConfiguration | None:
        # Runs in a thread of gRPC: one reference is read once.
        current = self._configuration
        if current is self._served:
            return None
        self._served = current
        return current
