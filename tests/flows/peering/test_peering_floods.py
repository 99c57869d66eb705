"""A partner that floods, trickles or merely connects costs the others nothing: real gRPC over TLS on loopback.

Asserted are counts (what was served, to whom, how much passed by in the meantime), never how long anything took.
"""

import asyncio
import contextlib
import socket
from collections import Counter
from contextlib import AsyncExitStack

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.flows.delivery.courier import Answers, HandedOut, MaterialStanding
from gateway.partners.limits import Limits
from gateway.peering.allowance import COLLECTS_AT_ONCE, STREAMS_AT_ONCE
from gateway.peering.pace import Pace
from gateway.peering.served import PeeringFlows
from gateway.wire.envelope import EnvelopeAnswer
from gateway.wire.gen.tongban.exchange.v1 import exchange_pb2
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from tests.certificates import ENSHI, QIANJIANG, XIANGXI, region
from tests.flows.peering.peering_build import (
    DIGEST,
    IDS,
    MOMENT,
    TB,
    a_moment,
    bearing,
    courier,
    description,
    door,
    problem_in,
    raw,
    sealed_bytes,
    stub_of,
)

TIGHT = Limits(envelopes_per_minute=60, concurrent_calls=2, largest_batch=64)
BATCHES = 12
QUICK = {"pace": lambda: Pace(seconds=0.3)}


def token(code=QIANJIANG):
    return bearing(region(code).tokens().token_for(ENSHI))


class Served:
    """What reached the flows, by caller, and how many calls of one caller were there at the same time."""

    def __init__(self) -> None:
        self.envelopes: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def receive(self, envelopes, caller):
        self.envelopes[caller] += len(envelopes)
        await self._served(caller)
        return Answers((sealed_bytes(),), tuple(EnvelopeAnswer(IDS[nth], 0) for nth in range(len(envelopes))))

    async def describe(self, caller):
        await self._served(caller)
        return description()

    async def _served(self, caller):
        self.calls[caller] += 1
        self.now[caller] += 1
        self.most[caller] = max(self.most[caller], self.now[caller])
        for _ in range(3):
            await a_moment()
        self.now[caller] -= 1


async def ends(call):
    """The status a call ended with."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def test_a_flood_is_served_as_far_as_its_own_bounds_go_and_others_as_if_it_were_not_there():
    served, turned_away, passed_by = Served(), Counter(), []
    batch = pb.DeliverEnvelopesRequest(envelopes=[exchange_pb2.SealedEnvelope(payload=b"x" * 4_000)] * 64)
    workers = 5 * 54

    async def flood(stub, metadata):
        while True:
            code = await ends(stub.DeliverEnvelopes(batch, timeout=10, metadata=metadata))
            turned_away[code] += 1

    async with (
        door(PeeringFlows(receive=served.receive), monotonic=lambda: 0.0) as there,
        AsyncExitStack() as on,
    ):
        there.heard.limits[QIANJIANG] = TIGHT
        floods = []
        for _ in range(5):
            channel = await on.enter_async_context(raw(there.address))
            floods += [asyncio.create_task(flood(stub_of(channel), token())) for _ in range(54)]
        ours = await on.enter_async_context(courier(region(XIANGXI)))
        for _ in range(BATCHES):
            before = turned_away.total()
            answers = await ours.deliver(there.partner(), [sealed_bytes()] * 3)
            passed_by.append(turned_away.total() - before)
            assert len(answers.answers) == 3
        for task in floods:
            task.cancel()
        await asyncio.gather(*floods, return_exceptions=True)
    assert (served.calls[XIANGXI], served.envelopes[XIANGXI]) == (BATCHES, 3 * BATCHES)
    assert served.envelopes[QIANJIANG] == 60, "a minute's worth, on a clock that stands still"
    assert served.most[QIANJIANG] <= TIGHT.concurrent_calls
    assert turned_away.keys() <= {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED}, turned_away
    assert max(passed_by) <= 2 * workers, (
        "the flood's calls wait longer for their refusals than others for their answers"
    )


async def test_what_a_flood_is_told_names_the_bound_and_when_to_come_again():
    served = Served()
    async with door(PeeringFlows(receive=served.receive), monotonic=lambda: 0.0) as there, courier() as ours:
        there.heard.limits[QIANJIANG] = Limits(envelopes_per_minute=5)
        answers = (await ours.deliver(there.partner(), [sealed_bytes()] * 7)).answers
        assert [one.problem is None for one in answers] == [True] * 5 + [False] * 2
        said = answers[6].problem
        assert (said.reason, said.answer.value) == ("RATE_EXCEEDED", "retriable")
        assert said.facts["limit"] == "limits.envelopes_per_minute: 5"
        assert said.facts["retry_after_seconds"] == "24"
        async with raw(there.address) as channel:
            request = pb.DeliverEnvelopesRequest(envelopes=[exchange_pb2.SealedEnvelope(payload=b"x")])
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub_of(channel).DeliverEnvelopes(request, timeout=10, metadata=token())
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert problem_in(refused.value).facts["retry_after_seconds"] == "12"
    assert served.envelopes[QIANJIANG] == 5


async def test_a_batch_above_the_largest_is_taken_in_part():
    served = Served()
    async with door(PeeringFlows(receive=served.receive)) as there, courier() as ours:
        there.heard.limits[QIANJIANG] = Limits(largest_batch=2)
        answers = (await ours.deliver(there.partner(), [sealed_bytes()] * 5)).answers
    assert [one.problem.reason if one.problem else "" for one in answers] == ["", "", *["RATE_EXCEEDED"] * 3]


async def test_a_message_that_never_comes_whole_ends_its_call_and_takes_no_place_of_anybody_else():
    """The request stays open for ever; the places it takes are those of its own partner."""
    served = Served()
    async with (
        door(PeeringFlows(receive=served.receive, describe=served.describe), **QUICK) as there,
        raw(there.address) as channel,
        courier(region(XIANGXI)) as others,
    ):
        there.heard.limits[QIANJIANG] = TIGHT
        open_for_ever = channel.stream_unary("/tongban.exchange.v1.ExchangeService/DeliverEnvelopes")
        calls = [open_for_ever(timeout=60, metadata=token()) for _ in range(64)]
        assert (await others.describe(there.partner())).region == ENSHI
        codes = Counter(await asyncio.gather(*(ends(call) for call in calls)))
    assert codes.keys() == {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert served.envelopes[QIANJIANG] == 0


async def test_an_upload_that_trickles_is_cut_off_and_what_came_is_kept():
    came = bytearray()

    async def put(caller, case_id, sha256, offset, chunks):
        async for one in chunks:
            came.extend(one)
        raise AssertionError("the upload never ended")

    async def trickle(call):
        """Write a byte now and then, as long as anybody listens."""
        await call.write(pb.PutMaterialRequest(header=pb.PutMaterialHeader(case_id=TB, sha256=b"x" * 32)))
        with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            while True:
                await call.write(pb.PutMaterialRequest(chunk=b"."))
                await asyncio.wait([ended], timeout=0.02)

    async with door(PeeringFlows(put_material=put), **QUICK) as there, raw(there.address) as channel:
        call = stub_of(channel).PutMaterial(timeout=60, metadata=token())
        ended = asyncio.ensure_future(ends(call))
        await trickle(call)
        assert await ended is grpc.StatusCode.UNAVAILABLE
        with pytest.raises(grpc.aio.AioRpcError) as cut:
            await call
    assert problem_in(cut.value).reason == "TOO_SLOW"
    assert came
    assert not came.strip(b".")


async def test_an_upload_at_a_sound_pace_is_not_cut_off_however_long_our_own_disk_takes():
    async def put(caller, case_id, sha256, offset, chunks):
        async for _ in chunks:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await asyncio.Event().wait()
        return MaterialStanding(DIGEST, True, 3, MOMENT)

    async def pieces():
        for _ in range(3):
            yield b"."

    async with door(PeeringFlows(put_material=put), **QUICK) as there, courier() as ours:
        assert (await ours.put_material(there.partner(), TB, DIGEST, 0, pieces())).complete


async def test_a_download_nobody_reads_is_cut_off_and_keeps_a_place_of_its_own_partner_to_its_end():
    ended = asyncio.Semaphore(0)

    async def get(caller, case_id, sha256, offset):
        async def chunks():
            try:
                while True:
                    yield b"x" * 200_000
            finally:
                ended.release()

        return chunks()

    async with (
        door(PeeringFlows(get_material=get), **QUICK) as there,
        raw(there.address) as channel,
        raw(there.address, certified=region(XIANGXI).certified) as others,
    ):
        request = pb.GetMaterialRequest(case_id=TB, sha256=b"x" * 32)

        async def first_chunk(channel, code, timeout=30):
            call = stub_of(channel).GetMaterial(request, timeout=timeout, metadata=token(code))
            return call, await call.read()

        idle = [await first_chunk(channel, QIANJIANG) for _ in range(STREAMS_AT_ONCE)]
        async with asyncio.timeout(20):
            for _ in idle:
                await ended.acquire()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await first_chunk(channel, QIANJIANG)
        assert problem_in(refused.value).facts["limit"] == f"material streams at once: {STREAMS_AT_ONCE}"
        call, chunk_ = await first_chunk(others, XIANGXI)
        assert chunk_.chunk
        call.cancel()
        for call, _ in idle:
            call.cancel()
        call, chunk_ = await first_chunk(channel, QIANJIANG)
        assert chunk_.chunk, "the places are free again when the caller is gone"
        call.cancel()


async def test_long_polls_and_uploads_leave_room_for_status_and_receipts():
    served, begun, let_go = Served(), asyncio.Semaphore(0), asyncio.Event()

    async def hand_out(caller, answered, most, wait):
        begun.release()
        await let_go.wait()
        return HandedOut((), more=False)

    async def put(caller, case_id, sha256, offset, chunks):
        begun.release()
        await let_go.wait()
        return MaterialStanding(DIGEST, True, 1, MOMENT)

    async def piece():
        yield b"."

    flows = PeeringFlows(receive=served.receive, hand_out=hand_out, put_material=put)
    async with door(flows) as there, courier() as ours:
        there.heard.limits[QIANJIANG] = Limits(concurrent_calls=1)
        busy = [
            *(ours.collect(there.partner(), Answers((), ()), 1, 50) for _ in range(COLLECTS_AT_ONCE)),
            *(ours.put_material(there.partner(), TB, DIGEST, 0, piece()) for _ in range(STREAMS_AT_ONCE)),
        ]
        tasks = [asyncio.create_task(one) for one in busy]
        for _ in busy:
            await begun.acquire()
        assert len((await ours.deliver(there.partner(), [sealed_bytes()])).answers) == 1
        let_go.set()
        await asyncio.gather(*tasks)


async def test_huge_metadata_never_reaches_our_code():
    served = Served()
    async with door(PeeringFlows(describe=served.describe)) as there, raw(there.address) as channel:
        metadata = (*token(), ("x-much", "x" * 60_000))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=10, metadata=metadata)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=10, metadata=token())
    assert served.calls[QIANJIANG] == 1


async def closed_by_the_server(connection: socket.socket) -> bytes:
    """What the server sent before it closed the connection."""
    loop, came = asyncio.get_running_loop(), b""
    connection.setblocking(False)
    async with asyncio.timeout(20):
        while True:
            try:
                more = await loop.sock_recv(connection, 65536)
            except ConnectionError:
                return came
            if not more:
                return came
            came += more


async def test_connections_that_never_finish_a_handshake_are_closed():
    async with door(PeeringFlows(), handshake_seconds=0.3) as there:
        host, port = there.address.rsplit(":", 1)
        half_open = [socket.create_connection((host, int(port))) for _ in range(20)]
        half_open[0].sendall(b"\x16\x03\x01")
        for connection in half_open:
            with connection:
                await closed_by_the_server(connection)


async def test_a_connection_without_calls_is_closed_and_the_next_call_makes_another():
    served = Served()
    async with (
        door(PeeringFlows(describe=served.describe), idle_seconds=0.3) as there,
        courier() as ours,
        raw(there.address) as channel,
    ):
        await ours.describe(there.partner())
        await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=10, metadata=token())
        async with asyncio.timeout(20):
            state = grpc.ChannelConnectivity.READY
            while state is grpc.ChannelConnectivity.READY:
                await channel.wait_for_state_change(state)
                state = channel.get_state()
        await ours.describe(there.partner())
    assert served.calls[QIANJIANG] == 3


async def test_calls_that_prove_nobody_are_looked_at_so_often_and_no_more():
    served = Served()
    async with (
        door(PeeringFlows(describe=served.describe), monotonic=lambda: 0.0) as there,
        raw(there.address) as channel,
        courier(region(XIANGXI)) as others,
    ):
        wrong = bearing("no.such.token")
        codes = Counter(
            [
                await ends(stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=10, metadata=wrong))
                for _ in range(130)
            ]
        )
        assert codes == {grpc.StatusCode.UNAUTHENTICATED: 120, grpc.StatusCode.RESOURCE_EXHAUSTED: 10}
        assert len(there.heard.refused) == 120
        assert (await others.describe(there.partner())).region == ENSHI


async def test_health_checks_are_answered_so_often_and_no_more():
    async with door(PeeringFlows(), monotonic=lambda: 0.0) as there, raw(there.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        codes = Counter([await ends(stub.Check(health_pb2.HealthCheckRequest(), timeout=10)) for _ in range(125)])
    assert codes == {grpc.StatusCode.OK: 120, grpc.StatusCode.RESOURCE_EXHAUSTED: 5}


async def test_repeats_whose_first_receipts_fill_more_than_a_message_are_answered_as_far_as_they_fit():
    async def receive(envelopes, caller):
        batches = tuple(sealed_bytes(bytes([nth]) * 700_000) for nth in range(len(envelopes)))
        return Answers(batches, tuple(EnvelopeAnswer(IDS[nth], nth) for nth in range(len(envelopes))))

    async with door(PeeringFlows(receive=receive)) as there, courier() as ours:
        answers = await ours.deliver(there.partner(), [sealed_bytes()] * 10)
    assert [one.problem.reason if one.problem else "" for one in answers.answers] == [""] * 4 + ["RATE_EXCEEDED"] * 6
    assert [one.envelope_id for one in answers.answers] == IDS[:10]
    assert [one.receipt_batch_index for one in answers.answers[:4]] == [0, 1, 2, 3]
    assert answers.receipt_batches == tuple(sealed_bytes(bytes([nth]) * 700_000) for nth in range(4))
