"""What each kind of step does to a run: people at work, and trouble of every kind."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.store.queue import Selection
from tests.simulation.inline_database import Moment
from tests.simulation.machine import Machine
from tests.simulation.operators import of_case, operate
from tests.simulation.people import Held

if TYPE_CHECKING:
    from tests.simulation.run import Run

Picks = tuple[int, int, int, int]
SPANS = (3.0, 40.0, 300.0, 3600.0, 20_000.0)
"""How long something is away, in seconds."""
WAITS = (600.0, 7_200.0, 90_000.0, 700_000.0)
"""Long waits: ten minutes to eight days."""
LONGEST_DISK_TROUBLE = 300.0
STOPPED = 30.0
"""Seconds a gateway that was stopped stays away at least."""
JUMPS = (1, -1, 26, -26, 8_760, -8_760)
"""Hours by which a clock goes wrong; back it goes when all is healed."""


async def happen(run: "Run", kind: str, picks: Picks) -> None:
    """Let one step happen; people begin and are not waited for."""
    done = HAPPENS[kind](run, picks)
    if done is not None:
        await done


# -- people


def _submits(run: "Run", picks: Picks, *, with_file: bool = False) -> None:
    origin, handler = _two(run, picks)
    run.begin(run.people.submit(origin, handler, with_file=with_file))


def _acts(run: "Run", picks: Picks, *, sides: tuple[str, ...]) -> None:
    held = run.some_case(picks[0])
    if held:
        for side, pick in zip(sides, picks[1:], strict=False):
            by = held.handler if side == "handler" else held.origin
            run.begin(run.people.act(held, by, pick))


def _about(run: "Run", picks: Picks, what: Callable[[Held, Machine], None]) -> None:
    held = run.some_case(picks[0])
    if held:
        what(held, (held.origin, held.handler)[picks[1] % 2])


def _operates(run: "Run", picks: Picks, what: str) -> None:
    _about(run, picks, lambda held, by: run.begin(operate(run.people, by, what, of_case(held))))


def _ends(run: "Run", picks: Picks, what: str = "ends") -> None:
    # What people have settled is tried slowly: once a day.
    run.bound += timedelta(days=3).total_seconds()
    _operates(run, picks, what)


def _holds_a_partner(run: "Run", picks: Picks) -> None:
    machine, other = _two(run, picks)
    run.begin(operate(run.people, machine, "holds", Selection(partner=other.code)))


# -- trouble


def _two(run: "Run", picks: Picks) -> tuple[Machine, Machine]:
    machines = run.machines
    first = picks[0] % len(machines)
    return machines[first], machines[(first + 1 + picks[1] % (len(machines) - 1)) % len(machines)]


def _span(picks: Picks) -> float:
    return SPANS[picks[2] % len(SPANS)]


def _dies(run: "Run", picks: Picks) -> None:
    machine, _ = _two(run, picks)
    machine.kill("of a sudden")
    run.loop.call_later(_span(picks), machine.on_again)


def _dies_at_a_commit(run: "Run", picks: Picks, moment: Moment) -> None:
    machine, _ = _two(run, picks)
    machine.dead_after(moment, 1 + picks[3] % 4, _span(picks))


def _is_stopped(run: "Run", picks: Picks) -> None:
    machine, _ = _two(run, picks)
    machine.stop()
    run.loop.call_later(STOPPED + _span(picks), machine.on_again)


def _is_cut(run: "Run", picks: Picks, *, both: bool = False) -> None:
    machine, other = _two(run, picks)
    until = run.loop.time() + _span(picks)
    run.network.ways[machine.code, other.code].cut_until = until
    if both:
        run.network.ways[other.code, machine.code].cut_until = until


def _is_slow(run: "Run", picks: Picks) -> None:
    machine, other = _two(run, picks)
    run.network.ways[machine.code, other.code].slow_until = run.loop.time() + _span(picks)


def _jumps(run: "Run", picks: Picks) -> None:
    machine, _ = _two(run, picks)
    hours = JUMPS[picks[2] % len(JUMPS)]
    machine.skew += timedelta(hours=hours)
    machine.was_wrong = True
    # What a clock sealed that ran ahead is taken in when its time has come; parked until then, it is tried once a day.
    run.bound += timedelta(hours=abs(hours), days=2).total_seconds()


def _disk_fails(run: "Run", picks: Picks) -> None:
    machine, _ = _two(run, picks)
    machine.set_disk(fails=True)
    run.loop.call_later(min(_span(picks), LONGEST_DISK_TROUBLE), lambda: machine.set_disk(fails=False))


def _backup_then_fire(run: "Run", picks: Picks) -> None:
    """The first time a backup is made; the next time its machine burns down and comes back from it."""
    kept = next((one for one in run.machines if one.backups.newest), None)
    if kept is None:
        _two(run, picks)[0].back_up()
    # A partner that nobody can dial cannot be caught up with without its operator.
    elif not run.network.without_endpoint and kept.restore():
        run.network.forget_receipts(kept.code)
        run.people.read.pop(kept.code, None)
        run.loop.call_later(_span(picks), kept.on_again)


def _long_wait(run: "Run", picks: Picks) -> Awaitable[None]:
    return run.wait(WAITS[picks[2] % len(WAITS)])


HAPPENS: dict[str, Callable[["Run", Picks], Awaitable[None] | None]] = {
    "submit": _submits,
    "submit with a file": lambda run, picks: _submits(run, picks, with_file=True),
    "handler acts": lambda run, picks: _acts(run, picks, sides=("handler",)),
    "origin acts": lambda run, picks: _acts(run, picks, sides=("origin",)),
    "both act at once": lambda run, picks: _acts(run, picks, sides=("handler", "origin")),
    "somebody ends it": lambda run, picks: _about(
        run, picks, lambda held, by: run.begin(run.people.act(held, by, picks[2], endings=True))
    ),
    "somebody corrects": lambda run, picks: _about(
        run, picks, lambda held, by: run.begin(run.people.correct(held, by, picks[2]))
    ),
    "staff release": lambda run, picks: _about(run, picks, lambda held, _: run.begin(run.people.release(held))),
    "submit again": lambda run, picks: _about(run, picks, lambda held, _: run.begin(run.people.submit_again(held))),
    "operator holds": lambda run, picks: _operates(run, picks, "holds"),
    "operator holds a partner": _holds_a_partner,
    "operator lets go": lambda run, picks: _operates(run, picks, "lets go"),
    "operator tries again": lambda run, picks: _operates(run, picks, "tries again"),
    "operator ends": _ends,
    "operator ends unasked": lambda run, picks: _ends(run, picks, "ends unasked"),
    "process dies": _dies,
    "dies before a commit": lambda run, picks: _dies_at_a_commit(run, picks, Moment.BEFORE),
    "dies after a commit": lambda run, picks: _dies_at_a_commit(run, picks, Moment.AFTER),
    "process is stopped": _is_stopped,
    "way is cut": _is_cut,
    "both ways are cut": lambda run, picks: _is_cut(run, picks, both=True),
    "way is slow": _is_slow,
    "clock jumps": _jumps,
    "disk fails": _disk_fails,
    "long wait": _long_wait,
    "backup, then fire": _backup_then_fire,
}
"""Every kind of step; `plan` says how often each happens."""
