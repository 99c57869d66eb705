"""Ninety partners, most of them sick: what the healthy ones notice of it.

Cases go to the six healthy partners at a steady rate, first alone, then beside the sick.  Compared are the rate at
which receipts are settled and the 99th percentile of the time an envelope waits for its receipt.  The
sick may cost 5 %, or as much as the runs without them differ among themselves, whichever is more.

Measuring begins when the sick are known as such and the flood has begun: eighty-four files are read, and each of the sick was
tried in vain.  That the healthy notice nothing of a folder being read is asked by the row of the edited file.
"""

import asyncio
import json
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Self

import aiohttp
import apsw

from gateway.cli.demo_data import card_case
from gateway.cli.federation import Site, start, stop
from tests.faults.compare import compare, side
from tests.faults.crowd_partners import HEALTHY, ORIGIN, ROOT, Crowd, gathered
from tests.faults.load import Caller, Told
from tests.faults.proxy import Harm, Proxy, proxy_to
from tests.faults.schedule import Bites, Fault, Outcome, Planned
from tests.faults.stages import RunOne
from tests.faults.waiting import NotInTime, lapse, until

RATE = 40.0
CALLERS = 12
SICK_CASES = 3
FLOOD_RATE = 100.0
SLOW_SOCKETS = 40
SHARE = 0.05
SETTLED_WITHIN = 60.0
KNOWN_WITHIN = 30.0
RUN_SECONDS = {True: 3.0, False: 30.0}


@asynccontextmanager
async def crowd_stage(folder: Path) -> AsyncIterator[RunOne]:
    """Start the origin and its healthy partners."""
    async with AsyncExitStack() as on:
        slow = await on.enter_async_context(proxy_to(1))
        for way in (slow.onward, slow.back):
            way.turn(Harm.TRICKLE)
        crowd = await asyncio.to_thread(gathered, folder, slow.port)
        slow.target = int(str(crowd.sites[HEALTHY[0]].peering).rpartition(":")[2])

        async def end() -> None:
            await asyncio.gather(*(stop(site, hard=True) for site in crowd.sites.values()))

        on.push_async_callback(end)
        for site in crowd.sites.values():  # one after the other: seven starts at once would take longer than each may
            await start(site)
        yield lambda planned: _measured(crowd, slow, planned)


async def _measured(crowd: Crowd, slow: Proxy, planned: Planned) -> Outcome:
    outcome = Outcome(planned.fault.name, Bites(planned.times))
    chance, told = Random(planned.seed), Told()
    seconds = RUN_SECONDS[planned.times == 1]
    runs = 2 if planned.times == 1 else 3
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:
        caller = Caller(crowd.origin, session, told, lambda: datetime.now(UTC))
        load = _Load(crowd, caller, told, chance)
        await load.run("warm", 1.5)
        alone = [await load.run(f"alone-{n}", seconds) for n in range(runs)]
        crowd.let_sick_in()
        sick = [*crowd.dead, *crowd.trickling]
        async with asyncio.timeout(KNOWN_WITHIN):
            await asyncio.gather(*(load.submit(f"sick-{code}-{n}", code) for code in sick for n in range(SICK_CASES)))
        async with asyncio.timeout(KNOWN_WITHIN):
            await until(lambda: load.tried_in_vain(sick) == len(sick), KNOWN_WITHIN, "each of the sick tried in vain")
        async with _Plague(crowd) as plague:
            await load.run("between", 1.5)
            beside = [await load.run(f"beside-{n}", seconds) for n in range(runs)]
        healed = time.monotonic()
        try:
            await until(lambda: load.owed() == 0, SETTLED_WITHIN, "every healthy partner's receipts settled")
        except NotInTime as error:
            outcome.failure = str(error)
        outcome.recovered = time.monotonic() - healed
    outcome.bites.bit = slow.bitten + plague.turned_away + load.in_vain(sick)
    outcome.bites.injected = len(crowd.files)
    outcome.sent = len(told.cases)
    origin, known = side(crowd.origin.store_file, ORIGIN, "origin"), set(told.cases.values())
    for code in HEALTHY:
        handler = side(crowd.sites[code].store_file, code, "handler")
        numbers = {own: told.cases[own] for own in load.sent_to(code)}
        outcome.verdict.add(compare(origin, handler, numbers, acts={}, others=known, end="awaiting_sign_off"))
    hurt, outcome.bites.seen = judged(alone, beside)
    outcome.bites.seen += f"; flood {plague.answered} answered, {plague.turned_away} turned away"
    if hurt and not outcome.failure and runs > 2:
        outcome.failure = hurt
    return outcome


def judged(alone: Sequence[tuple[float, float]], beside: Sequence[tuple[float, float]]) -> tuple[str, str]:
    """Compare runs of (rate per second, p99 in ms); return what was hurt beyond what is allowed, and the figures."""
    hurt, figures = [], []
    for place, (name, worse) in enumerate((("rate/s", -1), ("p99 ms", 1))):
        before, after = [run[place] for run in alone], [run[place] for run in beside]
        allowed = max(SHARE * statistics.median(before), max(before) - min(before))
        difference = worse * (statistics.median(after) - statistics.median(before))
        figures.append(f"{name} {_shown(before)} alone, {_shown(after)} beside the sick")
        if difference > allowed:
            hurt.append(f"{name} worse by {difference:.1f}, allowed {allowed:.1f}")
    return "; ".join(hurt), "; ".join(figures)


def _shown(values: Sequence[float]) -> str:
    return "/".join(f"{value:.1f}" for value in values)


class _Load:
    """Submits to the healthy in turn, at a rate."""

    def __init__(self, crowd: Crowd, caller: Caller, told: Told, chance: Random) -> None:
        self._crowd = crowd
        self._caller = caller
        self._told = told
        self._chance = chance
        self._went: dict[str, str] = {}

    async def run(self, name: str, seconds: float) -> tuple[float, float]:
        """Submit for some seconds; return receipts settled per second, and the 99th percentile of their wait in ms."""
        begun, made = time.monotonic(), 0
        after = int(time.time() * 1e6)

        async def call() -> None:
            nonlocal made
            while time.monotonic() < begun + seconds:
                number = made
                made += 1
                await lapse(max(0.0, begun + number / RATE - time.monotonic()))
                await self.submit(f"{name}-{number}", HEALTHY[number % len(HEALTHY)])

        await asyncio.gather(*(call() for _ in range(CALLERS)))
        await until(lambda: self.owed() == 0, SETTLED_WITHIN, "the receipts of a run settled")
        waits = sorted(
            (settled - owed) / 1000
            for owed, settled in self._rows(
                f"SELECT owed_at, settled_at FROM outbox WHERE owed_at >= {after}"
                f" AND settled_at IS NOT NULL AND partner IN {HEALTHY}"
            )
        )
        last = max(row[0] for row in self._rows(f"SELECT MAX(settled_at) FROM outbox WHERE partner IN {HEALTHY}"))
        return len(waits) / ((last - after) / 1e6), waits[int(len(waits) * 0.99)]

    async def submit(self, own: str, code: str) -> None:
        """Submit one case to a partner."""
        request = card_case(ORIGIN, "422800", own, self._caller.clock(), [])
        request["handler"] = {"division": f"{code}000000"}
        body = json.dumps(request, ensure_ascii=False).encode()
        answer = await self._caller.until_done("POST", "/v1/cases", lambda: body, {"Idempotency-Key": own})
        self._told.cases[own] = str(answer["case_id"])
        self._went[own] = code

    def sent_to(self, code: str) -> list[str]:
        """Return the numbers of the cases that went to a partner."""
        return [own for own, went in self._went.items() if went == code]

    def owed(self) -> int:
        """How many envelopes the healthy are owed."""
        sql = f"SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL AND partner IN {HEALTHY}"
        return int(self._rows(sql)[0][0])

    def in_vain(self, sick: Sequence[str]) -> int:
        """How often the sick were tried in vain."""
        return int(self._rows(f"SELECT COALESCE(SUM(failures), 0) FROM peers WHERE partner IN {tuple(sick)}")[0][0])

    def tried_in_vain(self, sick: Sequence[str]) -> int:
        """How many of the sick were tried in vain at least once."""
        sql = f"SELECT COUNT(*) FROM peers WHERE failures > 0 AND partner IN {tuple(sick)}"
        return int(self._rows(sql)[0][0])

    def _rows(self, sql: str) -> list[tuple[int, ...]]:
        connection = apsw.Connection(str(self._crowd.origin.store_file), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return list(connection.execute(sql))
        finally:
            connection.close()


class _Plague:
    """What the sick do to the origin while the block runs: one floods it, forty connections send a byte a second."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self.answered = self.turned_away = 0

    async def __aenter__(self) -> Self:
        command = (sys.executable, "-m", "tests.faults.flood", str(self._crowd.flooder), str(FLOOD_RATE))
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        self._drops = asyncio.create_task(_drip(self._crowd.origin))
        async with asyncio.timeout(KNOWN_WITHIN):
            output = self._process.stdout
            if output is None or await output.readline() != b"begun\n":
                raise RuntimeError("the flood ended before it was answered")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._drops.cancel()
        await asyncio.gather(self._drops, return_exceptions=True)
        said, _ = await self._process.communicate(b"")
        self.answered, self.turned_away = (int(word) for word in said.split())


async def _drip(origin: Site) -> None:
    """Hold connections to the peering door open that never finish a handshake."""
    host, _, port = str(origin.peering).rpartition(":")
    sockets: list[socket.socket] = []
    try:
        while True:
            while len(sockets) < SLOW_SOCKETS:
                sockets.append(socket.create_connection((host, int(port)), timeout=1.0))
            for one in list(sockets):
                try:
                    one.send(b"\x16")
                except OSError:
                    sockets.remove(one)
                    one.close()
            await lapse(1.0)
    finally:
        for one in sockets:
            one.close()


async def _never(stage: object, chance: Random, times: int) -> Bites:
    raise AssertionError("this family is measured by its own stage")


FAULTS = (Fault(name="90 partners, 36 of them sick", family="crowd", inject=_never, times=2, short=1),)
