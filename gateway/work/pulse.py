"""The pulse of the loops: each beats after every turn that went well, so that one that died, hangs or fails is seen.

Time is the caller's: seconds that no change of the clock moves.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import inf
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Loop:
    """A loop: how long it may be silent, when it beat last, the task it runs in."""

    within: float
    beat_at: float
    task: "asyncio.Task[None] | None" = None


@dataclass(slots=True)
class Pulse:
    """When each loop last did what it is for, and which steps of which partner are under way or broke off.

    Args:
        monotonic: seconds that no change of the clock moves.
    """

    monotonic: Callable[[], float]
    _loops: dict[str, _Loop] = field(default_factory=dict)
    _begun: dict[tuple[str, str], float] = field(default_factory=dict)
    _broken: dict[tuple[str, str], str] = field(default_factory=dict)

    def beating(self, name: str, within: float, step: Callable[[], Awaitable[T]]) -> Callable[[], Awaitable[T]]:
        """Return `step`, so that each time it ends well counts as a beat of the loop `name`.

        Args:
            within: seconds of silence after which the loop counts as stuck.
        """
        loop = self._loops[name] = _Loop(within, self.monotonic())

        async def beaten() -> T:
            done = await step()
            loop.beat_at = self.monotonic()
            return done

        return beaten

    def beat(self, name: str) -> None:
        """Count a beat in the midst of a turn: it is long, and gets on."""
        loop = self._loops.get(name)
        if loop:
            loop.beat_at = self.monotonic()

    def runs_in(self, name: str, task: "asyncio.Task[None]") -> None:
        """Say in which task a loop runs: when the task is over, so is the loop, however lately it beat."""
        self._loops.setdefault(name, _Loop(inf, self.monotonic())).task = task

    def task_of(self, name: str) -> "asyncio.Task[None] | None":
        """Return the task a loop runs in, where it is known."""
        loop = self._loops.get(name)
        return loop.task if loop else None

    def silent(self) -> list[str]:
        """Return the loops that are dead, stuck or failing."""
        now = self.monotonic()
        return [
            name
            for name, loop in self._loops.items()
            if now - loop.beat_at > loop.within or (loop.task is not None and loop.task.done())
        ]

    def stepping(self, kind: str, step: Callable[[str], Awaitable[bool]]) -> Callable[[str], Awaitable[bool]]:
        """Return a step for one partner, so that it is known since when it is under way and whether it broke off.

        Only a step that got something done shows that all is well again: one that found nothing to do shows nothing.
        """

        async def watched(partner: str) -> bool:
            key = (kind, partner)
            self._begun[key] = self.monotonic()
            try:
                done = await step(partner)
            except Exception as error:
                self._broken[key] = type(error).__name__
                raise
            finally:
                self._begun.pop(key, None)
            if done:
                self._broken.pop(key, None)
            return done

        return watched

    def hanging(self, kind: str, longer_than: float) -> set[str]:
        """Return the partners whose step has been under way for longer than so many seconds."""
        now = self.monotonic()
        return {partner for (of, partner), begun in self._begun.items() if of == kind and now - begun > longer_than}

    def broken(self) -> set[str]:
        """Return the partners of which a step broke off with an error nobody expected, and none got anything done since."""
        return {partner for _, partner in self._broken}

    def mended(self, partner: str) -> None:
        """Nothing is to be done for a partner any more, so that no step of it can show that all is well again."""
        for key in [key for key in self._broken if key[1] == partner]:
            del self._broken[key]
