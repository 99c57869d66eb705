"""Failpoints: the process kills itself at a chosen commit, so that a drill can stop it at every one of them.

    TONGBAN_DRILL_KILL=MOMENT:TRANSACTION:TIMES   SIGKILL at that moment of the transaction, the so-manieth time
    TONGBAN_DRILL_KILL=list:FILE                  write each transaction to FILE when it is first seen

A moment is one of `store.sqlite.writer.Moment`.  A transaction is named by the flow that asked for it and the store
function it calls, as in `gateway.flows.delivery.deliver.deliver/claim_batch`: names that stay when lines move.

Leaves to others: that none of this works unless both doors listen on loopback only (`cli.serve`).
"""

import functools
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gateway.store.sqlite.writer import CommitWatch, Moment

VARIABLE = "TONGBAN_DRILL_KILL"
_LISTING = "list"


def watch_of(wanted: str) -> CommitWatch:
    """Return the watch that `TONGBAN_DRILL_KILL` asks for.

    Raises:
        ValueError: it is neither MOMENT:TRANSACTION:TIMES nor list:FILE.
    """
    first, _, rest = wanted.partition(":")
    if first == _LISTING and rest:
        return _Listing(Path(rest))
    name, _, times = rest.rpartition(":")
    if not name or not times.isdecimal() or int(times) < 1:
        raise ValueError(f"{VARIABLE}={wanted}: write MOMENT:TRANSACTION:TIMES or list:FILE")
    return _Killing(Moment(first), name, int(times))


def transaction_name(work: Callable[..., Any]) -> str:
    """Name a store function as flows hand it over: a lambda, a partial, a function or a method."""
    while inner := work.func if isinstance(work, functools.partial) else getattr(work, "__wrapped__", None):
        work = inner
    place = f"{getattr(work, '__module__', '')}.{getattr(work, '__qualname__', type(work).__qualname__)}"
    code = getattr(work, "__code__", None)
    if code is None or code.co_name != "<lambda>":
        return place
    # A lambda has no name of its own; what it calls tells it from its neighbours.
    called = code.co_names or code.co_freevars
    return f"{place.replace('.<locals>', '').removesuffix('.<lambda>')}/{'.'.join(called[:2])}"


class _Listing:
    """Writes down every transaction once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: set[str] = set()

    def __call__(self, moment: Moment, works: Sequence[Callable[..., Any]]) -> None:
        for name in {transaction_name(work) for work in works} - self._seen:
            self._seen.add(name)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")


class _Killing:
    """Ends the process without a word, as the loss of power would."""

    def __init__(self, moment: Moment, name: str, times: int) -> None:
        self._moment = moment
        self._name = name
        self._left = times

    def __call__(self, moment: Moment, works: Sequence[Callable[..., Any]]) -> None:
        if moment is not self._moment:
            return
        self._left -= sum(transaction_name(work) == self._name for work in works)
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
