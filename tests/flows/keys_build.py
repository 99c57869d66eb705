"""Two whole gateways over TLS whose keys, certificates and deny lists change while they run."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from gateway.app import running
from gateway.app.gateway import Gateway
from gateway.app.world import real_world
from gateway.cli.demo_data import agreements, card_case
from gateway.cli.federation import LocalSystem, Site, make_sites
from gateway.flows.keys.deciding import Deciding
from gateway.partners.partner import Partner
from gateway.settings import Settings, load_divisions, load_settings
from gateway.store import bodies
from gateway.trust.keys import new_key, save_key
from gateway.trust.suites import P256, KeyUse, SigningKey
from gateway.wire.codec import sealed_from_bytes
from tests.faults.waiting import until

ENSHI, QIANJIANG = "422800", "500114"
NAMES = {ENSHI: "恩施州", QIANJIANG: "黔江区"}
WITHIN = 15.0
"""Seconds in which what is waited for has to be; on a busy machine far more than it takes."""


@dataclass
class Side:
    """One region: its gateway, its folder, its local system."""

    code: str
    site: Site
    settings: Settings
    gateway: Gateway
    local: LocalSystem

    def partner(self, other: "Side") -> Partner:
        """The other region by the file in force here."""
        found = self.gateway.registry.current().of(other.code)
        assert found
        return found

    @property
    def deciding(self) -> Deciding:
        return Deciding(self.gateway.going_live)

    def file_of(self, other: "Side") -> Path:
        return next(self.settings.partners.glob(f"{other.code}-*.yaml"))

    def deny(self, text: str) -> None:
        """Write the deny list."""
        (self.settings.home / "revoked.yaml").write_text(text, encoding="utf-8")

    async def ask(self, other: "Side") -> None:
        """Have the other region describe itself, as a probe or the question every few minutes does."""
        await self.gateway.courier.describe(self.partner(other))

    async def submit(self, number: str) -> str:
        request = card_case(self.code, ENSHI if self.code == QIANJIANG else QIANJIANG, number, datetime.now(UTC), [])
        status, answer = await self.local.call("POST", "/v1/cases", request)
        assert status == 202, answer
        return str(answer["case_id"])

    async def kids_on_bodies(self, kind: str, sender: str) -> list[tuple[str, ...]]:
        """The key ids on everything of a kind that a region sealed and this one keeps, in its order."""
        vault = self.gateway.vault

        def look(tx: Any) -> list[bytes]:
            rows = tx.rows(
                "SELECT object_id FROM evidence WHERE kind = :kind AND sender = :sender ORDER BY position",
                {"kind": kind, "sender": sender},
            )
            return [bodies.fetch(tx, vault, sender, row[0]) for row in rows]

        sealed = await self.gateway.database.read(look)
        return [tuple(one.keyid for one in sealed_from_bytes(data).signatures) for data in sealed]


@dataclass
class Pair:
    """Two sides: 黔江 hands in, 恩施 decides."""

    qianjiang: Side
    enshi: Side


@asynccontextmanager
async def a_pair(folder: Path, *, collects: bool = False) -> AsyncIterator[Pair]:
    """Run both; with `collects` 黔江 may come and take what 恩施 owes it."""
    sites = make_sites(
        folder,
        NAMES,
        now=datetime.now(UTC) - timedelta(days=1),
        secret=secrets.token_bytes,
        agreements=agreements,
        extra_settings="\nlimits:\n  sweep_interval: 1s\nlog:\n  level: error\n",
        retry={"first_wait": "1s", "growth": "1.0", "longest_wait": "1s"},
    )
    if collects:
        (file,) = (sites[ENSHI].folder / "partners").glob(f"{QIANJIANG}-*.yaml")
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("status: active", "status: active\ndelivery: collect"), encoding="utf-8")
    async with AsyncExitStack() as on:
        session = await on.enter_async_context(aiohttp.ClientSession())
        sides = {}
        for code, site in sites.items():
            settings, findings = load_settings(site.folder / "gateway.yaml", load_divisions())
            assert settings, findings
            started = await on.enter_async_context(running(settings, real_world()))
            sides[code] = Side(code, site, settings, started.gateway, LocalSystem(site, session))
        yield Pair(sides[QIANJIANG], sides[ENSHI])


def next_keys(side: Side, *, in_seconds: float) -> dict[KeyUse, SigningKey]:
    """The next keys of a region, put into its folder as `tongban keys rotate` does."""
    start = datetime.now(UTC) + timedelta(seconds=in_seconds)
    made = {use: new_key(use, P256, now=start) for use in KeyUse}
    for key in made.values():
        save_key(side.settings.keys, key)
    return made


async def read_by(side: Side, keys: dict[KeyUse, SigningKey]) -> None:
    """Wait until a running gateway has read keys from its folder."""
    wanted = {key.kid for key in keys.values()}
    await until(lambda: wanted <= {key.kid for key in side.gateway.papers.keys.keys}, WITHIN, "the keys read")


async def in_force(keys: dict[KeyUse, SigningKey]) -> None:
    """Wait until keys may sign."""
    await until(lambda: all(key.may_sign_at(datetime.now(UTC)) for key in keys.values()), WITHIN, "the keys in force")
