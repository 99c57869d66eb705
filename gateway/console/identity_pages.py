"""Whose identity an account is linked to, for the security officer: a one-time link, a subject, unlinking."""

from aiohttp import web

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS
from gateway.console.people import address_of_link, person_page
from gateway.console.provider_pages import need_provider
from gateway.console.rendering import findings_by_field


async def make_identity_link(desk: Desk, call: Call) -> web.StreamResponse:
    """Make a link by which the owner of an account is bound to who they are at the provider."""
    provider = need_provider(desk)
    person, _ = await desk.accounts.find(call.request.match_info["person"])
    token = await provider.identities.make_link(call.person, person.person_id)
    return desk.pages.page(call, "identity_link_made", who=person, link=address_of_link(call, token))


async def link_identity(desk: Desk, call: Call) -> web.StreamResponse:
    """Link an account to a subject the officer read out of the provider."""
    provider, person_id = need_provider(desk), call.request.match_info["person"]
    try:
        await provider.identities.link(call.person, person_id, call.field("subject"))
    except GatewayError as error:
        if error.reason is not Reason.BAD_REQUEST:
            raise
        return await person_page(desk, call, status=422, findings=findings_by_field(error, call.lang))
    raise web.HTTPSeeOther(f"/people/{person_id}?saved", headers=HEADERS)


async def unlink_identity(desk: Desk, call: Call) -> web.StreamResponse:
    """Link an account to no identity any more."""
    provider, person_id = need_provider(desk), call.request.match_info["person"]
    await provider.identities.unlink(call.person, person_id)
    raise web.HTTPSeeOther(f"/people/{person_id}?saved", headers=HEADERS)
