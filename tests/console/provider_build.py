"""A console over TLS whose people sign in at a real small provider, and browsers that know both."""

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp

from gateway.cli.federation import free_ports
from gateway.console.desk import Desk
from gateway.console.oidc_provider import DONE
from gateway.flows.people.by_provider import ByProvider
from gateway.settings import Address, Settings, TlsPair
from gateway.settings.oidc import OidcEntry, resolved_oidc
from gateway.settings.settings import Console as ConsoleSettings
from gateway.trust.secret_files import write_secret
from tests.build import NOW
from tests.console.identity_provider import CLIENT, SECRET, IdentityProvider, an_identity_provider, certificate_for
from tests.console.people_build import PASSWORD, Console, Visitor, a_console

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
REFRESH = re.compile(r'http-equiv="refresh" content="0; url=([^"]+)"')
DEADLINE = timedelta(seconds=1)
"""Shorter than a file may say: nobody waits for a provider that never answers."""


@dataclass
class Meeting:
    """A console and the provider its people come from."""

    console: Console
    provider: IdentityProvider
    authorities: tuple[Path, Path]

    @property
    def desk(self) -> Desk:
        """What the pages set off."""
        return self.console.desk

    @property
    def flows(self) -> ByProvider:
        """Signing in through the provider."""
        assert self.desk.provider
        return self.desk.provider

    async def link(self, login: str, subject: str = "") -> None:
        """Link an account to somebody at the provider, as the security officer does."""
        self.provider.people.setdefault(login, {"sub": subject or f"sub-of-{login}", "preferred_username": login})
        signed_in = await self.desk.signing_in.sign_in("security", PASSWORD)
        officer = await self.desk.signing_in.who(signed_in.token)
        assert officer
        await self.flows.identities.link(officer, await self.person(login), self.provider.people[login]["sub"])

    async def person(self, login: str) -> str:
        """The id of an account."""
        return next(one.person_id for one in await self.desk.accounts.everybody() if one.login == login)

    async def newest(self, act: str = "") -> Any:
        """The newest row of the audit."""
        return (await self.desk.read_audit(0, act, ""))[0]

    @asynccontextmanager
    async def browser(self) -> AsyncIterator["Browser"]:
        """A browser that nobody has used."""
        trust = ssl.create_default_context()
        for file in self.authorities:
            trust.load_verify_locations(file)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, connector=aiohttp.TCPConnector(ssl=trust)) as session:
            yield Browser(self.console.url, session)


@dataclass
class Browser(Visitor):
    """A browser that follows people to the provider and back."""

    where: str = ""

    async def to_provider(self, path: str = "/sign-in/provider") -> str:
        """Follow the button; return what the provider shows."""
        return await self.get(path)

    async def sign_in_there(self, login: str, path: str = "/sign-in/provider", **more: str) -> str:
        """Sign in at the provider; return the console's page that comes of it."""
        await self.to_provider(path)
        assert 'name="login"' in self.text, self.text
        return await self.answer_there(login, **more)

    async def answer_there(self, login: str, **more: str) -> str:
        """Fill in the provider's page."""
        fields = {unescape(name): unescape(value) for name, value in HIDDEN.findall(self.text)}
        async with self.session.post(self.where, data=fields | {"login": login} | more) as answer:
            return await self._seen(answer)

    async def go_on(self) -> str:
        """Follow the page that leads on by itself."""
        found = REFRESH.search(self.text)
        assert found, self.text
        to = unescape(found[1])
        if to.startswith("/"):
            return await self.get(to)
        async with self.session.get(to) as answer:
            return await self._seen(answer)

    async def _seen(self, answer: aiohttp.ClientResponse) -> str:
        self.where = str(answer.url)
        return await super()._seen(answer)

    def cookies(self) -> dict[str, str]:
        """The cookies it keeps for the console."""
        return {cookie.key: cookie.value for cookie in self.session.cookie_jar if cookie.key.startswith("__Host-")}


@asynccontextmanager
async def a_meeting(folder: Path, *, secret: str | None = SECRET, **oidc: Any) -> AsyncIterator[Meeting]:
    """A console that is connected to a provider.

    Args:
        oidc: further keys of `console.oidc`.
    """
    async with an_identity_provider(lambda: NOW, folder / "sso") as (provider, authority):
        provider.secret = secret
        port = free_ports(1)[0]
        context, own_authority = certificate_for("127.0.0.1", folder / "tls")
        pair = TlsPair(folder / "tls" / "server.crt", folder / "tls" / "server.key")
        address = f"https://127.0.0.1:{port}"
        provider.returns = {address + DONE}
        if secret is not None:
            write_secret(folder / "client-secret", secret.encode() + b"\n")
        entry = OidcEntry(
            issuer=provider.issuer,
            client_id=CLIENT,
            client_secret_file=None if secret is None else "client-secret",
            return_to=address,
            authority=str(authority),
            **oidc,
        )
        named = resolved_oidc(entry, folder)
        assert named
        named = replace(named, deadline=DEADLINE)

        def connected(settings: Settings) -> Settings:
            listen = Address("127.0.0.1", port)
            console = ConsoleSettings(listen, pair, timedelta(minutes=30), timedelta(hours=12), named)
            return replace(settings, console=console)

        async with a_console(folder / "console", port=port, settings=connected, tls=context) as console:
            provider.clock = console.regions.clock
            yield Meeting(console, provider, (authority, own_authority))
