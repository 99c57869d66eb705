"""How often one address may ask, within a span that moves with the clock."""

from datetime import timedelta

import pytest

from gateway.local.moving_window import MovingWindow, who_asks
from tests.build import NOW

SECOND = timedelta(seconds=1)
SPAN = 60 * SECOND


def test_as_many_as_are_allowed_go_through_and_the_next_waits_for_the_first_to_age():
    window = MovingWindow(3, SPAN)
    assert [window.seconds_to_wait("a", NOW + n * SECOND) for n in range(4)] == [0, 0, 0, 57]
    assert window.seconds_to_wait("a", NOW + SPAN) == 0
    assert window.seconds_to_wait("a", NOW + SPAN) == 1


def test_being_told_to_wait_does_not_make_the_wait_longer():
    window = MovingWindow(1, SPAN)
    window.seconds_to_wait("a", NOW)
    for n in range(1, 60):
        assert window.seconds_to_wait("a", NOW + n * SECOND) == 60 - n
    assert window.seconds_to_wait("a", NOW + SPAN) == 0


def test_one_address_costs_another_nothing():
    window = MovingWindow(1, SPAN)
    assert [window.seconds_to_wait(who, NOW) for who in ("a", "a", "b")] == [0, 60, 0]


def test_addresses_beyond_the_bound_wait_for_the_oldest_and_memory_stays():
    window = MovingWindow(5, SPAN, most=2)
    window.seconds_to_wait("a", NOW)
    window.seconds_to_wait("b", NOW + SECOND)
    assert window.seconds_to_wait("c", NOW + 10 * SECOND) == 50
    assert window.seconds_to_wait("a", NOW + 10 * SECOND) == 0
    assert len(window) == 2
    assert window.seconds_to_wait("c", NOW + SPAN + SECOND) == 0


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        (("198.51.100.7", 40000), "198.51.100.7"),
        (("2001:db8:1:2:3:4:5:6", 40000, 0, 0), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::1", 40000, 0, 0), "2001:db8:1:2::/64"),
        (("::ffff:198.51.100.7", 40000, 0, 0), "198.51.100.7"),
        (("fe80::1%eth0", 40000, 0, 2), "fe80::/64"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_an_address_is_counted_by_itself_and_by_its_network_in_ipv6(peer: object, counted: str):
    assert who_asks(peer) == counted
