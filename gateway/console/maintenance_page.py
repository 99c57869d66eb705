"""Our own maintenance for operators: what goes on or is announced, announcing it, ending it early; as `tongban maintenance`."""

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from gateway.case.days import CHINA
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.rendering import findings_by_field
from gateway.console.typed_times import moment_from
from gateway.flows.maintenance.announce import LONGEST_REASON, Notice
from gateway.store.maintenance import Announced

MOST_SHOWN = 50
SHORTEST_REASON = 2
STATES: Mapping[str, tuple[Text, str]] = {
    "on": (Text("进行中", "going on"), "warning"),
    "planned": (Text("已公告", "announced"), "warning"),
    "over": (Text("已到时", "over"), "plain"),
    "ended": (Text("已提前结束", "ended early"), "plain"),
}
"""How an announcement stands, and the class of its light."""
_FIELDS = ("begins", "until", "why", "why_en")


async def show_maintenance(desk: Desk, call: Call) -> web.StreamResponse:
    """Show what was announced, with the form for another."""
    return await _page(desk, call, None)


async def announce(desk: Desk, call: Call) -> web.StreamResponse:
    """Announce maintenance to every partner."""
    begins, until = _moment(call.field("begins")), _moment(call.field("until"))
    why, why_en = (" ".join(call.field(name).split()) for name in ("why", "why_en"))
    findings = []
    if call.field("begins") and begins is None:
        findings.append(FieldFinding("begins", _NO_MOMENT, _WRITE_IT))
    if until is None:
        findings.append(FieldFinding("until", _NO_MOMENT, _WRITE_IT))
    findings += [
        FieldFinding(name, _NO_REASON, _LENGTH)
        for name, typed, shortest in (("why", why, SHORTEST_REASON), ("why_en", why_en, 0))
        if not shortest <= len(typed) <= LONGEST_REASON
    ]
    if findings or until is None:
        return await _page(desk, call, GatewayError(Reason.BAD_REQUEST, findings=findings, count=len(findings)))
    by = f"person:{call.person.person.person_id}"
    try:
        await desk.operating.standing.announce(Notice(begins, until, Text(why, why_en or why), by))
    except GatewayError as error:
        if error.reason is not Reason.MAINTENANCE_TIMES:
            raise
        return await _page(
            desk,
            call,
            GatewayError(Reason.BAD_REQUEST, findings=[FieldFinding("until", error.cause, error.fix)], count=1),
        )
    raise web.HTTPSeeOther("/maintenance?done", headers=HEADERS)


async def end(desk: Desk, call: Call) -> web.StreamResponse:
    """End maintenance early, or withdraw it; nothing happens where none is announced."""
    await desk.operating.standing.end_maintenance(f"person:{call.person.person.person_id}")
    raise web.HTTPSeeOther("/maintenance?done", headers=HEADERS)


def state_of(one: Announced, now: datetime) -> str:
    """Return how an announcement stands: a key of `STATES`."""
    if one.ended_at is not None:
        return "ended"
    if one.ends <= now:
        return "over"
    return "on" if one.begins <= now else "planned"


async def _page(desk: Desk, call: Call, error: GatewayError | None) -> web.StreamResponse:
    now, found = await desk.operating.standing.announced(MOST_SHOWN)
    people = {f"person:{one.person_id}": one.name for one in await desk.accounts.everybody()}
    stands = [(one, state_of(one, now)) for one in found]
    return desk.pages.page(
        call,
        "maintenance",
        status=422 if error else 200,
        current=next(((one, state) for one, state in stands if state in ("on", "planned")), None),
        announced=[(one, *STATES[state]) for one, state in stands],
        people=people,
        typed={name: call.field(name) for name in _FIELDS},
        done="done" in call.request.query and error is None,
        findings=findings_by_field(error, call.lang) if error else {},
    )


def _moment(typed: str) -> datetime | None:
    try:
        read = moment_from(typed)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=CHINA)


_NO_MOMENT = Text("不是时刻", "not a moment")
_WRITE_IT = Text("写成 2026-11-30 22:00", "write it as 2026-11-30 22:00")
_NO_REASON = Text("原因太短或太长", "the reason is too short or too long")
_LENGTH = Text(
    f"{SHORTEST_REASON} 至 {LONGEST_REASON} 个字; 英文可以不填",
    f"{SHORTEST_REASON} to {LONGEST_REASON} characters; the English one may be left empty",
)
