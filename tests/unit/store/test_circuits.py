"""The circuit of a partner, as it follows from its row."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.flows.delivery.start_anew import start_anew
from gateway.store import peers
from gateway.store.peers import Circuit
from tests.unit.store.outbox_build import ENSHI, LEASE, NOW, a_store

HOUR = timedelta(hours=1)
LONGEST = 4 * HOUR


def test_a_circuit_opens_with_a_failure_and_closes_with_a_good_probe(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):

        def circuit(after: timedelta = timedelta()) -> Circuit:
            return peers.find(tx, ENSHI).circuit(NOW + after, LONGEST)

        assert circuit() is Circuit.CLOSED, "a partner we know nothing of may be called"
        peers.take_off(tx, ENSHI, NOW + LEASE, NOW + LEASE)
        assert circuit() is Circuit.CLOSED, "a flight that is under way says nothing"
        peers.failed(tx, ENSHI, NOW, NOW + HOUR, "PARTNER_SLOW")
        assert (circuit(), circuit(HOUR)) == (Circuit.OPEN, Circuit.HALF_OPEN)
        peers.take_off(tx, ENSHI, NOW + 3 * HOUR, NOW + HOUR + LEASE)
        assert circuit(HOUR) is Circuit.HALF_OPEN, "the probe is under way"
        assert circuit(2 * HOUR) is Circuit.OPEN, "the probe never came back"
        peers.answered_probe(tx, ENSHI, NOW, timedelta(seconds=-3))
        row = peers.find(tx, ENSHI)
        assert circuit() is Circuit.CLOSED
        assert (row.failures, row.last_reason, row.clock_skew) == (1, "PARTNER_SLOW", timedelta(seconds=-3))
        peers.reached(tx, ENSHI, NOW)
        assert (peers.find(tx, ENSHI).failures, peers.find(tx, ENSHI).last_reason) == (0, "")


def test_a_rest_written_by_a_clock_that_ran_a_year_ahead_is_over(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        peers.failed(tx, ENSHI, NOW + timedelta(days=365), NOW + timedelta(days=365), "PARTNER_SLOW")
        row = peers.find(tx, ENSHI)
        assert not row.rests(NOW, LONGEST)
        assert row.circuit(NOW, LONGEST) is Circuit.HALF_OPEN
        assert row.rests(NOW + timedelta(days=365) - HOUR, LONGEST)


def test_a_call_of_the_partner_earns_one_probe_a_minute_and_no_more(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        assert not peers.heard_from(tx, ENSHI, NOW), "nothing kept us from calling"
        earned = 0
        for second in range(0, 600, 5):
            now = NOW + timedelta(seconds=second)
            peers.failed(tx, ENSHI, now, now + LONGEST, "PARTNER_UNREACHABLE")
            earned += peers.heard_from(tx, ENSHI, now)
        assert earned == 10
        assert peers.find(tx, ENSHI).last_inward_at == now


def test_a_call_of_the_partner_leaves_a_flight_that_is_under_way_alone(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        peers.take_off(tx, ENSHI, NOW + LEASE, NOW + LEASE)
        assert not peers.heard_from(tx, ENSHI, NOW)
        assert peers.find(tx, ENSHI).rests(NOW, LONGEST)


def test_an_operator_ends_the_rest_and_the_growth_but_a_probe_goes_first(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        for _ in range(9):
            peers.failed(tx, ENSHI, NOW, NOW + HOUR, "PARTNER_UNREACHABLE")
        peers.let_call(tx, ENSHI)
        row = peers.find(tx, ENSHI)
        assert (row.failures, row.circuit(NOW, LONGEST)) == (0, Circuit.HALF_OPEN)


@pytest.mark.parametrize("failures", [0, 1])
def test_a_process_that_died_in_flight_is_soon_back_the_first_time_and_patient_from_then_on(
    tmp_path: Path, failures: int
) -> None:
    with a_store(tmp_path) as (_, tx):
        for _ in range(failures):
            peers.landed_nowhere(tx, ENSHI, NOW)
            tx.execute("UPDATE peers SET failures = 1")
        peers.take_off(tx, ENSHI, NOW + HOUR, NOW + LEASE)
        start_anew(tx, NOW)
        row = peers.find(tx, ENSHI)
        assert row.failures == failures + 1
        assert row.under_way_until is None
        assert row.quiet_until == NOW + (HOUR if failures else timedelta(seconds=2))
        assert peers.left_under_way(tx) == []
