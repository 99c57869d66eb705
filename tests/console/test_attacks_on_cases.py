"""People with an account of their own reach for cases, accounts and files that are not theirs, and act twice, late, or at once."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from gateway.app.console_door import desk
from gateway.app.console_listening import console_listening
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.staff import Role
from gateway.console.app import console_app
from gateway.console.guard import URL_ENCODED
from gateway.console.routes import ROUTES
from gateway.flows.act import OPERATOR
from gateway.flows.people.accounts import Wanted
from gateway.store import audit
from tests.console.acts_build import PDF, a_case_here, hidden
from tests.console.people_build import PASSWORD, QIANJIANG, TOKEN, Console, Visitor, a_console

ELSEWHERE = "500114101000"
"""A town of 黔江: what the district decides is not its business."""


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path) as one:
        yield one


async def another(console: Console, login: str, division: str, *roles: Role) -> str:
    """Make an account; return its id."""
    accounts, entering = console.desk.accounts, console.desk.signing_in
    officer = await entering.who((await entering.sign_in("security", PASSWORD)).token)
    assert officer
    wanted = Wanted(login, "另一员", "B1", "中心", division, frozenset(roles))
    person, link = await accounts.add(officer, wanted)
    await accounts.choose_password(link, PASSWORD)
    return person.person_id


async def events_of(console: Console, number: str) -> list[str]:
    gateway = console.regions[QIANJIANG].gateway
    view = await gateway.looking.look_at_case(OPERATOR, number)
    return [type(one.event.happening).__name__ for one in view.events if one.event]


async def test_no_address_opens_a_case_of_another_place(console: Console) -> None:
    number = await a_case_here(console, ("申请表.pdf", PDF, "application/pdf"))
    gateway = console.regions[QIANJIANG].gateway
    view = await gateway.looking.look_at_case(OPERATOR, number)
    (digest,) = {file.sha256 for one in view.case.materials for file in (one.form,) if hasattr(file, "sha256")}
    await another(console, "town", ELSEWHERE, Role.WINDOW, Role.HANDLER)
    values = {"case": number, "act": "accepted", "sha256": digest, "envelope": view.events[0].row.envelope_id}
    reached = []
    async with console.signed_in("town") as visitor:
        for route in ROUTES:
            if "{case}" not in route.path or any(name not in values for name in re.findall(r"{(\w+)}", route.path)):
                continue
            path = re.sub(r"{(\w+)}", lambda found: values[found[1]], route.path)
            await visitor.get("/account")
            await (visitor.get(path) if route.method == "GET" else visitor.post(path, reason="随便看看", way="x"))
            if visitor.status != 404 or number in visitor.text.replace(f"/cases/{number}", ""):
                reached.append((route.method, route.path, visitor.status))
        for asked in (f"case={number}", f"case={number}&side=handler"):
            await visitor.get(f"/live?{asked}")
            reached += [("GET", "/live", visitor.status)] if visitor.status != 404 else []
        await visitor.get("/search")
        for field in ({"number": number}, {"name": view.case.applicant.name}, {"state": "awaiting_sign_off"}):
            await visitor.post("/search", **field)
            reached += [("POST", "/search", visitor.status)] if f"/cases/{number}" in visitor.text else []
            await visitor.post("/search/export", **field, reason="核对清单", kind="csv")
            reached += [("POST", "/search/export", visitor.status)] if number in visitor.text else []
    assert not reached


async def test_a_file_of_another_case_is_not_to_be_had_under_ones_own(console: Console) -> None:
    one = await a_case_here(console, ("申请表.pdf", PDF, "application/pdf"))
    other = await a_case_here(console, ("身份证.pdf", PDF + b"\n%other", "application/pdf"))
    view = await console.regions[QIANJIANG].gateway.looking.look_at_case(OPERATOR, other)
    digest = getattr(view.case.materials[0].form, "sha256", "")
    assert digest
    async with console.signed_in("handler") as visitor:
        for way in ("", "/view", "/download"):
            await visitor.get(f"/cases/{other}/materials/{digest}{way}") if not way else None
            await visitor.get(f"/cases/{one}/materials/{digest}{way}")
            assert visitor.status == 404, way


async def test_two_handlers_act_at_once_and_the_second_is_told(console: Console) -> None:
    number = await a_case_here(console)
    await another(console, "second", f"{QIANJIANG}000000", Role.HANDLER)
    async with console.signed_in("handler") as first, console.signed_in("second") as second:
        ways = [(first, f"/cases/{number}/acts/accepted"), (second, f"/cases/{number}/acts/not_accepted")]
        for one, path in ways:
            await one.get(path)
        await asyncio.gather(*(one.post(path, **hidden(one), reason="不属于本机关") for one, path in ways))
        statuses = sorted(one.status for one in (first, second))
        assert statuses == [200, 412]
        lost = first if first.status == 412 else second
        assert "不属于本机关" in lost.text or lost is first
        assert len(await events_of(console, number)) == 1


async def test_one_form_sent_five_times_at_once_acts_once(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as visitor:
        path = f"/cases/{number}/acts/received_by_handler"
        await visitor.get(path)
        data = {"page_token": token_of(visitor), **hidden(visitor), "handler_number": "QJ-1"}

        async def send() -> int:
            async with visitor.session.post(visitor.url + path, data=data, allow_redirects=False) as answer:
                return answer.status

        assert set(await asyncio.gather(*(send() for _ in range(5)))) == {303}
        assert await events_of(console, number) == ["ReceivedByHandler"]


async def test_a_form_whose_answer_was_lost_is_sent_again_after_a_restart_and_acts_once(console: Console) -> None:
    number = await a_case_here(console)
    here = console.regions[QIANJIANG]
    async with console.signed_in("handler") as visitor:
        path = f"/cases/{number}/acts/received_by_handler"
        await visitor.get(path)
        form, page = hidden(visitor), visitor.text
        await visitor.post(path, **form, handler_number="QJ-1")
        await console.regions.reopen(here)
        async with console_listening(console_app(desk(here.gateway, here.settings)), "127.0.0.1", 0) as port:
            visitor.url, visitor.text = f"http://127.0.0.1:{port}", page
            await visitor.post(path, **form, handler_number="QJ-1")
            assert (visitor.status, visitor.address) == (200, f"/cases/{number}"), (
                "the session is there, and the act was done"
            )
    assert await events_of(console, number) == ["ReceivedByHandler"]


async def test_who_trickles_a_form_does_not_act_once_their_account_is_closed(console: Console) -> None:
    number = await a_case_here(console)
    clerk = await another(console, "leaver", f"{QIANJIANG}000000", Role.HANDLER)
    for kind, as_body in (("multipart/form-data; boundary=B", as_parts), (URL_ENCODED, as_query)):
        await set_active(console, clerk, active=True)
        async with console.signed_in("leaver") as visitor:
            path = f"/cases/{number}/acts/received_by_handler"
            await visitor.get(path)
            whole = as_body({"page_token": token_of(visitor), **hidden(visitor), "handler_number": "QJ-1"})
            slow, headers = trickled(console, clerk, whole), {"Content-Type": kind}
            async with visitor.session.post(visitor.url + path, data=slow, headers=headers) as answer:
                assert answer.status == 401, kind
    assert await events_of(console, number) == []


async def trickled(console: Console, clerk: str, whole: bytes) -> AsyncIterator[bytes]:
    """A body in two halves; between them the account of its sender is closed."""
    half = len(whole) * 2 // 3
    yield whole[:half]
    await set_active(console, clerk, active=False)
    yield whole[half:]


async def set_active(console: Console, person_id: str, *, active: bool) -> None:
    accounts, entering = console.desk.accounts, console.desk.signing_in
    officer = await entering.who((await entering.sign_in("security", PASSWORD)).token)
    assert officer
    person, _ = await accounts.find(person_id)
    wanted = Wanted(person.login, "另一员", "B1", "中心", person.division, person.roles)
    await accounts.change(officer, person_id, wanted, active=active)


async def test_what_is_typed_into_the_wrong_field_of_a_search_is_not_kept(console: Console) -> None:
    async with console.signed_in("handler") as visitor:
        await visitor.get("/search")
        for typed in ("向小满", "422801199001010026", "x; 原因=编造的"):
            await visitor.post("/search", item=typed, partner=typed)
            assert visitor.status in (200, 422)
    database = console.regions[QIANJIANG].gateway.database
    rows = repr(await database.read(lambda tx: audit.newest(tx, 0, "case.searched", "", 100)))
    for typed in ("向小满", "422801199001010026", "编造"):
        assert typed not in rows


async def test_acts_on_an_account_nobody_has_leave_no_row_of_their_own(console: Console) -> None:
    entering, accounts = console.desk.signing_in, console.desk.accounts
    officer = await entering.who((await entering.sign_in("security", PASSWORD)).token)
    assert officer
    for doing in (accounts.drop_factor(officer, "向小满"), accounts.end_session(officer, "向小满", "x")):
        with pytest.raises(GatewayError) as refused:
            await doing
        assert refused.value.reason is Reason.PERSON_UNKNOWN
    database = console.regions[QIANJIANG].gateway.database
    assert "向小满" not in repr(await database.read(lambda tx: audit.newest(tx, 0, "", "", 100)))


async def test_nothing_of_a_page_is_kept_by_the_browser(console: Console) -> None:
    number = await a_case_here(console)
    async with console.signed_in("handler") as visitor:
        for path in ("/", f"/cases/{number}", "/handler", "/search", "/account", "/nothing", "/people"):
            await visitor.get(path)
            assert visitor.headers["Cache-Control"] == "no-store", path
        assert "historyCacheSize&#34;:0" in visitor.text or '"historyCacheSize":0' in visitor.text
        await visitor.get("/account")
        async with visitor.session.post(
            visitor.url + "/sign-out", data={"page_token": token_of(visitor)}, allow_redirects=False
        ) as answer:
            assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
            assert answer.headers["Cache-Control"] == "no-store"


def token_of(visitor: Visitor) -> str:
    found = TOKEN.search(visitor.text)
    assert found
    return found[1]


def as_query(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


def as_parts(fields: dict[str, str]) -> bytes:
    parts = [
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    return "".join([*parts, "--B--\r\n"]).encode()
