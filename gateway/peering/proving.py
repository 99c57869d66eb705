"""Which region answers at an address: proven by its certificate, before any call is made.

gRPC checks the chain and the host name of a server and shows its certificate to nobody.  So a handshake of our own
comes first: it trusts the partner's roots alone and demands the name of the partner file; its certificate must then
prove the partner's region as a caller's would (region named, issuer, pins, dates, deny list).  The connection that
carries calls trusts exactly that certificate and nothing else, so whoever completes its handshake holds the proven
key.  When the partner renews its certificate that handshake fails, and the proof is made anew.
"""

import asyncio
import os
import socket
import ssl

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.partners.partner import Partner
from gateway.partners.schema import Endpoint
from gateway.peering.certificates import pem_of
from gateway.trust.tls import Certified

_REFUSED = Text("连接被拒绝", "connection refused")
_NO_NAME = Text("域名无法解析", "name not found")
_SILENT = Text("没有按时完成握手", "no handshake in time")
_NETWORK = Text("网络不通", "network unreachable")
_HANDSHAKE = Text("TLS 握手失败", "TLS handshake failed")
_NOT_ISSUED = Text(
    "对方服务器证书不是其登记的证书机构签发的", "the server's certificate is not of its registered authority"
)
_OTHER_NAME = Text("对方服务器证书上没有约定的主机名", "the server's certificate does not carry the agreed host name")
_OUT_OF_DATE = Text("对方服务器证书不在有效期内", "the server's certificate is out of date")

# X509_V_ERR_… of OpenSSL's x509_vfy.h.
_VERIFY = {9: _OUT_OF_DATE, 10: _OUT_OF_DATE, 62: _OTHER_NAME, 64: _OTHER_NAME}


async def server_certificate(partner: Partner, endpoint: Endpoint, own: Certified, seconds: float) -> x509.Certificate:
    """Return the certificate of whoever answers, after a handshake that trusts the partner's roots alone.

    Args:
        seconds: bound of connection and handshake.

    Raises:
        GatewayError: PARTNER_UNREACHABLE, saying what failed.
    """
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
            try:
                # Only now: a context takes milliseconds of processor time, and most partners that are tried in vain refuse.
                await writer.start_tls(handshake_context(partner, own), server_hostname=endpoint.expected_name)
            except BaseException:
                writer.transport.abort()
                raise
    except (OSError, ssl.CertificateError) as error:
        raise GatewayError(Reason.PARTNER_UNREACHABLE, partner=partner.short_name, detail=_why(error)) from None
    try:
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
    return x509.load_der_x509_certificate(der)


def handshake_context(partner: Partner, own: Certified) -> ssl.SSLContext:
    """Return what a handshake demands that trusts the partner's roots alone and shows our certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    context.load_verify_locations(cadata=pem_of(partner.roots).decode())
    # OpenSSL reads a key from a file only; this one is in memory and has no name.
    handle = os.memfd_create("tongban", os.MFD_CLOEXEC)
    with os.fdopen(handle, "wb") as file:
        file.write(own.private_pem + own.certificate.public_bytes(Encoding.PEM))
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{handle}")
    return context


def _why(error: Exception) -> Text:
    match error:
        case ssl.SSLCertVerificationError():
            return _VERIFY.get(error.verify_code, _NOT_ISSUED)
        case ssl.SSLError():
            return _HANDSHAKE
        case TimeoutError():
            return _SILENT
        case ConnectionRefusedError():
            return _REFUSED
        case socket.gaierror():
            return _NO_NAME
        case ConnectionError():
            return _HANDSHAKE
        case _:
            return _NETWORK
