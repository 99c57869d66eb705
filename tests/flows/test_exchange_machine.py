"""Two regions under everything that may go wrong between them, in any order: nothing lost, nothing doubled, one story.

Each region is origin of some cases and handler of others.  Ways are cut, answers get lost, envelopes come twice or out
of turn, processes die before and after their bytes arrive, a week goes by.  Once all is healed both sides must tell
the same (`one_story`), and go on talking.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from gateway.app.gateway import Gateway
from gateway.app.opening import opened
from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.event.corrections import CORRECTABLE
from gateway.case.event.supplements import open_notice, requirements_of
from gateway.case.item.definition import ItemMaterial, Need
from gateway.case.kinds import Decision, Power
from gateway.case.lifecycle import Standing, possible
from gateway.case.reasons import Reason
from gateway.case.states import Party, State
from gateway.flows.delivery.collect import Collector
from gateway.flows.delivery.courier import Answers, HandedOut
from gateway.flows.past import COUNTS
from gateway.flows.submit import Submission
from gateway.partners.partner import Partner
from gateway.store import bodies, cases
from gateway.store.database import Transaction
from gateway.store.outbox import Owed
from gateway.wire.codec import sealed_from_bytes
from tests.build import FORM, a_definition, a_digest, a_document, a_file, a_happening, a_material
from tests.fakes import DirectCourier, UnreliableCourier
from tests.flows.one_story import Acknowledged, assert_one_story, owed_by
from tests.flows.regions import CARD, Region, Regions, a_world, regions

ENSHI, QIANJIANG = "422800", "500114"
CODES = (QIANJIANG, ENSHI)
PHOTO = ItemMaterial("A001", "一寸免冠照片", need=Need.OPTIONAL)
LICENCE = a_definition(basic_code=CARD, item_type=CARD[2:4], materials=(PHOTO,), form_schema="")
"""An item whose silence is acceptance, so that clocks cross what people do."""
MOST_CASES = 5
ROUNDS = 12
"""Times of five hours in which everything must have left; less than the week an envelope lives."""

Value = TypeVar("Value")

REGIONS = st.sampled_from(CODES)
PICKS = st.integers(0, 63)
DEEDS = st.lists(PICKS, min_size=1, max_size=3)
GRANTED = frozenset({Power.DELIVER_RESULT})
"""What the agreements of `regions` grant the origin."""
ENDINGS = (ev.Withdrawn, ev.Voided, ev.Returned, ev.NotAccepted, ev.Referred)


def other(code: str) -> str:
    """The region at the other end."""
    return ENSHI if code == QIANJIANG else QIANJIANG


def one_of(found: Sequence[Value], pick: int) -> Value:
    """One of several; the last ones first, so that a small pick is the newest."""
    return found[-1 - pick % len(found)]


def a_deed(kind: type[ev.Happening], decision: Decision, n: int, asked: Sequence[str] = ()) -> ev.Happening:
    """The n-th event, of this kind, without files; a supplement answers what was asked."""
    if kind is ev.Decided:
        return a_happening(kind, decision=decision)
    if kind is ev.SupplementRequested:
        return ev.SupplementRequested((ev.Requirement(f"r{n}", "说明情况"),), supervisor="冉明")
    if kind is ev.Supplemented:
        return ev.Supplemented((), FORM.replace("12.50", str(n)), tuple(asked))
    return a_happening(kind, service_number=1 + n % 99) if kind is ev.Evaluated else a_happening(kind)


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

    @initialize(code=REGIONS, with_file=st.booleans(), accepted=st.booleans())
    def two_regions_open(self, code: str, with_file: bool, accepted: bool) -> None:
        made = regions(Path(self.folder.name), *CODES, collects=self.collects)
        self.regions: Regions = self.run(self.on.enter_async_context(made))
        for region in self.regions.all.values():
            self.wires[region.code] = TapedCourier(region.code, self.regions.gateways, self.tape)
            region.courier = region.gateway.courier = UnreliableCourier(self.wires[region.code])
            self.collectors[region.code] = region.gateway.collector()
            self.run(region.publish(replace(LICENCE, division=region.code)))
        self.run(self.regions.ask_for_items())
        self.run(self._submit(code, with_file=with_file))
        if accepted:
            self.run(self._carry(code))
            for happening in (ev.ReceivedByHandler(), ev.Accepted("号")):
                assert self.run(self._act(self.regions[other(code)], self.acknowledged[0].number, happening))

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
        with suppress(Died):
            self.run(self._carry(code))
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
        self.acknowledged.append(Acknowledged(done.case_id, region, self.regions[other(code)], asked, file))

    @rule(pick=PICKS)
    def a_window_asks_twice(self, pick: int) -> None:
        held = one_of(self.acknowledged, pick)
        again = self.run(held.origin.gateway.submit(held.asked))
        assert (again.case_id, again.repeated) == (held.number, True)

    @rule(pick=PICKS, kinds=DEEDS, decision=st.sampled_from(Decision))
    def the_handler_acts(self, pick: int, kinds: list[int], decision: Decision) -> None:
        held = one_of(self.acknowledged, pick)
        for kind in kinds:
            standing = self.run(self._standing(held.handler, held.number))
            if standing is None:
                return
            done_once = self.run(self._extended(held.handler, held.number))
            now = [one for one in possible(standing, Party.HANDLER) if one not in (*ENDINGS, *done_once)]
            happening = self.run(self._deed(held.handler, held.number, one_of(now, kind), decision))
            done = self.run(self._act(held.handler, held.number, happening))
            assert done, "the handler may do what its own view says is possible"

    @rule(pick=PICKS, kinds=DEEDS)
    def the_origin_acts(self, pick: int, kinds: list[int]) -> None:
        held = one_of(self.acknowledged, pick)
        for kind in kinds:
            standing = self.run(self._standing(held.origin, held.number))
            assert standing
            if standing.state in (State.FORWARDED, State.UNDELIVERABLE):
                standing = Standing.at(State.AWAITING_SIGN_OFF)
            now = [one for one in possible(standing, Party.ORIGIN, GRANTED) if one not in ENDINGS]
            if now:
                happening = self.run(self._deed(held.origin, held.number, one_of(now, kind), Decision.GRANTED))
                self.run(self._act(held.origin, held.number, happening))

    @rule(pick=PICKS, kind=PICKS, by_handler=st.booleans())
    def somebody_ends_a_case(self, pick: int, kind: int, by_handler: bool) -> None:
        held = one_of(self.acknowledged, pick)
        region = held.handler if by_handler else held.origin
        standing = self.run(self._standing(region, held.number))
        if standing is None:
            return
        party = Party.HANDLER if by_handler else Party.ORIGIN
        kinds = [one for one in possible(standing, party) if one in ENDINGS]
        if standing.state is State.UNDELIVERABLE:
            kinds = [ev.Withdrawn]
        if kinds:
            happening = self.run(self._deed(region, held.number, one_of(kinds, kind), Decision.GRANTED))
            self.run(self._act(region, held.number, happening))

    @rule(pick=PICKS, handlers=PICKS, origins=PICKS, decision=st.sampled_from(Decision), first=REGIONS)
    def both_act_at_once(self, pick: int, handlers: int, origins: int, decision: Decision, first: str) -> None:
        held = one_of(self.acknowledged, pick)
        standing = self.run(self._standing(held.handler, held.number))
        if standing is None:
            return
        for region, party, kind in (
            (held.handler, Party.HANDLER, handlers),
            (held.origin, Party.ORIGIN, origins),
        ):
            now = possible(standing, party, GRANTED if party is Party.ORIGIN else frozenset())
            happening = self.run(self._deed(region, held.number, one_of(now, kind), decision))
            self.run(self._act(region, held.number, happening))
        for code in (first, other(first)):
            self.run(self._carry(code))

    @rule(pick=PICKS, which=PICKS, by_handler=st.booleans())
    def somebody_corrects_what_they_did(self, pick: int, which: int, by_handler: bool) -> None:
        held = one_of(self.acknowledged, pick)
        region = held.handler if by_handler else held.origin
        if self.run(self._standing(region, held.number)) is None:
            return
        view = self.run(region.view(held.number))
        own = [
            one.event
            for one in view.events
            if one.event and one.row.sender == region.code and type(one.event.happening) in CORRECTABLE
            if one.row.standing in COUNTS
        ]
        if own:
            event = one_of(own, which)
            better = a_document(file=None, number="", title=f"更正 {next(self.serial)}")
            assert self.run(
                self._act(region, held.number, event.happening, corrects=event.event_id, documents=(better,))
            ), "what one did can be corrected whatever became of the case"

    @rule(pick=PICKS)
    def staff_send_a_case_anew(self, pick: int) -> None:
        held = one_of(self.acknowledged, pick)
        if self.run(held.origin.state(held.number)) is State.UNDELIVERABLE:
            released = self.run(held.origin.gateway.release(held.origin.system, held.number))
            assert released.state is State.FORWARDED

    async def _deed(self, region: Region, number: str, kind: type[ev.Happening], decision: Decision) -> ev.Happening:
        """An event of this kind that agrees with what this region knows."""
        view = await region.view(number)
        notice = open_notice([one.event for one in view.events if one.event and one.row.standing in COUNTS])
        asked = [one.requirement_id for one in requirements_of(notice)]
        return a_deed(kind, decision, next(self.serial), asked)

    async def _extended(self, region: Region, number: str) -> tuple[type[ev.Happening], ...]:
        view = await region.view(number)
        return (ev.Extended,) if any(one.row.kind == "Extended" for one in view.events) else ()

    async def _act(self, region: Region, number: str, happening: ev.Happening, **more: object) -> bool:
        key = f"act-{next(self.serial)}"
        keyed = {"reason": "按规定办理", "idempotency_key": key, "request_sha256": b"1" * 32, **more}
        try:
            done = await region.act(number, happening, **keyed)
        except GatewayError as error:
            # Our own unanswered events count: nobody withdraws twice.  A limit is extended once.
            if error.reason in (Reason.LIFECYCLE, Reason.EXTENDED_ALREADY):
                return False
            raise
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
        self.run(self._sweep(code))

    @precondition(lambda self: self.tape.sent)
    @rule(pick=PICKS)
    def an_envelope_comes_again(self, pick: int) -> None:
        sealed, (sender, recipient) = one_of(list(self.tape.sent.items()), pick)
        self.run(self._arrive(sender, recipient, [sealed]))

    @rule(code=REGIONS, data=st.data())
    def some_envelopes_come_out_of_turn(self, code: str, data: st.DataObject) -> None:
        owed = self.run(self._owed(code))
        if owed:
            chosen = data.draw(st.lists(st.sampled_from(owed), unique_by=lambda one: one.envelope_id, max_size=8))
            sealed = self.run(self._sealed(self.regions[code], chosen))
            self.run(self._arrive(code, other(code), sealed))

    @rule(days=st.sampled_from([3, 8]), sweeps=st.lists(REGIONS, unique=True))
    def days_go_by(self, days: int, sweeps: list[str]) -> None:
        self.regions.clock.pass_time(days=days)
        for code in sweeps:
            self.run(self._sweep(code))

    async def _sweep(self, code: str) -> None:
        """What is left over ends, and clocks that ran out are told."""
        gateway = self.regions[code].gateway
        await gateway.sweep()
        assert (await gateway.time_limits.run_out()).put_off == ()

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
            if error.reason is not Reason.PARTNER_UNREACHABLE:
                raise

    # -- when all is healed

    def teardown(self) -> None:
        try:
            if self.wires:
                self.run(self._settle())
                shared = self.run(assert_one_story(self.acknowledged))
                self.run(self._talk_on(shared))
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
                await self.regions[code].gateway.sweep()
                await self._carry(code)
            left = [owed for code in CODES for owed in await self._owed(code)]
            if not left:
                return
        for owed in left:
            (held,) = [one for one in self.acknowledged if one.number == owed.case_id]
            assert await held.origin.state(held.number) is State.UNDELIVERABLE
        # What follows an opening that was never handed over can only expire; parked by now, it gets a try at its end.
        self.regions.clock.pass_time(days=7, minutes=6)
        for code in CODES:
            await self.regions[code].gateway.sweep()
            await self._carry(code)

    async def _talk_on(self, shared: Sequence[Acknowledged]) -> None:
        for held in shared:
            for region in (held.origin, held.handler):
                assert await self._act(region, held.number, ev.Note("收到"))
        await self._settle()
        assert await assert_one_story(self.acknowledged) == list(shared)

    async def _owed(self, code: str) -> list[Owed]:
        return await owed_by(self.regions[code], [held.number for held in self.acknowledged])

    async def _sealed(self, region: Region, chosen: Iterable[Owed]) -> list[bytes]:
        def fetch(tx: Transaction) -> list[bytes]:
            return [bodies.fetch(tx, region.gateway.vault, region.code, one.envelope_id) for one in chosen]

        return await region.gateway.database.read(fetch)


class CollectingExchange(Exchange):
    """One of the two can only dial out: it collects what it is owed."""

    collects = (ENSHI,)


QUICK = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # Making a failure smaller, or explaining it, takes minutes: the blob repeats it.
    phases=(Phase.explicit, Phase.generate),
    print_blob=True,
)
Exchange.TestCase.settings = QUICK
CollectingExchange.TestCase.settings = settings(QUICK, max_examples=15)


@pytest.mark.timeout(180)
class TestTwoRegionsThatPush(Exchange.TestCase):
    """Run the exchange."""


@pytest.mark.timeout(180)
class TestARegionThatOnlyDialsOut(CollectingExchange.TestCase):
    """Run the exchange with a region that collects."""
