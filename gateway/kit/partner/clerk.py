"""The people and systems behind a simulated partner: they take cases from the feed and do to them what the script says."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.app.gateway import Gateway
from gateway.case import events as ev
from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.kinds import Decision
from gateway.case.states import Party
from gateway.flows.act import Act
from gateway.flows.look import FeedItem
from gateway.flows.submit import Submission
from gateway.kit.conformance.identity import ground_for
from gateway.kit.conformance.samples import sample_case
from gateway.kit.partner.occasions import Occasions
from gateway.kit.partner.script import ACTS, Do, On, Step
from gateway.kit.partner.telling import Tell
from gateway.store import feed

SYSTEM = "simulated"
LOOK_EVERY = 0.5
"""Seconds between two looks into the feed."""
PAGE = 100
REASON = "模拟伙伴: 练习用 / simulated partner"
CLERK = "模拟经办人"


@dataclass(slots=True)
class Plan:
    """Steps that are still to be done, about a case or none; it outlives an absence of the partner."""

    case_id: str
    steps: list[Step]


@dataclass(slots=True)
class Clerk:
    """Acts on cases as the script says; what has to wait is done beside.

    Attributes:
        leave: told a step that makes the partner go away.
        plans: what was begun and is not done, of the life before this one too.
    """

    gateway: Gateway
    occasions: Occasions
    tell: Tell
    leave: Callable[[Step], None]
    plans: list[Plan]
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _busy: set[asyncio.Task[None] | None] = field(default_factory=set)
    _ended: bool = False

    async def work(self) -> None:
        """Go on with what is planned, and follow the feed until cancelled."""
        try:
            for plan in self.plans:
                self._begin(plan)
            while True:
                for item in await self.gateway.looking.read_feed(SYSTEM, 0, PAGE):
                    self._look_at(item)
                    await self.gateway.confirm_feed(SYSTEM, item.position)
                await self.gateway.world.sleep(LOOK_EVERY)
        finally:
            self._ended = True
            for task in self._tasks - self._busy:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def do_later(self, case_id: str, steps: Sequence[Step]) -> None:
        """Do steps one after the other, each after its wait."""
        if steps:
            plan = Plan(case_id, list(steps))
            self.plans.append(plan)
            self._begin(plan)

    def _begin(self, plan: Plan) -> None:
        task = asyncio.create_task(self._follow(plan))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _look_at(self, item: FeedItem) -> None:
        code = item.case.item.basic_code if item.case else ""
        if item.kind == feed.CASE:
            self.tell("case", case=item.case_id)
            self.do_later(item.case_id, self.occasions.steps(On.CASE, item=code))
        elif item.kind == feed.EVENT and item.event is not None:
            kind = type(item.event.happening).__name__.lower()
            self.tell("event", case=item.case_id, kind=kind)
            self.do_later(item.case_id, self.occasions.steps(On.EVENT, kind=kind))
        else:
            self.tell("receipt", case=item.case_id, note=item.note)

    async def _follow(self, plan: Plan) -> None:
        while plan.steps and not self._ended:
            await self.gateway.world.sleep(plan.steps[0].after.total_seconds())
            step = plan.steps.pop(0)
            async with self._undisturbed():
                await self._do(plan.case_id, step)
            if step.do in (Do.AWAY, Do.RESTORED):
                break
        if not plan.steps:
            self.plans.remove(plan)

    @asynccontextmanager
    async def _undisturbed(self) -> AsyncIterator[None]:
        """A step that has begun is ended before the partner goes: it is neither lost nor done again."""
        task = asyncio.current_task()
        self._busy.add(task)
        try:
            yield
        finally:
            self._busy.discard(task)

    async def _do(self, case_id: str, step: Step) -> None:
        try:
            if step.do in ACTS:
                await self._act(case_id, step)
            elif step.do is Do.SUBMIT:
                for _ in range(step.count):
                    await self._submit()
            else:
                self.leave(step)
        except GatewayError as error:
            self.tell("not_acted", case=case_id, act=step.do.value, reason=error.reason.value)

    async def _act(self, case_id: str, step: Step) -> None:
        now = self.gateway.world.clock()
        row = (await self.gateway.looking.look_at_case(SYSTEM, case_id)).row
        division = row.handler_division if row.party is Party.HANDLER else row.origin_division
        actor = ev.Actor(CLERK, division, "SIM", CLERK)
        await self.gateway.act(Act(SYSTEM, case_id, actor, self._happening(step), now, reason=step.text or REASON))
        self.tell("acted", case=case_id, act=step.do.value)

    def _happening(self, step: Step) -> ev.Happening:  # noqa: PLR0911  one line for each act
        number = f"SIM-{self.gateway.world.new_id()[-8:]}"
        match step.do:
            case Do.SIGN_OFF:
                return ev.ReceivedByHandler(number)
            case Do.ACCEPT:
                return ev.Accepted(number)
            case Do.NOT_ACCEPT:
                return ev.NotAccepted("模拟依据", "模拟机关")
            case Do.ASK_SUPPLEMENT:
                return ev.SupplementRequested((ev.Requirement("r1", step.text or "请补充说明 (模拟)"),))
            case Do.GRANT:
                return ev.Decided(Decision.GRANTED, number)
            case Do.DENY:
                return ev.Decided(Decision.DENIED, number)
            case Do.GIVE_BACK:
                return ev.Returned()
            case Do.WITHDRAW:
                return ev.Withdrawn()
            case _:
                return ev.Note(step.text or REASON)

    async def _submit(self) -> None:
        now = self.gateway.world.clock()
        for partner in self.gateway.registry.current():
            ground = ground_for(partner, day_in_china(now))
            case = sample_case(ground, "", f"SIM-{self.gateway.world.new_id()[-12:]}", now)
            digest = hashlib.sha256(repr(case).encode()).digest()
            done = await self.gateway.submit(Submission(SYSTEM, case, digest))
            self.tell("submitted", case=done.case_id, partner=partner.code)
