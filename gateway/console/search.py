"""Searching cases, and taking the list along as a file.

What is typed travels in the body: names and numbers of people stand in no address, and so in no log or history.  A saved view
(`search_views`) has nothing of the kind in it, and an address of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from aiohttp import web

from gateway.case.code.numbers import check_case_number, read_case_number
from gateway.case.days import CHINA, day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.states import STATE_NAMES, Party, State
from gateway.case.texts import Lang, Text
from gateway.console.call import Call
from gateway.console.cases import Line, line_of
from gateway.console.desk import Desk
from gateway.console.export import CSV, XLSX, file_of
from gateway.console.rendering import findings_by_field, moment
from gateway.console.typed_times import day_from, moment_from
from gateway.console.wording import word
from gateway.flows.look import Listed
from gateway.flows.people.saving_views import KEPT
from gateway.flows.people.searching import Sought
from gateway.store.case_lists import Counted
from gateway.store.saved_views import SavedView

A_PAGE = 50
LONGEST = 100
HEADS = (
    "case_number",
    "export_our_number",
    "their_number",
    "basic_code",
    "item",
    "applicant",
    "origin_place",
    "handler_place",
    "state",
    "light",
    "left",
    "taken_in_at",
)
FIELDS = ("number", "name", "id_number", "item", "partner", "state", "from", "to", "within")
WITHIN = (7, 30, 90, 365)
"""Lately: so many days up to today."""


async def show_search(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the empty form."""
    return await search_page(desk, call, dict.fromkeys(FIELDS, ""), done="removed" in call.request.query)


async def search(desk: Desk, call: Call) -> web.StreamResponse:
    """Show what was found, a page at a time."""
    return await found_page(desk, call, _typed(call))


async def found_page(
    desk: Desk, call: Call, typed: Mapping[str, str], view: SavedView | None = None, *, done: bool = False
) -> web.Response:
    """Return the page with what was found."""
    try:
        sought = _sought(typed, day_in_china(desk.clock()))
    except GatewayError as error:
        return await search_page(desk, call, typed, error=error, view=view)
    name = view.view_id if view else ""
    found = await desk.searching.search(call.person.person, sought, A_PAGE + 1, _after(call), name)
    full = found.cases[A_PAGE - 1][0] if len(found.cases) > A_PAGE else None
    mark = (full.opened_at, full.case_id) if full else found.reached
    return await search_page(
        desk,
        call,
        typed,
        lines=[line_of(desk, one, call.lang) for one in found.cases[:A_PAGE]],
        after=(mark[0].isoformat(), mark[1]) if mark else None,
        reached=found.reached[0] if found.reached and not full else None,
        counted=found.counted,
        view=view,
        done=done,
    )


async def export(desk: Desk, call: Call) -> web.StreamResponse:
    """Answer with a file of everything that was found, for a stated reason."""
    typed = _typed(call)
    kind = XLSX if call.field("kind") == XLSX else CSV
    try:
        found = await desk.searching.export(
            call.person.person, _sought(typed, day_in_china(desk.clock())), call.field("reason"), kind
        )
    except GatewayError as error:
        if error.reason is not Reason.BAD_REQUEST:
            raise
        return await search_page(desk, call, typed, error=error)
    day = day_in_china(desk.clock()).isoformat()
    return await file_of(_table(desk, found, call.lang), kind, f"cases-{desk.region}-{day}")


async def search_page(
    desk: Desk,
    call: Call,
    typed: Mapping[str, str],
    *,
    lines: Sequence[Line] | None = None,
    after: tuple[str, str] | None = None,
    reached: datetime | None = None,
    counted: Counted | None = None,
    view: SavedView | None = None,
    done: bool = False,
    error: GatewayError | None = None,
) -> web.Response:
    """Return the page of searches: its form, one's views, what was found."""
    return desk.pages.page(
        call,
        "search",
        status=422 if error else 200,
        typed=typed,
        states=[(state.value, STATE_NAMES[state].say(call.lang)) for state in State],
        within=WITHIN,
        lines=lines,
        after=after,
        reached=reached,
        counted=counted,
        views=await desk.views.of(call.person.person),
        view=view,
        may_save=any(typed[name] for name in KEPT),
        view_name=call.field("view_name") or (view.name if view else ""),
        kept=KEPT,
        done="yes" if done else "",
        reason=call.field("reason"),
        findings=findings_by_field(error, call.lang) if error else {},
    )


def _typed(call: Call) -> dict[str, str]:
    return {name: call.field(name) for name in FIELDS}


def _sought(typed: Mapping[str, str], today: date) -> Sought:
    """Return what is looked for.  Raises BAD_REQUEST with a finding for each field that cannot be."""
    findings = [FieldFinding(name, _TOO_LONG, _SHORTER) for name, value in typed.items() if len(value) > LONGEST]
    if typed["state"] and typed["state"] not in {state.value for state in State}:
        findings.append(FieldFinding("state", _NO_STATE, _CHOOSE))
    days: dict[str, date | None] = {}
    for name in ("from", "to"):
        try:
            days[name] = day_from(typed[name]) if typed[name] else None
        except ValueError:
            findings.append(FieldFinding(name, _NO_DAY, _WRITE_DAY))
    first, last = days.get("from"), days.get("to")
    if first and last and first > last:
        findings.append(FieldFinding("to", _WRONG_WAY, _SWAP))
    if typed["within"]:
        if typed["within"] not in map(str, WITHIN):
            findings.append(FieldFinding("within", _NO_SPAN, _CHOOSE))
        elif typed["from"] or typed["to"]:
            findings.append(FieldFinding("within", _TWO_SPANS, _ONE_SPAN))
        else:
            first = today - timedelta(days=int(typed["within"]) - 1)
    if findings:
        raise GatewayError(Reason.BAD_REQUEST, findings=findings, count=len(findings))
    number = read_case_number(typed["number"])
    return Sought(
        number=typed["number"] if check_case_number(number) else number,
        name=typed["name"],
        id_number=typed["id_number"],
        basic_code=typed["item"],
        partner=typed["partner"],
        state=typed["state"],
        opened_from=_midnight(first) if first else None,
        opened_to=_midnight(last) + timedelta(days=1) if last else None,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


def _after(call: Call) -> tuple[datetime, str] | None:
    try:
        at = moment_from(call.field("after_at"))
    except ValueError:
        return None
    return (at, call.field("after_case")) if at.tzinfo else None


def _table(desk: Desk, found: list[Listed], lang: Lang) -> list[list[str]]:
    table = [[word(name, lang) for name in HEADS]]
    for one in found:
        row, line = one[0], line_of(desk, one, lang)
        places = [desk.divisions.named(row.origin_division), desk.divisions.named(row.handler_division)]
        numbers = [row.origin_number, row.handler_number]
        if row.party is Party.HANDLER:
            numbers.reverse()
        cells = [row.case_id, *numbers, row.basic_code, row.item_name, line.applicant, *places]
        table.append([*cells, line.state, line.light_name, line.left, moment(row.opened_at)])
    return table


_TOO_LONG = Text("太长", "too long")
_SHORTER = Text(f"最多 {LONGEST} 个字", f"{LONGEST} characters at the most")
_NO_STATE = Text("没有这个状态", "there is no such state")
_CHOOSE = Text("从列表中选择", "choose one from the list")
_NO_SPAN = Text("没有这个范围", "there is no such span")
_TWO_SPANS = Text("与收件日期重复", "there are days of taking in as well")
_ONE_SPAN = Text("只填其中一种", "give one of the two")
_NO_DAY = Text("不是日期", "not a day")
_WRITE_DAY = Text("写成 2026-11-25", "write it as 2026-11-25")
_WRONG_WAY = Text("截止日期早于起始日期", "the last day is before the first")
_SWAP = Text("对调两个日期", "swap the two")
