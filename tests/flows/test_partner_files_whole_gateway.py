"""Running gateways: a file is saved and is live, a rehearsal calls the new address over TLS, and metrics tell what is held back."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.app import Running, running
from gateway.app.world import real_world
from gateway.case.texts import Lang
from gateway.cli.control import speak_to
from gateway.cli.demo_data import agreements
from gateway.cli.federation import free_ports, make_sites
from gateway.cli.tree import run
from gateway.flows.partner_files.go_live import Reload
from gateway.settings import Settings, load_divisions, load_settings

ENSHI, QIANJIANG = "422800", "500114"
Captured = pytest.CaptureFixture[str]


@dataclass
class Ours:
    """The gateway whose files are edited."""

    settings: Settings
    running: Running
    reloads: asyncio.Queue[Reload] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        tell = self.running.gateway.going_live.tell

        def telling(reload: Reload) -> None:
            tell(reload)
            self.reloads.put_nowait(reload)

        self.running.gateway.going_live.tell = telling

    @property
    def file(self) -> Path:
        (file,) = self.settings.partners.glob(f"{ENSHI}-*.yaml")
        return file

    async def saved(self, old: str, new: str) -> Reload:
        """Save another content and wait until the gateway has told what came of it."""
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new, 1), encoding="utf-8")
        async with asyncio.timeout(30):
            return await self.reloads.get()

    async def get(self, path: str) -> Any:
        async with speak_to(self.settings.control_socket, Lang.ZH) as control:
            return await control.get(path)

    async def partners(self, *arguments: str) -> int:
        return await asyncio.to_thread(run, ["partners", *arguments, "--home", str(self.settings.home)])


@asynccontextmanager
async def ours(folder: Path) -> AsyncIterator[Ours]:
    names = {ENSHI: "恩施州", QIANJIANG: "黔江区"}
    sites = make_sites(folder, names, now=datetime.now(UTC), secret=secrets.token_bytes, agreements=agreements)
    async with AsyncExitStack() as on:
        started = {}
        for code, site in sites.items():
            settings, findings = load_settings(site.folder / "gateway.yaml", load_divisions())
            assert settings, findings
            started[code] = settings, await on.enter_async_context(running(settings, real_world()))
        yield Ours(*started[QIANJIANG])


async def test_saved_files_are_live_and_told_everywhere_without_a_restart(tmp_path: Path) -> None:
    async with ours(tmp_path) as here:
        reload = await here.saved("status: active", "status: paused")
        assert dict(reload.live) == {ENSHI: 2}
        partner = here.running.gateway.registry.current().of(ENSHI)
        assert partner
        assert partner.status.value == "paused"
        reload = await here.saved("status: paused", "status: pausd")
        assert reload.refused == (here.file.name,)
        metrics = await here.running.gateway.database.read(lambda tx: tx.rows("SELECT outcome FROM partner_edits"))
        assert [row[0] for row in metrics] == ["live", "live", "refused"]
        seen = await here.get("/v1/partner-files")
        assert seen["held_back"] == [f"partners/{here.file.name}"]
        assert (seen["partners"][0]["version"], seen["partners"][0]["held_back"]) == (2, True)


async def test_a_rehearsal_calls_the_new_address_over_tls(tmp_path: Path, capsys: Captured) -> None:
    async with ours(tmp_path) as here:
        partner = here.running.gateway.registry.current().of(ENSHI)
        assert partner
        address = partner.endpoints[0].address
        content = yaml.safe_load(here.file.read_text(encoding="utf-8"))
        (closed,) = free_ports(1)
        draft = tmp_path / "draft.yaml"
        for there, passed in ((address.replace("127.0.0.1", "localhost"), True), (f"127.0.0.1:{closed}", False)):
            content["endpoints"] = [{"address": there, "server_name": "127.0.0.1"}]
            draft.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
            assert await here.partners("check", str(draft), "--against", "live", "--json") == (0 if passed else 1)
            found = json.loads(capsys.readouterr().out)
            (called,) = found["called"]
            assert called["passed"] is passed, called
            assert called["addresses"] == [there]
            assert called["said"][0]["zh"]
        assert here.reloads.empty(), "nothing went live"
