"""Pages of notices (文书): which a case gives rise to, and each of them as a page to print or as PDF."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from gateway.case.code.numbers import grouped
from gateway.case.errors import GatewayError
from gateway.case.events import Delivered
from gateway.case.notice.kinds import NOTICE_NAMES, UNNUMBERED, NoticeKind
from gateway.case.notice.sheet import Sheet
from gateway.case.reasons import Reason
from gateway.case.states import Party
from gateway.case.texts import Lang
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.progress_code import code_address
from gateway.console.rendering import findings_by_field
from gateway.console.window_slip import slip_rows
from gateway.console.wording import word
from gateway.flows.look import CaseView
from gateway.flows.notices.offering import Offered, notice_in
from gateway.flows.notices.printing import Wanted
from gateway.flows.people.acting import acts_of

PDF = "application/pdf"


async def listed_notices(desk: Desk, call: Call, view: CaseView) -> list[dict[str, Any]]:
    """Return the notices of a case for its page, in the order of what happened."""
    offered = await desk.papers.printing.offered(call.person.person, view)
    return [_line(view, one, call.lang) for one in offered]


async def show_notice(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the page of one notice: its number, what was printed before, and the form that prints it."""
    view = await desk.cases.open(call.person.person, call.request.match_info["case"])
    return await _frame(desk, call, view)


async def print_notice(desk: Desk, call: Call) -> web.StreamResponse:
    """Put a notice on paper: as a page, or as PDF."""
    person, case_id = call.person.person, call.request.match_info["case"]
    as_pdf = call.field("do") == "pdf"
    kind, event_id = _named(call)
    if as_pdf:
        desk.papers.pdfs.need()
    wanted = Wanted(kind, event_id, call.field("reason"), call.field("once")[:100], "pdf" if as_pdf else "page")
    try:
        sheet, copy = await desk.papers.printing.issue(person, case_id, wanted)
    except GatewayError as error:
        if not error.findings:
            raise
        view = await desk.papers.printing.look(person, case_id)
        return await _frame(desk, call, view, status=422, findings=findings_by_field(error, call.lang))
    if as_pdf:
        made = await desk.papers.pdfs.make(sheet, copy.at)
        return _download(made, f"{sheet.title}-{case_id}-{copy.copy}.pdf")
    return _sheet_page(
        desk,
        call,
        sheet,
        case_id=case_id,
        again=call.request.path,
        reason=call.field("reason"),
        once=wanted.token,
        copy=word("sheet_copy_now", lang=call.lang).format(copy=copy.copy),
    )


async def slip_pdf(desk: Desk, call: Call) -> web.StreamResponse:
    """Send the slip of an application that was taken in as PDF."""
    desk.papers.pdfs.need()
    case_id = call.request.match_info["case"]
    slip = await desk.window.taking.slip(call.person.person, case_id, shape="pdf")
    headings, rows = slip_rows(slip.view.case)
    sheet = desk.papers.printing.slip(slip.view, slip.query_code, headings, rows)
    made = await desk.papers.pdfs.make(sheet, slip.view.case.received_at_window)
    return _download(made, f"{sheet.title}-{case_id}.pdf")


def _named(call: Call) -> tuple[NoticeKind, str]:
    found = next((one for one in NoticeKind if one.value == call.request.match_info["kind"]), None)
    if found in (None, NoticeKind.SLIP):
        raise GatewayError(Reason.NOTICE_UNKNOWN)
    return found, call.request.match_info["event"]


def _line(view: CaseView, one: Offered, lang: Lang) -> dict[str, Any]:
    base = f"/cases/{view.row.case_id}/notices"
    own = [copy for copy in one.copies if copy.kind == one.kind.value]
    return {
        "name": NOTICE_NAMES[one.kind].say(lang),
        "number": one.number,
        "numbered": one.kind not in UNNUMBERED,
        "at": one.happened_at,
        "ours": one.ours,
        "copies": len(own),
        "sealed": one.sealed,
        "address": f"{base}/{one.kind.value}/{one.event_id}",
        "record": f"{base}/{NoticeKind.DELIVERY.value}/{one.event_id}" if one.record else "",
    }


async def _frame(
    desk: Desk, call: Call, view: CaseView, *, status: int = 200, findings: Mapping[str, str] | None = None
) -> web.Response:
    person, (kind, event_id) = call.person.person, _named(call)
    event = notice_in(view, kind, event_id)
    offered = await desk.papers.printing.offered(person, view)
    one = next((one for one in offered if one.event_id == event.event_id), None)
    if one is None:
        raise GatewayError(Reason.ROLE_LACKS_RIGHT)
    numbered = kind not in UNNUMBERED
    return desk.pages.page(
        call,
        "notice",
        status=status,
        case_id=view.row.case_id,
        grouped_number=grouped(view.row.case_id),
        item=view.case.item.name,
        title=NOTICE_NAMES[kind].say(call.lang),
        about=NOTICE_NAMES[one.kind].say(call.lang) if kind is not one.kind else "",
        happened_at=one.happened_at,
        number=one.number,
        numbered=numbered,
        remarks=_remarks(desk, view, one, call.lang, numbered=numbered, coded=kind is not NoticeKind.DELIVERY),
        sealed=one.sealed,
        prints=[copy for copy in one.copies if copy.kind == kind.value],
        has_pdf=desk.papers.pdfs.is_installed,
        may_deliver=kind is NoticeKind.DELIVERY and Delivered in acts_of(person, view, desk.clock()),
        reason=call.field("reason") if call.fields("reason") else word("sheet_reason_usual", lang=call.lang),
        once=call.field("once") or desk.new_id(),
        findings=findings or {},
    )


def _remarks(desk: Desk, view: CaseView, one: Offered, lang: Lang, *, numbered: bool, coded: bool) -> list[str]:
    """Return what a person should know before they print: why there is no number, no QR code, no PDF."""
    papers, found = desk.papers, []
    if numbered and not one.number:
        given = "sheet_numbers_given" if papers.gives_numbers else "sheet_numbers_missing"
        found.append(given if one.ours else "sheet_numbers_theirs")
    if coded and view.row.party is not Party.ORIGIN:
        found.append("sheet_code_there")
    elif coded and not papers.has_progress_page:
        found.append("sheet_no_code")
    elif coded and not papers.pdfs.is_installed:
        found.append("sheet_code_missing")
    found += [] if papers.pdfs.is_installed else ["sheet_pdf_missing"]
    found += ["sheet_wrong_files"] if papers.has_wrong_files else []
    found += ["sheet_in_chinese"] if lang is Lang.EN else []
    return [word(name, lang=lang) for name in found]


def _sheet_page(
    desk: Desk, call: Call, sheet: Sheet, *, case_id: str, again: str, reason: str, once: str, copy: str
) -> web.Response:
    return desk.pages.page(
        call,
        "notice_sheet",
        sheet=sheet,
        case_id=case_id,
        again=again,
        reason=reason,
        once=once,
        copy=copy,
        code=code_address(sheet.link) if sheet.link and desk.papers.pdfs.is_installed else "",
        has_pdf=desk.papers.pdfs.is_installed,
    )


def _download(made: bytes, name: str) -> web.Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "no-store",
    }
    return web.Response(body=made, content_type=PDF, headers=headers)
