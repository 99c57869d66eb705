"""The wires between machines: every call may be late, lost, answered into the void, doubled, cut half-way.

A call is a request that travels, work at the far machine, and an answer that travels; each way is its own piece of luck.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from random import Random
from typing import Any

import grpc

from gateway.app.gateway import Gateway
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import Answers, MaterialStanding
from gateway.partners.partner import Partner
from gateway.peering import bounds
from gateway.peering.status import error_from_rpc, refusal_of
from tests.fakes import DirectCourier
from tests.simulation.machine import Lost, Machine
from tests.simulation.simulated_loop import OWNER, SimulatedLoop

SECONDS = {
    "describe": bounds.DESCRIBE_SECONDS,
    "deliver": bounds.DELIVER_SECONDS,
    "get_material": bounds.MATERIAL_SECONDS,
    "put_material": bounds.MATERIAL_SECONDS,
}
"""How long a caller waits; 30 otherwise, and what it asked for itself when it collects."""
PIECE = 1000
NO_ANSWER = object()


@dataclass
class Way:
    """One direction between two machines.

    Attributes:
        cut_until, slow_until: in loop time.
        noise: the chance that something happens to one message.
    """

    cut_until: float = 0.0
    slow_until: float = 0.0
    noise: float = 0.0


@dataclass
class Tally:
    """What happened on the wires."""

    calls: int = 0
    lost: int = 0
    answers_lost: int = 0
    doubled: int = 0
    cut: int = 0
    receipts: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    """The first batch that answered an envelope: (who answered, sender, envelope id)."""


class Network:
    """Carries calls between machines."""

    def __init__(self, loop: SimulatedLoop, chance: Random, trace: Callable[[str], None], breaches: list[str]) -> None:
        self.loop = loop
        self.machines: dict[str, Machine] = {}
        self.ways: dict[tuple[str, str], Way] = {}
        self.without_endpoint: set[str] = set()
        self.tally = Tally()
        self.breaches = breaches
        self.trace = trace
        self.chance = chance
        self.idle: Callable[[], float] = lambda: 0.0
        self._serial = itertools.count(1)
        self._under_way: dict[asyncio.Task[None], None] = {}

    def join(self, machine: Machine, noise: float, *, is_dialled: bool) -> None:
        """Wire a machine to all others."""
        for other in self.machines:
            self.ways[other, machine.code] = Way(noise=noise)
            self.ways[machine.code, other] = Way(noise=noise)
        if not is_dialled:
            self.without_endpoint.add(machine.code)
        self.machines[machine.code] = machine
        machine.courier = SimulatedCourier(machine, self)

    def heal(self) -> None:
        """Every wire works again and loses nothing."""
        for way in self.ways.values():
            way.cut_until = way.slow_until = way.noise = 0.0

    def check_receipts(self, recipient: str, sender: str, answers: Answers) -> None:
        """A repeat gets the first receipt, byte for byte."""
        for answer in answers.answers:
            if answer.receipt_batch_index is not None:
                batch = answers.receipt_batches[answer.receipt_batch_index]
                key = (recipient, sender, answer.envelope_id)
                if self.tally.receipts.setdefault(key, batch) != batch:
                    self.breaches.append(f"{answer.envelope_id} of {sender} has two receipts of {recipient}")

    def forget_receipts(self, recipient: str) -> None:
        """A recipient was restored: it may answer anew what it answered since its backup and nobody heard."""
        for key in [key for key in self.tally.receipts if key[0] == recipient]:
            del self.tally.receipts[key]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin something that belongs to no machine."""
        context = copy_context()
        context.run(OWNER.set, None)
        task = self.loop.create_task(work, context=context)
        self._under_way[task] = None
        task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._under_way.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            self.breaches.append(f"a wire broke: {error!r}")

    async def call(
        self, source: Machine, partner: Partner, name: str, seconds: float, asked: Callable[[Gateway], Awaitable[Any]]
    ) -> Any:
        """Make one call; returns the answer or raises what a courier raises."""
        if source.process is None or not source.process.alive:
            raise asyncio.CancelledError
        n = next(self._serial)
        self.tally.calls += 1
        if partner.code in self.without_endpoint:
            self.trace(f"{source.code}>{partner.code} {name} #{n}: nowhere to dial")
            raise _unreachable(partner)
        answer: asyncio.Future[Any] = self.loop.create_future()
        way = self.ways.get((source.code, partner.code), Way(cut_until=float("inf")))
        self.trace(f"{source.code}>{partner.code} {name} #{n}")
        self.spawn(self._carry(n, source, partner, name, seconds, asked, answer, self._late(way)))
        if self.chance.random() < way.noise / 2:
            self.tally.doubled += 1
            again: asyncio.Future[Any] = self.loop.create_future()
            late = self.chance.choice((0.0, 0.2, 40.0, 900.0)) + self._late(way)
            self.spawn(self._carry(n, source, partner, f"{name} again", seconds, asked, again, late))
        slow = GatewayError(Reason.PARTNER_SLOW, partner=partner.short_name, seconds=round(seconds))
        timer = self.loop.call_later(seconds, _fail, answer, slow)
        try:
            got = await answer
        finally:
            timer.cancel()
        if source.process is None or not source.process.alive:
            raise asyncio.CancelledError
        return got

    async def _carry(
        self,
        n: int,
        source: Machine,
        partner: Partner,
        name: str,
        seconds: float,
        asked: Callable[[Gateway], Awaitable[Any]],
        answer: asyncio.Future[Any],
        late: float,
    ) -> None:
        out = self.ways.get((source.code, partner.code), Way(cut_until=float("inf")))
        back = self.ways.get((partner.code, source.code), Way(cut_until=float("inf")))
        away = _unreachable(partner)
        lives = source.backups.lives
        await self.loop.sleep(late)
        # What a machine was sending when it burnt down never arrives: its connections went with it.
        if self._is_lost(out) or source.backups.lives != lives:
            self.tally.lost += 1
            self.trace(f"#{n} {name} is lost")
            if self.chance.random() < 0.6:
                await self.loop.sleep(self._late(back))
                _fail(answer, away)
            return
        got, failure = await self._served(n, source, partner, name, seconds, asked)
        if got is NO_ANSWER and failure is None:
            return
        if self._is_lost(back):
            self.tally.answers_lost += 1
            self.trace(f"#{n} {name}: the answer is lost")
            if self.chance.random() < 0.6:
                await self.loop.sleep(self._late(back))
                _fail(answer, away)
            return
        await self.loop.sleep(self._late(back))
        if failure is not None:
            _fail(answer, failure)
            return
        self.trace(f"#{n} {name} is answered")
        if not answer.done():
            answer.set_result(got)

    async def _served(
        self,
        n: int,
        source: Machine,
        partner: Partner,
        name: str,
        seconds: float,
        asked: Callable[[Gateway], Awaitable[Any]],
    ) -> tuple[Any, GatewayError | None]:
        """What the far machine says, or how that failed."""
        try:
            there = self.machines[partner.code]
            return await asyncio.wait_for(there.ask(asked, name, source.code), seconds), None
        except Lost:
            self.trace(f"#{n} {name} finds nobody")
            return NO_ANSWER, _unreachable(partner)
        except TimeoutError:
            return NO_ANSWER, None
        except GatewayError as error:
            self.trace(f"#{n} {name} is refused: {error.reason.value}")
            return NO_ANSWER, _as_the_caller_sees(error, partner, name)
        except Exception as error:  # noqa: BLE001 - a defect at the far side; the caller learns only that it failed
            self.breaches.append(f"{partner.code} broke down at {name} #{n}: {error!r}")
            return NO_ANSWER, GatewayError(Reason.PARTNER_FAILED, partner=partner.short_name, reason="INTERNAL")

    def _is_lost(self, way: Way) -> bool:
        return self.loop.time() < way.cut_until or self.chance.random() < way.noise

    def _late(self, way: Way) -> float:
        usual = self.chance.choice((0.005, 0.01, 0.02, 0.05))
        if self.loop.time() < way.slow_until:
            return usual + self.chance.choice((1.0, 8.0, 25.0))
        return usual + (self.chance.choice((0.5, 3.0)) if self.chance.random() < way.noise else 0.0)


class SimulatedCourier:
    """Carries over a simulated network; every method of `Courier` that asks once is a call like any other."""

    def __init__(self, own: Machine, network: Network) -> None:
        self._own = own
        self._network = network

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if name.startswith("_"):
            raise AttributeError(name)

        async def once(partner: Partner, *args: Any, **more: Any) -> Any:
            seconds = SECONDS.get(name, 30.0)
            return await self._network.call(
                self._own,
                partner,
                name,
                seconds,
                lambda there: getattr(DirectCourier(self._own.code, {partner.code: there}), name)(
                    partner, *args, **more
                ),
            )

        return once

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Any:
        """Hand over envelopes; whenever they are answered, the answer to each must be the first one."""
        network, own = self._network, self._own.code

        async def asked(there: Gateway) -> Any:
            answers = await DirectCourier(own, {partner.code: there}).deliver(partner, envelopes)
            network.check_receipts(partner.code, own, answers)
            return answers

        return await network.call(self._own, partner, "deliver", SECONDS["deliver"], asked)

    async def collect(self, partner: Partner, answered: Answers, max_envelopes: int, wait_seconds: int) -> Any:
        """Bring answers and take what is owed; the far side may wait before it answers."""
        self._network.check_receipts(self._own.code, partner.code, answered)
        # While everybody waits for days nobody needs to ask every half minute.
        idle = self._network.idle() if wait_seconds else 0.0
        await self._network.loop.sleep(idle)
        return await self._network.call(
            self._own,
            partner,
            "collect",
            wait_seconds + bounds.COLLECT_MARGIN_SECONDS,
            lambda there: DirectCourier(self._own.code, {partner.code: there}).collect(
                partner, answered, max_envelopes, wait_seconds
            ),
        )

    async def put_material(
        self, partner: Partner, case_id: str, sha256: str, offset: int, chunks: AsyncIterator[bytes]
    ) -> MaterialStanding:
        """Upload; now and then the line breaks half-way."""
        content = b"".join([chunk async for chunk in chunks])
        network = self._network
        way = network.ways.get((self._own.code, partner.code), Way())
        cut = len(content)
        if network.chance.random() < way.noise:
            network.tally.cut += 1
            cut = network.chance.randrange(len(content) + 1)

        async def asked(there: Gateway) -> MaterialStanding:
            direct = DirectCourier(self._own.code, {partner.code: there})
            return await direct.put_material(partner, case_id, sha256, offset, _pieces(content[:cut]))

        standing: MaterialStanding = await network.call(
            self._own, partner, "put_material", SECONDS["put_material"], asked
        )
        if cut < len(content):
            raise _unreachable(partner)
        return standing

    async def get_material(self, partner: Partner, case_id: str, sha256: str, offset: int) -> AsyncIterator[bytes]:
        """Download; now and then the line breaks half-way."""
        network = self._network

        async def asked(there: Gateway) -> bytes:
            direct = DirectCourier(self._own.code, {partner.code: there})
            return b"".join([chunk async for chunk in direct.get_material(partner, case_id, sha256, offset)])

        content: bytes = await network.call(self._own, partner, "get_material", SECONDS["get_material"], asked)
        way = network.ways.get((partner.code, self._own.code), Way())
        cut = len(content) + 1
        if network.chance.random() < way.noise:
            network.tally.cut += 1
            cut = network.chance.randrange(len(content) + 1)
        async for piece in _pieces(content[:cut]):
            yield piece
        if cut <= len(content):
            raise _unreachable(partner)


def _as_the_caller_sees(error: GatewayError, partner: Partner, name: str) -> GatewayError:
    refusal = refusal_of(error)
    rpc = grpc.aio.AioRpcError(
        refusal.code, grpc.aio.Metadata(), grpc.aio.Metadata(*refusal.metadata), refusal.message, None
    )
    return error_from_rpc(rpc, partner.short_name, rpc=name, seconds=30.0)


def _unreachable(partner: Partner) -> GatewayError:
    return GatewayError(Reason.PARTNER_UNREACHABLE, partner=partner.short_name, detail="no connection")


def _fail(answer: asyncio.Future[Any], error: GatewayError) -> None:
    if not answer.done():
        answer.set_exception(error)
        answer.exception()  # looked at: who asked may be gone


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]
