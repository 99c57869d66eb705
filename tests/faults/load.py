"""The load of a drill: a window that submits and a department that handles, both as careful local systems are.

Both repeat every request until it is acknowledged: the same body under the same Idempotency-Key.  So whatever they were
told is the whole truth with which both databases are compared.
"""

import asyncio
import hashlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import aiohttp

from gateway.cli.demo_data import card_case, event, file_material
from gateway.cli.federation import Site
from tests.faults.waiting import lapse

ANSWER_WITHIN = 10.0
PAUSE = 0.1
LATEST_PAUSE = 1.0
BURST = 120
LATER_RATE = 4.0
"""Cases per second once the first 120 were submitted: a fault that takes minutes must not end with a queue of thousands."""
FILE_BYTES = 48 * 1024
_BYTES = "application/octet-stream"
WORK = ("received_by_handler", "accepted", "decided")
DETAILS: Mapping[str, Mapping[str, Any]] = {
    "accepted": {"acceptance_number": "示例受〔2026〕1号"},
    "decided": {"decision": "granted", "document_number": "示例许〔2026〕1号"},
    "note": {"text": "窗口留言 (示例)"},
}


@dataclass(slots=True)
class Told:
    """What the local systems were told.

    Attributes:
        cases: the window's own number → co-operation number.
        acts: case → kinds of events that were acknowledged.
        refused: every other answer, and every broken call, counted.
        waits: seconds from the first try of a submission to its acknowledgement.
    """

    cases: dict[str, str] = field(default_factory=dict)
    acts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)


class Caller:
    """Repeats a request until it is acknowledged.

    Args:
        clock: the time of the region, which a drill may have moved.
    """

    def __init__(self, site: Site, session: aiohttp.ClientSession, told: Told, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._session = session
        self._told = told
        self._refused = False
        self.clock = clock

    async def until_done(
        self, method: str, path: str, body: Callable[[], bytes], headers: Mapping[str, str] | None = None
    ) -> Any:
        """Return the answer.  The body is made anew only after it was refused: then nothing of it was kept."""
        data, pause = body(), PAUSE
        while not (answer := await self.once(method, path, data, headers)):
            if self._refused:
                data = body()
            await lapse(pause)
            pause = min(pause * 1.5, LATEST_PAUSE)
        return answer

    async def once(self, method: str, path: str, data: bytes, headers: Mapping[str, str] | None = None) -> Any:
        """Return the answer; None when it was put off, refused or never came."""
        sent = {"Authorization": f"Bearer {self._site.api_key}", "Content-Type": "application/json"}
        self._refused = False
        try:
            async with (
                asyncio.timeout(ANSWER_WITHIN),
                self._session.request(
                    method, self._site.url + path, data=data, headers=sent | dict(headers or {})
                ) as answer,
            ):
                raw = await answer.read()
                said = json.loads(raw) if raw else {}
                if answer.status in {200, 201, 202}:
                    return said
                self._told.refused[f"{answer.status} {said.get('reason', '')}"] += 1
                self._refused = answer.status < 500
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._told.refused[type(error).__name__] += 1
        return None


class Window:
    """Takes applications at the origin and submits them.

    Args:
        rate: cases per second, all callers together.
    """

    def __init__(
        self, caller: Caller, origin: str, handler: str, told: Told, *, prefix: str, rate: float, seed: int
    ) -> None:
        self._caller = caller
        self._places = origin, handler
        self._told = told
        self._prefix = prefix
        self._rate = rate
        self._chance = Random(seed)
        self._made = 0
        self._begun = 0.0
        self.open = True

    async def work(self) -> None:
        """Submit until closed."""
        self._begun = self._begun or time.monotonic()
        while self.open:
            number = self._made
            self._made += 1
            due = self._begun + min(number, BURST) / self._rate + max(0, number - BURST) / LATER_RATE
            await lapse(max(0.0, due - time.monotonic()))
            if not self.open:
                return
            await self._submit(number)

    async def _submit(self, number: int) -> None:
        own = f"{self._prefix}-{number}"
        begun = time.monotonic()
        materials = [await self._file(own)] if number % 7 == 3 else []
        answer = await self._caller.until_done(
            "POST",
            "/v1/cases",
            lambda: _encoded(card_case(*self._places, own, self._caller.clock(), materials)),
            {"Idempotency-Key": own},
        )
        case_id = str(answer["case_id"])
        if self._told.cases.setdefault(own, case_id) != case_id:
            self._told.contradictions.append(f"{own}: told {self._told.cases[own]} and {case_id}")
        self._told.waits.append(time.monotonic() - begun)
        if number % 5 == 1:
            await post(self._caller, self._told, self._places[0], case_id, "note")

    async def _file(self, own: str) -> dict[str, Any]:
        content = hashlib.sha256(own.encode()).digest() * (FILE_BYTES // 32)
        digest, size = hashlib.sha256(content).hexdigest(), len(content)
        state = {"offset": 0, "complete": False}
        while not state["complete"]:
            rest, start = content[state["offset"] :], state["offset"]
            whole = {"Content-Range": f"bytes {start}-{size - 1}/{size}", "Content-Type": _BYTES}
            state = await self._caller.once("PUT", f"/v1/materials/{digest}", rest, whole)
            if not state:  # cut off somewhere: ask where to go on
                asking = {"Content-Range": f"bytes */{size}", "Content-Type": _BYTES}
                state = await self._caller.until_done("PUT", f"/v1/materials/{digest}", bytes, asking)
        return file_material("m1", "身份证", digest, len(content), "身份证.jpg")


class Department:
    """Reads its feed at the handler and works every case: signs, accepts, decides; then confirms.

    A case that is told again, because a confirmation was lost, is not worked twice.
    """

    def __init__(self, caller: Caller, code: str, told: Told) -> None:
        self._caller = caller
        self._code = code
        self._told = told
        self._worked: set[str] = set()

    async def work(self) -> None:
        """Work until cancelled."""
        while True:
            path = "/v1/feed?after=0&limit=60&wait=2"
            answer = await self._caller.until_done("GET", path, bytes)
            items = answer["items"]
            if not items:
                continue
            cases = {item["case_id"] for item in items if item["kind"] == "case"} - self._worked
            await asyncio.gather(*(self._handle(case_id) for case_id in sorted(cases)))
            last = max(item["position"] for item in items)
            await self._caller.until_done("POST", "/v1/feed/confirm", lambda last=last: _encoded({"up_to": last}))

    async def _handle(self, case_id: str) -> None:
        for word in WORK:
            await post(self._caller, self._told, self._code, case_id, word)
        self._worked.add(case_id)


async def post(caller: Caller, told: Told, code: str, case_id: str, word: str) -> None:
    """Post an event until it is acknowledged."""
    await caller.until_done(
        "POST",
        f"/v1/cases/{case_id}/events",
        lambda: _encoded(event(word, code, caller.clock(), **DETAILS.get(word, {}))),
        {"Idempotency-Key": f"{case_id}-{word}"},
    )
    told.acts[case_id].append("".join(part.title() for part in word.split("_")))  # as the store names kinds


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
