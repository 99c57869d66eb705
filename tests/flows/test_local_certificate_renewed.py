"""The certificate by which local systems know the gateway is replaced while it serves; the next handshake shows the new one."""

import asyncio
import ssl
import sys
from pathlib import Path

from cryptography import x509

from gateway.app.following_papers import FollowingLocalCertificate
from gateway.settings.settings import TlsPair
from gateway.telemetry import make_logger
from gateway.trust.tls import save_certified
from tests.certificates import ENSHI, region, wall_clock


async def serial_at(port: int) -> int:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=region(ENSHI).authority.certificate_pem.decode())
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return x509.load_der_x509_certificate(der).serial_number


async def test_a_new_pair_is_served_and_one_that_does_not_belong_together_is_not(tmp_path: Path) -> None:
    log = make_logger(region=ENSHI, level="error", style="json", stream=sys.stderr, clock=wall_clock)
    files = TlsPair(tmp_path / "local.crt", tmp_path / "local.key")
    first, second, third = (region(ENSHI).new_certificate() for _ in range(3))
    save_certified(files.certificate, files.private_key, first)
    following = FollowingLocalCertificate(files, log)

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0, ssl=following.context)
    port = server.sockets[0].getsockname()[1]
    try:
        assert await serial_at(port) == first.certificate.serial_number
        save_certified(files.certificate, files.private_key, second)
        assert [await following.look() for _ in range(3)] == [False, True, False], "once it stands still"
        assert await serial_at(port) == second.certificate.serial_number
        files.certificate.write_bytes(third.certificate_pem)
        assert [await following.look() for _ in range(3)] == [False, False, False]
        assert await serial_at(port) == second.certificate.serial_number
    finally:
        server.close()
