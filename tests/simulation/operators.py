"""Operators at the desk of the queue: they hold, let go, try again and end what is owed, of a partner or of a case."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from gateway.app.gateway import Gateway
from gateway.flows.delivery.giving_up import GIVEN_UP_UNASKED
from gateway.flows.queue.deed import Deed, Step
from gateway.store import events
from gateway.store.database import Transaction
from gateway.store.queue import Selection
from tests.simulation.machine import Machine
from tests.simulation.people import Held, People

MOST_STEPS = 20


async def operate(people: People, machine: Machine, what: str, wanted: Selection) -> None:
    """Do one thing to a part of the queue, step by step to its end."""
    deed: Deed | None = Deed(wanted, "演练", "staff:S001")
    for _ in range(MOST_STEPS):
        if deed is None:
            return
        step = await people.patiently(machine, _asking(what, deed), f"operator {what}")
        if step is None:
            return
        people.trace(f"{machine.code} operator {what}: {step.changed} of {step.seen} {dict(step.skipped)}")
        deed = replace(deed, after=step.after) if step.after else None
    people.breaches.append(f"{machine.code}: operator {what} has no end")


def _asking(what: str, deed: Deed) -> Callable[[Gateway], Awaitable[Step]]:
    match what:
        case "holds":
            return lambda there: there.queue.hold(deed, None)
        case "lets go":
            return lambda there: there.queue.let_go(deed)
        case "tries again":
            return lambda there: there.queue.retry(deed)
        case "ends" | "ends unasked":
            return lambda there: there.queue.fail(deed, without_asking=what == "ends unasked")
    raise ValueError(what)


def of_case(held: Held) -> Selection:
    """What is owed of a case."""
    return Selection(case_id=held.number)


def _is_given_up_unasked(held: Held) -> Callable[[Gateway], Awaitable[bool]]:
    def look(tx: Transaction, region: str) -> bool:
        opening = events.by_sequence(tx, held.number, region, 1)
        return opening is not None and opening.reason == GIVEN_UP_UNASKED

    return lambda there: there.database.read(lambda tx: look(tx, there.about.region))


async def clear_the_desk(people: People, machine: Machine) -> None:
    """Nothing is held any more, and what was parked or set aside is tried again; by itself it would be, a day later.

    What was given up unasked is sent anew, for only the handler knows whether it has it.
    """
    await operate(people, machine, "lets go", Selection())
    for held in people.held:
        if machine is held.origin and await people.patiently(machine, _is_given_up_unasked(held), "look"):
            await people.release(held)
        if machine in (held.origin, held.handler):
            await operate(people, machine, "tries again", of_case(held))
