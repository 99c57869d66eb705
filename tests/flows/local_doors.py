"""The real local door of a region of a flow test: its flows and its store over HTTP on loopback."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from gateway.app.local_door import systems_app
from gateway.local.system_file import May, Status
from gateway.local.systems import System, Systems
from gateway.settings import load_divisions
from gateway.telemetry import Metrics
from tests.flows.regions import Region

TestClient.__test__ = TestServer.__test__ = False  # type: ignore[attr-defined]

WINDOW_KEY, LINE_KEY = "tb_sys_window", "tb_sys_12345"


def a_system(name: str, key: str, *may: May, **changes: Any) -> System:
    """A local system with a key."""
    facts: dict[str, Any] = {
        "name": name,
        "title": name,
        "status": Status.ACTIVE,
        "keys": frozenset({hashlib.sha256(key.encode()).hexdigest()}),
        "token": None,
        "may": frozenset(may or set(May) - {May.PROGRESS}),
        "receives": (),
        "events": None,
        "mapping": None,
        "file": f"systems/{name}.yaml",
    }
    return System(**facts | changes)


@asynccontextmanager
async def door_of(region: Region, *systems: System) -> AsyncIterator[TestClient]:
    """The door of a region; by default its window system, and one of the 12345 line that may ask for progress."""
    known = systems or (a_system("window", WINDOW_KEY), a_system("line-12345", LINE_KEY, May.PROGRESS))
    app = systems_app(region.gateway, Systems.of(known, load_divisions()), Metrics())
    async with TestClient(TestServer(app)) as client:
        yield client


def by(key: str) -> dict[str, str]:
    """The header with which a system calls."""
    return {"Authorization": f"Bearer {key}"}


def on_the_wire(moment: datetime) -> str:
    """A moment as bodies write it."""
    return moment.isoformat().replace("+00:00", "Z")
