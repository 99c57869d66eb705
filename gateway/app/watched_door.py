"""What is counted and traced of every request at the local door; the answer itself is not touched."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from gateway.case.reasons import Reason
from gateway.local.api import REFUSED
from gateway.local.requests import TRACEPARENT
from gateway.telemetry import Metrics, Role, Spans, measures

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def watch_door(app: web.Application, metrics: Metrics, spans: Spans, monotonic: Callable[[], float]) -> None:
    """Have every request of an application counted, timed and, where anybody collects, traced.

    Args:
        monotonic: seconds that no change of the clock moves.
    """
    metrics.learn("route", (resource.name for resource in app.router.resources() if resource.name))
    app.middlewares.insert(0, _watched(metrics, spans, monotonic))


def _watched(metrics: Metrics, spans: Spans, monotonic: Callable[[], float]) -> Middleware:
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        began, status = monotonic(), 500
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            route = request.match_info.route.name or ""
            metrics.observe(measures.HTTP_SECONDS, route, f"{status // 100}xx", value=monotonic() - began)
        reason = response.get(REFUSED)
        if reason:
            metrics.refused("local", Reason(reason))
        return response

    async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        path = resource.canonical if resource else "unknown"
        span = spans.begin(
            f"{request.method} {path}",
            Role.SERVER,
            request.headers.get("traceparent", ""),
            method=request.method,
            route=path,
        )
        request[TRACEPARENT] = span.traceparent
        try:
            response = await answered(request, handler)
        except BaseException as error:
            span.end(type(error).__name__)
            raise
        span.note(status=response.status)
        span.end(response.get(REFUSED, ""))
        return response

    @web.middleware
    async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
        if spans.on and request.match_info.http_exception is None:
            return await traced(request, handler)
        return await answered(request, handler)

    return watched
