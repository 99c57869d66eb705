"""Versions of a partner's file: how two differ, and bringing an old one back after its difference was seen."""

from aiohttp import web

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.rendering import findings_by_field
from gateway.flows.partner_files.history import DISK


async def show_difference(desk: Desk, call: Call) -> web.StreamResponse:
    """Show how two versions differ: `from` and `to` are numbers or `disk`; without them the newest and the one before."""
    asked = call.request.query
    return await _page(desk, call, asked.get("from", ""), asked.get("to", ""))


async def roll_back(desk: Desk, call: Call) -> web.StreamResponse:
    """Bring a version back, if the one that runs is still the one the person saw."""
    code = call.request.match_info["code"]
    number, seen = call.field("version"), call.field("running")
    if not _is_version(number) or number in ("", DISK):
        raise GatewayError(Reason.VERSION_UNKNOWN, partner=code, version=number[:20])
    running = await _running(desk, code)
    if call.field("sure") != "yes":
        error = GatewayError(Reason.BAD_REQUEST, findings=[_NOT_SURE], count=1)
        return await _page(desk, call, running or DISK, number, error)
    if seen != running:
        error = GatewayError(Reason.BAD_REQUEST, findings=[_ANOTHER_RUNS], count=1)
        return await _page(desk, call, running or DISK, number, error)
    await desk.operating.files.roll_back(code, int(number), f"{call.person.person.login}@console")
    desk.operating.looks.forget()
    raise web.HTTPSeeOther(f"/partners/{code}?back={number}", headers=HEADERS)


async def _page(
    desk: Desk, call: Call, before: str, after: str, error: GatewayError | None = None
) -> web.StreamResponse:
    code = call.request.match_info["code"]
    for word in (before, after):
        if not _is_version(word):
            raise GatewayError(Reason.VERSION_UNKNOWN, partner=code, version=word[:20])
    difference = await desk.operating.files.difference(code, before, after)
    running = await _running(desk, code)
    return desk.pages.page(
        call,
        "partner_difference",
        status=422 if error else 200,
        code=code,
        difference=difference,
        lines=[(_class_of(line), line) for line in difference.lines.diff],
        running=running,
        comes_back=difference.after not in (DISK, running) and bool(running),
        findings=findings_by_field(error, call.lang) if error else {},
    )


async def _running(desk: Desk, code: str) -> str:
    files = await desk.operating.files.running()
    found = [one.version.version for one in files.partners if one.partner.code == code and one.version]
    return str(found[0]) if found else ""


def _is_version(word: str) -> bool:
    return word in ("", DISK) or (word.isascii() and word.isdigit() and len(word) < 10)


def _class_of(line: str) -> str:
    if line.startswith(("---", "+++", "@@")):
        return "where"
    return {"+": "added", "-": "removed"}.get(line[:1], "same")


_NOT_SURE = FieldFinding(
    "sure",
    Text("没有确认", "it is not confirmed"),
    Text("看过下面的差异后勾选", "look at the difference below, then tick the box"),
)
_ANOTHER_RUNS = FieldFinding(
    "sure",
    Text("生效的版本已经不是刚才那一版", "another version runs by now"),
    Text("重新看一遍差异再确认", "look at the difference again before you confirm"),
)
