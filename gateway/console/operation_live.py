"""Pages of operators that keep up by themselves: partners, one partner, the queue, figures, a connection test (`live`).

Many who watch the same cost one look: it is shared for `PARTNERS`, `QUEUE` and `FIGURES` seconds, which is also how old the mark
of a page may be.  A mark leaves out what only says how long ago something was: a page is not fetched anew for a minute gone by.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.live import follow
from gateway.console.live_page import LivePage, mark_of_list
from gateway.flows.figures import Figures
from gateway.flows.onboarding.trials import TrialRun
from gateway.flows.partner_files.running import FilesRunning
from gateway.flows.queue.view import Overview
from gateway.flows.standing.view import BothViews

PARTNERS, QUEUE, FIGURES = 5.0, 3.0, 60.0
STEP_SECONDS = 0.2
"""From the end of a step to its being shown: steps that end within it are shown together."""
PATH = "/live/operations"
FIGURE_DAYS = 30


def operation_page(call: Call, parts: str, mark: str, **what: str) -> LivePage:
    """Return how a page of operators is kept as things are."""
    return LivePage(f"{PATH}?{urlencode({**what, 'mark': mark})}", call.request.path_qs, parts)


async def stream(desk: Desk, call: Call) -> web.StreamResponse:
    """Tell a page that it has changed, until it is closed."""
    asked = call.request.query
    what, code = asked.get("what", ""), asked.get("code", "")[:20]
    if what == "trial":
        following = _Following(desk.operating.trials.find(code, asked.get("trial", "")))
        return await follow(desk, call, following.look, following.told, STEP_SECONDS)
    looks: dict[str, Callable[[], Awaitable[str]]] = {
        "partners": lambda: _partners(desk),
        "partner": lambda: _partner(desk, code),
        "queue": lambda: _queue(desk),
        "figures": lambda: _figures(desk),
    }
    if what not in looks:
        raise GatewayError(Reason.BAD_REQUEST, findings=[_NOTHING], count=1)
    return await follow(desk, call, looks[what])


async def every_partner(desk: Desk) -> list[BothViews]:
    """Return every partner from both sides, as of a few seconds ago at most."""
    return await desk.operating.looks.look("partners", PARTNERS, desk.operating.standing.both_views)


async def figures(desk: Desk) -> Figures:
    """Return the figures, as of a minute ago at most: they are counted from thousands of cases."""
    return await desk.operating.looks.look("figures", FIGURES, lambda: desk.operating.figures(FIGURE_DAYS))


def mark_of_partners(found: list[BothViews], files: FilesRunning) -> str:
    """Return what is another when the page of partners shows something else."""
    runs = [
        (one.partner.code, one.version and one.version.version, one.held_back, one.closed) for one in files.partners
    ]
    return mark_of_list(([_seen(one) for one in found], runs, files.reload.at))


def mark_of_partner(one: BothViews) -> str:
    """Return what is another when the page of a partner shows something else."""
    return mark_of_list((_seen(one), one.view.told_at, one.view.failed_at, one.standing.failures, one.differing))


def mark_of_queue(seen: Overview) -> str:
    """Return what is another when the page of the queue shows something else."""
    partners = [
        (one.standing.code, one.standing.circuit, one.waiting, one.held, one.parked, one.aside) for one in seen.partners
    ]
    groups = [(one.cause.word, one.kept_back, one.count, one.partners) for one in seen.groups]
    return mark_of_list((partners, groups, [one.hold_id for one in seen.holds]))


def mark_of_figures(seen: Figures) -> str:
    """Return what is another when the page of figures shows something else."""
    return mark_of_list((seen.days, seen.states, seen.partners, seen.items, seen.steps))


def mark_of_trial(run: TrialRun) -> str:
    """Return what is another when the page of a connection test shows something else."""
    return f"{len(run.steps)}{'-over' if run.ended else ''}"


def _seen(one: BothViews) -> tuple[object, ...]:
    told, backlog = one.view.told, one.standing.backlog
    words = [this.word for this in one.wrong]
    return one.partner.code, one.light, words, backlog.owed, backlog.held, told.queued, one.alike, one.papers_end


@dataclass(slots=True)
class _Following:
    """A page that follows one connection test.

    Attributes:
        shown: the mark of the last look; is_over: it showed the end, and nothing more will change.
    """

    run: TrialRun
    looks: int = 0
    shown: str = ""
    is_over: bool = False

    async def look(self) -> str:
        if self.is_over:
            raise GatewayError(Reason.TRIAL_UNKNOWN)
        self.looks += 1
        self.shown = mark_of_trial(self.run)
        # The first look only finds out whether there is something to follow; the page is told from the second on.
        self.is_over = self.looks > 1 and self.run.ended is not None
        return self.shown

    async def told(self) -> None:
        while self.run.ended is None and mark_of_trial(self.run) == self.shown:
            await self.run.news()


async def _partners(desk: Desk) -> str:
    return mark_of_partners(await every_partner(desk), await desk.operating.files.running())


async def _partner(desk: Desk, code: str) -> str:
    found = await desk.operating.standing.both_views(code) if code else []
    if not found:
        raise GatewayError(Reason.PARTNER_UNKNOWN, region=code)
    return mark_of_partner(found[0])


async def _queue(desk: Desk) -> str:
    return mark_of_queue(await desk.operating.looks.look("queue", QUEUE, desk.operating.queue.overview))


async def _figures(desk: Desk) -> str:
    return mark_of_figures(await figures(desk))


_NOTHING = FieldFinding(
    "what", Text("没有说明要看什么", "it is not said what is watched"), Text("从页面打开", "open it from a page")
)
