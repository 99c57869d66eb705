"""The addresses of signing in through an identity provider, and of linking accounts to it."""

from gateway.case.staff import Right
from gateway.console import identity_pages, provider_pages
from gateway.console.route import Door, Route

PROVIDER_ROUTES: tuple[Route, ...] = (
    Route("GET", "/sign-in/provider", provider_pages.go_to_provider, Door.OPEN),
    Route("GET", "/sign-in/provider/done", provider_pages.come_back, Door.OPEN),
    Route("POST", "/sign-in/provider/logout", provider_pages.hear_of_sign_out, Door.OPEN),
    Route("GET", "/signed-out", provider_pages.show_signed_out, Door.OPEN),
    Route("GET", "/link/{token}/provider", provider_pages.go_to_provider_by_link, Door.OPEN),
    Route("POST", "/people/{person}/identity", identity_pages.link_identity, Right.GIVE_RIGHTS),
    Route("POST", "/people/{person}/identity/link", identity_pages.make_identity_link, Right.GIVE_RIGHTS),
    Route("POST", "/people/{person}/identity/unlink", identity_pages.unlink_identity, Right.GIVE_RIGHTS),
)
