"""How the process of a gateway runs: when Python looks for garbage, and how soon its threads take turns.

A choice of speed alone; docs/performance.md has what it is worth.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from typing import Any

from gateway.store.sqlite.writer import CommitWatch, Moment

YOUNG = 20_000
"""New objects after which Python looks for circles of them that nobody holds; a case leaves hardly any behind."""
OLDER = 20
"""Looks at the young after which older ones are looked at, too."""

SHORT_TURN, LONG_TURN = 0.001, 0.005
"""Seconds a thread may keep the interpreter while another waits for it.  With long turns, Python's own, the event loop stands still
that long whenever the writer has just taken over, several times for each case; short ones cost processor time at each change."""
LARGE_GROUP = 6.0
"""Writes in a commit, on average, from which so much waits that cases per second count for more than the wait of one."""
REMEMBERED = 32
"""Commits over which the average is taken, the last counting most."""


def taking_turns(inner: CommitWatch | None = None) -> CommitWatch:
    """Return a watch of commits that lets the writer and the event loop take short turns below saturation and long ones at it.

    Args:
        inner: sees the commits as well.
    """
    average, turn = 0.0, LONG_TURN

    def watch(moment: Moment, works: Sequence[Callable[..., Any]]) -> None:
        nonlocal average, turn
        if inner:
            inner(moment, works)
        if moment is not Moment.TOLD:
            return
        average += (len(works) - average) / REMEMBERED
        wanted = LONG_TURN if average >= LARGE_GROUP else SHORT_TURN
        if wanted != turn:
            turn = wanted
            sys.setswitchinterval(turn)

    return watch


def settle_memory() -> None:
    """Leave what was loaded for the whole life of the process out of every later look for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)
