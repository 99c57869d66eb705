"""Who watches pages as they change: how many at once, and what wakes them.

Guarantees that one person watches at most `A_PERSON` pages (the page opened longest ago is let go) and everybody together at
most `EVERYBODY` (a further page is not live, and says nothing of it).  Leaves to others: what has changed (`live`).
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

A_PERSON = 4
"""A browser opens six connections to a host (HTTP/1.1); two are left for everything else."""
EVERYBODY = 300
BEAT = 15.0
"""Seconds after which a page is looked at though nothing was told, and the other end is shown that this one is there."""
AT_MOST_EVERY = 2.0
"""Seconds between two looks for one page, however much happens."""


@dataclass(slots=True)
class Watchers:
    """Those who watch.

    Attributes:
        told: returns when something may have changed; a hint, whose loss costs one beat.
        ending: whether the gateway stops.
    """

    told: Callable[[], Awaitable[None]]
    ending: Callable[[], bool]
    beat: float = BEAT
    at_most_every: float = AT_MOST_EVERY
    _places: defaultdict[str, list[asyncio.Event]] = field(default_factory=lambda: defaultdict(list))

    @property
    def count(self) -> int:
        """How many pages are watched."""
        return sum(len(places) for places in self._places.values())

    @contextmanager
    def place(self, person_id: str) -> Iterator[asyncio.Event | None]:
        """A place for one page of a person while the block runs: set when it is to be given up; None when there is none."""
        mine = self._places[person_id]
        if len(mine) >= A_PERSON:
            mine.pop(0).set()
        elif self.count >= EVERYBODY:
            yield None
            return
        given_up = asyncio.Event()
        mine.append(given_up)
        try:
            yield given_up
        finally:
            with suppress(ValueError):
                mine.remove(given_up)
            if not mine:
                self._places.pop(person_id, None)

    async def next_look(
        self, given_up: asyncio.Event, hint: "asyncio.Task[None]", at_most_every: float | None = None
    ) -> bool:
        """Wait for a hint, a beat, or the end; return whether to go on.

        Args:
            at_most_every: seconds from a hint to the look, instead of the usual ones.
        """
        pause = self.at_most_every if at_most_every is None else at_most_every
        letting_go = asyncio.create_task(given_up.wait())
        try:
            await asyncio.wait({hint, letting_go}, timeout=self.beat, return_when=asyncio.FIRST_COMPLETED)
            if hint.done() and not self.ending():
                await asyncio.wait({letting_go}, timeout=pause)
        finally:
            letting_go.cancel()
        return not (given_up.is_set() or self.ending())
