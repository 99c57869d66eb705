"""Rows of the audit as a file, for the auditor."""

from datetime import date, datetime, time, timedelta

from aiohttp import web

from gateway.case.days import CHINA
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.export import CSV, XLSX, file_of
from gateway.console.wording import word

HEADS = (
    "audit_position",
    "when",
    "audit_who",
    "audit_name",
    "audit_act",
    "audit_subject",
    "audit_outcome",
    "audit_detail",
)


async def export(desk: Desk, call: Call) -> web.StreamResponse:
    """Answer with a file of the audit of some days."""
    first, last = _day(call, "from"), _day(call, "to")
    if last < first:
        raise GatewayError(Reason.BAD_REQUEST, findings=[FieldFinding("to", _WRONG_WAY, _SWAP)], count=1)
    kind = XLSX if call.field("kind") == XLSX else CSV
    rows = await desk.export_audit(
        call.person.person,
        _midnight(first),
        _midnight(last + timedelta(days=1)),
        call.field("act")[:100],
        call.field("subject")[:100],
    )
    people = {f"person:{one.person_id}": f"{one.name} ({one.login})" for one in await desk.accounts.everybody()}
    table = [[word(name, call.lang) for name in HEADS]]
    for one in rows:
        at = one.at.astimezone(CHINA).isoformat(timespec="milliseconds")
        named = people.get(one.actor, "")
        table.append([str(one.position), at, one.actor, named, one.act, one.subject, one.outcome, one.detail])
    return await file_of(table, kind, f"audit-{desk.region}-{first.isoformat()}-{last.isoformat()}")


def _day(call: Call, name: str) -> date:
    try:
        return date.fromisoformat(call.field(name))
    except ValueError:
        raise GatewayError(Reason.BAD_REQUEST, findings=[FieldFinding(name, _NO_DAY, _WRITE_DAY)], count=1) from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


_NO_DAY = Text("不是日期", "not a day")
_WRITE_DAY = Text("写成 2026-11-25", "write it as 2026-11-25")
_WRONG_WAY = Text("截止日期早于起始日期", "the last day is before the first")
_SWAP = Text("对调两个日期", "swap the two")
