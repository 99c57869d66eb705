"""Every bound of the door, and what happens at it."""

import asyncio

import grpc
import pytest

from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import Answers, HandedOut, Manifest, MaterialStanding
from gateway.peering.bounds import CHUNK_BYTES, MESSAGE_BYTES
from gateway.peering.served import PeeringFlows
from gateway.wire.envelope import EnvelopeAnswer
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from tests.certificates import ENSHI, QIANJIANG, region
from tests.flows.peering.peering_build import (
    DIGEST,
    IDS,
    MOMENT,
    TB,
    bearing,
    courier,
    description,
    door,
    failing,
    problem_in,
    raw,
    sealed_bytes,
    stub_of,
)

MIB = 1024 * 1024


async def never(*_):
    raise AssertionError("a call above a bound must not reach the flow")


async def refused(there, method, request):
    async with raw(there.address) as channel:
        metadata = bearing(region(QIANJIANG).tokens().token_for(ENSHI))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await getattr(stub_of(channel), method)(request, timeout=10, metadata=metadata)
    return caught.value


async def test_the_largest_batch_passes_whole():
    async def receive(envelopes, caller):
        return Answers(
            (sealed_bytes(b"r" * (MIB // 2)),), tuple(EnvelopeAnswer(IDS[nth], 0) for nth in range(len(envelopes)))
        )

    envelope = sealed_bytes(b"x" * (3 * MIB // 64))
    async with door(PeeringFlows(receive=receive)) as there, courier() as ours:
        answers = await ours.deliver(there.partner(), [envelope] * 64)
        assert len(answers.answers) == 64
        assert len((await ours.deliver(there.partner(), [sealed_bytes(b"x" * MIB)] * 3)).answers) == 3


@pytest.mark.parametrize(
    ("payloads", "reason"),
    [
        ([], Reason.MALFORMED),
        ([b"x"] * 65, Reason.BATCH_TOO_LARGE),
        ([b"x" * (3 * MIB // 4)] * 4 + [b"x"], Reason.BATCH_TOO_LARGE),
        ([b"x" * (MIB + 1)], Reason.ENVELOPE_TOO_LARGE),
    ],
    ids=["none", "65 envelopes", "3 MiB and a byte", "one above 1 MiB"],
)
async def test_a_batch_above_a_bound_is_refused_on_both_sides(payloads, reason):
    request = pb.DeliverEnvelopesRequest(envelopes=[exchange_pb2.SealedEnvelope(payload=one) for one in payloads])
    async with door(PeeringFlows(receive=never)) as there, courier() as ours:
        assert problem_in(await refused(there, "DeliverEnvelopes", request)).reason == reason.value
        async with failing(reason):
            await ours.deliver(there.partner(), [sealed_bytes(one) for one in payloads])


async def test_a_message_above_4_mib_never_reaches_our_code():
    huge = pb.DeliverEnvelopesRequest(envelopes=[exchange_pb2.SealedEnvelope(payload=b"x" * (MESSAGE_BYTES + 1))])
    async with door(PeeringFlows(receive=never)) as there:
        error = await refused(there, "DeliverEnvelopes", huge)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("GetReceipts", pb.GetReceiptsRequest()),
        ("GetReceipts", pb.GetReceiptsRequest(envelope_ids=["no-uuid"])),
        ("GetEnvelopes", pb.GetEnvelopesRequest()),
        ("GetEnvelopes", pb.GetEnvelopesRequest(by_case=pb.CaseSequence(case_id=TB, sender_region="42"))),
        ("CheckMaterials", pb.CheckMaterialsRequest()),
        ("CollectEnvelopes", pb.CollectEnvelopesRequest(answers=[pb.EnvelopeAnswer(envelope_id=IDS[0])])),
        (
            "CollectEnvelopes",
            pb.CollectEnvelopesRequest(answers=[pb.EnvelopeAnswer(envelope_id=IDS[0], receipt_batch_index=0)]),
        ),
    ],
    ids=["no id", "no UUID", "neither", "bad case", "empty manifest", "no answer", "no batch"],
)
async def test_a_request_that_makes_no_sense_is_malformed(method, request_):
    flows = PeeringFlows(get_receipts=never, get_envelopes=never, check_materials=never, hand_out=never)
    async with door(flows) as there:
        error = await refused(there, method, request_)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert problem_in(error).reason == "MALFORMED"


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("GetReceipts", pb.GetReceiptsRequest(envelope_ids=IDS[:65])),
        ("GetEnvelopes", pb.GetEnvelopesRequest(by_ids=pb.EnvelopeIds(envelope_ids=IDS[:65]))),
    ],
    ids=["receipts", "envelopes"],
)
async def test_more_than_64_ids_are_too_many(method, request_):
    async with door(PeeringFlows(get_receipts=never, get_envelopes=never)) as there:
        error = await refused(there, method, request_)
    assert problem_in(error).reason == "BATCH_TOO_LARGE"
    assert problem_in(error).facts["limit"] == "64"


async def test_a_manifest_with_an_unknown_mode_is_refused_and_not_defaulted():
    request = pb.CheckMaterialsRequest(
        case_id=TB, basic_code="000123456000", origin_division="500114", handler_division="422802", mode=77
    )
    async with door(PeeringFlows(check_materials=never)) as there:
        assert problem_in(await refused(there, "CheckMaterials", request)).reason == "UNKNOWN_CODE"


async def sent(call, messages):
    try:
        for message in messages:
            await call.write(message)
        await call.done_writing()
    except asyncio.InvalidStateError:
        pass
    return await call


async def upload(there, *messages):
    async with raw(there.address) as channel:
        metadata = bearing(region(QIANJIANG).tokens().token_for(ENSHI))
        call = stub_of(channel).PutMaterial(timeout=20, metadata=metadata)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await sent(call, messages)
        return caught.value


HEADER = pb.PutMaterialRequest(header=pb.PutMaterialHeader(case_id=TB, sha256=b"x" * 32))


def chunk(size):
    return pb.PutMaterialRequest(chunk=b"x" * size)


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [chunk(5)],
        [HEADER, HEADER],
        [HEADER, chunk(0)],
        [HEADER, chunk(CHUNK_BYTES + 1)],
        [pb.PutMaterialRequest(header=pb.PutMaterialHeader(case_id=TB, sha256=b"short"))],
    ],
    ids=["nothing", "chunk first", "two headers", "empty chunk", "large chunk", "short digest"],
)
async def test_an_upload_of_another_shape_is_malformed(messages):
    async def put(caller, case_id, sha256, offset, chunks):
        async for _ in chunks:
            pass
        raise AssertionError

    async with door(PeeringFlows(put_material=put)) as there:
        assert problem_in(await upload(there, *messages)).reason == "MALFORMED"


async def test_an_upload_of_more_than_64_mib_is_cut_and_what_came_before_was_handed_on():
    came = 0

    async def put(caller, case_id, sha256, offset, chunks):
        nonlocal came
        async for one in chunks:
            came += len(one)
        raise AssertionError

    async with door(PeeringFlows(put_material=put)) as there:
        error = await upload(there, HEADER, *[chunk(CHUNK_BYTES)] * 256, chunk(1))
    assert problem_in(error).reason == "MALFORMED"
    assert came == 64 * MIB


async def test_a_call_with_too_little_time_left_is_refused_before_the_flow():
    async with door(PeeringFlows(describe=never)) as there, raw(there.address) as channel:
        metadata = bearing(region(QIANJIANG).tokens().token_for(ENSHI))
        await channel.channel_ready()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=0.4, metadata=metadata)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert problem_in(caught.value).reason == "DEADLINE_TOO_SHORT"


async def test_a_flow_that_takes_longer_than_the_caller_waits_is_ended_with_a_reason():
    ended = asyncio.Event()

    async def describe(caller):
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with door(PeeringFlows(describe=describe)) as there, raw(there.address) as channel:
        metadata = bearing(region(QIANJIANG).tokens().token_for(ENSHI))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=0.7, metadata=metadata)
        assert ended.is_set()
    assert problem_in(caught.value).reason == "DEADLINE_TOO_SHORT"


async def test_a_timeout_inside_a_flow_is_not_taken_for_the_callers():
    async def describe(caller):
        raise TimeoutError

    async with door(PeeringFlows(describe=describe)) as there, courier() as ours, failing(Reason.PARTNER_FAILED):
        await ours.describe(there.partner())
    assert isinstance(there.heard.failures[0][2], TimeoutError)


async def test_a_call_without_a_deadline_is_served():
    async def describe(caller):
        return description()

    async with door(PeeringFlows(describe=describe)) as there, raw(there.address) as channel:
        metadata = bearing(region(QIANJIANG).tokens().token_for(ENSHI))
        answer = await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), metadata=metadata)
    assert answer.description.region == ENSHI


async def test_a_caller_that_goes_away_ends_the_flow():
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hand_out(caller, answered, most, wait):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with door(PeeringFlows(hand_out=hand_out)) as there, courier() as ours:
        task = asyncio.create_task(ours.collect(there.partner(), Answers((), ()), 1, 50))
        async with asyncio.timeout(5):
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await ended.wait()
    assert there.heard.failures == []


MANIFEST = Manifest(TB, "000123456000", Mode.ENTRUSTED, "500114", "422802", ((DIGEST, 100),))


@pytest.mark.parametrize(
    "standings",
    [
        (),
        (MaterialStanding("cd" * 32, False, 0, MOMENT),),
        (MaterialStanding(DIGEST, False, 101, MOMENT),),
        (MaterialStanding(DIGEST, False, 0, MOMENT),) * 2,
    ],
    ids=["too few", "another file", "an offset beyond the end", "too many"],
)
async def test_standings_that_do_not_fit_the_manifest_are_a_malformed_answer(standings):
    async def check(caller, manifest):
        return standings

    async with door(PeeringFlows(check_materials=check)) as there, courier() as ours, failing(Reason.PARTNER_ANSWER):
        await ours.check_materials(there.partner(), MANIFEST)


async def test_answers_that_do_not_fit_the_request_are_malformed():
    async def receive(envelopes, caller):
        return Answers((), ())

    async def hand_out(caller, answered, most, wait):
        return HandedOut((sealed_bytes(),) * 3, more=False)

    async with door(PeeringFlows(receive=receive, hand_out=hand_out)) as there, courier() as ours:
        async with failing(Reason.PARTNER_ANSWER):
            await ours.deliver(there.partner(), [sealed_bytes()])
        async with failing(Reason.PARTNER_ANSWER):
            await ours.collect(there.partner(), Answers((), ()), 2, 0)
