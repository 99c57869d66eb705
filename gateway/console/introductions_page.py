"""Regions that become partners: our signed introduction made and taken along, theirs read, compared and written as a file.

As `tongban partners invite` and `tongban partners add`.  What the digits are is not shown to whoever types them: they are read out
by the other side over the telephone, and compared here.
"""

import asyncio
import base64
import binascii

from aiohttp import BodyPartReader, web

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import AT_HAND, HEADERS
from gateway.console.rendering import findings_by_field
from gateway.flows.onboarding.add_partner import Wish
from gateway.flows.onboarding.addition import Addition
from gateway.flows.onboarding.agreeing import Side
from gateway.partners.side_by_side import NOTHING

FILE_BYTES = 512 * 1024
"""Of an introduction; a larger one goes by the command."""
SECONDS = 60
"""In which the form has come."""
MOST_TERMS = 500
MOST_PARTS = 20
_SIDES = {side.value: side for side in Side}


async def show_invite(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the form that makes an introduction of this gateway."""
    return desk.pages.page(call, "partner_invite", made=None, to=call.request.query.get("to", "")[:6])


async def invite(desk: Desk, call: Call) -> web.StreamResponse:
    """Make an introduction of this gateway for one region."""
    to = call.field("to")
    try:
        made = await desk.operating.introducing.invite(to, f"person:{call.person.person.person_id}")
    except GatewayError as error:
        if error.reason is not Reason.BAD_REQUEST or any(one.path != "to" for one in error.findings):
            raise
        return desk.pages.page(
            call, "partner_invite", status=422, made=None, to=to[:6], findings=findings_by_field(error, call.lang)
        )
    raise web.HTTPSeeOther(f"/partners/invite/{made.id}", headers=HEADERS)


async def show_invitation(desk: Desk, call: Call) -> web.StreamResponse:
    """Show an introduction that was made, with the digits to be read out."""
    made = desk.operating.introducing.invitation(call.request.match_info["invitation"])
    if made is None:
        raise web.HTTPSeeOther("/partners/invite", headers=HEADERS)
    return desk.pages.page(call, "partner_invite", made=made, to=made.to)


async def take_invitation(desk: Desk, call: Call) -> web.StreamResponse:
    """Answer with the file of an introduction."""
    made = desk.operating.introducing.invitation(call.request.match_info["invitation"])
    if made is None:
        raise web.HTTPSeeOther("/partners/invite", headers=HEADERS)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{made.file}"'}
    return web.Response(text=made.text, content_type="application/yaml", charset="utf-8", headers=headers)


async def show_add(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the form that reads an introduction."""
    return _page(desk, call, Wish(b""), None, None)


async def add(desk: Desk, call: Call) -> web.StreamResponse:
    """Read an introduction and show what it would become; write it once the digits were compared."""
    try:
        async with asyncio.timeout(SECONDS):
            typed, file = await _posted(call)
    except TimeoutError:
        raise GatewayError(Reason.REQUEST_TIMEOUT, limit=SECONDS) from None
    raw = file or _carried(typed.get("carried", ""))
    wish = Wish(raw, _SIDES.get(typed.get("side", "")), typed.get("digits", ""), typed.get("over") == "yes")
    if not raw:
        return _page(desk, call, wish, None, GatewayError(Reason.BAD_REQUEST, findings=[_NO_FILE], count=1))
    error = None
    if typed.get("do") == "write":
        try:
            code = await desk.operating.introducing.add(wish, f"{call.person.person.login}@console")
        except GatewayError as refused:
            if refused.reason is not Reason.BAD_REQUEST:
                raise
            error = refused
        else:
            desk.operating.looks.forget()
            raise web.HTTPSeeOther(f"/partners/{code}?added", headers=HEADERS)
    return _page(desk, call, wish, await desk.operating.introducing.examine(wish), error)


def _page(
    desk: Desk, call: Call, wish: Wish, found: "Addition | tuple[object, ...] | None", error: GatewayError | None
) -> web.Response:
    addition = found if isinstance(found, Addition) else None
    terms = addition.agreed.terms if addition else ()
    return desk.pages.page(
        call,
        "partner_add",
        status=422 if error else 200,
        carried=base64.b64encode(wish.raw).decode() if addition else "",
        found=addition,
        told=addition.read.introduction if addition else None,
        changes=addition.changes if addition and addition.is_there else [],
        terms=terms[:MOST_TERMS],
        terms_left=max(len(terms) - MOST_TERMS, 0),
        nothing=NOTHING,
        wrong=addition.findings if addition else found or (),
        typed={"side": wish.side.value if wish.side else "", "over": wish.over},
        findings=findings_by_field(error, call.lang) if error else {},
    )


async def _posted(call: Call) -> tuple[dict[str, str], bytes]:
    """Return what the form says, and the file that came with it.  Raises REQUEST_TOO_LARGE."""
    if call.parts is None:
        return {name: values[0].strip() for name, values in call.form.items() if values}, b""
    typed: dict[str, str] = {}
    file = b""
    for _ in range(MOST_PARTS):
        part = await call.parts.next()
        if part is None:
            return typed, file
        if not isinstance(part, BodyPartReader) or not part.name:
            break
        content = bytearray()
        # What is carried along is a third longer than the file, for it is written in letters.
        while not part.at_eof() and len(content) <= 2 * FILE_BYTES:
            content += await part.read_chunk(AT_HAND)
        if len(content) > (FILE_BYTES if part.filename is not None else 2 * FILE_BYTES):
            break
        if part.filename is not None:
            file = bytes(content)
        else:
            typed[part.name] = content.decode("utf-8", "replace").strip()
    raise GatewayError(Reason.REQUEST_TOO_LARGE, limit=FILE_BYTES)


def _carried(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)[:FILE_BYTES]
    except (ValueError, binascii.Error):
        return b""


_NO_FILE = FieldFinding(
    "file",
    Text("没有选介绍文件", "no introduction was chosen"),
    Text("选对方用 tongban partners invite 或控制台生成的文件", "choose the file the other side made"),
)
