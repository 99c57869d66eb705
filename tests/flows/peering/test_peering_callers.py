"""Who is not believed, and that every refusal arrives with its own reason."""

import asyncio
import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from datetime import timedelta

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.case.reasons import Reason
from gateway.peering.bounds import SERVICE
from gateway.peering.interceptors import HEALTH
from gateway.peering.served import PeeringFlows
from gateway.trust.keys import new_key
from gateway.trust.suites import P256, KeyUse
from gateway.trust.tls import issue
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import problem_pb2
from tests.certificates import ENSHI, HOSTS, QIANJIANG, XIANGXI, region, wall_clock
from tests.flows.peering.peering_build import bearing, description, door, problem_in, raw, stub_of

DESCRIBE = f"/{SERVICE}/DescribeGateway"


@pytest.fixture
async def there():
    async def describe(caller):
        return description()

    async with door(PeeringFlows(describe=describe)) as running:
        yield running


def claims(**changes):
    second = int(wall_clock().timestamp())
    said = {
        "iss": f"tongban:{QIANJIANG}",
        "aud": f"tongban:{ENSHI}",
        "iat": second,
        "nbf": second,
        "exp": second + 240,
        "jti": "token-1",
        "cnf": {"x5t#S256": region(QIANJIANG).certified.fingerprint},
    } | changes
    return {name: value for name, value in said.items() if value is not None}


def token(key=None, algorithm="ES256", kid=None, **changes):
    signing = key or region(QIANJIANG).token_key
    return jwt.encode(claims(**changes), signing.private, algorithm, {"kid": kid or signing.kid})


def unsigned():
    return jwt.encode(claims(), None, "none", {"kid": region(QIANJIANG).token_key.kid})


def hs256_with_the_public_key():
    """The classic mistake of a verifier that lets the header choose: our public key as a shared secret."""
    key = region(QIANJIANG).token_key
    pem = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    parts = [json.dumps({"alg": "HS256", "kid": key.kid}).encode(), json.dumps(claims()).encode()]
    signed = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    tag = hmac.digest(pem, signed, hashlib.sha256)
    return (signed + b"." + urlsafe_b64encode(tag).rstrip(b"=")).decode()


def seconds(ago):
    return int((wall_clock() - timedelta(seconds=ago)).timestamp())


async def refusal(there, metadata=(), certified=None):
    async with raw(there.address, certified) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=metadata)
    return caught.value


BAD_TOKENS = {
    "alg none": (unsigned, Reason.TOKEN_ALGORITHM),
    "HS256 with the public key": (hs256_with_the_public_key, Reason.TOKEN_ALGORITHM),
    "another key": (lambda: token(new_key(KeyUse.TOKEN, P256, now=wall_clock())), Reason.TOKEN_KEY_UNKNOWN),
    "a seal key": (lambda: token(region(QIANJIANG).seal_key), Reason.TOKEN_KEY_USE),
    "another key under a known kid": (
        lambda: token(new_key(KeyUse.TOKEN, P256, now=wall_clock()), kid=region(QIANJIANG).token_key.kid),
        Reason.TOKEN_SIGNATURE,
    ),
    "wrong audience": (lambda: token(aud=f"tongban:{XIANGXI}"), Reason.TOKEN_AUDIENCE),
    "wrong issuer": (lambda: token(iss="somebody"), Reason.TOKEN_ISSUER),
    "another region's issuer": (lambda: token(iss=f"tongban:{XIANGXI}"), Reason.TOKEN_REGION),
    "expired": (lambda: token(iat=seconds(400), nbf=seconds(400), exp=seconds(100)), Reason.TOKEN_EXPIRED),
    "not yet valid": (
        lambda: token(iat=seconds(-100), nbf=seconds(-100), exp=seconds(-200)),
        Reason.TOKEN_NOT_YET_VALID,
    ),
    "too long a life": (lambda: token(exp=seconds(-3600)), Reason.TOKEN_LIFETIME),
    "no binding": (lambda: token(cnf=None), Reason.TOKEN_NOT_BOUND),
    "another certificate": (
        lambda: token(cnf={"x5t#S256": region(XIANGXI).certified.fingerprint}),
        Reason.TOKEN_NOT_BOUND,
    ),
    "no jti": (lambda: token(jti=None), Reason.TOKEN_MALFORMED),
    "no token at all": (lambda: "", Reason.TOKEN_MISSING),
    "not a token": (lambda: "hello", Reason.TOKEN_MALFORMED),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
async def test_a_token_that_proves_nothing_is_refused_with_its_reason(there, name):
    make, reason = BAD_TOKENS[name]
    error = await refusal(there, bearing(make()))
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    problem = problem_in(error)
    assert problem.reason == reason.value
    assert problem.place == problem_pb2.PLACE_PEERING
    assert problem.cause_zh
    assert problem.fix_zh
    assert there.heard.refused == [(DESCRIBE, reason)]
    assert there.heard.regions == []


async def test_a_call_without_authorization_is_refused(there):
    error = await refusal(there)
    assert problem_in(error).reason == "TOKEN_MISSING"


async def test_two_tokens_are_one_too_many(there):
    error = await refusal(there, bearing(token()) + bearing(token()))
    assert problem_in(error).reason == "TOKEN_MALFORMED"


async def test_a_good_token_is_believed_and_heard_of_once_per_call(there):
    async with raw(there.address) as channel:
        for _ in range(3):
            await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=bearing(token()))
    assert there.heard.regions == [QIANJIANG] * 3
    assert there.heard.refused == []


async def test_a_stolen_token_is_worth_nothing_on_another_connection(there):
    error = await refusal(there, bearing(token()), region(XIANGXI).certified)
    assert problem_in(error).reason == "TOKEN_REGION"


async def test_a_certificate_that_names_a_region_of_another_authority_is_refused(there):
    forged = issue(region(XIANGXI).authority, QIANJIANG, HOSTS, wall_clock(), 30)
    error = await refusal(there, bearing(token(cnf={"x5t#S256": forged.fingerprint})), forged)
    assert problem_in(error).reason == "CERTIFICATE_ISSUER"


async def test_the_servers_own_region_is_no_partner(there):
    error = await refusal(there, bearing(token()), region(ENSHI).certified)
    assert problem_in(error).reason == "PARTNER_UNKNOWN"


async def test_a_denied_certificate_is_refused_though_it_was_believed_a_moment_ago(there):
    async with raw(there.address) as channel:
        stub, metadata = stub_of(channel), bearing(token())
        await stub.DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=metadata)
        there.heard.denied.add((QIANJIANG, region(QIANJIANG).certified.certificate.serial_number))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=metadata)
    assert problem_in(caught.value).reason == "CERTIFICATE_DENIED"


async def test_a_partner_that_is_gone_from_the_files_is_refused_on_the_same_connection(there):
    async with raw(there.address) as channel:
        stub, metadata = stub_of(channel), bearing(token())
        await stub.DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=metadata)
        there.heard.partners = [region(XIANGXI).as_partner()]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=metadata)
    assert problem_in(caught.value).reason == "PARTNER_UNKNOWN"


async def test_without_a_client_certificate_there_is_no_connection(there):
    credentials = grpc.ssl_channel_credentials(region(ENSHI).authority.certificate_pem)
    async with grpc.aio.secure_channel(there.address, credentials) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=bearing(token()))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert there.heard.refused == []


async def test_a_certificate_of_an_unknown_authority_makes_no_connection(there):
    there.server.trust([region(ENSHI).authority.certificate, region(XIANGXI).authority.certificate])
    error = await refusal(there, bearing(token()))
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    there.server.trust([region(ENSHI).authority.certificate, region(QIANJIANG).authority.certificate])
    async with raw(there.address) as channel:
        await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=bearing(token()))


async def test_every_kind_of_call_is_refused_in_its_own_shape(there):
    async with raw(there.address) as channel:
        stub = stub_of(channel)
        upload = stub.PutMaterial(timeout=5)
        download = stub.GetMaterial(pb.GetMaterialRequest(), timeout=5)
        with pytest.raises(grpc.aio.AioRpcError) as up:
            await upload
        with pytest.raises(grpc.aio.AioRpcError) as down:
            await download.read()
    assert problem_in(up.value).reason == problem_in(down.value).reason == "TOKEN_MISSING"


async def test_a_health_check_needs_no_token(there):
    async with raw(there.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for service in ("", SERVICE):
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        await there.server.set_ready(ready=False)
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
        assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING
    assert HEALTH == "/grpc.health.v1.Health/Check"
    assert there.heard.regions == []


async def test_watching_health_is_a_matter_of_partners(there):
    async with raw(there.address) as channel:
        call = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=5)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
    assert problem_in(caught.value).reason == "TOKEN_MISSING"


async def test_callers_side_by_side_are_never_mixed_up():
    seen = []

    async def describe(caller):
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0)
        seen.append(caller)
        return description(software=caller)

    async with door(PeeringFlows(describe=describe)) as there:

        async def ask(code):
            own = region(code)
            async with raw(there.address, own.certified) as channel:
                metadata = bearing(own.tokens().token_for(ENSHI))
                return [
                    (
                        await stub_of(channel).DescribeGateway(
                            pb.DescribeGatewayRequest(), timeout=5, metadata=metadata
                        )
                    ).description.software
                    for _ in range(10)
                ]

        ours, theirs = await asyncio.gather(ask(QIANJIANG), ask(XIANGXI))
    assert set(ours) == {QIANJIANG}
    assert set(theirs) == {XIANGXI}
    assert len(seen) == 20
