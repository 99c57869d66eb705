"""Handlers of progress without login (进度查询): for applicants with a query code, and for 12345 without one.

The code travels in a header or a body, never in the address, which proxies and browsers keep.  Who asks without being a
local system is counted by the address at the other end of the connection: what a proxy says of its clients is not
believed, so behind a proxy its clients share one count.
"""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import StringConstraints, TypeAdapter, ValidationError

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.progress import SIDE_NAMES, Due, Milestones, Place, Progress
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.progress import Enquiry
from gateway.local import canonical_out as out
from gateway.local.canonical_in import bad_request
from gateway.local.case_body import Shape
from gateway.local.door import Call, Door
from gateway.local.findings import field_findings
from gateway.local.moving_window import who_asks
from gateway.local.outline import Outline
from gateway.local.requests import JSON, Query, read_body
from gateway.local.strict_json import read_object

CODE_HEADER = "Tongban-Query-Code"
PARAMETERS = ("number",)
_BODY_BYTES = 4096
_LONGEST = 100

_Typed = Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST)]


class EnquiryBody(Shape):
    """协同编号 and 查询码; a system that may `progress` leaves the code out."""

    number: _Typed
    code: _Typed | None = None


ENQUIRY: TypeAdapter[EnquiryBody] = TypeAdapter(EnquiryBody)
_OUTLINE = Outline.of(ENQUIRY)

_NO_CODE = (
    Text("缺少查询码", "the query code is missing"),
    Text(
        f"写在请求头 {CODE_HEADER}, 或用 POST 写在 code; 不要写进地址",
        f"give it in the header {CODE_HEADER}, or as `code` with POST; never in the address",
    ),
)


async def ask_progress(door: Door, call: Call) -> web.Response:
    """Tell where the case of a number stands; the code comes in a header."""
    _count(door, call)
    query = Query(call.request, PARAMETERS)
    number = query.word("number", longest=_LONGEST)
    if not number:
        query.refuse("number", Text("缺少协同编号", "the number is missing"), Text("写上 number=", "give number="))
    code = call.request.headers.get(CODE_HEADER) or None
    query.done()
    return await _answer(door, call, number, code, f"headers.{CODE_HEADER}")


async def post_progress(door: Door, call: Call) -> web.Response:
    """The same with both in the body, for who keeps numbers out of addresses too."""
    _count(door, call)
    body = read_object(await read_body(call.request, _BODY_BYTES, JSON))
    findings = list(body.findings)
    try:
        shape = ENQUIRY.validate_python(body.data)
    except ValidationError as error:
        findings += field_findings(error, body.data, _OUTLINE)
    else:
        if not findings:
            return await _answer(door, call, shape.number, shape.code, "code")
    raise bad_request(tuple(findings))


def _count(door: Door, call: Call) -> None:
    if call.caller is not None:
        return
    transport = call.request.transport
    peer = transport.get_extra_info("peername") if transport else None
    seconds = door.asked.seconds_to_wait(who_asks(peer), door.clock())
    if seconds:
        raise GatewayError(Reason.PROGRESS_LOCKED, seconds=seconds)


async def _answer(door: Door, call: Call, number: str, code: str | None, where: str) -> web.Response:
    trusted = call.caller is not None
    if code is None and not trusted:
        raise bad_request((FieldFinding(where, *_NO_CODE),))
    found = await door.flows.progress(Enquiry(number, code, trusted))
    return web.Response(body=out.encode(_progress(found)), content_type=JSON, headers={"Cache-Control": "no-store"})


def _progress(found: Progress) -> out.Json:
    return {
        "number": found.number,
        "state": found.state,
        "state_name": out.text(found.state_name),
        "items": list(found.items),
        "origin": _place(found.origin),
        "handler": _place(found.handler) if found.handler else None,
        "dates": _dates(found.milestones),
        "due": [_due(due) for due in found.due],
        "next": {
            "side": found.next_side.value,
            "side_name": out.text(SIDE_NAMES[found.next_side]),
            "step": out.text(found.next_step),
        },
        "parts": [_progress(part) for part in found.parts],
    }


def _place(place: Place) -> out.Json:
    return {"division": place.division, "name": place.name, "phone": place.phone or None}


def _dates(dates: Milestones) -> out.Json:
    return {
        "received_at_window": _moment(dates.received_at_window),
        "reached_handler": _moment(dates.reached_handler),
        "signed_off": _moment(dates.signed_off),
        "accepted": _moment(dates.accepted),
        "decided": _moment(dates.decided),
        "result_sent": _moment(dates.result_sent),
        "delivered": _moment(dates.delivered),
    }


def _moment(moment: datetime | None) -> str | None:
    return out.instant(moment) if moment else None


def _due(due: Due) -> out.Json:
    return {
        "clock": due.clock,
        "name": out.text(due.name),
        "due_at": out.instant(due.due_at),
        "light": due.light,
        "light_name": out.text(due.light_name),
        "provisional": due.provisional,
    }
