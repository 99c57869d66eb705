"""Floors: what this machine can do at best of the three things no case goes without, taken in the same run as the figures above them.

* rows put on disk through shared commits: SQLite as the store opens it, one row of the size of an envelope for each waiting caller, groups of 256
* envelopes in batched calls: gRPC over mutual TLS on loopback, 64 envelopes of 2 KiB a call, one call at a time, the answers empty
* signatures: P-256, one core
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import apsw
import grpc
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bench.report import Figures, show_figures
from gateway.trust.tls import issue, new_authority

ROW = bytes(2048)
GROUP = 256
BATCH = 64
REGION = "500114"
_METHOD = "/bench.Floor/Take"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be asked of this program."""
    parser.add_argument("--floor-seconds", type=float, default=0.0, help="seconds for each floor; 0 for 3, short 1")


async def measure(asked: argparse.Namespace) -> Figures:
    """Measure, print, and return the figures."""
    seconds = asked.floor_seconds or (1.0 if asked.short else 3.0)
    figures = await asyncio.to_thread(_rows, seconds) | await _calls(seconds) | await asyncio.to_thread(_signs, seconds)
    show_figures("Floors of this machine", figures)
    return figures


def _rows(seconds: float) -> Figures:
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
        file = apsw.Connection(str(Path(folder) / "floor.sqlite3"))
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "page_size = 8192"):
            file.execute(f"PRAGMA {pragma}").fetchall()
        file.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")

        def commit(rows: int) -> None:
            with file:
                file.executemany("INSERT INTO rows (body) VALUES (?)", ((ROW,) for _ in range(rows)))

        figures = {
            "single_commits": _rate(seconds, 1, lambda: commit(1)),
            "group_commit_rows": _rate(seconds, GROUP, lambda: commit(GROUP)),
        }
        file.close()
    return figures


async def _calls(seconds: float) -> Figures:
    now = datetime.now(UTC)
    authority = new_authority(REGION, "bench", now, 1)
    ours = issue(authority, REGION, ("localhost",), now, 1)
    key, chain, roots = ours.private_pem, ours.certificate_pem, authority.certificate_pem

    async def take(request: bytes, _: object) -> bytes:
        return request[:1]

    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(take)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Floor", {"Take": handler}),))
    port = server.add_secure_port(
        "localhost:0", grpc.ssl_server_credentials([(key, chain)], roots, require_client_auth=True)
    )
    await server.start()
    credentials = grpc.ssl_channel_credentials(roots, key, chain)
    async with grpc.aio.secure_channel(f"localhost:{port}", credentials) as channel:
        call = channel.unary_unary(_METHOD)
        batch = ROW * BATCH
        await call(batch)
        calls, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            await call(batch)
            calls += 1
        rate = BATCH * calls / (time.perf_counter() - begun)
    await server.stop(None)
    return {"batched_call_envelopes": round(rate, 1)}


def _signs(seconds: float) -> Figures:
    key = ec.generate_private_key(ec.SECP256R1())
    digest = ec.ECDSA(hashes.SHA256())
    signature, public = key.sign(ROW, digest), key.public_key()
    return {
        "p256_sign_per_second": _rate(seconds / 2, 1, lambda: key.sign(ROW, digest)),
        "p256_verify_per_second": _rate(seconds / 2, 1, lambda: public.verify(signature, ROW, digest)),
    }


def _rate(seconds: float, each: int, work: Callable[[], object]) -> float:
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        work()
        done += each
    return round(done / (time.perf_counter() - begun), 1)
