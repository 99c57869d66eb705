"""Operators at the desk of the queue: they hold, let go, try again and end what is owed, of a partner or of a case."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from gateway.app.gateway import Gateway
from gateway.flows.queue.deed import Deed, Step
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
        case "ends":
            return lambda there: there.queue.fail(deed, without_asking=False)
    raise ValueError(what)


def of_case(held: Held) -> Selection:
    """What is owed of a case."""
    return Selection(case_id=held.number)


async def clear_the_desk(people: People, machine: Machine) -> None:
    """Nothing is held any more, and what was parked or set aside is tried again; by itself it would be, a day later."""
    await operate(people, machine, "lets go", Selection())
    for held in people.held:
        if machine in (held.origin, held.handler):
            await operate(people, machine, "tries again", of_case(held))
