"""Local systems for operators: what each may do and receives, what waits for it, and what is wrong in its file.

What is wrong in wordings of notices stands there too: they are files of this machine that nobody else shows.
"""

from aiohttp import web

from gateway.console.call import Call
from gateway.console.desk import Desk


async def show_systems(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the systems as their files have them now, with the news each has not confirmed."""
    seen = await desk.operating.systems()
    return desk.pages.page(
        call,
        "systems",
        systems=seen.systems,
        file_findings=seen.findings,
        notice_findings=desk.papers.wordings.findings,
        unclaimed=seen.unclaimed,
    )
