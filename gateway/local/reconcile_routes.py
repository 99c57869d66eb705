"""Comparing days with partners (对账), on the operators' socket alone; not in the OpenAPI description.

GET  /v1/reconciliations                    ?first=&last=&partner=: how days came out, the newest first
GET  /v1/reconciliations/{partner}/{day}    one day with what differed
GET  /v1/reconciliations/askable            whom this gateway can compare with
POST /v1/reconciliations/run                {"partner", "day", "by"}: one day with one partner, now
POST /v1/reconciliations/explain            {"partner", "day", "by", "reason"}: why it differs for good
"""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Protocol

from aiohttp import web
from pydantic import StringConstraints, TypeAdapter

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.reconciling.explain import LONGEST
from gateway.local.canonical_in import bad_request
from gateway.local.canonical_out import Json, encode, instant
from gateway.local.case_body import Shape
from gateway.local.operator_body import Who, operator_body
from gateway.local.requests import JSON
from gateway.store.reconciliations import Compared, Difference

MOST_DAYS, MOST_DIFFERENCES = 5_000, 5_000
SHOWN_DAYS = 35
SECONDS = 55
"""Bound of one day with one partner; what was repaired stays, the same again goes on."""

Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Reconciling(Protocol):
    """What the routes set off."""

    async def reconcile_day(self, code: str, day: date, by: str) -> list[Compared]:
        """Reconcile one day with one partner."""

    async def explain(self, code: str, day: date, by: str, words: str) -> int:
        """Say why a day differs."""

    async def reports(self, first: date, last: date, partner: str, limit: int) -> list[Compared]:
        """Return how days came out."""

    async def report(self, code: str, day: date, limit: int) -> list[tuple[Compared, list[Difference]]]:
        """Return one day."""

    def askable(self) -> list[str]:
        """Return whom this gateway can compare with."""


class RunBody(Shape):
    """One day with one partner."""

    partner: Code
    day: Day
    by: Who = "operator"


class ExplainBody(Shape):
    """Why one day differs."""

    partner: Code
    day: Day
    reason: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    by: Who = "operator"


_RUN: TypeAdapter[RunBody] = TypeAdapter(RunBody)
_EXPLAIN: TypeAdapter[ExplainBody] = TypeAdapter(ExplainBody)


def add_reconcile_routes(app: web.Application, reconciling: Reconciling, clock: Callable[[], datetime]) -> None:
    """Add the routes to the operators' application."""

    async def listed(request: web.Request) -> web.Response:
        today = day_in_china(clock())
        first = _day(request.query.get("first", (today - timedelta(days=SHOWN_DAYS)).isoformat()), "first")
        last = _day(request.query.get("last", today.isoformat()), "last")
        found = await reconciling.reports(first, last, request.query.get("partner", ""), MOST_DAYS)
        return _json({"at": instant(clock()), "days": [day_content(one) for one in found]})

    async def one(request: web.Request) -> web.Response:
        day = _day(request.match_info["day"], "day")
        found = await reconciling.report(request.match_info["partner"], day, MOST_DIFFERENCES)
        return _json({"days": [_with_differences(*one) for one in found]})

    async def askable(_: web.Request) -> web.Response:
        return _json({"today": day_in_china(clock()).isoformat(), "partners": reconciling.askable()})

    async def run(request: web.Request) -> web.Response:
        asked = await operator_body(request, _RUN)
        try:
            async with asyncio.timeout(SECONDS):
                day = _day(asked.day, "day")
                found = await reconciling.reconcile_day(asked.partner, day, f"staff:{asked.by}")
        except TimeoutError:
            raise GatewayError(Reason.REQUEST_TIMEOUT, limit=SECONDS) from None
        return _json({"days": [day_content(one) for one in found]})

    async def explain(request: web.Request) -> web.Response:
        asked = await operator_body(request, _EXPLAIN)
        day = _day(asked.day, "day")
        words = asked.reason.strip()
        changed = await reconciling.explain(asked.partner, day, f"staff:{asked.by}", words)
        return _json({"explained": changed})

    app.router.add_get("/v1/reconciliations", listed)
    app.router.add_get("/v1/reconciliations/askable", askable)
    app.router.add_get("/v1/reconciliations/{partner}/{day}", one)
    app.router.add_post("/v1/reconciliations/run", run)
    app.router.add_post("/v1/reconciliations/explain", explain)


def day_content(one: Compared) -> Json:
    """Return how one day with a partner came out in one direction."""
    return {
        "day": one.day.isoformat(),
        "partner": one.partner,
        "direction": one.direction,
        "outcome": one.outcome.value,
        "here": {"count": one.our_count, "digest": one.our_digest.hex()},
        "there": {"count": one.their_count, "digest": one.their_digest.hex()},
        "waiting": one.waiting,
        "differences": one.differences,
        "tried_at": instant(one.tried_at) if one.tried_at else None,
        "compared_at": instant(one.compared_at) if one.compared_at else None,
        "failure": one.failure,
        "explained_by": one.explained_by,
        "explanation": one.explanation,
    }


def _with_differences(one: Compared, differences: list[Difference]) -> Json:
    shown = [
        {
            "envelope_id": this.envelope_id,
            "kind": this.kind,
            "here": this.ours,
            "there": this.theirs,
            "done": this.done.value,
            "found_at": instant(this.found_at) if this.found_at else None,
            "done_at": instant(this.done_at) if this.done_at else None,
        }
        for this in differences
    ]
    return {**day_content(one), "envelopes": shown}


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        problem = Text("不是日期", "not a day")
        fix = Text("写成 2026-11-25", "write it as 2026-11-25")
        raise bad_request((FieldFinding(name, problem, fix),)) from None


def _json(content: object) -> web.Response:
    return web.Response(body=encode(content), content_type=JSON)
