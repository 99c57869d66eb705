"""The connection test of a partner, started from its page and followed step by step while it runs.

Without JavaScript its page is loaded again by a link; with it each step is shown as it ends (`operation_live`).
"""

from collections.abc import Mapping

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS, STATUSES
from gateway.console.operation_live import mark_of_trial, operation_page
from gateway.flows.onboarding.steps import STEPS, Fault, Mark
from gateway.flows.onboarding.trials import TrialRun

MARK_NAMES: Mapping[Mark, Text] = {
    Mark.PASSED: Text("通过", "passed"),
    Mark.WARNING: Text("提醒", "warning"),
    Mark.FAILED: Text("不通过", "failed"),
    Mark.SKIPPED: Text("未试", "not tried"),
}
MARK_CLASSES: Mapping[Mark, str] = {
    Mark.PASSED: "normal",
    Mark.WARNING: "warning",
    Mark.FAILED: "overdue",
    Mark.SKIPPED: "plain",
}
FAULT_NAMES: Mapping[Fault, Text] = {
    Fault.OURS: Text("本方", "our side"),
    Fault.THEIRS: Text("对方", "their side"),
    Fault.NETWORK: Text("两地之间的网络", "the network between"),
    Fault.BOTH: Text("双方要一致", "both must agree"),
}


async def start_trial(desk: Desk, call: Call) -> web.StreamResponse:
    """Start the connection test with a partner, or go to the one under way."""
    code = call.request.match_info["code"]
    run = await desk.operating.trials.start(code, f"person:{call.person.person.person_id}")
    raise web.HTTPSeeOther(f"/partners/{code}/test/{run.id}", headers=HEADERS)


async def show_trial(desk: Desk, call: Call) -> web.StreamResponse:
    """Show one connection test as far as it is."""
    try:
        run = desk.operating.trials.find(call.request.match_info["code"], call.request.match_info["trial"])
    except GatewayError as error:
        return desk.pages.error(call, error, STATUSES[error.row.family])
    steps = run.steps
    return desk.pages.page(
        call,
        "partner_trial",
        run=run,
        lines=_lines(run),
        count=len(STEPS),
        stopped=(run.stopped.cause.say(call.lang), run.stopped.fix.say(call.lang)) if run.stopped else (),
        mark_names=MARK_NAMES,
        mark_classes=MARK_CLASSES,
        fault_names=FAULT_NAMES,
        asks_them=any(step.fault not in (None, Fault.OURS) for step in steps),
        live=None
        if run.ended
        else operation_page(
            call, "#trial,#trial-steps,#trial-contacts", mark_of_trial(run), what="trial", code=run.code, trial=run.id
        ),
    )


def _lines(run: TrialRun) -> list[dict[str, object]]:
    """Return every step in order: those that ended, the one that is tried, those that wait."""
    ended = {one.key: one for one in run.steps}
    return [
        {
            "number": number,
            "title": title,
            "step": ended.get(key),
            "is_next": key == run.next_step,
        }
        for number, (key, title) in enumerate(STEPS.items(), 1)
    ]
