"""Forms that were begun and not sent: kept as they are filled in, listed where an application begins, discarded."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from gateway.case.code.masking import mask_name
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.window_posted import Posted
from gateway.flows.window.drafts import Draft

DRAFT = "draft"
"""The part of an address that names the form to go on with."""
LONGEST_TOKEN = 40


async def keep_draft(desk: Desk, call: Call, posted: Posted, draft: Draft) -> bool:
    """Keep a form as it was sent, its files included; False when it is too large to be kept."""
    draft = replace(draft, values=posted.carried(), changed_at=desk.clock())
    return await desk.window.drafts.keep(call.person.person, draft)


async def draft_asked_for(desk: Desk, call: Call) -> Draft | None:
    """Return the form an address names; None when it names none, or it is not this person's any more."""
    token = call.request.query.get(DRAFT, "")
    if not (0 < len(token) <= LONGEST_TOKEN):
        return None
    return await desk.window.drafts.find(call.person.person, token)


def address_of(address: str, draft_id: str, **more: str) -> str:
    """Return where a form is gone on with."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode({DRAFT: draft_id, **more})}"


def shown(desk: Desk, draft: Draft) -> dict[str, Any]:
    """Return a form for a list of them; the applicant's name masked."""
    name = draft.one("person.name") or draft.one("organisation.name")
    return {
        "id": draft.draft_id,
        "address": address_of(draft.address, draft.draft_id),
        "title": draft.title,
        "place": desk.divisions.named(draft.place) if draft.place else "",
        "applicant": mask_name(name) if name else "",
        "changed_at": draft.changed_at,
    }


async def discard(desk: Desk, call: Call) -> web.StreamResponse:
    """Forget a form nobody wants."""
    await desk.window.drafts.drop(call.person.person, call.request.match_info["draft"])
    raise web.HTTPSeeOther("/take-in?discarded", headers=HEADERS)
