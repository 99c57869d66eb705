"""Announced keys on the wire: what is written is read as it was; nothing else is read as keys."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.keys import PartnerKey, thumbprint
from gateway.partners.schema import Algorithm, Use
from gateway.trust.suites import ED25519, P256
from gateway.wire.gen.tongban.exchange.v1 import gateway_pb2 as pb
from gateway.wire.next_keys import NextKeys, next_keys_from_bytes, next_keys_to_bytes, public_der

DAY = datetime(2026, 12, 1, tzinfo=UTC)


def a_key(suite=P256, use: Use = Use.SEAL) -> PartnerKey:
    public = suite.generate().public_key()
    algorithm = Algorithm.ES256 if suite is P256 else Algorithm.EDDSA
    return PartnerKey(thumbprint(public), use, algorithm, public, DAY, DAY + timedelta(9), DAY + timedelta(99))


GOOD = NextKeys("422800", DAY, (a_key(), a_key(ED25519, Use.TOKEN)))


def test_what_is_written_is_read() -> None:
    read = next_keys_from_bytes(next_keys_to_bytes(GOOD))
    assert (read.region, read.announced_at) == (GOOD.region, GOOD.announced_at)
    for ours, theirs in zip(GOOD.keys, read.keys, strict=True):
        assert (ours.kid, ours.use, ours.algorithm) == (theirs.kid, theirs.use, theirs.algorithm)
        assert public_der(ours.public) == public_der(theirs.public)
        assert (ours.valid_from, ours.seal_until, ours.accept_until) == (
            theirs.valid_from,
            theirs.seal_until,
            theirs.accept_until,
        )


def bent(change) -> bytes:
    wire = pb.NextKeys.FromString(next_keys_to_bytes(GOOD))
    change(wire)
    return wire.SerializeToString()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda wire: wire.ClearField("region"), "region"),
        (lambda wire: wire.ClearField("keys"), "keys"),
        (lambda wire: wire.keys.extend([wire.keys[0]]), "keys"),
        (lambda wire: wire.keys.extend(wire.keys[0:1] * 8), "keys"),
        (lambda wire: setattr(wire.keys[0], "kid", wire.keys[1].kid), "keys[0].kid"),
        (lambda wire: setattr(wire.keys[0], "public_key", b"\x30\x00"), "keys[0].public_key"),
        (lambda wire: setattr(wire.keys[0], "algorithm", "EdDSA"), "keys[0].algorithm"),
        (lambda wire: wire.keys[0].valid_from.CopyFrom(wire.keys[0].accept_until), "keys[0].accept_until"),
        (lambda wire: wire.keys[1].ClearField("seal_until"), "keys[1].seal_until"),
    ],
)
def test_what_is_wrong_is_named(change, path: str) -> None:
    with pytest.raises(GatewayError) as caught:
        next_keys_from_bytes(bent(change))
    assert caught.value.reason is Reason.MALFORMED
    assert path in {one.path for one in caught.value.findings}


def test_a_use_nobody_has_defined_is_refused() -> None:
    with pytest.raises(GatewayError) as caught:
        next_keys_from_bytes(bent(lambda wire: wire.keys[0].ClearField("use")))
    assert caught.value.reason is Reason.UNKNOWN_CODE


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise_anything_else(raw: bytes) -> None:
    with pytest.raises(GatewayError):
        next_keys_from_bytes(raw)
