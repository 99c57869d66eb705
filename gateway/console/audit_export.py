"""Rows of the audit as a file, for the auditor."""

from datetime import date, datetime, time, timedelta

from aiohttp import web

from gateway.case.days import CHINA
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.audit import EVERYTHING, names_of
from gateway.console.audit_words import act_name
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.export import CSV, XLSX, file_of
from gateway.console.typed_times import day_from
from gateway.console.wording import word
from gateway.store.audit import Asked

HEADS = (
    "audit_position",
    "when",
    "audit_who",
    "audit_name",
    "audit_address",
    "audit_act",
    "audit_act_name",
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
    who = call.field("who")[:100]
    asked = Asked(
        actor=who if who != EVERYTHING else "",
        act=call.field("act")[:100],
        subject=call.field("subject")[:100],
        people=not who,
        first=_midnight(first),
        last=_midnight(last + timedelta(days=1)),
    )
    rows = await desk.auditing.export(call.person.person, asked)
    people = await names_of(desk)
    table = [[word(name, call.lang) for name in HEADS]]
    for one in rows:
        at = one.at.astimezone(CHINA).isoformat(timespec="milliseconds")
        named = people.get(one.actor, "")
        said = act_name(one.act).say(call.lang)
        facts = [one.address, one.act, said, people.get(f"person:{one.subject}", one.subject), one.outcome, one.detail]
        table.append([str(one.position), at, one.actor, named, *facts])
    return await file_of(table, kind, f"audit-{desk.region}-{first.isoformat()}-{last.isoformat()}")


def _day(call: Call, name: str) -> date:
    try:
        return day_from(call.field(name))
    except ValueError:
        raise GatewayError(Reason.BAD_REQUEST, findings=[FieldFinding(name, _NO_DAY, _WRITE_DAY)], count=1) from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


_NO_DAY = Text("不是日期", "not a day")
_WRITE_DAY = Text("写成 2026-11-25", "write it as 2026-11-25")
_WRONG_WAY = Text("截止日期早于起始日期", "the last day is before the first")
_SWAP = Text("对调两个日期", "swap the two")
