"""Handshakes of TLS on their own: what a server shows, and whether it still speaks what it should have forgotten.

The old-version probe writes its first message by hand: a TLS library of today would not offer what is asked for, and
the check would pass for the wrong reason.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.case.texts import Text
from gateway.peering.certificates import pem_of
from gateway.trust.tls import Certified

SECONDS = 10.0
TLS_1_1 = 0x0302
_HANDSHAKE = 22
"""Content type of a record; an alert has 21."""
_OLD_CIPHERS = (0xC013, 0xC014, 0xC009, 0xC00A, 0x0033, 0x0039, 0x002F, 0x0035, 0x000A)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a completed handshake showed.

    Attributes:
        version: such as `TLSv1.3`; protocol: what ALPN chose, None when nothing.
    """

    version: str
    protocol: str | None
    certificate: x509.Certificate


def why(error: OSError) -> Text:
    """Return what kept a connection or a handshake from coming about, without addresses."""
    match error:
        case ssl.SSLCertVerificationError():
            return _UNPROVEN.format(said=error.verify_message)
        case ssl.SSLError():
            return _NO_TLS.format(said=error.reason or "TLS")
        case TimeoutError():
            return Text("没有按时完成握手", "no handshake in time")
        case ConnectionRefusedError():
            return Text("连接被拒绝", "connection refused")
        case socket.gaierror():
            return Text("域名无法解析", "name not found")
        case _:
            return Text("网络不通或连接中断", "network unreachable, or broken off")


_UNPROVEN = Text("服务端证书不成立: {said}", "the server's certificate does not prove: {said}")
_NO_TLS = Text("TLS 握手失败: {said}", "the TLS handshake failed: {said}")


async def shake_hands(
    host: str, port: int, server_name: str, roots: Iterable[x509.Certificate], own: Certified
) -> Shown:
    """Complete a handshake, as strict as a client has to be.

    Raises:
        OSError: no connection; `ssl.SSLError` and TimeoutError among them.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    context.load_verify_locations(cadata=pem_of(roots).decode())
    # OpenSSL reads a key from a file only; this one is in memory and has no name.
    handle = os.memfd_create("tongban", os.MFD_CLOEXEC)
    with os.fdopen(handle, "wb") as file:
        file.write(own.private_pem + own.certificate.public_bytes(Encoding.PEM))
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{handle}")
    async with asyncio.timeout(SECONDS):
        _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=server_name)
    try:
        spoken: ssl.SSLObject = writer.get_extra_info("ssl_object")
        der = spoken.getpeercert(binary_form=True) or b""
        return Shown(spoken.version() or "", spoken.selected_alpn_protocol(), x509.load_der_x509_certificate(der))
    finally:
        writer.transport.abort()


async def speaks_old(host: str, port: int, server_name: str, chance: bytes) -> bool:
    """Whether the server goes on with a client that knows nothing newer than TLS 1.1.

    Args:
        chance: 32 random bytes.

    Raises:
        OSError: it cannot be reached at all.
    """
    async with asyncio.timeout(SECONDS):
        reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(_old_hello(server_name, chance))
        async with asyncio.timeout(SECONDS):
            head = await reader.readexactly(5)
    except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
        return False
    else:
        return head[0] == _HANDSHAKE
    finally:
        writer.transport.abort()


def _old_hello(server_name: str, chance: bytes) -> bytes:
    """Return the ClientHello of a client that offers TLS 1.1 at most."""
    name = server_name.encode("idna")
    names = _sized(b"\x00" + _sized(name, 2), 2)
    extensions = b"".join(
        kind.to_bytes(2) + _sized(content, 2)
        for kind, content in (
            (0, names),
            (10, _sized(b"\x00\x17\x00\x18\x00\x19", 2)),
            (11, b"\x01\x00"),
        )
    )
    ciphers = b"".join(number.to_bytes(2) for number in _OLD_CIPHERS)
    hello = TLS_1_1.to_bytes(2) + chance + b"\x00" + _sized(ciphers, 2) + b"\x01\x00" + _sized(extensions, 2)
    return b"\x16\x03\x01" + _sized(b"\x01" + _sized(hello, 3), 2)


def _sized(content: bytes, digits: int) -> bytes:
    return len(content).to_bytes(digits) + content
