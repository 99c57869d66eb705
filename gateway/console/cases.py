"""Lists of cases: what waits for me first, and the tabs of each desk."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aiohttp import web

from gateway.case.clock.limits import case_light
from gateway.case.clock.words import LIGHT_NAMES, Light
from gateway.case.code.numbers import grouped
from gateway.case.staff import Right
from gateway.case.states import FINAL, STATE_NAMES, Party, State
from gateway.case.texts import Lang, Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.live_page import live_page, mark_of_list
from gateway.flows.look import Listed
from gateway.store.case_lists import Filter

A_PAGE = 50
ANY_DAY = datetime(9000, 1, 1, tzinfo=UTC)
PRESSING_WITHIN = timedelta(days=7)
"""超期预警 shows what ends within a week, or has ended."""
PRESSING = Text("一周内到期或已超期的, 最急的在前", "Due within a week, or overdue; the most pressing first")


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a desk: the cases in some states, or those that press; `first_due` lists by what runs out first."""

    title: Text
    states: tuple[State, ...] = ()
    pressing: bool = False
    first_due: bool = False


_ENDED = tuple(state for state in State if state in FINAL)
HANDLER_TABS: Mapping[str, Tab] = {
    "to_sign": Tab(Text("待签收", "To sign off"), (State.AWAITING_SIGN_OFF,)),
    "to_do": Tab(Text("待办", "To do"), (State.WITH_HANDLER,)),
    "in_work": Tab(Text("在办", "In work"), (State.ACCEPTED, State.IN_PROCESS, State.SUPPLEMENT_REQUESTED)),
    "suspended": Tab(Text("挂起", "Suspended"), (State.SUSPENDED,)),
    "pressing": Tab(Text("超期预警", "Soon due or overdue"), pressing=True),
    "to_deliver": Tab(Text("待送达", "To deliver"), (State.GRANTED, State.DENIED, State.AWAITING_DELIVERY)),
    "ended": Tab(Text("已办结", "Ended"), _ENDED),
    "all": Tab(Text("全部", "All")),
}
WINDOW_TABS: Mapping[str, Tab] = {
    "mine": Tab(
        Text("等我处理", "Waits for me"),
        (
            State.SUPPLEMENT_REQUESTED,
            State.UNDELIVERABLE,
            State.GRANTED,
            State.DENIED,
            State.AWAITING_DELIVERY,
        ),
        first_due=True,
    ),
    "to_supplement": Tab(Text("待补正", "To supplement"), (State.SUPPLEMENT_REQUESTED,)),
    "on_the_way": Tab(Text("转办中", "On the way"), (State.RECEIVED, State.FORWARDED, State.UNDELIVERABLE)),
    "with_them": Tab(
        Text("对方办理中", "With the handler"),
        (State.AWAITING_SIGN_OFF, State.WITH_HANDLER, State.ACCEPTED, State.IN_PROCESS, State.SUSPENDED),
    ),
    "pressing": Tab(Text("超期预警", "Soon due or overdue"), pressing=True),
    "to_deliver": Tab(Text("待送达", "To deliver"), (State.GRANTED, State.DENIED, State.AWAITING_DELIVERY)),
    "ended": Tab(Text("已结束", "Ended"), _ENDED),
    "all": Tab(Text("全部", "All")),
}
DESKS: Mapping[Party, tuple[Right, Mapping[str, Tab]]] = {
    Party.ORIGIN: (Right.SEE_OWN_CASES, WINDOW_TABS),
    Party.HANDLER: (Right.SEE_THEIR_CASES, HANDLER_TABS),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One case of a list, in words."""

    case_id: str
    number: str
    item: str
    applicant: str
    other: str
    state: str
    light: Light
    light_name: str
    left: str
    opened_at: object


async def show_window_cases(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the cases this place took in."""
    return await _show(desk, call, Party.ORIGIN)


async def show_handler_cases(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the cases this place decides."""
    return await _show(desk, call, Party.HANDLER)


async def _show(desk: Desk, call: Call, party: Party) -> web.StreamResponse:
    _, tabs = DESKS[party]
    chosen, lines, more = shown = await shown_in(desk, call, party)
    return desk.pages.page(
        call,
        "cases",
        title=_TITLES[party],
        about=PRESSING if tabs[chosen].pressing else None,
        tabs=[(name, one.title, name == chosen) for name, one in tabs.items()],
        lines=lines,
        more=more,
        views=await desk.views.of(call.person.person),
        party=party.value,
        live=live_page(call, "#cases", mark_of_list(shown), side=party.value, tab=chosen),
    )


async def shown_in(desk: Desk, call: Call, party: Party) -> tuple[str, list[Line], bool]:
    """Return what the chosen tab of a desk shows: its name, its lines, and whether there are more."""
    _, tabs = DESKS[party]
    chosen = call.request.query.get("tab", next(iter(tabs)))
    tab = tabs.get(chosen) or tabs[chosen := next(iter(tabs))]
    wanted = Filter(
        party=party.value,
        states=tuple(state.value for state in tab.states),
        due_before=desk.clock() + PRESSING_WITHIN if tab.pressing else None,
    )
    person = call.person.person
    found = await desk.cases.list(person, replace(wanted, due_before=ANY_DAY), A_PAGE + 1) if tab.first_due else []
    reached = None
    if len(found) <= A_PAGE:
        # Of some no clock runs: they follow, the newest first.
        there = {one[0].case_id for one in found}
        rest, reached = await desk.cases.page(person, wanted, A_PAGE + 1 + len(there))
        found += [one for one in rest if one[0].case_id not in there]
    return chosen, [line_of(desk, one, call.lang) for one in found[:A_PAGE]], len(found) > A_PAGE or reached is not None


def line_of(desk: Desk, listed: Listed, lang: Lang) -> Line:
    """Return one case of a list in words."""
    row, name, clocks = listed
    light = case_light(clocks)
    running = [one for one in clocks if one.ended is None and one.due]
    first = min(running, key=lambda one: (one.due is None, one.due), default=None)
    other = row.handler_division if row.party is Party.ORIGIN else row.origin_division
    return Line(
        case_id=row.case_id,
        number=grouped(row.case_id),
        item=row.item_name,
        applicant=name,
        other=desk.divisions.named(other),
        state=STATE_NAMES[row.standing.state].say(lang),
        light=light,
        light_name=LIGHT_NAMES[light].say(lang),
        left=first.words.say(lang) if first else "",
        opened_at=row.opened_at,
    )


_TITLES = {
    Party.ORIGIN: Text("我的收件", "Cases taken in here"),
    Party.HANDLER: Text("我的办件", "Cases decided here"),
}
