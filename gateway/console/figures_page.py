"""Figures at a glance for operators: cases by day, how they stand and ended, steps against their limits; each chart has its table."""

from collections.abc import Mapping

from aiohttp import web

from gateway.case.clock.words import CLOCK_NAMES
from gateway.case.kinds import Clock, Decision
from gateway.case.states import STATE_NAMES, Party, State
from gateway.case.texts import Lang, Text
from gateway.console.call import Call
from gateway.console.charts import days_chart, steps_chart
from gateway.console.desk import Desk
from gateway.console.operation_live import figures, mark_of_figures, operation_page
from gateway.console.partners_page import span
from gateway.console.wording import word
from gateway.flows.figures import Line
from gateway.flows.step_figures import SHOWN, StepFigures

MOST_LINES = 100
SIDES = {
    Party.ORIGIN.value: Text("我方收件", "taken in here"),
    Party.HANDLER.value: Text("我方办理", "decided here"),
}
END_NAMES: Mapping[str, Text] = {
    Decision.GRANTED.value: Text("准予", "granted"),
    Decision.DENIED.value: Text("不予许可", "denied"),
}
_HIGHEST = Text("最高", "highest")


async def show_figures(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the figures of the last thirty days."""
    seen = await figures(desk)
    lang = call.lang
    names = {one.partner.code: one.partner.short_name for one in (await desk.operating.files.running()).partners}
    return desk.pages.page(
        call,
        "figures",
        seen=seen,
        totals={
            "ours": sum(one.ours for one in seen.days),
            "theirs": sum(one.theirs for one in seen.days),
            "over": sum(one.over for one in seen.days),
        },
        states=[(STATE_NAMES[State(state)].say(lang), count) for state, count in seen.states],
        total=sum(count for _, count in seen.states),
        ends=[(_end(how).say(lang), count) for how, count in seen.ends],
        ends_total=sum(count for _, count in seen.ends),
        step_names=[(clock, CLOCK_NAMES[clock].say(lang)) for clock in SHOWN],
        steps=[_step(one, lang) for one in seen.steps],
        partners=[_line(one, names.get(one.key, one.key), lang) for one in seen.partners[:MOST_LINES]],
        items=[_line(one, one.name, lang) for one in seen.items[:MOST_LINES]],
        lines_left=max(len(seen.partners), len(seen.items)) > MOST_LINES,
        live=operation_page(call, "#figures", mark_of_figures(seen), what="figures"),
    )


async def picture_of_days(desk: Desk, call: Call) -> web.StreamResponse:
    """Answer with the picture of cases by day."""
    seen = await figures(desk)
    labels = (*(text.say(call.lang) for text in SIDES.values()), word("over_by_day", call.lang))
    return _picture(days_chart(seen.days, (labels[0], labels[1], labels[2]), _HIGHEST.say(call.lang)))


async def picture_of_steps(desk: Desk, call: Call) -> web.StreamResponse:
    """Answer with the picture of steps against their limits."""
    seen = await figures(desk)
    return _picture(steps_chart([(CLOCK_NAMES[one.clock].say(call.lang), one) for one in seen.steps]))


def _picture(svg: str) -> web.Response:
    return web.Response(text=svg, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _end(how: str) -> Text:
    return END_NAMES.get(how) or STATE_NAMES[State(how)]


def _line(one: Line, name: str, lang: Lang) -> dict[str, object]:
    steps: dict[Clock, StepFigures] = {step.clock: step for step in one.steps}
    return {
        "key": one.key,
        "name": name,
        "side": SIDES[one.party].say(lang),
        "cases": one.cases,
        "ended": one.ended,
        "late": one.late,
        "in_time": round(100 * (one.cases - one.late) / one.cases),
        "steps": [_step(steps[clock], lang) if clock in steps else None for clock in SHOWN],
    }


def _step(one: StepFigures, lang: Lang) -> dict[str, object]:
    return {
        "name": CLOCK_NAMES[one.clock].say(lang),
        "cases": one.cases,
        "late": one.late,
        "used": span(one.used, lang),
        "share": one.share,
        "most": one.most,
        "light": "overdue" if one.share > 100 else "warning" if one.late else "normal",
    }
