"""What a service manager is told, over a real socket as systemd makes one."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.service_manager import ServiceManager

PID = 4711


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(str(tmp_path / "notify"))
        one.settimeout(10)
        yield one


def heard(ear: socket.socket) -> list[str]:
    return ear.recv(4096).decode().splitlines()


def told_through(ear: socket.socket, **more: str) -> ServiceManager:
    return ServiceManager({"NOTIFY_SOCKET": ear.getsockname(), **more}, PID)


def test_ready_is_told_with_a_line_for_people(ear: socket.socket) -> None:
    told_through(ear).ready("恩施州 (422800)\n网关已就绪")

    words = heard(ear)
    assert words[0] == "READY=1"
    assert words[2] == "STATUS=恩施州 (422800) 网关已就绪"


def test_a_stop_says_how_long_it_may_take(ear: socket.socket) -> None:
    told_through(ear).stopping(20.0)

    assert heard(ear) == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=20000000"]


def test_a_socket_in_the_abstract_namespace_is_reached() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("\0tongban-test-notify")
        ear.settimeout(10)
        ServiceManager({"NOTIFY_SOCKET": "@tongban-test-notify"}, PID).stopping(1)

        assert heard(ear)[0] == "STOPPING=1"


async def test_being_alive_is_told_three_times_in_the_time_demanded(ear: socket.socket) -> None:
    manager = told_through(ear, WATCHDOG_USEC="300000", WATCHDOG_PID=str(PID))
    assert manager.alive_every == pytest.approx(0.1)
    task = asyncio.create_task(manager.alive_for_ever())
    try:
        assert await asyncio.to_thread(heard, ear) == ["WATCHDOG=1"]
        assert await asyncio.to_thread(heard, ear) == ["WATCHDOG=1"]
    finally:
        task.cancel()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": "300000"},
        {"NOTIFY_SOCKET": "/nowhere/at/all"},
        {"NOTIFY_SOCKET": "/nowhere/at/all", "WATCHDOG_USEC": "300000", "WATCHDOG_PID": "1"},
        {"NOTIFY_SOCKET": "/nowhere/at/all", "WATCHDOG_USEC": "soon"},
    ],
    ids=["nobody", "no socket", "a manager that is gone", "another process is asked", "no number"],
)
async def test_nothing_goes_wrong_where_nobody_listens(environment: dict[str, str]) -> None:
    manager = ServiceManager(environment, PID)
    manager.ready("x")
    manager.stopping(1)

    assert manager.alive_every == 0
    await asyncio.wait_for(manager.alive_for_ever(), 10)
