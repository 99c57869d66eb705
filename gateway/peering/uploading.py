"""Bytes of a file go up in messages of a bounded size, until they end or the partner has answered."""

import asyncio
from collections.abc import AsyncIterator

import grpc

from gateway.peering import bounds
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb


async def upload(
    call: grpc.aio.StreamUnaryCall[pb.PutMaterialRequest, pb.PutMaterialResponse],
    header: pb.PutMaterialHeader,
    chunks: AsyncIterator[bytes],
) -> None:
    """Write until the bytes end or the partner has answered, which it may do at any moment."""
    # Not as gRPC's request iterator: an error in it would look like a cancelled task.
    try:
        await call.write(pb.PutMaterialRequest(header=header))
        async for chunk in chunks:
            for start in range(0, len(chunk), bounds.CHUNK_BYTES):
                await call.write(pb.PutMaterialRequest(chunk=chunk[start : start + bounds.CHUNK_BYTES]))
        await call.done_writing()
    except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
        if not call.done():
            raise
