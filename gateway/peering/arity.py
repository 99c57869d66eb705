"""Running a handler of any of the four kinds of call inside something that is true for every call.

gRPC hands a unary handler its message only after the whole of it has arrived, however slowly, and has been parsed.
`unread` turns every handler into one that is asked before its message is read: who calls and whether it may come in is
settled first, and a message that trickles counts against the bounds of its call.
"""

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import grpc
from google.protobuf.message import DecodeError

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text

Item = TypeVar("Item")

# Generic for the type checker only.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
MaybeHandler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"
Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
Around: TypeAlias = Callable[[Context], AbstractAsyncContextManager[None]]
Read: TypeAlias = Callable[[Context], Awaitable[Any]]
"""Reads the next message of a call as bytes, `grpc.aio.EOF` at the end."""
Write: TypeAlias = Callable[[Context, Any], Awaitable[None]]
"""Writes a message of the answer."""

_NO_MESSAGE = Text("没有收到请求消息", "no request message came")
_NO_PROTOBUF = Text("请求消息无法解析", "the request message cannot be parsed")


async def read_plainly(context: Context) -> Any:
    """Read the next message, however long it takes."""
    return await context.read()


async def write_plainly(context: Context, answer: Any) -> None:
    """Write a message, however long the other side takes to make room for it."""
    await context.write(answer)


def unread(handler: Handler, read: Read = read_plainly, write: Write = write_plainly) -> Handler:
    """Return a handler for the same method, begun before any message is read.

    Args:
        read, write: how messages are read and written; may set bounds.
    """
    serve: Any = (
        handler.stream_stream
        if handler.request_streaming and handler.response_streaming
        else handler.stream_unary
        if handler.request_streaming
        else handler.unary_stream
        if handler.response_streaming
        else handler.unary_unary
    )
    parse: Callable[[bytes], Any] = handler.request_deserializer or bytes

    async def answer(_requests: Any, context: Context) -> None:
        requests = _messages(context, read, parse)
        asked = requests if handler.request_streaming else await _only(requests)
        answering = serve(asked, context)
        if inspect.isasyncgen(answering):
            async with closed_at_the_end(answering) as many:
                async for one in many:
                    await write(context, one)
        else:
            said = await answering
            if not handler.response_streaming:
                await write(context, said)

    return grpc.stream_stream_rpc_method_handler(answer, None, handler.response_serializer)


def inside(around: Around, handler: Handler) -> Handler:
    """Return `handler`, one that `unread` made, so that it runs inside `around` to its last message."""
    serve: Any = handler.stream_stream

    async def answer(requests: Any, context: Context) -> None:
        async with around(context):
            await serve(requests, context)

    return grpc.stream_stream_rpc_method_handler(answer, None, handler.response_serializer)


def ending(end: Callable[[Context], Awaitable[None]]) -> Handler:
    """Return a handler for any kind of call that does nothing but `end` it."""

    async def answer(_requests: AsyncIterator[bytes], context: Context) -> None:
        await end(context)

    return grpc.stream_stream_rpc_method_handler(answer)


@asynccontextmanager
async def closed_at_the_end(chunks: AsyncIterator[Item]) -> AsyncIterator[AsyncIterator[Item]]:
    """Let what makes `chunks` end with the block, not when memory is next tidied: it may hold a file open."""
    try:
        yield chunks
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


async def _messages(context: Context, read: Read, parse: Callable[[bytes], Any]) -> AsyncIterator[Any]:
    while (raw := await read(context)) is not grpc.aio.EOF:
        try:
            yield parse(raw)
        except DecodeError:
            raise GatewayError(Reason.MALFORMED, detail=_NO_PROTOBUF) from None


async def _only(requests: AsyncIterator[Any]) -> Any:
    first = await anext(requests, None)
    if first is None:
        raise GatewayError(Reason.MALFORMED, detail=_NO_MESSAGE)
    return first
