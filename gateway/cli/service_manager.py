"""What a service manager is told of a gateway that it started: ready, stopping, alive, in the words of sd_notify(3).

Guarantees that *ready* is said when both doors are open and never before, and that *alive* is said by the event loop
that does the work, so that a process whose loop hangs is started anew.  Where nobody asked to be told, nothing is.

Leaves to others: what a hung loop or a full disk means for health (`app.health`); starting anew mends only the first.
"""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress

SOCKET = "NOTIFY_SOCKET"
ALIVE_WITHIN = "WATCHDOG_USEC"
ALIVE_FROM = "WATCHDOG_PID"


class ServiceManager:
    """Whoever started the process and asked to be told.

    Args:
        environment: variables of the process; sd_notify(3) and sd_watchdog_enabled(3) say which.
        pid: number of this process; somebody else's `WATCHDOG_PID` asks nothing of us.
    """

    def __init__(self, environment: Mapping[str, str], pid: int) -> None:
        name = environment.get(SOCKET, "")
        # A name that begins with @ is in Linux's abstract namespace: its first byte is zero.
        self._address = "\0" + name[1:] if name.startswith("@") else name
        within = environment.get(ALIVE_WITHIN, "")
        ours = environment.get(ALIVE_FROM, str(pid)) == str(pid)
        self._alive_within = int(within) / 1e6 if ours and within.isascii() and within.isdigit() else 0.0

    @property
    def alive_every(self) -> float:
        """Seconds between two words of being alive: a third of what is demanded; 0 when nothing is."""
        return self._alive_within / 3 if self._address else 0.0

    def ready(self, status: str) -> None:
        """Say that the gateway takes calls, with a line for people."""
        self._tell(f"READY=1\nMAINPID={os.getpid()}\nSTATUS={' '.join(status.split())}")

    def stopping(self, seconds: float) -> None:
        """Say that a stop has begun and takes at most so many seconds."""
        self._tell(f"STOPPING=1\nEXTEND_TIMEOUT_USEC={int(seconds * 1e6)}")

    async def alive_for_ever(self) -> None:
        """Say again and again that the event loop turns; returns at once when nobody wants to know."""
        while every := self.alive_every:
            self._tell("WATCHDOG=1")
            await asyncio.sleep(every)

    def _tell(self, words: str) -> None:
        if not self._address:
            return
        # A service manager that is gone must not stop the gateway; it sees the process.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.setblocking(False)
            line.connect(self._address)
            line.send(words.encode())
