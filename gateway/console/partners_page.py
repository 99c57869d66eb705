"""Partners for operators: all regions with their lights, on a map and in a table; one of them from both sides; its file.

Leaves to others: where provinces lie (`region_map`), testing the connection (`trial_pages`), versions of a file
(`partner_files_page`), the queue (`queue_pages`).
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.reasons import ROWS, Place, Reason
from gateway.case.texts import Lang, Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.operation_live import every_partner, mark_of_partner, mark_of_partners, operation_page
from gateway.console.region_map import SQUARES, provinces_of
from gateway.console.rendering import moment
from gateway.files.findings import in_order
from gateway.flows.partner_files.history import History
from gateway.flows.standing.lights import Light
from gateway.flows.standing.view import BothViews
from gateway.partners.schema import Delivery, Status
from gateway.store.backlog import COUNTED_UP_TO
from gateway.store.maintenance import Announced
from gateway.store.peers import Circuit

MOST_TERMS_SHOWN = 200
MOST_FINDINGS_SHOWN = 200
LIGHT_NAMES: Mapping[Light, Text] = {
    Light.RED: Text("红", "red"),
    Light.YELLOW: Text("黄", "yellow"),
    Light.GREEN: Text("绿", "green"),
}
LIGHT_CLASSES: Mapping[Light, str] = {Light.RED: "overdue", Light.YELLOW: "warning", Light.GREEN: "normal"}
"""The classes of the style sheet: colours of lights are the same for cases and partners."""
LIGHT_SIGNS: Mapping[Light, str] = {Light.RED: "■", Light.YELLOW: "▲", Light.GREEN: "●"}
"""Lights are told apart without colours as well."""
STATUS_NAMES: Mapping[Status, Text] = {
    Status.ACTIVE: Text("启用", "active"),
    Status.PAUSED: Text("暂停", "paused"),
    Status.SAMPLE: Text("示例", "sample"),
}
DELIVERY_NAMES: Mapping[Delivery, Text] = {
    Delivery.PUSH: Text("我方送达", "we bring"),
    Delivery.COLLECT: Text("对方来取", "it collects"),
}
CIRCUIT_NAMES: Mapping[Circuit, Text] = {
    Circuit.CLOSED: Text("通", "up"),
    Circuit.OPEN: Text("断, 等待再试", "down, resting"),
    Circuit.HALF_OPEN: Text("正在试探", "probing"),
}
PLACE_NAMES: Mapping[Place, Text] = {
    Place.OURS: Text("我方", "our side"),
    Place.PEERING: Text("两地之间", "between both"),
    Place.THEIRS: Text("对方", "their side"),
    Place.LOCAL: Text("本地系统", "local systems"),
}
HOW_NAMES: Mapping[str, Text] = {
    "start": Text("启动时", "at a start"),
    "edit": Text("编辑文件", "edited"),
    "rollback": Text("回到旧版", "brought back"),
    "keys approve": Text("批准密钥", "a key was approved"),
    "partners add": Text("读入介绍文件", "from an introduction"),
}


async def show_partners(desk: Desk, call: Call) -> web.StreamResponse:
    """Show every partner, the worst first: on a map of provinces and as a table; and what is wrong with files."""
    found = await every_partner(desk)
    files = await desk.operating.files.running()
    versions = {one.partner.code: one for one in files.partners}
    counted = Counter(one.light for one in found)
    now = desk.clock()
    return desk.pages.page(
        call,
        "partners",
        squares=SQUARES,
        provinces=provinces_of(found, desk.divisions),
        light_classes=LIGHT_CLASSES,
        light_names=LIGHT_NAMES,
        light_signs=LIGHT_SIGNS,
        partners=[_tile(one, now, call.lang) | {"file": versions.get(one.partner.code)} for one in found],
        counts=[(LIGHT_CLASSES[light], LIGHT_NAMES[light], counted[light]) for light in Light],
        samples=sum(one.partner.is_sample for one in files.partners),
        file_findings=in_order(files.reload.findings)[:MOST_FINDINGS_SHOWN],
        findings_left=max(len(files.reload.findings) - MOST_FINDINGS_SHOWN, 0),
        reloaded_at=files.reload.at,
        at=now,
        pause=next((one for one in (await desk.operating.standing.announced(1))[1] if is_ahead(one, now)), None),
        live=operation_page(call, "#overview", mark_of_partners(found, files), what="partners"),
    )


async def show_partner(desk: Desk, call: Call) -> web.StreamResponse:
    """Show one partner."""
    return await _one(desk, call, call.request.match_info["code"])


async def ask_partner(desk: Desk, call: Call) -> web.StreamResponse:
    """Ask a partner now how it sees us, then show it."""
    code = await _known(desk, call.request.match_info["code"])
    await desk.operating.standing.ask_now(code)
    desk.operating.looks.forget()
    await desk.operating.note(_actor(call), "partner.asked", code, "done", "")
    raise web.HTTPSeeOther(f"/partners/{code}?asked", headers=HEADERS)


def is_ahead(one: Announced, now: datetime) -> bool:
    """Whether maintenance of ours goes on or is announced."""
    return one.ended_at is None and one.ends > now


def ago(then: datetime | None, now: datetime, lang: Lang) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    return span(now - then, lang) if then else ""


def span(length: timedelta, lang: Lang) -> str:
    """Return a length of time in the largest unit that fits."""
    seconds = max(int(length.total_seconds()), 0)
    for size, unit in ((86_400, _DAYS), (3_600, _HOURS), (60, _MINUTES)):
        if seconds >= 2 * size or (size == 60 and seconds >= size):
            return f"{seconds // size} {unit.say(lang)}"
    return f"{seconds} {_SECONDS.say(lang)}"


def counted(count: int) -> str:
    """Return a count that was taken up to a bound."""
    return f"> {COUNTED_UP_TO}" if count > COUNTED_UP_TO else str(count)


async def _known(desk: Desk, code: str) -> str:
    if not await desk.operating.standing.both_views(code):
        raise GatewayError(Reason.PARTNER_UNKNOWN, region=code)
    return code


def _actor(call: Call) -> str:
    return f"person:{call.person.person.person_id}"


async def _one(desk: Desk, call: Call, code: str) -> web.StreamResponse:
    found = await desk.operating.standing.both_views(code) if code else []
    if not found:
        return desk.pages.error(call, GatewayError(Reason.PARTNER_UNKNOWN, region=code), 404)
    one, now, lang = found[0], desk.clock(), call.lang
    files = await desk.operating.files.running()
    row = one.standing.row
    return desk.pages.page(
        call,
        "partner",
        one=one,
        tile=_tile(one, now, lang),
        wrong=[
            (LIGHT_CLASSES[this.light], LIGHT_NAMES[this.light], this, PLACE_NAMES[this.place]) for this in one.wrong
        ],
        fix=row.fix.say(lang) if row else "",
        views=_views(one, now, lang),
        terms=one.differing[:MOST_TERMS_SHOWN],
        terms_left=max(len(one.differing) - MOST_TERMS_SHOWN, 0) + one.view.told.terms_left_out,
        days=(one.papers_end - now).days if one.papers_end else None,
        running=next((this for this in files.partners if this.partner.code == code), None),
        file_findings=[this for this in in_order(files.reload.findings) if this.file == one.partner.file],
        history=await _history(desk, code),
        how_names=HOW_NAMES,
        done="asked" in call.request.query or "added" in call.request.query,
        live=operation_page(call, "#standing,#views", mark_of_partner(one), what="partner", code=code),
    )


async def _history(desk: Desk, code: str) -> History:
    try:
        return await desk.operating.files.history(code, None)
    except GatewayError as error:
        if error.reason is not Reason.VERSION_UNKNOWN:
            raise
        return History((), (), more=False)


def _tile(one: BothViews, now: datetime, lang: Lang) -> dict[str, object]:
    backlog = one.standing.backlog
    out = max((at for at in (one.standing.last_outward_at, one.view.told_at) if at), default=None)
    return {
        "code": one.partner.code,
        "name": one.partner.short_name,
        "light": LIGHT_CLASSES[one.light],
        "light_name": LIGHT_NAMES[one.light].say(lang),
        "why": [this.said.say(lang) for this in one.wrong],
        "status": STATUS_NAMES[one.partner.status].say(lang),
        "delivery": DELIVERY_NAMES[one.partner.delivery].say(lang),
        "seen_out": ago(out, now, lang),
        "seen_in": ago(one.standing.last_inward_at, now, lang),
        "queued": counted(backlog.owed),
        "their_queued": counted(one.view.told.queued) if one.view.told_at else "",
        "oldest": ago(backlog.oldest, now, lang),
        "alike": one.alike,
        "days": (one.papers_end - now).days if one.papers_end else None,
        "unexplained": one.unexplained,
    }


def _views(one: BothViews, now: datetime, lang: Lang) -> list[tuple[str, str, str]]:
    """Return what each side sees of the other, one line for each thing: its name, our view, theirs."""
    standing, told = one.standing, one.view.told
    backlog, view = standing.backlog, one.view
    failed = f" ({view.failed_for} {moment(view.failed_at)})" if view.failed_at else ""
    out = max((at for at in (standing.last_outward_at, view.told_at) if at), default=None)
    place = f" [{PLACE_NAMES[standing.row.place].say(lang)}]" if standing.row else ""
    error = f"{standing.last_reason}{place} {moment(standing.last_failure_at)} × {standing.failures}"
    waits = span(timedelta(seconds=told.oldest_waiting), lang) if told.oldest_waiting is not None else ""
    skew = standing.clock_skew
    lines = [
        (Text("何时所见", "as of"), moment(now), moment(view.told_at) + failed),
        (Text("线路", "circuit"), CIRCUIT_NAMES[standing.circuit].say(lang), ""),
        (
            Text("最近联系 (去 / 来)", "last contact (out / in)"),
            f"{moment(out) or '-'} / {moment(standing.last_inward_at) or '-'}",
            moment(told.last_contact),
        ),
        (Text("待发", "queued"), counted(backlog.owed), counted(told.queued) if view.told_at else ""),
        (Text("最早的已等", "oldest waits"), ago(backlog.oldest, now, lang), waits),
        (Text("扣留 / 停放", "held / parked"), f"{backlog.held} / {backlog.parked}", ""),
        (Text("最近的错误", "last error"), error if standing.last_reason else "", told.last_error),
        (Text("退避至", "backs off until"), moment(standing.quiet_until), moment(told.backing_off_until)),
        (
            Text("对方时钟减己方 (秒)", "clock of the other (s)"),
            "" if skew is None else f"{skew.total_seconds():+.1f}",
            "" if told.clock_skew is None else f"{told.clock_skew:+.1f}",
        ),
        (Text("程序", "software"), "", told.software),
        (Text("交换格式", "exchange format"), "", f"1.{told.exchange_minor}" if view.told_at else ""),
        (Text("事项版本", "items version"), "", str(told.items_version) if view.told_at else ""),
    ]
    return [(label.say(lang), ours or "-", theirs or "-") for label, ours, theirs in lines]


def reason_text(word: str, lang: Lang) -> str:
    """Return what a reason word means, in a sentence; the word itself where it is not one of ours."""
    return ROWS[Reason(word)].cause.say(lang) if word in Reason.__members__ else word


_SECONDS, _MINUTES = Text("秒", "s"), Text("分钟", "min")
_HOURS, _DAYS = Text("小时", "h"), Text("天", "d")
