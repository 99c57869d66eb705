"""The audit, for the auditor: who did what and when; nothing here changes anything."""

from aiohttp import web

from gateway.console.call import Call
from gateway.console.desk import Desk

A_PAGE = 100


async def show_audit(desk: Desk, call: Call) -> web.StreamResponse:
    """Show rows of the audit, the newest first."""
    asked = call.request.query
    before = int(asked["before"]) if asked.get("before", "").isascii() and asked.get("before", "").isdigit() else 0
    act, subject = asked.get("act", "").strip()[:100], asked.get("subject", "").strip()[:100]
    rows = await desk.read_audit(before, act, subject)
    people = {f"person:{one.person_id}": f"{one.name} ({one.login})" for one in await desk.accounts.everybody()}
    return desk.pages.page(
        call,
        "audit",
        rows=rows,
        people=people,
        act=act,
        subject=subject,
        before=rows[-1].position if len(rows) == A_PAGE else 0,
    )
