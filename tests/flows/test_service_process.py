"""A gateway under a service manager: told ready when its doors are open, alive, stopping; and asked how it is."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.speech import ExitCode

PATIENCE = 60


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    ports = ["--peering", "127.0.0.1:0", "--local", "127.0.0.1:0"]
    assert tongban("init", str(folder), "--region", "500114", "--yes", *ports).returncode == 0
    return folder


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(str(tmp_path / "notify"))
        one.settimeout(PATIENCE)
        yield one


def tongban(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words], capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def heard(ear: socket.socket, first: str) -> list[str]:
    """Listen until a word that begins so."""
    while True:
        words = ear.recv(4096).decode().splitlines()
        if words[0].startswith(first):
            return words


async def test_a_service_manager_hears_of_every_step(home: Path, ear: socket.socket) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "serve", "--home", str(home),
        env={**os.environ, "NOTIFY_SOCKET": ear.getsockname(), "WATCHDOG_USEC": "3000000"},
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        ready = await asyncio.to_thread(heard, ear, "READY=1")
        assert f"MAINPID={process.pid}" in ready
        assert "500114" in ready[2]
        assert await asyncio.to_thread(heard, ear, "WATCHDOG=1") == ["WATCHDOG=1"]

        asked = await asyncio.to_thread(tongban, "health", "--home", str(home), "--json")
        assert asked.returncode == ExitCode.OK, asked.stderr
        assert json.loads(asked.stdout)["ok"] is True
        live = await asyncio.to_thread(tongban, "--lang", "zh", "health", "--live", "--home", str(home))
        assert (live.returncode, live.stdout) == (ExitCode.OK, "进程在应答\n")

        process.send_signal(signal.SIGTERM)
        assert (await asyncio.to_thread(heard, ear, "STOPPING=1"))[1].startswith("EXTEND_TIMEOUT_USEC=")
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    gone = await asyncio.to_thread(tongban, "health", "--home", str(home))
    assert gone.returncode == ExitCode.NOT_RUNNING


async def test_a_gateway_that_takes_nothing_says_why(home: Path) -> None:
    with (home / "gateway.yaml").open("a", encoding="utf-8") as settings:
        settings.write("limits:\n  least_free_disk: 1024GiB\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "--lang", "zh", "serve", "--home", str(home),
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        while "已就绪" not in (line := (await asyncio.wait_for(process.stderr.readline(), PATIENCE)).decode()):
            assert line, "it ended before it was ready"
        asked = await asyncio.to_thread(tongban, "--lang", "zh", "health", "--home", str(home))
        assert asked.returncode == ExitCode.REFUSED, asked.stdout
        assert asked.stdout.startswith("不能接件\n[红] ")
        assert "(disk, 20" in asked.stdout
        assert "怎么办: " in asked.stdout
        live = await asyncio.to_thread(tongban, "health", "--live", "--home", str(home))
        assert live.returncode == ExitCode.OK
    finally:
        process.kill()
        await process.wait()


async def test_init_can_leave_a_running_gateway(tmp_path: Path, ear: socket.socket) -> None:
    home = tmp_path / "new"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "init", str(home), "--region", "433100", "--yes", "--start",
        "--peering", "127.0.0.1:0", "--local", "127.0.0.1:0",
        env={**os.environ, "NOTIFY_SOCKET": ear.getsockname()},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert "433100" in (await asyncio.to_thread(heard, ear, "READY=1"))[2]
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
