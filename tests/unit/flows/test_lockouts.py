"""Wrong query codes lock a number for a while, and what is remembered of them is bounded."""

from datetime import timedelta

from gateway.flows.lockouts import LOCKED_FOR, MOST_WRONG, Lockouts
from tests.build import NOW, a_case_number

A, B, C = (a_case_number(n) for n in (1, 2, 3))
MINUTE = timedelta(minutes=1)


def tried(number: str, times: int, lockouts: Lockouts | None = None) -> Lockouts:
    lockouts = lockouts or Lockouts()
    for _ in range(times):
        lockouts.wrong(number, NOW)
    return lockouts


def test_four_wrong_codes_lock_nothing():
    assert tried(A, MOST_WRONG - 1).seconds_left(A, NOW) == 0


def test_the_fifth_wrong_code_locks_the_number_for_fifteen_minutes():
    lockouts = tried(A, MOST_WRONG)
    assert lockouts.seconds_left(A, NOW) == 15 * 60
    assert lockouts.seconds_left(A, NOW + LOCKED_FOR - timedelta(seconds=1)) == 1
    assert lockouts.seconds_left(A, NOW + LOCKED_FOR) == 0
    assert len(lockouts) == 0


def test_a_locked_number_locks_no_other():
    assert tried(A, MOST_WRONG).seconds_left(B, NOW) == 0


def test_the_right_code_forgets_the_wrong_ones():
    lockouts = tried(A, MOST_WRONG - 1)
    lockouts.right(A)
    assert tried(A, MOST_WRONG - 1, lockouts).seconds_left(A, NOW) == 0


def test_wrong_codes_far_apart_do_not_add_up():
    lockouts = Lockouts()
    for n in range(20):
        lockouts.wrong(A, NOW + n * (LOCKED_FOR + MINUTE))
        assert lockouts.seconds_left(A, NOW + n * (LOCKED_FOR + MINUTE)) == 0


def test_when_more_numbers_are_tried_than_are_kept_nobody_else_is_locked_out():
    lockouts = Lockouts(most=2)
    for number in (A, B, C):
        lockouts.wrong(number, NOW)
    assert len(lockouts) == 2
    assert [lockouts.seconds_left(number, NOW) for number in (A, B, C)] == [0, 0, 0]


def test_a_clock_set_back_keeps_no_number_locked():
    assert tried(A, MOST_WRONG).seconds_left(A, NOW - MINUTE) == 0
