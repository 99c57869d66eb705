"""Local systems and the people behind them: they submit, act, ask again when no answer came, and read their feed.

What was acknowledged to them is remembered, as they would remember it; the checks hold the gateways to it.
"""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeVar

from gateway.app.gateway import Gateway
from gateway.case import events as ev
from gateway.case.errors import GatewayError
from gateway.case.event.corrections import CORRECTABLE
from gateway.case.event.supplements import open_notice, requirements_of
from gateway.case.kinds import Decision, Power
from gateway.case.lifecycle import Standing, possible
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import Party, State
from gateway.flows.act import OPERATOR, Act, Acted
from gateway.flows.past import COUNTS
from gateway.flows.submit import Submission
from gateway.store import cases, feed
from tests.build import FORM, a_case, a_digest, a_document, a_file, a_happening, a_material
from tests.flows.regions import CARD, WINDOW, pieces
from tests.simulation.machine import OUT_OF_TIME, SYSTEM, Lost, Machine
from tests.simulation.simulated_loop import SimulatedLoop

Value = TypeVar("Value")
GRANTED = frozenset({Power.DELIVER_RESULT})
"""What the agreements grant the origin."""
ENDINGS = (ev.Withdrawn, ev.Voided, ev.Returned, ev.NotAccepted, ev.Referred)
TAKEN_BACK = frozenset({Reason.LIFECYCLE, Reason.EXTENDED_ALREADY, Reason.EVALUATED_ALREADY})
"""Refusals that are right: something else came first."""
HOUR = 3600.0
PATIENCE = 200
"""Times a system asks again before it gives up; only a machine that never comes up again needs as many."""


@dataclass(slots=True)
class Held:
    """A case whose number a local system was given."""

    number: str
    origin: Machine
    handler: Machine
    asked: Submission
    file: bytes
    at: float
    """When its number was told, in loop time."""
    deeds: list["Deed"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Deed:
    """An act that was acknowledged."""

    by: Machine
    act: Act
    event_id: str
    at: float


@dataclass(slots=True)
class Read:
    """What a local system has read of its feed: position to content, and how far it confirmed."""

    seen: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    confirmed: int = 0


class People:
    """Everybody who uses the gateways."""

    def __init__(
        self,
        loop: SimulatedLoop,
        chance: Random,
        trace: Callable[[str], None],
        breaches: list[str],
    ) -> None:
        self.loop = loop
        self.chance = chance
        self.trace = trace
        self.breaches = breaches
        self.held: list[Held] = []
        self.lost: list[str] = []
        """Numbers of cases that a restore took away before anybody else had them."""
        self.read: dict[str, Read] = {}
        self.noise = 0.0
        self.refused: dict[str, int] = {}
        self._serial = itertools.count(1)

    # -- cases

    async def submit(self, origin: Machine, handler: Machine, *, with_file: bool) -> None:
        """A window hands a case over."""
        n = next(self._serial)
        file = f"scan {n} ".encode() * (1 + n * 37 % 400) if with_file else b""
        materials = (a_material("m1", a_file(file)),) if file else ()
        if file and not await self.patiently(origin, lambda there: _upload(there, file), "upload"):
            return
        case = _a_case(origin.code, handler.code, n, materials=materials)
        asked = Submission(SYSTEM, case, bytes.fromhex(a_digest(repr(case).encode())))
        done = await self.patiently(origin, lambda there: there.submit(asked), "submit")
        if done:
            self.trace(f"{origin.code} has {done.case_id} for {handler.code} {done.repeated}")
            self.held.append(Held(done.case_id, origin, handler, asked, file, self.loop.time()))

    async def submit_again(self, held: Held) -> None:
        """A system asks again for what it has the answer to."""
        if held.origin.backups.may_have_lost(held.at):
            await self.hand_in_again(held)
            return
        again = await self.patiently(held.origin, lambda there: there.submit(held.asked), "submit again")
        if again is not None and (again.case_id, again.repeated) != (held.number, True):
            self.breaches.append(f"{held.number} submitted again became {again}")

    async def hand_in_again(self, held: Held) -> None:
        """After a restore a system hands in again what it was told since the backup: the same number, or a new case."""
        if held.file and not await self.patiently(held.origin, lambda there: _upload(there, held.file), "upload"):
            return
        again = await self.patiently(held.origin, lambda there: there.submit(held.asked), "hand in again")
        if again and again.case_id != held.number:
            self.trace(f"{held.number} is lost, and is now {again.case_id}")
            self.lost.append(held.number)
            held.number, held.deeds, held.at = again.case_id, [], self.loop.time()

    async def release(self, held: Held) -> None:
        """Staff send a case anew that was not handed over."""
        row = await self.patiently(held.origin, lambda there: _row(there, held.number), "look")
        if row and row.standing.state is State.UNDELIVERABLE:
            await self.patiently(held.origin, lambda there: there.release(SYSTEM, held.number), "release")

    # -- acts

    async def act(self, held: Held, by: Machine, pick: int, *, endings: bool = False) -> None:
        """Somebody does what their view of the case says is possible."""
        row = await self.patiently(by, lambda there: _row(there, held.number), "look")
        if row is None:
            return
        standing = row.standing
        if standing.state in (State.FORWARDED, State.UNDELIVERABLE):
            standing = Standing.at(State.AWAITING_SIGN_OFF)
        party = Party.HANDLER if by is held.handler else Party.ORIGIN
        powers = GRANTED if party is Party.ORIGIN else frozenset()
        now = [one for one in possible(standing, party, powers) if (one in ENDINGS) == endings]
        if not now:
            return
        kind = now[-1 - pick % len(now)]
        asked = await self._asked(held, by) if kind is ev.Supplemented else []
        happening = _a_deed(kind, list(Decision)[pick % len(Decision)], next(self._serial), asked)
        await self._do(held, by, happening)

    async def _asked(self, held: Held, by: Machine) -> list[str]:
        """What the open notice asks for, as this side knows it."""
        view = await self.patiently(by, lambda there: there.looking.look_at_case(OPERATOR, held.number), "look")
        counted = [one.event for one in (view.events if view else ()) if one.event and one.row.standing in COUNTS]
        return [one.requirement_id for one in requirements_of(open_notice(counted))]

    async def correct(self, held: Held, by: Machine, pick: int) -> None:
        """Somebody corrects what they did."""
        if await self.patiently(by, lambda there: _row(there, held.number), "look") is None:
            return
        view = await self.patiently(by, lambda there: there.looking.look_at_case(OPERATOR, held.number), "look")
        own = [
            one.event
            for one in (view.events if view else ())
            if one.event and one.row.sender == by.code and type(one.event.happening) in CORRECTABLE
            if one.row.standing in COUNTS
        ]
        if own:
            event = own[-1 - pick % len(own)]
            better = a_document(file=None, number="", title=f"更正 {next(self._serial)}")
            await self._do(held, by, event.happening, corrects=event.event_id, documents=(better,))

    async def note(self, held: Held, by: Machine) -> None:
        """Somebody writes to the other side."""
        await self._do(held, by, ev.Note("收到"))

    async def _do(self, held: Held, by: Machine, happening: ev.Happening, **more: Any) -> None:
        n = next(self._serial)
        actor = ev.Actor("覃远山", WINDOW[by.code], "S001", "政务服务中心")
        deed = Act(
            SYSTEM,
            held.number,
            actor,
            happening,
            by.now(),
            reason="按规定办理",
            idempotency_key=f"act-{by.code}-{n}",
            request_sha256=n.to_bytes(32),
            **more,
        )
        done: Acted | None = await self.patiently(by, lambda there: there.act(deed), type(happening).__name__)
        if done:
            self.trace(f"{by.code} did {type(happening).__name__} to {held.number} {done.state.value}")
            held.deeds.append(Deed(by, deed, done.event_id, self.loop.time()))

    async def patiently(
        self, machine: Machine, wanted: Callable[[Gateway], Awaitable[Value]], name: str
    ) -> Value | None:
        """Ask until there is an answer; None when it is a refusal."""
        tries = 0
        while tries < PATIENCE:
            try:
                done = await machine.ask(wanted, name)
                if self.chance.random() < self.noise / 3:
                    raise Lost
                return done
            except Lost:
                pass
            except GatewayError as error:
                if not error.retriable:
                    self._note_refusal(machine, name, error)
                    return None
                if error.reason is Reason.CATCHING_UP:
                    # A restored gateway on bad wires may need days, and says so.
                    tries -= 1
                    await self.loop.sleep(HOUR)
            except Exception as error:  # noqa: BLE001 - a defect: systems would get a 500
                self.breaches.append(f"{machine.code} broke down at {name}: {error!r}")
                return None
            tries += 1
            await self.loop.sleep(min(1.5 ** min(tries, 20), 600.0))
        self.breaches.append(f"{machine.code} never answered {name}")
        return None

    def _note_refusal(self, machine: Machine, name: str, error: GatewayError) -> None:
        word = error.reason.value
        self.refused[word] = self.refused.get(word, 0) + 1
        self.trace(f"{machine.code} refuses {name}: {word}")
        if error.reason not in self._right_refusals(machine, name):
            self.breaches.append(f"{machine.code} refuses {name}: {word} {error.facts}")

    @staticmethod
    def _right_refusals(machine: Machine, name: str) -> frozenset[Reason]:
        """What a machine may say no with, after what happened to it."""
        right = TAKEN_BACK
        if name == ev.Supplemented.__name__:
            right |= {Reason.BAD_REQUEST}  # somebody else answered, or asked for something else, meanwhile
        if machine.was_wrong:
            right |= OUT_OF_TIME
        if machine.backups.lost:
            right |= {Reason.BAD_REQUEST, Reason.CASE_UNKNOWN}  # its file, or its case, went with the fire
        return right

    # -- the feed

    async def read_on(self, machine: Machine) -> bool:
        """Read what is new and say so; the same again while it was not said.  True when there was something."""
        read = self.read.setdefault(machine.code, Read())
        try:
            entries = await machine.ask(_waiting, "feed")
            for entry in entries:
                what = (entry.kind, entry.case_id, entry.envelope_id)
                if entry.position <= read.confirmed:
                    self.breaches.append(f"{machine.code} tells again what was confirmed: {what}")
                if read.seen.setdefault(entry.position, what) != what:
                    self.breaches.append(f"{machine.code} tells another thing at {entry.position}: {what}")
            if entries:
                last = entries[-1].position
                await machine.ask(lambda there: there.confirm_feed(SYSTEM, last), "confirm")
                read.confirmed = max(read.confirmed, last)
        except (Lost, GatewayError):
            return False
        return bool(entries)


async def _waiting(there: Gateway) -> list[feed.Entry]:
    return await there.database.read(lambda tx: feed.waiting(tx, SYSTEM, 0, 100))


async def _row(there: Gateway, number: str) -> cases.CaseRow | None:
    return await there.database.read(lambda tx: cases.find(tx, number))


async def _upload(there: Gateway, content: bytes) -> bool:
    done = await there.transfer.take_material(SYSTEM, a_digest(content), len(content), 0, pieces(content))
    return done.complete


def _a_case(origin: str, handler: str, n: int, **changes: Any) -> Case:
    base = a_case()
    case = replace(
        base,
        origin_number=f"{origin}-{n:06d}",
        item=replace(base.item, basic_code=CARD),
        **changes,
    )
    return replace(
        case,
        number="",
        origin=replace(case.origin, division=WINDOW[origin]),
        handler=replace(case.handler, division=WINDOW[handler]),
    )


def _a_deed(kind: type[ev.Happening], decision: Decision, n: int, asked: Sequence[str]) -> ev.Happening:
    """The n-th event, of this kind, without files; a supplement answers what was asked."""
    if kind is ev.Decided:
        return a_happening(kind, decision=decision)
    if kind is ev.SupplementRequested:
        return ev.SupplementRequested((ev.Requirement(f"r{n}", "说明情况"),), supervisor="冉明")
    if kind is ev.Supplemented:
        return ev.Supplemented((), FORM.replace("12.50", str(n)), tuple(asked))
    return a_happening(kind, service_number=1 + n % 99) if kind is ev.Evaluated else a_happening(kind)
