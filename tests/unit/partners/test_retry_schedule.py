"""When a partner that is away is tried again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.partners.limits import Retry, next_try

NOW = datetime(2026, 12, 1, tzinfo=UTC)
HALF = 0.5


def test_waits_grow_gently_up_to_a_ceiling() -> None:
    retry = Retry(first_wait=timedelta(seconds=10), growth=2.0, longest_wait=timedelta(minutes=1))
    waits = [retry.next_try(tries, NOW, HALF) for tries in (1, 2, 3, 4, 500)]

    assert [moment and (moment - NOW).total_seconds() for moment in waits] == [10, 20, 40, 60, 60]


def test_the_last_try_falls_on_the_age_at_which_to_give_up() -> None:
    retry = Retry(give_up_after=timedelta(hours=1))
    sealed = NOW - timedelta(minutes=59)

    assert retry.next_try(9, NOW, HALF, since=sealed) == NOW + timedelta(minutes=1)
    assert retry.next_try(9, NOW + timedelta(minutes=1), HALF, since=sealed) is None
    assert next_try(retry, 9, NOW, HALF) == retry.next_try(9, NOW, HALF)


@given(
    st.builds(
        Retry,
        first_wait=st.timedeltas(timedelta(seconds=1), timedelta(hours=1)),
        growth=st.floats(1, 10),
        longest_wait=st.timedeltas(timedelta(hours=1), timedelta(days=1)),
    ),
    st.integers(1, 10**9),
    st.floats(0, 1),
)
def test_a_next_try_is_always_ahead_and_never_beyond_the_ceiling(retry: Retry, tries: int, jitter: float) -> None:
    moment = retry.next_try(tries, NOW, jitter)

    assert moment
    assert NOW < moment <= NOW + retry.longest_wait


def test_a_partner_that_fails_is_called_again_soon_and_then_by_its_schedule() -> None:
    retry = Retry()
    waits = [round((retry.next_call(failures, NOW, HALF) - NOW).total_seconds()) for failures in (1, 2, 3, 4, 99)]

    assert waits == [2, 30, 48, 77, 4 * 3600]


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_a_next_call_never_lies_beyond_the_ceiling(failures: int, jitter: float) -> None:
    retry = Retry(first_wait=timedelta(seconds=1), longest_wait=timedelta(seconds=1))

    assert NOW < retry.next_call(failures, NOW, jitter) <= NOW + timedelta(seconds=1)
