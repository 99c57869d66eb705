"""Calls as any program may make them: with any certificate or none, any token or none, and no manners of ours.

A call never raises for what the other side answered: its end is a value, and a check says what it makes of it.
Everything has a bound: `CALL_SECONDS` a call, unless the check sets another.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_status import rpc_status  # type: ignore[import-untyped]

from gateway.peering.bounds import CLIENT_OPTIONS
from gateway.peering.certificates import pem_of
from gateway.trust.tls import Certified
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2_grpc, problem_pb2

CALL_SECONDS = 20.0

Metadata: TypeAlias = Sequence[tuple[str, str]]
Stub: TypeAlias = "exchange_service_pb2_grpc.ExchangeServiceAsyncStub"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended.

    Attributes:
        response: the answer; None when the call failed.
        code: name of the gRPC status, `OK` for an answer.
        problem: the Problem in the details of the status; None when there is none or it cannot be read.
        prose: what gRPC says about it, for evidence.
    """

    response: Any
    code: str
    problem: problem_pb2.Problem | None = None
    prose: str = ""

    @property
    def reason(self) -> str:
        """The stable word of the problem, empty without one."""
        return self.problem.reason if self.problem else ""

    def __str__(self) -> str:
        return f"{self.code} {self.reason}".strip() if self.reason or not self.prose else f"{self.code} ({self.prose})"


@asynccontextmanager
async def dialled(address: str, server_name: str, roots: Iterable[Any], own: Certified | None) -> AsyncIterator["Wire"]:
    """Open a channel while the block runs; it connects with the first call.

    Args:
        roots: certificates of the authorities that may have issued the server's.
        own: our certificate; None shows none.
    """
    credentials = grpc.ssl_channel_credentials(
        pem_of(roots), own.private_pem if own else None, own.certificate_pem if own else None
    )
    options = (
        *(one for one in CLIENT_OPTIONS if one[0] not in _OURS_ALONE),
        ("grpc.max_send_message_length", -1),
        ("grpc.ssl_target_name_override", server_name),
    )
    async with grpc.aio.secure_channel(address, credentials, options=options) as channel:
        yield Wire(channel)


# The other side's bounds are what is checked, so none of ours may come first.
_OURS_ALONE = ("grpc.max_send_message_length", "grpc.max_metadata_size", "grpc.absolute_max_metadata_size")


class Wire:
    """A channel to the gateway under test."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self._stub: Stub = exchange_service_pb2_grpc.ExchangeServiceStub(channel)

    async def ask(self, rpc: str, request: Message, metadata: Metadata, seconds: float = CALL_SECONDS) -> Ended:
        """Make a call of one message each way."""
        call = getattr(self._stub, rpc)(request, timeout=seconds, metadata=tuple(metadata))
        return await _ended(call)

    async def ask_unknown(self, method: str, metadata: Metadata) -> Ended:
        """Call a method by its full name, with an empty message."""
        unknown: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(method)
        call = unknown(b"", timeout=CALL_SECONDS, metadata=tuple(metadata))
        return await _ended(call)

    async def put(
        self,
        messages: Sequence[pb.PutMaterialRequest],
        metadata: Metadata,
        *,
        stay: bool = False,
        seconds: float = CALL_SECONDS,
    ) -> Ended:
        """Upload these messages.

        Args:
            stay: leave the call open without another byte until the other side ends it.
        """
        call = self._stub.PutMaterial(timeout=seconds, metadata=tuple(metadata))
        try:
            for one in messages:
                await call.write(one)
            if not stay:
                await call.done_writing()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            pass  # it has answered already; what it said comes below
        return await _ended(call)

    async def get(self, request: pb.GetMaterialRequest, metadata: Metadata, most: int) -> tuple[Ended, bytes]:
        """Download, at most `most` bytes and one message more; return how it ended and what came."""
        call = self._stub.GetMaterial(request, timeout=CALL_SECONDS, metadata=tuple(metadata))
        came = bytearray()
        try:
            async for answer in call:
                came += answer.chunk
                if len(came) > most:
                    break
        except grpc.aio.AioRpcError as error:
            return _failed(error), bytes(came)
        finally:
            call.cancel()
        return Ended(None, "OK"), bytes(came)


async def _ended(call: Any) -> Ended:
    try:
        return Ended(await call, "OK")
    except grpc.aio.AioRpcError as error:
        return _failed(error)
    finally:
        call.cancel()


def _failed(error: grpc.aio.AioRpcError) -> Ended:
    return Ended(None, error.code().name, _problem_in(error), (error.details() or "")[:200])


def _problem_in(error: grpc.aio.AioRpcError) -> problem_pb2.Problem | None:
    try:
        # The stub of the library knows only the blocking call; the aio error has the same three methods.
        status = rpc_status.from_call(cast(grpc.Call, error))
        for detail in status.details if status else ():
            problem = problem_pb2.Problem()
            if detail.Unpack(problem):
                return problem
    except (DecodeError, ValueError):
        pass
    return None
