"""A console of a real gateway, and people who use it over real HTTP."""

import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import aiohttp

from gateway.app.console_door import desk
from gateway.app.console_listening import console_listening
from gateway.case.staff import Role
from gateway.console.app import console_app
from gateway.console.desk import Desk
from gateway.flows.people.accounts import Wanted
from gateway.settings import Settings
from gateway.store.people import set_password
from gateway.trust.passwords import hashed
from tests.flows.regions import Regions, regions

QIANJIANG, ENSHI = "500114", "422800"
PASSWORD = "Good-passw0rd-示例"
TOKEN = re.compile(r'name="page_token" value="([0-9a-f]*)"')


@dataclass
class Visitor:
    """A browser: one session, its cookies, and the page it saw last."""

    url: str
    session: aiohttp.ClientSession
    status: int = 0
    text: str = ""
    address: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str) -> str:
        """Load a page; return its text."""
        async with self.session.get(self.url + path) as answer:
            return await self._seen(answer)

    async def post(self, path: str, **fields: str | list[str]) -> str:
        """Send the form of the page seen last; return the text of what came of it."""
        found = TOKEN.search(self.text)
        data = [("page_token", found[1] if found else "")]
        for name, value in fields.items():
            data += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        async with self.session.post(self.url + path, data=data) as answer:
            return await self._seen(answer)

    async def sign_in(self, login: str, password: str = PASSWORD) -> str:
        """Sign in with a password."""
        await self.get("/sign-in")
        return await self.post("/sign-in", login=login, password=password, to="/")

    async def _seen(self, answer: aiohttp.ClientResponse) -> str:
        self.status, self.text, self.address = answer.status, await answer.text(), answer.url.path
        self.headers = dict(answer.headers)
        return self.text


@dataclass
class Console:
    """The console of one region with an account for every role."""

    url: str
    desk: Desk
    regions: Regions

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator[Visitor]:
        """A browser that nobody has used."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            yield Visitor(self.url, session)

    @asynccontextmanager
    async def signed_in(self, login: str) -> AsyncIterator[Visitor]:
        """A browser in which somebody signed in."""
        async with self.visitor() as visitor:
            await visitor.sign_in(login)
            assert visitor.status == 200, visitor.text
            assert visitor.address == "/"
            yield visitor


@cache
def hash_of_all() -> str:
    """The hash of the password everybody has."""
    return hashed(PASSWORD)


@asynccontextmanager
async def a_console(
    folder: Path,
    *,
    people: bool = True,
    port: int = 0,
    settings: Callable[[Settings], Settings] = lambda as_is: as_is,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Console]:
    """Serve the console of 黔江 with an account for each role, all with the same password, or with none.

    Args:
        settings: changes what its `gateway.yaml` says.
        tls: it is served over TLS with this.
    """
    async with regions(folder, QIANJIANG, ENSHI) as both:
        here = both[QIANJIANG]
        served = desk(here.gateway, settings(here.settings))
        async with console_listening(console_app(served), "127.0.0.1", port, tls=tls, grace=0.0) as taken:
            if people:
                await add_everybody(served)
            yield Console(f"{'https' if tls else 'http'}://127.0.0.1:{taken}", served, both)


async def add_everybody(served: Desk) -> None:
    """Make an account for each role: `security` by a link, the others by `security`.

    Their passwords are hashed once for all tests: hashing takes 100 ms of two processors by design.
    """
    token = await served.signing_in.make_link("first", "", "machine:console")
    security = Wanted("security", "安全员", "A000", "政务服务中心", f"{served.region}000000", frozenset())
    await served.accounts.add_first(token, security, PASSWORD)
    officer = await served.signing_in.who((await served.signing_in.sign_in("security", PASSWORD)).token)
    assert officer
    for role in Role:
        if role is Role.SECURITY:
            continue
        wanted = replace(security, login=role.value, name=f"{role.value}员", roles=frozenset({role}))
        person, _ = await served.accounts.add(officer, wanted)
        await _give_password(served, person.person_id)


async def _give_password(served: Desk, person_id: str) -> None:
    now = served.accounts.clock()
    await served.accounts.database.write(lambda tx: set_password(tx, person_id, hash_of_all(), now))
