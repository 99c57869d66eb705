"""The load: a local system that submits cases over HTTP as fast as it is answered, or at a rate."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp

from gateway.cli.demo_data import card_case
from gateway.cli.federation import Site


@dataclass(slots=True)
class Load:
    """What was submitted and when.

    Attributes:
        sent: co-operation number → (asked, answered), seconds on the monotonic clock.
        refused: answers other than 202.
    """

    sent: dict[str, tuple[float, float]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From the first request to the last answer."""
        if not self.sent:
            return 0.0
        return max(end for _, end in self.sent.values()) - min(start for start, _ in self.sent.values())


def request_bytes(origin: str, handler: str, number: str) -> bytes:
    """Return one request of about 2 KB, a form with its explanation included."""
    request = card_case(origin, handler, number, datetime.now(UTC), [])
    request["form"] |= {"说明": "因长期使用磨损, 读卡困难, 申请换领。" * 20}
    return json.dumps(request, ensure_ascii=False).encode()


async def submit_for(
    origin: Site, handler: str, seconds: float, *, callers: int, rate: float, batch: int, prefix: str
) -> Load:
    """Submit for some seconds.

    Args:
        callers: connections at once.
        rate: cases per second over all callers; 0 for as many as are answered.
        batch: cases per request; 1 uses POST /v1/cases, more POST /v1/cases/batch.
    """
    load = Load()
    begun = time.monotonic()
    end = begun + seconds
    turn = _turns(begun, rate / batch if rate else 0.0)
    headers = {"Authorization": f"Bearer {origin.api_key}"}
    connector = aiohttp.TCPConnector(limit=callers)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        await asyncio.gather(
            *(_caller(session, origin, handler, end, turn, batch, f"{prefix}-{n}", load) for n in range(callers))
        )
    return load


def _turns(begun: float, per_second: float) -> Callable[[], float]:
    taken = 0

    def turn() -> float:
        nonlocal taken
        taken += 1
        return begun + taken / per_second if per_second else 0.0

    return turn


async def _caller(
    session: aiohttp.ClientSession,
    origin: Site,
    handler: str,
    end: float,
    turn: Callable[[], float],
    batch: int,
    prefix: str,
    load: Load,
) -> None:
    made = 0
    while time.monotonic() < end:
        due = turn()
        if due and (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        bodies = [request_bytes(origin.code, handler, f"{prefix}-{made + n}") for n in range(batch)]
        made += batch
        asked = due or time.monotonic()
        await (_one if batch == 1 else _many)(session, origin, bodies, asked, load)


async def _one(session: aiohttp.ClientSession, origin: Site, bodies: list[bytes], asked: float, load: Load) -> None:
    headers = {"Content-Type": "application/json"}
    async with session.post(f"{origin.url}/v1/cases", data=bodies[0], headers=headers) as answer:
        raw = await answer.read()
        _note(answer.status, raw, asked, load)


async def _many(session: aiohttp.ClientSession, origin: Site, bodies: list[bytes], asked: float, load: Load) -> None:
    headers = {"Content-Type": "application/x-ndjson"}
    async with session.post(f"{origin.url}/v1/cases/batch", data=b"\n".join(bodies), headers=headers) as answer:
        for line in (await answer.read()).splitlines():
            _note(json.loads(line)["status"], line, asked, load)


def _note(status: int, raw: bytes, asked: float, load: Load) -> None:
    answered = time.monotonic()
    said = json.loads(raw)
    said = said.get("answer", said)
    if status == 202:
        load.sent[said["case_id"]] = (asked, answered)
    else:
        load.refused.append(f"{status} {said.get('reason')}")
