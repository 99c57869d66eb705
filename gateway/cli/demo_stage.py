"""What the stories of the demo play on: the regions, what their systems do, and time that can be put forward."""

import asyncio
import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from gateway.cli.demo_data import REGIONS, event
from gateway.cli.federation import LocalSystem, Site, start, stop_all

ENSHI, QIANJIANG, XIANGXI = REGIONS
PATIENCE = 30.0


class StoryFailed(Exception):
    """A story did not end as it must; says where it stood."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a story ended on both sides: state, own number, receipts that were verified and settled."""

    number: str
    origin: str
    handler: str


@dataclass(slots=True)
class Stage:
    """What a story plays on.

    Attributes:
        tell: shows a line of progress.
        foreign: the foreign-format system: region, name and sample request.
    """

    sites: Mapping[str, Site]
    systems: Mapping[str, LocalSystem]
    clock: Callable[[], datetime]
    tell: Callable[[str], None]
    foreign: "Foreign"
    finished: list["Ending"] = field(default_factory=list)
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """Return the time of the regions."""
        return self.clock() + self.ahead

    async def put_forward(self, days: int) -> None:
        """Stop every region and start it again with its clock put forward, as if so many days had passed."""
        self.ahead += timedelta(days=days)
        await stop_all(self.sites.values())
        for site in self.sites.values():
            await start(site, ahead=f"{self.ahead.days}d")
        self.tell(f"时间快进 {days} 天 (演练用, 三个地区一起)")

    async def command(self, code: str, *words: str) -> str:
        """Run `tongban` at a region and return what it prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", *words, "--home", str(self.sites[code].folder), "--lang", "zh"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        expect(process.returncode == 0, f"tongban {' '.join(words)}: {said.decode()}")
        return said.decode()

    def operator(self, code: str) -> "Operator":
        """Return a region's operator, who sees every case in the standard words."""
        return Operator(self.sites[code].control_socket)

    def side(self, code: str) -> tuple[str, LocalSystem]:
        """Return a region with its local system."""
        return code, self.systems[code]

    async def submit(self, code: str, request: Mapping[str, Any]) -> str:
        """Submit a case at a region; return its co-operation number."""
        status, answer = await self.systems[code].call(
            "POST", "/v1/cases", request, headers={"Idempotency-Key": request["origin_number"]}
        )
        expect(status in (200, 201, 202), f"{REGIONS[code]} 收件: HTTP {status} {answer}")
        number = str(answer["case_id"])
        self.tell(f"{REGIONS[code]} 收件, 协同编号 {number}")
        return number

    async def act(self, code: str, number: str, word: str, words: str, /, **rest: Any) -> None:
        """Post an event at a region."""
        body = event(word, code, self.now(), **rest)
        status, answer = await self.systems[code].call("POST", f"/v1/cases/{number}/events", body)
        expect(status in (200, 201, 202), f"{REGIONS[code]} {words}: HTTP {status} {answer}")
        self.tell(f"{REGIONS[code]} {words}")

    async def try_act(self, code: str, number: str, word: str, /, **rest: Any) -> dict[str, Any]:
        """Post an event that must be refused; return the problem."""
        body = event(word, code, self.now(), **rest)
        status, answer = await self.systems[code].call("POST", f"/v1/cases/{number}/events", body)
        expect(status >= 400, f"{REGIONS[code]} {word}: 应被拒绝, 实为 HTTP {status}")
        return dict(answer)

    async def view(self, code: str, number: str) -> dict[str, Any]:
        """Return a case as a region sees it; empty while it does not know it."""
        status, answer = await self.systems[code].call("GET", f"/v1/cases/{number}")
        return dict(answer) if status == 200 else {}

    async def until(self, code: str, number: str, *states: str) -> dict[str, Any]:
        """Wait until a case is in one of these states at a region."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        seen: dict[str, Any] = {}
        while loop.time() < end:
            seen = await self.view(code, number)
            if seen.get("state") in states:
                return seen
            await asyncio.sleep(0.05)
        raise StoryFailed(f"{REGIONS[code]}: {number} 应为 {'/'.join(states)}, 现为 {seen.get('state')}")

    async def claim(self, code: str, number: str) -> None:
        """Wait for a case to arrive at the handler and learn it from the feed."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while loop.time() < end:
            _, answer = await self.systems[code].call("GET", "/v1/feed?after=0&limit=100&wait=1")
            entries = answer.get("items", [])
            if any(entry["case_id"] == number and entry["kind"] == "case" for entry in entries):
                last = max(entry["position"] for entry in entries)
                await self.systems[code].call("POST", "/v1/feed/confirm", {"up_to": last})
                self.tell(f"{REGIONS[code]} 的业务系统从待办中领到该件并确认收到")
                return
        raise StoryFailed(f"{REGIONS[code]}: {number} 没有出现在待办中")

    async def upload(self, code: str, content: bytes) -> tuple[str, int]:
        """Upload a file at a region; return digest and size."""
        digest = hashlib.sha256(content).hexdigest()
        whole = f"bytes 0-{len(content) - 1}/{len(content)}"
        headers = {"Content-Type": "application/octet-stream", "Content-Range": whole}
        status, answer = await self.systems[code].call("PUT", f"/v1/materials/{digest}", content, headers=headers)
        expect(status in (200, 201), f"{REGIONS[code]} 上传: HTTP {status} {answer}")
        return digest, len(content)


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever may open the control socket of a region."""

    socket: Path

    async def call(self, method: str, path: str) -> tuple[int, Any]:
        """Return status and decoded answer."""
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(self.socket))) as session,
            session.request(method, f"http://gateway{path}") as answer,
        ):
            return answer.status, await answer.json(content_type=None)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A local system with a format of its own: where it stands and one of its requests."""

    code: str
    system: str
    caller: LocalSystem
    request: Path


def expect(is_so: bool, otherwise: str) -> None:
    """Raise StoryFailed unless something is so."""
    if not is_so:
        raise StoryFailed(otherwise)
