"""Keys for operators: ours with their dates, and those that partners announced, to be approved or rejected one by one.

A key is approved only by whoever says that its digits were compared with the partner by another way, as by telephone.
"""

import re

from aiohttp import web

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import ROWS, Reason
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.queue_pages import plain
from gateway.console.rendering import findings_by_field
from gateway.partners.introduction import fingerprint

USE_NAMES = {"seal": Text("信封", "envelopes"), "token": Text("令牌", "tokens")}
STANDING_NAMES = {
    "waiting": Text("待决定", "to be decided"),
    "changed": Text("与以前公布的不同, 先核实", "announced otherwise than before: find out first"),
}
_KID = re.compile(r"[A-Za-z0-9_-]{6,43}", re.ASCII)
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


async def show_keys(desk: Desk, call: Call) -> web.StreamResponse:
    """Show our keys, and what partners announced."""
    return await _page(desk, call, None)


async def decide(desk: Desk, call: Call) -> web.StreamResponse:
    """Approve or reject one announced key."""
    code, kid, verdict = call.field("partner"), call.field("kid"), call.field("verdict")
    if not (_CODE.fullmatch(code) and _KID.fullmatch(kid) and verdict in ("approve", "reject")):
        raise GatewayError(Reason.BAD_REQUEST, findings=[_NO_KEY], count=1)
    if verdict == "approve" and call.field("compared") != "yes":
        return await _page(desk, call, GatewayError(Reason.BAD_REQUEST, findings=[_NOT_COMPARED], count=1), kid)
    who = f"{call.person.person.login}@console"
    keys = desk.operating.keys
    await (keys.approve if verdict == "approve" else keys.reject)(code, (kid,), who)
    raise web.HTTPSeeOther("/keys?done", headers=HEADERS)


async def _page(desk: Desk, call: Call, error: GatewayError | None, wrong_kid: str = "") -> web.StreamResponse:
    keys, lang, now = desk.operating.keys, call.lang, desk.clock()
    names = {one.partner.code: one.partner.short_name for one in (await desk.operating.files.running()).partners}
    return desk.pages.page(
        call,
        "keys",
        status=422 if error else 200,
        own=desk.operating.own_keys(),
        now=now,
        waiting=[(one, fingerprint(one.kid.encode())) for one in await keys.waiting()],
        doubts=[
            (one, plain(ROWS[Reason(one.reason)].cause.say(lang)), plain(ROWS[Reason(one.reason)].fix.say(lang)))
            for one in await keys.doubts()
        ],
        names=names,
        uses=USE_NAMES,
        standings=STANDING_NAMES,
        wrong_kid=wrong_kid,
        done="done" in call.request.query,
        findings=findings_by_field(error, lang) if error else {},
    )


_NO_KEY = FieldFinding(
    "kid", Text("没有指明哪一把密钥", "no key is named"), Text("从密钥页面进入", "start from the page of keys")
)
_NOT_COMPARED = FieldFinding(
    "compared",
    Text("没有核对数字", "the digits were not compared"),
    Text("打电话给对方核对后勾选", "call the partner, compare them, then tick the box"),
)
