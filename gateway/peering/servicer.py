"""Calls of other regions, translated into flows.  Translates and decides nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TypeVar

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.delivery.courier import MaterialStanding
from gateway.peering.allowance import Allowance
from gateway.peering.arity import Context, closed_at_the_end
from gateway.peering.bounds import CHUNK_BYTES, PUT_BYTES
from gateway.peering.callers import caller
from gateway.peering.messages import answers_from_wire, answers_to_wire, check_batch, fitting, from_bytes, sealed_of
from gateway.peering.served import RPC_OF, PeeringFlows
from gateway.wire.description import description_to_wire
from gateway.wire.envelope import EnvelopeAnswer
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2_grpc
from gateway.wire.item_pages import asked_from_wire, page_to_wire
from gateway.wire.problems import problem_of
from gateway.wire.reconcile import asked_from_wire as day_asked
from gateway.wire.reconcile import held_to_wire
from gateway.wire.transfer_codec import (
    ids_from_wire,
    manifest_from_wire,
    piece_from_wire,
    standing_to_wire,
    wanted_from_wire,
)

_HEADER_FIRST = Text("第一条消息应为 header", "the first message is a header")
_CHUNKS_AFTER = Text("header 之后应为 1 字节至 256 KiB 的 chunk", "after the header come chunks of 1 byte to 256 KiB")
_PUT_TOO_LONG = Text("一次上传超过 64 MiB", "one call uploads more than 64 MiB")

Flow = TypeVar("Flow")


class ExchangeServicer(exchange_service_pb2_grpc.ExchangeServiceServicer):
    """Serves what is bound; a method without a flow is answered NOT_SERVED and not listed."""

    def __init__(self, flows: PeeringFlows, allowance: Allowance) -> None:
        self._flows = flows
        self._allowance = allowance

    async def DescribeGateway(  # noqa: N802 - the names of methods are the proto's
        self, request: pb.DescribeGatewayRequest, context: Context
    ) -> pb.DescribeGatewayResponse:
        """Describe this gateway; its methods are listed in front of what the flow lists."""
        describe = _bound(self._flows.describe, "describe")
        said = await (describe(caller(), with_terms=True) if request.with_terms else describe(caller()))
        features = tuple(dict.fromkeys((*self._flows.features, *said.features)))
        return pb.DescribeGatewayResponse(description=description_to_wire(replace(said, features=features)))

    async def DeliverEnvelopes(  # noqa: N802
        self, request: pb.DeliverEnvelopesRequest, context: Context
    ) -> pb.DeliverEnvelopesResponse:
        """Take envelopes in."""
        receive = _bound(self._flows.receive, "receive")
        check_batch(request.envelopes)
        taken, full = self._allowance.take_envelopes(caller(), len(request.envelopes))
        if full and not taken:
            raise full.as_error()
        answers = fitting(await receive([sealed_of(one) for one in request.envelopes[:taken]], caller()))
        # Those beyond the allowance keep their place among the answers; nothing of them was looked at.
        later = (
            [EnvelopeAnswer("", None, problem_of(full.as_error()))] * (len(request.envelopes) - taken) if full else []
        )
        return pb.DeliverEnvelopesResponse(
            receipt_batches=from_bytes(answers.receipt_batches), answers=answers_to_wire((*answers.answers, *later))
        )

    async def CollectEnvelopes(  # noqa: N802
        self, request: pb.CollectEnvelopesRequest, context: Context
    ) -> pb.CollectEnvelopesResponse:
        """Take answers and hand out what is owed."""
        hand_out = _bound(self._flows.hand_out, "hand_out")
        answered = answers_from_wire(request)
        out = await hand_out(caller(), answered, request.max_envelopes, request.wait_seconds)
        return pb.CollectEnvelopesResponse(envelopes=from_bytes(out.envelopes), more=out.more)

    async def GetReceipts(self, request: pb.GetReceiptsRequest, context: Context) -> pb.GetReceiptsResponse:  # noqa: N802
        """Hand receipts out again."""
        recall = _bound(self._flows.get_receipts, "get_receipts")
        ids = ids_from_wire(request.envelope_ids)
        batches, never_seen = await recall(caller(), ids, request.issued_by_caller)
        return pb.GetReceiptsResponse(receipt_batches=from_bytes(batches), never_seen_ids=never_seen)

    async def GetEnvelopes(self, request: pb.GetEnvelopesRequest, context: Context) -> pb.GetEnvelopesResponse:  # noqa: N802
        """Hand envelopes out again."""
        recall = _bound(self._flows.get_envelopes, "get_envelopes")
        wanted = wanted_from_wire(request)
        envelopes, more = await recall(caller(), ids=wanted.ids, of_case=wanted.of_case)
        return pb.GetEnvelopesResponse(envelopes=from_bytes(envelopes), more=more)

    async def CheckMaterials(  # noqa: N802
        self, request: pb.CheckMaterialsRequest, context: Context
    ) -> pb.CheckMaterialsResponse:
        """Note what will be uploaded."""
        check = _bound(self._flows.check_materials, "check_materials")
        standings = await check(caller(), manifest_from_wire(request))
        return pb.CheckMaterialsResponse(standings=[standing_to_wire(one) for one in standings])

    async def PutMaterial(  # noqa: N802
        self, request: AsyncIterator[pb.PutMaterialRequest], context: Context
    ) -> pb.PutMaterialResponse:
        """Take bytes of a material."""
        put = _bound(self._flows.put_material, "put_material")
        piece = piece_from_wire(await _header(request))
        standing: MaterialStanding = await put(caller(), piece.case_id, piece.sha256, piece.offset, _chunks(request))
        return pb.PutMaterialResponse(standing=standing_to_wire(standing))

    async def GetMaterial(  # noqa: N802
        self, request: pb.GetMaterialRequest, context: Context
    ) -> AsyncIterator[pb.GetMaterialResponse]:
        """Give bytes of a material, cut to the size of one message."""
        get = _bound(self._flows.get_material, "get_material")
        piece = piece_from_wire(request)
        async with closed_at_the_end(await get(caller(), piece.case_id, piece.sha256, piece.offset)) as chunks:
            async for chunk in chunks:
                for start in range(0, len(chunk), CHUNK_BYTES):
                    yield pb.GetMaterialResponse(chunk=chunk[start : start + CHUNK_BYTES])

    async def GetItems(self, request: pb.GetItemsRequest, context: Context) -> pb.GetItemsResponse:  # noqa: N802
        """Tell what this region demands for its items."""
        publish = _bound(self._flows.get_items, "get_items")
        asked = asked_from_wire(request)
        return page_to_wire(await publish(caller(), asked.since, asked.page_token))

    async def Reconcile(self, request: pb.ReconcileRequest, context: Context) -> pb.ReconcileResponse:  # noqa: N802
        """Tell what this region holds of a day."""
        compare = _bound(self._flows.reconcile, "reconcile")
        return held_to_wire(await compare(caller(), day_asked(request)))


def _bound(flow: Flow | None, name: str) -> Flow:
    if flow is None:
        raise GatewayError(Reason.NOT_SERVED, rpc=RPC_OF[name])
    return flow


async def _header(requests: AsyncIterator[pb.PutMaterialRequest]) -> pb.PutMaterialHeader:
    first = await anext(aiter(requests), None)
    if first is None or first.WhichOneof("part") != "header":
        raise GatewayError(Reason.MALFORMED, detail=_HEADER_FIRST)
    return first.header


async def _chunks(requests: AsyncIterator[pb.PutMaterialRequest]) -> AsyncIterator[bytes]:
    taken = 0
    async for request in requests:
        if request.WhichOneof("part") != "chunk" or not 1 <= len(request.chunk) <= CHUNK_BYTES:
            raise GatewayError(Reason.MALFORMED, detail=_CHUNKS_AFTER)
        taken += len(request.chunk)
        if taken > PUT_BYTES:
            raise GatewayError(Reason.MALFORMED, detail=_PUT_TOO_LONG)
        yield request.chunk
