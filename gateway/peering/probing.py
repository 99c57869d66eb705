"""Looks at the way to a partner below the calls: name, port, handshake.  The `flows.onboarding.way.Way` of this door.

The same trust as lines to partners have (`proving`).  Where a certificate is not believed it is fetched once more without belief,
only to be able to say what it is: nothing is sent over that connection.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.onboarding.way import Hindered, Hindrance, Seen
from gateway.partners.partner import Partner
from gateway.partners.schema import Endpoint
from gateway.peering.bounds import HANDSHAKE_SECONDS
from gateway.peering.proving import handshake_context
from gateway.trust.identity import NOBODY_DENIED, DenyList, prove_certificate
from gateway.trust.partner_view import PartnerFilesView
from gateway.trust.tls import Certified

# X509_V_ERR_… of OpenSSL's x509_vfy.h.
_VERIFY = {
    9: Hindrance.OUT_OF_DATE,
    10: Hindrance.OUT_OF_DATE,
    62: Hindrance.OTHER_NAME,
    64: Hindrance.OTHER_NAME,
}
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "UNKNOWN_PROTOCOL",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
)


class Probe:
    """Looks at the way with this gateway's certificate.

    Args:
        clock: aware UTC; dates of certificates are judged by it as those of calls are.
        denied: certificates refused by an operator.
        seconds: bound of each look.
    """

    def __init__(
        self,
        own_region: str,
        own: Certified,
        clock: Callable[[], datetime],
        denied: Callable[[], DenyList] = lambda: NOBODY_DENIED,
        seconds: float = HANDSHAKE_SECONDS,
    ) -> None:
        self._own_region = own_region
        self._own = own
        self._clock = clock
        self._denied = denied
        self._seconds = seconds

    async def resolve(self, endpoint: Endpoint) -> tuple[str, ...] | Hindered:
        """Return the addresses its host has."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._seconds):
                found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
        except TimeoutError:
            return Hindered(Hindrance.SILENT)
        except (OSError, UnicodeError):
            return Hindered(Hindrance.NAME_UNKNOWN)
        return tuple(dict.fromkeys(str(address[0]) for _, _, _, _, address in found))

    async def connect(self, endpoint: Endpoint) -> Hindered | None:
        """Open a TCP connection and close it."""
        try:
            async with asyncio.timeout(self._seconds):
                _, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
        except OSError as error:
            return _without_tls(error)
        writer.transport.abort()
        return None

    async def handshake(self, partner: Partner, endpoint: Endpoint) -> Seen | Hindered:
        """Shake hands as calls do, and prove the region."""
        try:
            certificate = await self._certificate(handshake_context(partner, self._own), endpoint)
        except ssl.SSLCertVerificationError as error:
            what = _VERIFY.get(error.verify_code, Hindrance.OTHER_ISSUER)
            return Hindered(what, seen=await self._unbelieved(partner, endpoint))
        except ssl.SSLError as error:
            return Hindered(Hindrance.NOT_TLS if error.reason in _NOT_TLS else Hindrance.HANDSHAKE)
        except ConnectionRefusedError as error:
            return _without_tls(error)
        except ConnectionError:
            return Hindered(Hindrance.HANDSHAKE)
        except OSError as error:
            return _without_tls(error)
        pem = certificate.public_bytes(Encoding.PEM)
        try:
            prove_certificate(pem, PartnerFilesView([partner]), self._own_region, self._clock(), self._denied())
        except GatewayError as error:
            ended = error.reason is Reason.CERTIFICATE_EXPIRED
            return Hindered(Hindrance.OUT_OF_DATE if ended else Hindrance.NOT_PROVEN, error.cause, _seen(certificate))
        return _seen(certificate)

    async def _certificate(self, context: ssl.SSLContext, endpoint: Endpoint) -> x509.Certificate:
        async with asyncio.timeout(self._seconds):
            _, writer = await asyncio.open_connection(
                endpoint.host, endpoint.port, ssl=context, server_hostname=endpoint.expected_name
            )
        try:
            der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        finally:
            writer.transport.abort()
        return x509.load_der_x509_certificate(der)

    async def _unbelieved(self, partner: Partner, endpoint: Endpoint) -> Seen | None:
        """Return what a certificate says that was not believed; None when it is not shown again."""
        context = handshake_context(partner, self._own)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            return _seen(await self._certificate(context, endpoint))
        except (OSError, ValueError):
            return None


def _without_tls(error: OSError) -> Hindered:
    match error:
        case TimeoutError():
            return Hindered(Hindrance.SILENT)
        case ConnectionRefusedError():
            return Hindered(Hindrance.REFUSED)
        case socket.gaierror():
            return Hindered(Hindrance.NAME_UNKNOWN)
        case _:
            return Hindered(Hindrance.NO_ROUTE)


def _seen(certificate: x509.Certificate) -> Seen:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        listed = (*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress)))
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        listed = ()
    return Seen(
        listed,
        certificate.issuer.rfc4514_string(),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.fingerprint(SHA256()).hex(),
    )
