"""Processes killed as a power failure kills them: the sender, the receiver, both, at random moments under load."""

from random import Random

from tests.faults.schedule import Bites, Fault
from tests.faults.town import HANDLER, ORIGIN, Town
from tests.faults.waiting import lapse

LONGEST_LIFE = 1.5
"""Seconds a gateway lives at most between two kills."""


async def kill_sender(town: Town, chance: Random, times: int) -> Bites:
    return await _kill(town, chance, times, [(ORIGIN,)])


async def kill_receiver(town: Town, chance: Random, times: int) -> Bites:
    return await _kill(town, chance, times, [(HANDLER,)])


async def kill_both(town: Town, chance: Random, times: int) -> Bites:
    return await _kill(town, chance, times, [(ORIGIN, HANDLER)])


async def _kill(town: Town, chance: Random, times: int, choices: list[tuple[str, ...]]) -> Bites:
    bites = Bites(times)
    for _ in range(times):
        await lapse(chance.uniform(0.1, LONGEST_LIFE))
        victims = [town.sites[code] for code in chance.choice(choices)]
        bites.bit += await town.kill(*victims)
        await town.start(*victims)
    bites.seen = f"{bites.bit} processes ended by SIGKILL"
    return bites


FAULTS = (
    Fault(name="kill -9 of the sender", family="kills", inject=kill_sender, times=12),
    Fault(name="kill -9 of the receiver", family="kills", inject=kill_receiver, times=12),
    Fault(name="kill -9 of both", family="kills", inject=kill_both, times=12),
)
