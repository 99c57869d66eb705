"""Several regions on this machine, each in a process of its own, introduced to one another.

For the demo, the bench and tests with whole processes: real stores, real certificates, real sockets on loopback.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    RetryError,
    retry_if_exception_type,
    stop_after_delay,
    stop_any,
    wait_fixed,
)
from tenacity.stop import stop_base

from gateway.case.code.divisions import Divisions
from gateway.cli.homes import Plan, make_home
from gateway.flows.onboarding.partner_entry import entry, entry_text
from gateway.settings import Address, load_divisions, load_settings
from gateway.trust.keys import load_keys

HERE = "127.0.0.1"
READY_WITHIN = 90.0


@dataclass(slots=True)
class Site:
    """One region on this machine.

    Attributes:
        system: name of its local system; api_key: that system's key.
    """

    code: str
    name: str
    folder: Path
    peering: Address
    local: Address
    system: str
    api_key: str = field(repr=False)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where local systems call."""
        return f"http://{self.local}"

    @property
    def control_socket(self) -> Path:
        """Where its operator speaks to it."""
        return self.folder / "data" / "control.sock"

    @property
    def store_file(self) -> Path:
        """Its database."""
        return self.folder / "data" / "store.sqlite3"


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((HERE, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def make_sites(
    folder: Path,
    names: Mapping[str, str],
    *,
    now: datetime,
    secret: Callable[[int], bytes],
    agreements: Callable[[str, str], Sequence[Mapping[str, Any]]],
    retry: Mapping[str, str] | None = None,
    extra_settings: str = "",
    dials_only: Collection[str] = (),
) -> dict[str, Site]:
    """Make a folder for each region and introduce all to one another.

    Args:
        names: region code → name.
        agreements: (ours, theirs) → the agreements `ours` writes into its file for `theirs`; without any it writes none.
        retry: the retry schedule of every partner file, when not the default.
        extra_settings: YAML appended to each gateway.yaml.
        dials_only: regions that nobody can dial; they collect.
    """
    divisions = load_divisions()
    ports = free_ports(2 * len(names))
    sites = {
        code: _made(
            folder / f"{code}-{name}",
            Plan(
                region=code,
                name=name,
                peering=Address(HERE, ports[2 * n]),
                local=Address(HERE, ports[2 * n + 1]),
                endpoints=() if code in dials_only else (Address(HERE, ports[2 * n]),),
                system="zongchuang",
            ),
            now,
            secret,
            divisions,
            extra_settings,
        )
        for n, (code, name) in enumerate(names.items())
    }
    for ours in sites.values():
        for theirs in sites.values():
            agreed = agreements(ours.code, theirs.code) if ours is not theirs else ()
            if agreed:
                _introduce(ours, theirs, agreed, retry, divisions)
    return sites


def _made(
    folder: Path,
    plan: Plan,
    now: datetime,
    secret: Callable[[int], bytes],
    divisions: Divisions,
    extra_settings: str,
) -> Site:
    home = make_home(folder, plan, now=now, divisions=divisions, secret=secret)
    if extra_settings:
        with home.settings_file.open("a", encoding="utf-8") as file:
            file.write(extra_settings)
    key = home.system
    return Site(plan.region, plan.name, home.folder, plan.peering, plan.local, key.name, key.api_key)


def _introduce(
    ours: Site,
    theirs: Site,
    agreed: Sequence[Mapping[str, Any]],
    retry: Mapping[str, str] | None,
    divisions: Divisions,
) -> None:
    settings, _ = load_settings(theirs.folder / "gateway.yaml", divisions)
    if settings is None:
        raise RuntimeError(f"the settings of {theirs.code} do not load")
    described = entry(settings, load_keys(settings.keys).keys)
    # Neighbours on one machine, in a hurry: what a bench or a drill sends is not to be slowed down.
    described["limits"] = {"envelopes_per_minute": 600_000, "concurrent_calls": 64}
    if retry:
        described["retry"] = dict(retry)
    described["agreements"] = list(agreed)
    file = ours.folder / "partners" / f"{theirs.code}-{theirs.name}.yaml"
    file.write_text("# 示例: 演示用伙伴文件 / sample\n" + entry_text(described), encoding="utf-8")


async def start(site: Site, *, ahead: str = "", environment: Mapping[str, str] | None = None) -> None:
    """Start a region's gateway, its clock put forward by `ahead` (such as `30d`), and wait until it is ready.

    Args:
        environment: added to that of this process.

    Raises:
        RuntimeError: it ended or was not ready within 30 seconds; its log says why.
    """
    log = site.folder / "gateway.log"
    with log.open("ab") as output:
        site.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "serve", "--home", str(site.folder)),
            *(("--ahead", ahead) if ahead else ()),
            stdout=output,
            stderr=output,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | dict(environment or {}),
        )
    try:
        async with aiohttp.ClientSession() as session:
            await _ready(site, site.process, session)
    except RetryError:
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"the gateway of {site.name} is not ready; end of {log}:\n{tail}") from None


class _Ended(stop_base):
    """Stops asking a process that has ended."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def __call__(self, retry_state: RetryCallState) -> bool:
        return self._process.returncode is not None


async def _ready(site: Site, process: asyncio.subprocess.Process, session: aiohttp.ClientSession) -> None:
    """Ask until the gateway says that it is ready; stop asking when it has ended."""
    patience = stop_any(stop_after_delay(READY_WITHIN), _Ended(process))
    async for attempt in AsyncRetrying(
        stop=patience, wait=wait_fixed(0.1), retry=retry_if_exception_type(aiohttp.ClientError)
    ):
        with attempt:
            async with session.get(f"{site.url}/health/ready") as answer:
                answer.raise_for_status()


async def stop(site: Site, *, hard: bool = False) -> None:
    """Stop a region's gateway; `hard` kills it as a power failure would."""
    process, site.process = site.process, None
    if process is None or process.returncode is not None:
        return
    process.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
    await process.wait()


async def start_all(sites: Iterable[Site], *, ahead: str = "") -> None:
    """Start all regions side by side, their clocks put forward by `ahead`."""
    await asyncio.gather(*(start(site, ahead=ahead) for site in sites))


async def stop_all(sites: Iterable[Site]) -> None:
    """Stop all regions side by side."""
    await asyncio.gather(*(stop(site) for site in sites))


class LocalSystem:
    """A local system of one region: calls its gateway's HTTP door."""

    def __init__(self, site: Site, session: aiohttp.ClientSession, *, api_key: str = "") -> None:
        self._site = site
        self._session = session
        self._headers = {"Authorization": f"Bearer {api_key or site.api_key}"}

    async def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Call the door; return status and decoded answer."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body, ensure_ascii=False).encode()
        wanted = {"Content-Type": "application/json"} | self._headers | dict(headers or {})
        async with self._session.request(method, self._site.url + path, data=data, headers=wanted) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else None
