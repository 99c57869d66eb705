"""What is true for every call from another region.  Four wrappers, the first outermost.

    ErrorsToStatus        whatever fails ends as a status with a Problem; the unexpected as INTERNAL with a trace id
    PeerIdentityFromTls   certificate and token are one proven region, or the call ends here
    Deadline              too little time left ends the call here; otherwise it is served within a bound
    Admission             the partner's allowance has room, or the call is asked to come again (`admission`)

No message of a call is read before all four have let it pass.
Leaves to others: what the caller may do (`flows`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import grpc

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.peering.arity import Around, Context, Handler, MaybeHandler, ending, inside
from gateway.peering.bounds import HEADROOM_SECONDS, SERVED_SECONDS, SERVED_SECONDS_OTHERWISE, SHORTEST_SECONDS
from gateway.peering.callers import InProgress, proven_caller, set_caller
from gateway.peering.status import refusal_of
from gateway.peering.strangers import Strangers
from gateway.trust.identity import NOBODY_DENIED, DenyList, IdentityCache, PartnersView, identify
from gateway.trust.tokens import bearer

HEALTH = "/grpc.health.v1.Health/Check"
"""Served to whoever completed the handshake: a load balancer of the region has no token."""

_SEVERAL = Text("authorization 出现多次", "there are several authorization entries")

Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[MaybeHandler]]
ReportInternal = Callable[[str, str, BaseException], None]
"""Told the method, the trace id and the exception; logs them."""
ReportRefused = Callable[[str, GatewayError], None]
"""Told the method and why a caller was not believed; logs and counts it."""
ReportServed = Callable[[str, str, Reason | None, float], None]
"""Told of every call: the method, the proven caller or nothing, why it was refused if it was, and the seconds it took."""


class ErrorsToStatus(grpc.aio.ServerInterceptor):
    """Ends failed calls with a status that says why.

    Args:
        new_trace_id: names one unexpected failure in the answer and in the log.
        report: told of every unexpected failure; its traceback goes nowhere else.
        served: told of every call that ended.
        monotonic: seconds that no change of the clock moves.
    """

    def __init__(
        self,
        new_trace_id: Callable[[], str],
        report: ReportInternal,
        served: ReportServed = lambda _method, _caller, _reason, _seconds: None,
        monotonic: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._new_trace_id = new_trace_id
        self._report = report
        self._served = served
        self._monotonic = monotonic

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler:
        """Wrap the handler; a method that does not exist gets one that says so."""
        method = handler_call_details.method
        handler = await continuation(handler_call_details)
        if handler is None:
            absent = GatewayError(Reason.NOT_SERVED, rpc=method.rpartition("/")[2][:64])
            return ending(lambda context: _refuse(context, absent))
        return inside(self._around(method), handler)

    def _around(self, method: str) -> Around:
        @asynccontextmanager
        async def around(context: Context) -> AsyncIterator[None]:
            began, refused = self._monotonic(), None
            try:
                yield
            except GatewayError as error:
                refused = error.reason
                await _refuse(context, error)
            except grpc.aio.AbortError:
                raise
            except Exception as error:  # noqa: BLE001 - the border to other regions: nothing of ours may leak through it
                refused = Reason.INTERNAL
                trace = self._new_trace_id()
                self._report(method, trace, error)
                await _refuse(context, GatewayError(Reason.INTERNAL, trace=trace))
            finally:
                self._served(method, proven_caller(), refused, self._monotonic() - began)

        return around


@dataclass(frozen=True, slots=True)
class Doorkeeping:
    """What proving a caller needs.

    Attributes:
        partners: the view of the partner files at this moment.
        heard_from: told the region of every proven call; a hint, must not block.
        refused: told of every caller that was not believed.
        strangers: counts the calls of each certificate that proved nobody.
        denied: certificates refused by an operator.
        in_progress: the calls of proven callers, for whoever has to end them.
    """

    own_region: str
    partners: Callable[[], PartnersView]
    clock: Callable[[], datetime]
    cache: IdentityCache
    heard_from: Callable[[str], None]
    refused: ReportRefused
    strangers: Strangers
    denied: Callable[[], DenyList] = lambda: NOBODY_DENIED
    in_progress: InProgress = field(default_factory=InProgress)


class PeerIdentityFromTls(grpc.aio.ServerInterceptor):
    """Proves who is calling, once per call, before the handler sees anything."""

    def __init__(self, keeping: Doorkeeping) -> None:
        self._keeping = keeping

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> MaybeHandler:
        """Wrap the handler; health checks pass unproven, so many a minute."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        if handler_call_details.method == HEALTH:
            return inside(self._unproven, handler)
        return inside(self._around(handler_call_details), handler)

    def _around(self, details: grpc.HandlerCallDetails) -> Around:
        @asynccontextmanager
        async def around(context: Context) -> AsyncIterator[None]:
            keeping = self._keeping
            certificate = _certificate(context)
            keeping.strangers.admit(certificate)
            try:
                identity = identify(
                    certificate,
                    _token(details),
                    keeping.partners(),
                    keeping.own_region,
                    keeping.clock(),
                    keeping.cache,
                    keeping.denied(),
                )
            except GatewayError as error:
                keeping.strangers.count(certificate)
                keeping.refused(details.method, error)
                raise
            keeping.heard_from(identity.region)
            set_caller(identity)
            async with keeping.in_progress.call(identity):
                yield

        return around

    @asynccontextmanager
    async def _unproven(self, context: Context) -> AsyncIterator[None]:
        certificate = _certificate(context)
        self._keeping.strangers.admit(certificate)
        self._keeping.strangers.count(certificate)
        yield


class Deadline(grpc.aio.ServerInterceptor):
    """Gives every call a bound: the caller's, less what our answer needs, and never more than ours."""

    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> MaybeHandler:
        """Wrap the handler."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        ours = SERVED_SECONDS.get(handler_call_details.method.rpartition("/")[2], SERVED_SECONDS_OTHERWISE)

        @asynccontextmanager
        async def around(context: Context) -> AsyncIterator[None]:
            # The stub forgets that a call need not have a deadline.
            left = cast(float | None, context.time_remaining())
            if left is not None and left < SHORTEST_SECONDS:
                raise GatewayError(Reason.DEADLINE_TOO_SHORT)
            within = ours if left is None else min(left - HEADROOM_SECONDS, ours)
            timer = asyncio.timeout(within)
            try:
                async with timer:
                    yield
            except TimeoutError:
                # A TimeoutError of something within is no matter of this call's deadline.
                if not timer.expired():
                    raise
                raise GatewayError(Reason.DEADLINE_TOO_SHORT) from None

        return inside(around, handler)


async def _refuse(context: Context, error: GatewayError) -> None:
    refusal = refusal_of(error)
    await context.abort(refusal.code, refusal.message, refusal.metadata)


def _certificate(context: Context) -> bytes | None:
    presented: Any = context.auth_context().get("x509_pem_cert")
    return presented[0] if presented else None


def _token(details: grpc.HandlerCallDetails) -> str | None:
    given = [value for name, value in details.invocation_metadata or () if name == "authorization"]
    if len(given) > 1:
        # Two parties that read different ones would believe different callers.
        raise GatewayError(Reason.TOKEN_MALFORMED, detail=_SEVERAL)
    return bearer(str(given[0]) if given else None)
