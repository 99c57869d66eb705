"""The HTTP application of the local door: routes, who may use them, deadlines, errors as problems.

Every request is answered within its route's deadline; every error, an unknown address included, is a problem.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import orjson
import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Lang
from gateway.local.callers import caller_of, require
from gateway.local.description import DESCRIPTION
from gateway.local.door import Call, Door, Health, LocalFlows, VerifyLocalToken
from gateway.local.openapi import describe_routes
from gateway.local.problems import preferred_language, problem_of
from gateway.local.requests import BATCH_BYTES, trace_of
from gateway.local.route import Route
from gateway.local.routes import ROUTES
from gateway.local.systems import System, Systems
from gateway.telemetry.logs import Said

TRACE_HEADER = "Tongban-Trace"
REFUSED = web.ResponseKey("refused", str)
"""The stable word of an answer that tells an error."""

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

_TRACE = web.RequestKey("trace", str)

_log = structlog.get_logger("tongban.local")


def local_app(
    flows: LocalFlows,
    systems: Callable[[], Systems],
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    health: Health,
    verify_token: VerifyLocalToken | None = None,
    caller_of_request: Callable[[web.Request], System] | None = None,
    routes: tuple[Route, ...] = ROUTES,
) -> web.Application:
    """Return the application, not yet listening.

    Args:
        systems: gives the snapshot in force; asked once for each request.
        new_id: makes a UUIDv7 in text form; names traces.
        verify_token: proves tokens of local systems; without it only API keys are believed.
        caller_of_request: proves the caller another way, where opening the connection is proof enough.
    """
    door = Door(flows, systems, clock, new_id, health, verify_token)
    app = web.Application(middlewares=[_problems(door)], client_max_size=BATCH_BYTES)
    app[DESCRIPTION] = orjson.dumps(describe_routes(routes))
    for route in routes:
        app.router.add_route(route.method, route.path, _answer(door, route, caller_of_request), name=route.name)
    return app


def _answer(door: Door, route: Route, caller_of_request: Callable[[web.Request], System] | None) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        trace, traceparent = trace_of(request, door.new_id())
        request[_TRACE] = trace
        caller = caller_of_request(request) if caller_of_request else _caller(door, route, request)
        call = Call(request, caller, _language(request), trace, traceparent)
        bound = structlog.contextvars.bind_contextvars(trace=trace)
        try:
            async with asyncio.timeout(route.deadline):
                response = await route.handler(door, call)
        except TimeoutError:
            raise GatewayError(Reason.REQUEST_TIMEOUT, limit=route.deadline) from None
        finally:
            structlog.contextvars.reset_contextvars(**bound)
        if not response.prepared:
            response.headers[TRACE_HEADER] = trace
        return response

    return answer


def _caller(door: Door, route: Route, request: web.Request) -> System | None:
    header = request.headers.get("Authorization", "")
    may = route.may or (route.may_instead if header else None)
    if may is None:
        return None
    caller = caller_of(header, door.systems(), door.clock(), door.verify_token)
    require(caller, may)
    return caller


def _problems(door: Door) -> Middleware:
    @web.middleware
    async def problems(request: web.Request, handler: Answer) -> web.StreamResponse:
        try:
            return await handler(request)
        except GatewayError as error:
            return _told(request, error, door)
        except web.HTTPMethodNotAllowed as error:
            allowed = ", ".join(sorted(error.allowed_methods))
            return _told(request, GatewayError(Reason.METHOD_NOT_ALLOWED, allow=allowed), door)
        except web.HTTPNotFound:
            return _told(request, GatewayError(Reason.ROUTE_UNKNOWN), door)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception:  # noqa: BLE001 - the last net: told as INTERNAL, logged in full
            trace = _trace(request, door)
            _log.exception(Said.INTERNAL, trace=trace, method=request.method, route=_route_name(request))
            return _told(request, GatewayError(Reason.INTERNAL, trace=trace), door)

    return problems


def _told(request: web.Request, error: GatewayError, door: Door) -> web.Response:
    trace = _trace(request, door)
    problem = problem_of(error, trace, _language(request))
    reason, route = error.reason.value, _route_name(request)
    _log.info(Said.REQUEST_REFUSED, reason=reason, status=problem.status, trace=trace, route=route)
    response = problem.response(without_body=request.method == "HEAD")
    response.headers[TRACE_HEADER] = trace
    response[REFUSED] = reason
    return response


def _trace(request: web.Request, door: Door) -> str:
    return request[_TRACE] if _TRACE in request else trace_of(request, door.new_id())[0]


def _language(request: web.Request) -> Lang:
    return preferred_language(request.headers.get("Accept-Language", ""))


def _route_name(request: web.Request) -> str:
    return request.match_info.route.name or ""
