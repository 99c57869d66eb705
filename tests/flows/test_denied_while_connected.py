"""The deny list, and certificates that are replaced, while two gateways are connected: nothing is restarted."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.cli.homes import certify
from gateway.peering.proving import server_certificate
from gateway.store import audit
from gateway.trust.dsse import ENVELOPE_PAYLOAD, sign_payload
from gateway.trust.suites import KeyUse
from gateway.trust.tls import load_certified, save_certified
from gateway.wire.envelope import Sealed, Signature
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2_grpc
from tests.faults.waiting import until
from tests.flows.keys_build import ENSHI, QIANJIANG, WITHIN, Pair, Side, a_pair, in_force, next_keys, read_by

BOUND = 2.0
"""Seconds after which what is written into the deny list is refused on open connections: docs/keys.md."""
SLACK = 3.0
"""What a busy machine may take more; the bound itself is that of the looks."""


def a_serial(side: Side) -> str:
    serial = side.gateway.papers.certified.certificate.serial_number
    return f"certificates:\n  - {{region: {side.code}, serial: '{serial:x}', reason: 私钥失窃, since: 2026-01-01}}\n"


def a_region(side: Side) -> str:
    return f"regions:\n  - {{code: {side.code}, reason: 网关被入侵, since: 2026-01-01}}\n"


def a_token_key(side: Side) -> str:
    key = side.gateway.papers.token_keys(datetime.now(UTC))[0]
    return f"keys:\n  - {{kid: '{key.kid}', reason: 私钥失窃, since: 2026-01-01}}\n"


async def refused(side: Side, other: Side) -> str:
    """Why 'other' refuses a call of 'side' now; empty when it does not."""
    try:
        await side.ask(other)
    except GatewayError as error:
        return str(error.facts.get("reason", error.reason.value))
    return ""


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (a_serial, Reason.CERTIFICATE_DENIED),
        (a_region, Reason.CERTIFICATE_DENIED),
        (a_token_key, Reason.TOKEN_KEY_DENIED),
    ],
)
async def test_what_is_denied_is_refused_on_an_open_connection_and_a_call_in_progress_ends(
    tmp_path: Path, written, reason: Reason
) -> None:
    async with a_pair(tmp_path, collects=True) as pair:
        assert await refused(pair.qianjiang, pair.enshi) == ""
        credentials = pair.qianjiang.gateway.papers.credentials()
        channel = _channel(pair, credentials.certified)
        stub = exchange_service_pb2_grpc.ExchangeServiceStub(channel)
        metadata = (("authorization", f"Bearer {credentials.token_for(ENSHI)}"),)
        long = stub.CollectEnvelopes(
            pb.CollectEnvelopesRequest(max_envelopes=1, wait_seconds=50), timeout=60, metadata=metadata
        )
        await stub.DescribeGateway(pb.DescribeGatewayRequest(), timeout=10, metadata=metadata)
        begun = time.monotonic()
        pair.enshi.deny(written(pair.qianjiang))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await long
        assert time.monotonic() - begun < BOUND + SLACK
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        with pytest.raises(grpc.aio.AioRpcError) as again:
            await stub.DescribeGateway(pb.DescribeGatewayRequest(), timeout=10, metadata=metadata)
        assert (again.value.details() or "").startswith(reason.value)
        assert await refused(pair.qianjiang, pair.enshi) == reason.value
        await channel.close()

        # Our own line to what is denied ends as well, but for a token key: that is how it calls us.
        outward = await refused(pair.enshi, pair.qianjiang)
        assert outward == ("" if written is a_token_key else Reason.PARTNER_UNREACHABLE.value)

        pair.enshi.deny("# 已恢复\n")
        await until(lambda: not len(pair.enshi.gateway.denying.denied), WITHIN, "the list emptied")
        assert await refused(pair.qianjiang, pair.enshi) == ""
        notes = await pair.enshi.gateway.database.read(lambda tx: audit.about(tx, "revoked.yaml"))
        assert [note.act for note in notes] == ["keys.deny", "keys.deny"]


def _channel(pair: Pair, certified) -> grpc.aio.Channel:
    authority = pair.enshi.settings.tls.authority.read_bytes()
    credentials = grpc.ssl_channel_credentials(authority, certified.private_pem, certified.certificate_pem)
    return grpc.aio.secure_channel(str(pair.enshi.site.peering), credentials)


async def test_what_a_denied_key_sealed_proves_nothing_from_then_on_and_what_was_receipted_stays(
    tmp_path: Path,
) -> None:
    async with a_pair(tmp_path) as pair:
        case = await pair.qianjiang.submit("before")
        held = pair.enshi.gateway.database
        async with asyncio.timeout(WITHIN):
            while not await held.read(lambda tx: tx.rows("SELECT 1 FROM cases WHERE case_id = :id", {"id": case})):
                await pair.qianjiang.ask(pair.enshi)
        seal = pair.qianjiang.gateway.papers.seal_key(datetime.now(UTC))
        pair.enshi.deny(f"keys:\n  - {{kid: '{seal.kid}', reason: 失窃, since: 2026-01-01}}\n")
        await until(lambda: seal.kid in pair.enshi.gateway.denying.denied.kids, WITHIN, "the list taken")
        signature = Signature(*sign_payload(seal, ENVELOPE_PAYLOAD, b"x"))
        forged = Sealed(b"x", ENVELOPE_PAYLOAD, (signature,))
        answers = await pair.enshi.gateway.receive([forged], QIANJIANG)
        (answer,) = answers.answers
        assert answer.problem
        assert answer.problem.reason == Reason.SEAL_KEY_DENIED.value
        kept = await pair.enshi.kids_on_bodies("envelope", QIANJIANG)
        assert kept == [(seal.kid,)], "what was taken in before is evidence as it was"


async def test_a_new_certificate_is_seen_by_the_next_handshake_and_lines_are_replaced(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        assert await refused(pair.qianjiang, pair.enshi) == ""
        assert await refused(pair.enshi, pair.qianjiang) == ""
        side = pair.enshi
        tls = side.settings.tls
        authority = load_certified(tls.authority, tls.authority.with_suffix(".key"))
        renewed = certify(authority, ENSHI, ("127.0.0.1", "localhost"), datetime.now(UTC))
        save_certified(tls.certificate, tls.private_key, renewed)
        await until(lambda: side.gateway.papers.certified.fingerprint == renewed.fingerprint, WITHIN, "it taken")
        partner = pair.qianjiang.partner(side)
        (endpoint,) = partner.endpoints
        seen = await server_certificate(partner, endpoint, pair.qianjiang.gateway.papers.certified, 5.0)
        assert seen.serial_number == renewed.certificate.serial_number
        assert await refused(pair.qianjiang, side) == ""
        assert await refused(side, pair.qianjiang) == "", "tokens name the new certificate"


async def test_a_certificate_that_cannot_be_used_leaves_the_one_before_and_is_told(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        side = pair.enshi
        before = side.gateway.papers.certified.fingerprint
        other = pair.qianjiang.settings.tls.certificate.read_bytes()
        side.settings.tls.certificate.write_bytes(other)
        await until(lambda: side.gateway.papers.error is not None, WITHIN, "the error told")
        assert side.gateway.papers.certified.fingerprint == before
        assert await refused(pair.qianjiang, side) == ""


async def test_a_wrong_deny_list_changes_nothing_and_a_lost_one_neither_even_over_a_restart(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        side = pair.enshi
        side.deny(a_serial(pair.qianjiang))
        await until(lambda: len(side.gateway.denying.denied) == 1, WITHIN, "the list taken")
        side.deny("certificates:\n  - {region: 500114, serail: 1}\n")
        await until(lambda: bool(side.gateway.denying.findings), WITHIN, "the finding told")
        assert len(side.gateway.denying.denied) == 1
        (side.settings.home / "revoked.yaml").unlink()
        await until(lambda: "gone" in side.gateway.denying.findings[0].problem.en, WITHIN, "the loss told")
        assert await refused(pair.qianjiang, side) == Reason.CERTIFICATE_DENIED.value
        again = type(side.gateway.denying)(
            side.settings.home / "revoked.yaml", ENSHI, side.gateway.database, side.gateway.world.clock
        )
        await again.begin()
        assert len(again.denied) == 1


async def test_our_own_denied_key_signs_nothing_more(tmp_path: Path) -> None:
    async with a_pair(tmp_path) as pair:
        side = pair.qianjiang
        old = {use: side.gateway.papers.keys.current(use, datetime.now(UTC)) for use in KeyUse}
        new = next_keys(side, in_seconds=0)
        await read_by(side, new)
        await in_force(new)
        listed = "".join(f"  - {{kid: '{key.kid}', reason: 失窃, since: 2026-01-01}}\n" for key in old.values())
        side.deny(f"keys:\n{listed}")
        await until(lambda: len(side.gateway.denying.denied) == 2, WITHIN, "the list taken")
        signing = side.gateway.papers.seal_keys(datetime.now(UTC))
        assert [key.kid for key in signing] == [new[KeyUse.SEAL].kid]
        assert old[KeyUse.SEAL].kid in side.gateway.own_keys, "what it signed is still ours"
