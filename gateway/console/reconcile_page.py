"""Days compared with partners (对账) for operators: how each came out, what differed, comparing again, saying why."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta

from aiohttp import web

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.rendering import findings_by_field
from gateway.console.typed_times import day_from
from gateway.store.reconciliations import IN, OUT, Done, Outcome

SHOWN_DAYS = 35
MOST_DAYS, MOST_DIFFERENCES = 2_000, 1_000
SECONDS = 55
"""Bound of one day with one partner; what was repaired stays, the same again goes on."""
SHORTEST_REASON, LONGEST_REASON = 4, 200
OUTCOME_NAMES: Mapping[Outcome, tuple[Text, str]] = {
    Outcome.EQUAL: (Text("一致", "equal"), "normal"),
    Outcome.REPAIRED: (Text("已补救", "repaired"), "normal"),
    Outcome.WAITS: (Text("等对方补救", "theirs to repair"), "warning"),
    Outcome.DIFFERS: (Text("有差异", "differs"), "overdue"),
    Outcome.EXPLAINED: (Text("已说明", "explained"), "normal"),
    Outcome.NOT_ASKED: (Text("没有问到", "not asked"), "warning"),
}
"""What a day came to, and the colour of its light."""
WAY_NAMES: Mapping[str, Text] = {OUT: Text("我方发出", "ours to them"), IN: Text("对方发来", "theirs to us")}
KIND_NAMES: Mapping[str, Text] = {
    "not_known_there": Text("我方有回执, 对方没有这个信封", "we hold a receipt, they do not know it"),
    "not_settled_here": Text("对方已答复, 我方没有回执", "they answered, the receipt is not here"),
    "not_settled_there": Text("我方已答复, 对方没有回执", "we answered, they have no receipt"),
    "not_held_here": Text("对方有我方回执, 我方没有这个信封", "they hold our receipt, we do not know it"),
    "other_outcome": Text("两边结果不同", "another outcome or content"),
}
DONE_NAMES: Mapping[Done, Text] = {
    Done.RAISED: Text("需人工", "a person has to look"),
    Done.REPAIRED: Text("已补救", "repaired"),
    Done.LEFT_OUT: Text("补救不成, 需人工", "could not be repaired"),
    Done.THEIRS: Text("等对方补救", "theirs to repair"),
    Done.GONE: Text("已消失", "gone since"),
}


async def show_days(desk: Desk, call: Call) -> web.StreamResponse:
    """Show how the last days came out, the newest first."""
    today = day_in_china(desk.clock())
    first = today - timedelta(days=SHOWN_DAYS)
    found = await desk.operating.reconciling.reports(first, today, "", MOST_DAYS)
    everything = "all" in call.request.query
    return desk.pages.page(
        call,
        "reconciliation",
        days=[one for one in found if everything or one.outcome is not Outcome.EQUAL or one.failure],
        equal=sum(one.outcome is Outcome.EQUAL for one in found),
        everything=everything,
        outcomes=OUTCOME_NAMES,
        ways=WAY_NAMES,
        names=await _names(desk),
        askable=desk.operating.reconciling.askable(),
        yesterday=(today - timedelta(days=1)).isoformat(),
    )


async def show_day(desk: Desk, call: Call) -> web.StreamResponse:
    """Show one day with one partner, envelope by envelope."""
    return await _day_page(desk, call, None)


async def run(desk: Desk, call: Call) -> web.StreamResponse:
    """Compare one day with one partner now, then show it."""
    day, partner = _day(call.field("day")), call.field("partner")
    if partner not in desk.operating.reconciling.askable():
        raise GatewayError(Reason.PARTNER_UNKNOWN, region=partner[:20])
    try:
        async with asyncio.timeout(SECONDS):
            await desk.operating.reconciling.reconcile_day(partner, day, _actor(call))
    except TimeoutError:
        raise GatewayError(Reason.REQUEST_TIMEOUT, limit=SECONDS) from None
    raise web.HTTPSeeOther(f"/reconciliation/{partner}/{day.isoformat()}", headers=HEADERS)


async def explain(desk: Desk, call: Call) -> web.StreamResponse:
    """Keep why a day differs for good."""
    words = " ".join(call.field("reason").split())
    day, partner = _day(call.request.match_info["day"]), call.request.match_info["partner"]
    if not SHORTEST_REASON <= len(words) <= LONGEST_REASON:
        return await _day_page(desk, call, GatewayError(Reason.BAD_REQUEST, findings=[_NO_REASON], count=1))
    await desk.operating.reconciling.explain(partner, day, _actor(call), words)
    raise web.HTTPSeeOther(f"/reconciliation/{partner}/{day.isoformat()}", headers=HEADERS)


async def _day_page(desk: Desk, call: Call, error: GatewayError | None) -> web.StreamResponse:
    day, partner = _day(call.request.match_info["day"]), call.request.match_info["partner"]
    found = await desk.operating.reconciling.report(partner, day, MOST_DIFFERENCES)
    return desk.pages.page(
        call,
        "reconciliation_day",
        status=422 if error else 200,
        day=day,
        partner=partner,
        partner_name=(await _names(desk)).get(partner, partner),
        ways=found,
        way_names=WAY_NAMES,
        outcomes=OUTCOME_NAMES,
        kinds=KIND_NAMES,
        dones=DONE_NAMES,
        may_explain=error is not None or any(one.outcome is Outcome.DIFFERS for one, _ in found),
        may_run=partner in desk.operating.reconciling.askable(),
        findings=findings_by_field(error, call.lang) if error else {},
    )


async def _names(desk: Desk) -> dict[str, str]:
    return {one.partner.code: one.partner.short_name for one in (await desk.operating.files.running()).partners}


def _actor(call: Call) -> str:
    return f"person:{call.person.person.person_id}"


def _day(typed: str) -> date:
    try:
        return day_from(typed)
    except ValueError:
        raise GatewayError(Reason.BAD_REQUEST, findings=[_NO_DAY], count=1) from None


_NO_DAY = FieldFinding("day", Text("不是日期", "not a day"), Text("写成 2026-11-25", "write it as 2026-11-25"))
_NO_REASON = FieldFinding(
    "reason",
    Text("没有写原因", "there is no reason"),
    Text(
        f"{SHORTEST_REASON} 至 {LONGEST_REASON} 个字, 会记入审计",
        f"{SHORTEST_REASON} to {LONGEST_REASON} characters; the audit keeps them",
    ),
)
