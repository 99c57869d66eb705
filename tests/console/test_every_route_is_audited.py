"""Each route of the console leaves a row in the audit, or stands here with the reason why it does not."""

import re
from pathlib import Path

from gateway.case.staff import RIGHTS, Right, Role
from gateway.console.route import Look, Route
from gateway.console.routes import ROUTES
from gateway.store import audit
from gateway.store.audit import Asked
from tests.console.people_build import QIANJIANG, Console, a_console

BEFORE_SIGNING_IN = "nobody is signed in: what comes of it is noted as console.sign_in, with or without success"
OWN_ACCOUNT = "one's own account; nothing of a case or of somebody else is on it"
SENT: dict[str, str] = {
    "/sign-in": "console.sign_in",
    "/sign-in/code": "console.sign_in",
    "/sign-out": "console.sign_out",
    "/language": "- a cookie of the browser; nothing is looked at or done",
    "/link/{token}": "console.password_chosen",
    "/sign-in/provider/logout": "console.session_ended",
    "/take-in/form": "case.submit",
    "/take-in/drafts/{draft}": "- one's own draft, which nobody else saw, is thrown away",
    "/take-in/files/{sha256}": "material.uploaded",
    "/cases/{case}/supplement": "case.act",
    "/cases/{case}/hand-over": "case.act",
    "/cases/{case}/unmask": "case.unmasked",
    "/cases/{case}/claim": "case.claim",
    "/cases/{case}/acts/{act}": "case.act",
    "/cases/{case}/notices/{kind}/{event}": "document.printed",
    "/search": "case.searched",
    "/search/export": "case.exported",
    "/search/views": "view.saved",
    "/search/views/{view}": "view.renamed",
    "/audit/export": "audit.exported",
    "/audit/verify": "audit.verified",
    "/partners/invite": "partner.invited",
    "/partners/add": "partner.added",
    "/partners/{code}/ask": "partner.asked",
    "/partners/{code}/test": "partner.test",
    "/partners/{code}/rollback": "partner.rollback",
    "/queue/find": "- leads to a page of its own, which is noted with the number",
    "/queue/act/{verb}": "queue.",
    "/reconciliation/run": "day.reconciled",
    "/reconciliation/{partner}/{day}": "day.explained",
    "/maintenance": "maintenance.announce",
    "/maintenance/end": "maintenance.end",
    "/keys/decide": "keys.",
    "/people/new": "console.person_added",
    "/people/{person}": "console.person_changed",
    "/people/{person}/link": "console.link",
    "/people/{person}/sessions": "console.session_ended",
    "/people/{person}/factor": "console.second_factor_dropped",
    "/people/{person}/identity": "console.identity_linked",
    "/people/{person}/identity/link": "console.link",
    "/people/{person}/identity/unlink": "console.identity_unlinked",
    "/account/factor": "console.second_factor",
}
"""Act of the row that each form leaves, or, after a hyphen, why it leaves none."""
OWN: dict[str, str] = {
    "/cases/{case}": "case.viewed",
    "/cases/{case}/slip": "document.shown",
    "/cases/{case}/materials/{sha256}/view": "material.viewed",
    "/cases/{case}/materials/{sha256}/download": "material.downloaded",
    "/search/views/{view}": "case.searched",
}
"""Act of the row of each page that keeps one of its own."""
PARTS: dict[str, str] = {
    "/live": "tells only that something changed; the page is fetched with all its checks",
    "/live/operations": "tells only that something changed; figures and states of operators' pages",
    "/figures/days.svg": "a picture in the page of figures, which is noted",
    "/figures/steps.svg": "a picture in the page of figures, which is noted",
}
NO_RIGHT: dict[str, str] = {
    "/": "numbers of what waits; the lists they lead to are noted",
    "/live/home": "tells only that a number of the home page changed",
    "/account": OWN_ACCOUNT,
    "/account/factor": OWN_ACCOUNT,
    "/sign-in": BEFORE_SIGNING_IN,
    "/sign-in/code": BEFORE_SIGNING_IN,
    "/link/{token}": BEFORE_SIGNING_IN,
    "/link/{token}/provider": BEFORE_SIGNING_IN,
    "/sign-in/provider": BEFORE_SIGNING_IN,
    "/sign-in/provider/done": BEFORE_SIGNING_IN,
    "/signed-out": BEFORE_SIGNING_IN,
}
SOURCES = "\n".join(file.read_text(encoding="utf-8") for file in sorted(Path("gateway").rglob("*.py")))


def paths(*, get: bool, look: Look | None = None, right: bool | None = None) -> set[str]:
    """Paths of routes of a kind."""
    return {
        one.path
        for one in ROUTES
        if (one.method == "GET") is get
        and (look is None or one.look is look)
        and (right is None or isinstance(one.needs, Right) is right)
    }


def test_every_route_says_what_it_leaves_in_the_audit() -> None:
    assert paths(get=False) == set(SENT)
    assert paths(get=True, look=Look.OWN) == set(OWN)
    assert paths(get=True, look=Look.PART) == set(PARTS)
    assert paths(get=True, right=False) == set(NO_RIGHT)
    for act in {*SENT.values(), *OWN.values()}:
        assert act.startswith("- ") or re.search(rf'"{re.escape(act)}', SOURCES), act


async def last(console: Console) -> tuple[int, str, str, str]:
    """The newest row of a person."""
    database = console.regions[QIANJIANG].gateway.database
    rows, _ = await database.read(lambda tx: audit.page(tx, Asked(people=True), 1))
    return (rows[0].position, rows[0].act, rows[0].outcome, rows[0].subject) if rows else (0, "", "", "")


def role_of(route: Route) -> Role:
    return next(role for role in Role if route.needs in RIGHTS[role])


async def test_every_page_that_is_opened_or_refused_is_a_row(tmp_path: Path) -> None:
    """Walked with ids that nobody has: what is there is opened, what is not is refused, and both are noted with the address."""
    async with a_console(tmp_path) as console:
        for role in Role:
            async with console.signed_in(role.value) as visitor:
                for route in ROUTES:
                    if route.method != "GET" or not isinstance(route.needs, Right) or route.look is Look.PART:
                        continue
                    before = (await last(console))[0]
                    path = re.sub(r"\{\w+\}", "none", route.path)
                    async with visitor.session.get(visitor.url + path, allow_redirects=False) as answer:
                        status = answer.status
                    position, act, outcome, subject = await last(console)
                    told = (role.value, path, status, act, outcome, subject)
                    if status < 300:
                        assert position > before, told
                        assert act == OWN.get(route.path, "page.opened"), told
                    elif status in (403, 404):
                        assert position > before, told
                        assert (act, subject) == ("page.refused", path), told
                        assert outcome.isupper(), told
                    else:
                        assert status in (303, 400, 409, 422), told
