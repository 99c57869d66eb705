"""Running a handler of any of the four kinds of call inside something that is true for every call."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import grpc

# Generic for the type checker only.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
MaybeHandler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"
Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
Around: TypeAlias = Callable[[Context], AbstractAsyncContextManager[None]]


def inside(around: Around, handler: Handler) -> Handler:
    """Return a handler of the same kind that runs `handler` inside `around`.

    A handler that streams its answer stays inside to its last message.
    """
    if handler.response_streaming:
        stream: Any = handler.stream_stream if handler.request_streaming else handler.unary_stream

        async def answer_many(request: Any, context: Context) -> AsyncIterator[Any]:
            async with around(context):
                async for answer in stream(request, context):
                    yield answer

        many = (
            grpc.stream_stream_rpc_method_handler if handler.request_streaming else grpc.unary_stream_rpc_method_handler
        )
        return many(answer_many, handler.request_deserializer, handler.response_serializer)
    single: Any = handler.stream_unary if handler.request_streaming else handler.unary_unary

    async def answer_once(request: Any, context: Context) -> Any:
        async with around(context):
            return await single(request, context)

    once = grpc.stream_unary_rpc_method_handler if handler.request_streaming else grpc.unary_unary_rpc_method_handler
    return once(answer_once, handler.request_deserializer, handler.response_serializer)


def ending(end: Callable[[Context], Awaitable[None]]) -> Handler:
    """Return a handler for any kind of call that does nothing but `end` it."""

    async def answer(_request: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
        await end(context)
        yield b""

    return grpc.stream_stream_rpc_method_handler(answer)
