"""Two regions under everything that may go wrong between them, in any order: nothing lost, nothing doubled, one story.

Each region is origin of some cases and handler of others.  Ways are cut, answers get lost, envelopes come twice or out
of turn, processes die before and after their bytes arrive, a week goes by.  Once all is healed both sides must tell
the same, and go on talking.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from gateway.app.gateway import Gateway
from gateway.app.opening import opened
from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.kinds import Decision
from gateway.case.lifecycle import Standing, possible
from gateway.case.reasons import Reason
from gateway.case.states import FINAL, Party, State
from gateway.flows.collect import Collector
from gateway.flows.courier import Answers, HandedOut
from gateway.flows.look import CaseView
from gateway.flows.submit import Submission
from gateway.partners.partner import Partner
from gateway.store import bodies, cases, evidence, feed, outbox
from gateway.store import events as event_store
from gateway.store.database import Transaction
from gateway.store.outbox import Owed
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.header import header_from_bytes
from tests.build import FORM, HAPPENINGS, a_digest, a_file, a_material
from tests.fakes import DirectCourier, UnreliableCourier
from tests.flows.regions import Region, Regions, a_world, regions

ENSHI, QIANJIANG = "422800", "500114"
CODES = (QIANJIANG, ENSHI)
MOST_CASES = 5
ROUNDS = 12
"""Times of five hours in which everything must have left; less than the week an envelope lives."""

Value = TypeVar("Value")

REGIONS = st.sampled_from(CODES)
PICKS = st.integers(0, 63)
ENDINGS = (ev.Withdrawn, ev.Voided, ev.Returned, ev.NotAccepted, ev.Referred)
NOT_HANDED_OVER = (State.UNDELIVERABLE, State.REFUSED_BY_PARTNER)


class Death(Enum):
    """When a process dies that is sending."""

    BEFORE = "before its bytes leave"
    AFTER = "after its bytes arrived"


class Died(Exception):
    """The process was killed at this point; only what it had committed is left."""


@dataclass
class Tape:
    """Everything that ever went over the wire, and the first answer to each envelope."""

    sent: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    first: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def answered(self, sender: str, answers: Answers) -> None:
        """A repeat must get the first receipt, byte for byte."""
        for answer in answers.answers:
            if answer.receipt_batch_index is not None:
                batch = answers.receipt_batches[answer.receipt_batch_index]
                assert self.first.setdefault((sender, answer.envelope_id), batch) == batch


class TapedCourier(DirectCourier):
    """Carries directly, keeps a copy, and may die at it."""

    def __init__(self, own_region: str, others: dict[str, Gateway], tape: Tape) -> None:
        super().__init__(own_region, others)
        self.tape = tape
        self.dies: Death | None = None

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        self._die(Death.BEFORE)
        self.tape.sent |= dict.fromkeys(envelopes, (self._own, partner.code))
        answers = await super().deliver(partner, envelopes)
        self.tape.answered(self._own, answers)
        self._die(Death.AFTER)
        return answers

    async def collect(self, partner: Partner, answered: Answers, max_envelopes: int, wait_seconds: int) -> HandedOut:
        self._die(Death.BEFORE)
        self.tape.answered(partner.code, answered)
        out = await super().collect(partner, answered, max_envelopes, wait_seconds)
        self.tape.sent |= dict.fromkeys(out.envelopes, (partner.code, self._own))
        self._die(Death.AFTER)
        return out

    def _die(self, when: Death) -> None:
        if self.dies is when:
            raise Died(when.value)


@dataclass(frozen=True)
class Acknowledged:
    """A case whose number a local system was given."""

    number: str
    origin: str
    handler: str
    asked: Submission
    file: bytes


class Exchange(RuleBasedStateMachine):
    """Both regions push; see `CollectingExchange` for one that only dials out."""

    collects: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory(prefix="tb-")
        self.on = AsyncExitStack()
        self.tape = Tape()
        self.wires: dict[str, TapedCourier] = {}
        self.collectors: dict[str, Collector] = {}
        self.acknowledged: list[Acknowledged] = []
        self.seeds = itertools.count(100)
        self.serial = itertools.count(1)

    def run(self, step: Awaitable[Value]) -> Value:
        async def awaited() -> Value:
            return await step

        return self.runner.run(awaited())

    # -- the world

    @initialize()
    def two_regions_open(self) -> None:
        made = regions(Path(self.folder.name), *CODES, collects=self.collects)
        self.regions: Regions = self.run(self.on.enter_async_context(made))
        for code in CODES:
            region = self.regions[code]
            self.wires[code] = TapedCourier(code, self.regions.gateways, self.tape)
            region.courier = region.gateway.courier = UnreliableCourier(self.wires[code])
            self.collectors[code] = region.gateway.collector()

    @rule(code=REGIONS)
    def a_way_is_cut(self, code: str) -> None:
        self.regions[code].courier.down.add(other(code))

    @rule(code=REGIONS)
    def a_way_is_mended(self, code: str) -> None:
        self.regions[code].courier.down.clear()

    @rule(code=REGIONS, lost=st.booleans())
    def answers_get_lost(self, code: str, lost: bool) -> None:
        self.regions[code].courier.lose_answers = lost

    @rule(minutes=st.sampled_from([1, 11, 31, 200]))
    def time_passes(self, minutes: int) -> None:
        self.regions.clock.pass_time(minutes=minutes)

    @rule(code=REGIONS)
    def a_process_is_started_again(self, code: str) -> None:
        self.run(self._start_again(code))

    @rule(code=REGIONS, when=st.sampled_from(Death))
    def a_process_dies_while_it_sends(self, code: str, when: Death) -> None:
        self.wires[code].dies = when
        try:
            self.run(self._carry(code))
        except Died:
            pass
        self.wires[code].dies = None
        self.run(self._start_again(code))

    @rule(code=REGIONS)
    def a_process_dies_before_it_answers(self, code: str) -> None:
        courier = self.regions[other(code)].courier
        before, courier.lose_answers = courier.lose_answers, True
        self.run(self._carry(other(code)))
        courier.lose_answers = before
        self.run(self._start_again(code))

    async def _start_again(self, code: str) -> None:
        region = self.regions[code]
        await self.regions.opens[code].aclose()
        again = opened(
            region.settings,
            a_world(self.regions.clock, next(self.seeds)),
            courier_of=lambda _: region.courier,
            assign=lambda _: region.system,
        )
        region.gateway = await self.regions.opens[code].enter_async_context(again)
        self.regions.gateways[code] = region.gateway
        self.collectors[code] = region.gateway.collector()

    # -- the people

    @precondition(lambda self: len(self.acknowledged) < MOST_CASES)
    @rule(code=REGIONS, with_file=st.booleans())
    def a_window_submits(self, code: str, with_file: bool) -> None:
        self.run(self._submit(code, with_file=with_file))

    async def _submit(self, code: str, *, with_file: bool) -> None:
        region = self.regions[code]
        file = f"scan {next(self.serial)}".encode() if with_file else b""
        if file:
            await region.upload(file)
        materials = (a_material("m1", a_file(file)),) if file else ()
        case = region.a_case(to=other(code), materials=materials)
        asked = Submission(region.system, case, bytes.fromhex(a_digest(repr(case).encode())))
        done = await region.gateway.submit(asked)
        assert not done.repeated
        self.acknowledged.append(Acknowledged(done.case_id, code, other(code), asked, file))

    @precondition(lambda self: self.acknowledged)
    @rule(pick=PICKS)
    def a_window_asks_twice(self, pick: int) -> None:
        held = self._one(self.acknowledged, pick)
        again = self.run(self.regions[held.origin].gateway.submit(held.asked))
        assert (again.case_id, again.repeated) == (held.number, True)

    @precondition(lambda self: self.acknowledged)
    @rule(pick=PICKS, kind=PICKS, decision=st.sampled_from(Decision))
    def the_handler_acts(self, pick: int, kind: int, decision: Decision) -> None:
        held = self._one(self.acknowledged, pick)
        handler = self.regions[held.handler]
        standing = self.run(self._standing(handler, held.number))
        if standing is None:
            return
        kinds = [one for one in possible(standing, Party.HANDLER) if one not in ENDINGS]
        done = self.run(self._act(handler, held.number, a_deed(self._one(kinds, kind), decision)))
        assert done, "the handler may do what its own view says is possible"

    @precondition(lambda self: self.acknowledged)
    @rule(pick=PICKS, kind=PICKS)
    def the_origin_acts(self, pick: int, kind: int) -> None:
        held = self._one(self.acknowledged, pick)
        origin = self.regions[held.origin]
        standing = self.run(self._standing(origin, held.number))
        assert standing
        if standing.state is State.REFUSED_BY_PARTNER:
            return
        if standing.state in (State.FORWARDED, State.UNDELIVERABLE):
            standing = Standing.at(State.AWAITING_SIGN_OFF)
        kinds = [one for one in possible(standing, Party.ORIGIN) if one not in ENDINGS]
        self.run(self._act(origin, held.number, a_deed(self._one(kinds, kind), Decision.GRANTED)))

    @precondition(lambda self: self.acknowledged)
    @rule(pick=PICKS, kind=PICKS, by_handler=st.booleans())
    def somebody_ends_a_case(self, pick: int, kind: int, by_handler: bool) -> None:
        held = self._one(self.acknowledged, pick)
        region = self.regions[held.handler if by_handler else held.origin]
        standing = self.run(self._standing(region, held.number))
        if standing is None:
            return
        party = Party.HANDLER if by_handler else Party.ORIGIN
        kinds = [one for one in possible(standing, party) if one in ENDINGS]
        if kinds:
            self.run(self._act(region, held.number, a_deed(self._one(kinds, kind), Decision.GRANTED)))

    async def _act(self, region: Region, number: str, happening: ev.Happening) -> bool:
        key = f"act-{next(self.serial)}"
        keyed = {"reason": "按规定办理", "idempotency_key": key, "request_sha256": b"1" * 32}
        try:
            done = await region.act(number, happening, **keyed)
        except GatewayError as error:
            # Our own unanswered events count: a clerk cannot withdraw twice.
            assert error.reason is Reason.LIFECYCLE
            return False
        again = await region.act(number, happening, **keyed)
        assert (again.event_id, again.repeated) == (done.event_id, True)
        return True

    async def _standing(self, region: Region, number: str) -> Standing | None:
        row = await region.gateway.database.read(lambda tx: cases.find(tx, number))
        return row.standing if row else None

    # -- the wire

    @rule(code=REGIONS)
    def a_region_sends(self, code: str) -> None:
        self.run(self._carry(code))

    @rule(code=REGIONS)
    def a_region_sweeps(self, code: str) -> None:
        self.run(self.regions[code].gateway.sweep())

    @precondition(lambda self: self.tape.sent)
    @rule(pick=PICKS)
    def an_envelope_comes_again(self, pick: int) -> None:
        sealed, (sender, recipient) = self._one(list(self.tape.sent.items()), pick)
        self.run(self._arrive(sender, recipient, [sealed]))

    @rule(code=REGIONS, data=st.data())
    def some_envelopes_come_out_of_turn(self, code: str, data: st.DataObject) -> None:
        owed = self.run(self._owed(self.regions[code]))
        if owed:
            chosen = data.draw(st.lists(st.sampled_from(owed), unique_by=lambda one: one.envelope_id, max_size=8))
            sealed = self.run(self._sealed(self.regions[code], chosen))
            self.run(self._arrive(code, other(code), sealed))

    @precondition(lambda self: self.acknowledged)
    @rule(swept_by=REGIONS)
    def a_week_goes_by(self, swept_by: str) -> None:
        if all(one.sequence == 1 for code in CODES for one in self.run(self._owed(self.regions[code], opening=False))):
            self.regions.clock.pass_time(days=7, minutes=6)
            self.run(self.regions[swept_by].gateway.sweep())

    async def _arrive(self, sender: str, recipient: str, sealed: Sequence[bytes]) -> None:
        self.tape.sent |= dict.fromkeys(sealed, (sender, recipient))
        answers = await self.regions[recipient].gateway.receive([sealed_from_bytes(one) for one in sealed], sender)
        self.tape.answered(sender, answers)

    async def _carry(self, code: str) -> None:
        await self.regions.carry(self.regions[code])
        if other(code) in self.collects:
            await self._collect(other(code), code)

    async def _collect(self, code: str, owing: str) -> None:
        try:
            while await self.collectors[code].collect(owing, 0):
                pass
        except GatewayError as error:
            assert error.reason is Reason.PARTNER_UNREACHABLE

    # -- when all is healed

    def teardown(self) -> None:
        try:
            if self.wires:
                self.run(self._settle())
                self.run(self._check())
                self.run(self._talk_on())
        finally:
            self.run(self.on.aclose())
            self.runner.close()
            self.folder.cleanup()

    async def _settle(self) -> None:
        for region in self.regions.all.values():
            region.courier.down.clear()
            region.courier.lose_answers = False
        for _ in range(ROUNDS):
            self.regions.clock.pass_time(hours=5)
            for code in CODES:
                await self._carry(code)
            if not await self._still_owed():
                return
        # What follows an opening that was never handed over can only expire.
        self.regions.clock.pass_time(days=7, minutes=6)
        for region in self.regions.all.values():
            await region.gateway.sweep()

    async def _still_owed(self) -> list[Owed]:
        return [one for region in self.regions.all.values() for one in await self._owed(region)]

    async def _owed(self, region: Region, *, opening: bool = True) -> list[Owed]:
        def unsettled(tx: Transaction) -> list[Owed]:
            found = (one for held in self.acknowledged for one in outbox.of_case(tx, held.number))
            return [one for one in found if one.settled_at is None]

        owed = await region.gateway.database.read(unsettled)
        if opening:
            return owed
        openings = {held.number for held in self.acknowledged if held.origin == region.code}
        return [one for one in owed if one.sequence > 1 or one.case_id not in openings]

    async def _sealed(self, region: Region, chosen: Iterable[Owed]) -> list[bytes]:
        def fetch(tx: Transaction) -> list[bytes]:
            return [bodies.fetch(tx, region.gateway.vault, region.code, one.envelope_id) for one in chosen]

        return await region.gateway.database.read(fetch)
