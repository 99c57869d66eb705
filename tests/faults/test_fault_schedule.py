"""One seed decides what a drill does; what is said at its end decides its exit code."""

from random import Random
from typing import Any

import pytest

from tests.faults.compare import Verdict
from tests.faults.crowd import judged
from tests.faults.schedule import Bites, Fault, Outcome, plan, schedule_lines, summary, table


async def nothing(stage: Any, chance: Random, times: int) -> Bites:
    return Bites(times, 1)


FAULTS = (
    *(Fault(name=f"a{n}", family="first", inject=nothing, times=10) for n in range(6)),
    Fault(name="b", family="second", inject=nothing, times=20, short=3),
    Fault(name="c", family="second", inject=nothing, times=1, short=0),
)


def names(seed: int, **asked: Any) -> list[str]:
    return [one.fault.name for one in plan(FAULTS, seed, **{"short": False} | asked)]


def test_the_same_seed_gives_the_same_schedule_and_another_seed_another():
    assert schedule_lines(plan(FAULTS, 7, short=False)) == schedule_lines(plan(FAULTS, 7, short=False))
    assert len({tuple(names(seed)) for seed in range(20)}) > 1


def test_families_stay_together_and_every_fault_is_planned_once():
    found = names(3)
    assert sorted(found) == sorted(fault.name for fault in FAULTS)
    assert {*found[:6]} == {f"a{n}" for n in range(6)}


def test_the_short_form_leaves_out_what_takes_long_and_repeats_less():
    times = {one.fault.name: one.times for one in plan(FAULTS, 7, short=True)}
    assert times == {**{f"a{n}": 1 for n in range(6)}, "b": 3}


def test_a_fault_run_by_itself_draws_what_it_draws_in_the_whole_run():
    whole = {one.fault.name: one.seed for one in plan(FAULTS, 7, short=False)}
    [alone] = plan(FAULTS, 7, short=False, only=["a3"])
    assert (alone.fault.name, alone.seed) == ("a3", whole["a3"])


def test_a_family_may_be_asked_for_and_an_unknown_name_is_told():
    assert names(7, only=["second"], short=True) in (["b", "c"], ["c", "b"])
    with pytest.raises(ValueError, match="no such fault: nobody"):
        plan(FAULTS, 7, short=True, only=["nobody"])


@pytest.mark.parametrize("kind", ["lost", "doubled", "out_of_order", "stuck"])
def test_anything_found_makes_the_outcome_bad(kind):
    outcome = Outcome("a", Bites(1, 1), sent=5, verdict=Verdict(**{kind: ["a case"]}))
    assert not outcome.is_good
    assert summary([outcome], 7)[kind] == 1


def test_a_fault_that_did_not_bite_proves_nothing_and_is_bad():
    assert not Outcome("a", Bites(3, 0), sent=5).is_good
    assert Outcome("a", Bites(3, 1), sent=5).is_good
    assert not Outcome("a", Bites(3, 1), sent=5, failure="not in time").is_good


def test_the_last_line_has_the_figures_that_are_published():
    outcomes = [Outcome("a", Bites(1, 1), sent=5), Outcome("b", Bites(2, 2), sent=6, verdict=Verdict(lost=["x", "y"]))]
    assert summary(outcomes, 9) == {
        "faults": 2,
        "sent": 11,
        "lost": 2,
        "doubled": 0,
        "out_of_order": 0,
        "stuck": 0,
        "seed": 9,
    }
    assert [line.split()[0] for line in table(outcomes)] == ["fault", "a", "b"]


@pytest.mark.parametrize(
    ("beside", "hurt"),
    [
        ([(40.0, 50.0), (39.0, 52.0), (40.0, 51.0)], ""),
        ([(40.0, 52.4)] * 3, ""),
        ([(37.0, 50.0)] * 3, "rate/s worse by 3.0, allowed 2.0"),
        ([(40.0, 60.0)] * 3, "p99 ms worse by 10.0, allowed 2.5"),
    ],
)
def test_neighbours_may_be_slower_by_five_per_cent(beside, hurt):
    assert judged([(40.0, 50.0)] * 3, beside)[0] == hurt


def test_neighbours_may_be_as_slow_as_the_runs_without_the_sick_differ():
    alone = [(40.0, 50.0), (40.0, 70.0), (40.0, 52.0)]
    assert judged(alone, [(40.0, 71.0)] * 3)[0] == ""
    assert judged(alone, [(40.0, 73.0)] * 3)[0] == "p99 ms worse by 21.0, allowed 20.0"
