"""Which version of which definition binds a case.

The narrowest division that covers the place wins, a definition with the case's task code before one without; of that
item the newest version in force on the day the window received the application binds, for a case stays bound to the
version at the time of 收件 (GB/T 39554.2-2020 gives items versions).

A version that was stated is honoured if it was in force on that day, or was superseded no more than `GRACE` before:
clerks fill in forms they opened before the change, and the agreement lets the origin hand the case over a working day
later.  One working day is at most three calendar days over a weekend; longer holidays are not waited out, because on
both sides nobody works then.

An item paused or cancelled on that day binds as paused or cancelled, whatever version is stated.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise

from gateway.case.days import day_in_china
from gateway.case.item.definition import ItemState
from gateway.store.items import ItemRow

GRACE = timedelta(days=3)
"""Calendar days for which a superseded version is still taken."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was found in a catalogue.

    Attributes:
        binds: the version that binds; None when there is none, or the stated one no longer counts.
        latest: the version in force on the day.
        choices: task codes between which the case has to choose; empty when nothing is open.
    """

    binds: ItemRow | None = None
    latest: ItemRow | None = None
    choices: tuple[str, ...] = ()


NOTHING = Chosen()


def choose(
    rows: Iterable[ItemRow],
    *,
    depth: Callable[[str], int],
    on: date,
    today: date,
    version: int = 0,
    task_code: str = "",
    ours: bool = False,
) -> Chosen:
    """Return the version that binds an application received on a day.

    Args:
        rows: every version of every item with the case's basic code, in the order of key and version.
        depth: how narrow a division is that covers the case's place, 0 for one that does not.
        on: the day the window received it, Asia/Shanghai.
        today: an item that came into force since, by today and within `GRACE`, binds with its first version.
        version: the one the case states; 0 for none.
        ours: whether the catalogue is our own, so that a version counts as superseded only once it was imported: no
            origin could have known earlier.
    """
    best: list[tuple[ItemRow, list[ItemRow]]] = []
    best_rank = (0, False, False)
    for _, group in groupby(rows, key=lambda row: row.key):
        versions = list(group)
        first = versions[0]
        narrow = depth(first.division)
        if not narrow or (task_code and first.task_code not in ("", task_code)):
            continue
        current = _current(versions, on, today)
        if current is None:
            continue
        rank = (narrow, bool(task_code) and first.task_code == task_code, not first.task_code)
        if rank > best_rank:
            best, best_rank = [], rank
        if rank == best_rank:
            best.append((current, versions))
    if not best:
        return NOTHING
    task_codes = dict.fromkeys(current.task_code for current, _ in best)
    if len(task_codes) > 1:
        return Chosen(choices=tuple(task_codes))
    # Several of one department are those of counties that were merged: the one that came into force last.
    current, versions = max(best, key=lambda found: found[0].valid_from)
    return Chosen(_honoured(current, versions, on, version, ours=ours), current)


def narrowest_keys(rows: Iterable[ItemRow], depth: Callable[[str], int]) -> frozenset[str]:
    """Return the items of the narrowest division that covers a place, of whatever version."""
    depths = {row.key: depth(row.division) for row in rows}
    most = max(depths.values(), default=0)
    return frozenset(key for key, found in depths.items() if found == most) if most else frozenset()


def _current(versions: list[ItemRow], on: date, today: date) -> ItemRow | None:
    in_force = [row for row in versions if row.valid_from <= on]
    if in_force:
        return in_force[-1]
    soon = [row for row in versions if row.valid_from <= min(today, on + GRACE)]
    return soon[0] if soon else None


def _honoured(current: ItemRow, versions: list[ItemRow], on: date, stated: int, *, ours: bool) -> ItemRow | None:
    if stated in (0, current.version) or current.state is not ItemState.IN_USE:
        return current
    for row, after in pairwise(versions):
        if row.version != stated:
            continue
        superseded = max(after.valid_from, day_in_china(after.at)) if ours else after.valid_from
        still_counts = row.valid_from <= on <= superseded + GRACE
        return row if still_counts and row.state is ItemState.IN_USE else None
    return None
