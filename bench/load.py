"""The load: a local system that submits cases over HTTP as fast as it is answered, or at a rate."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from bench.line import Line
from gateway.cli.demo_data import card_case
from gateway.cli.federation import Site

NUMBER = "the number of one case"


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

    @property
    def waits(self) -> list[float]:
        """Seconds from each request to its answer."""
        return [end - start for start, end in self.sent.values()]


def request_bytes(origin: str, handler: str, number: str) -> bytes:
    """Return one request of about 2 KB, a form with its explanation included."""
    before, after = _around(origin, handler)
    return before + number.encode() + after


@lru_cache
def _around(origin: str, handler: str, division: str = "") -> tuple[bytes, bytes]:
    """Return what stands before and after the number in a request, so that a load has nothing to encode."""
    request = card_case(origin, handler, NUMBER, datetime.now(UTC), [])
    request["form"] |= {"说明": "因长期使用磨损, 读卡困难, 申请换领。" * 20}
    if division:
        request["handler"]["division"] = division
    before, after = json.dumps(request, ensure_ascii=False).encode().split(NUMBER.encode())
    return before, after


def request_to(origin: str, handler: str, division: str, number: str) -> bytes:
    """Return a request like that for `handler`, to be decided in another division."""
    before, after = _around(origin, handler, division)
    return before + number.encode() + after


async def submit_for(
    origin: Site,
    handler: str,
    seconds: float,
    *,
    callers: int,
    rate: float,
    batch: int,
    prefix: str,
    most: int = 0,
    body_of: Callable[[str], bytes] | None = None,
) -> Load:
    """Submit for some seconds.

    Args:
        callers: connections at once.
        rate: cases per second over all callers; 0 for as many as are answered.
        batch: cases per request; 1 uses POST /v1/cases, more POST /v1/cases/batch.
        most: end after so many cases; 0 for no such end.
        body_of: makes the request of a number, when it is not for `handler`.
    """
    load = Load()
    begun = time.monotonic()
    turns = _Turns(begun, begun + seconds, rate / batch if rate else 0.0, most)
    make = body_of or (lambda number: request_bytes(origin.code, handler, number))
    lines = [await Line.to(origin.local.host, origin.local.port, origin.api_key) for _ in range(callers)]
    try:
        await asyncio.gather(*(_caller(line, make, turns, batch, prefix, load) for line in lines))
    finally:
        for line in lines:
            await line.close()
    return load


class _Turns:
    """Gives each request its number and its time."""

    def __init__(self, begun: float, end: float, per_second: float, most: int) -> None:
        self._begun, self._end, self._per_second, self._most = begun, end, per_second, most
        self._taken = 0

    def take(self, batch: int) -> tuple[int, float] | None:
        """Return the place of the next request and when it is due; None when the load is over."""
        place = self._taken
        due = self._begun + place / batch / self._per_second if self._per_second else 0.0
        if max(due, time.monotonic()) >= self._end or (self._most and place >= self._most):
            return None
        self._taken += batch
        return place, due


async def _caller(line: Line, make: Callable[[str], bytes], turns: _Turns, batch: int, prefix: str, load: Load) -> None:
    while (turn := turns.take(batch)) is not None:
        place, due = turn
        if due and (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        bodies = [make(f"{prefix}-{place + n}") for n in range(batch)]
        # A request that had to wait for a free connection was asked when it was due.
        await (_one if batch == 1 else _many)(line, bodies, due or time.monotonic(), load)


async def _one(line: Line, bodies: Sequence[bytes], asked: float, load: Load) -> None:
    status, raw = await line.call("POST", "/v1/cases", bodies[0], Content_Type="application/json")
    _note(status, raw, asked, load)


async def _many(line: Line, bodies: Sequence[bytes], asked: float, load: Load) -> None:
    body = b"\n".join(bodies)
    _, raw = await line.call("POST", "/v1/cases/batch", body, Content_Type="application/x-ndjson")
    for answer in raw.splitlines():
        _note(json.loads(answer)["status"], answer, asked, load)


def _note(status: int, raw: bytes, asked: float, load: Load) -> None:
    answered = time.monotonic()
    said = json.loads(raw)
    said = said.get("answer", said)
    if status == 202:
        load.sent[said["case_id"]] = (asked, answered)
    else:
        load.refused.append(f"{status} {said.get('reason')}")
