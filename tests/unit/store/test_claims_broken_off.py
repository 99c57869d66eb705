"""A flight or transfer that ended by an error of ours gives back exactly what it had claimed."""

from datetime import timedelta
from pathlib import Path

from gateway.flows.delivery.start_anew import give_back_broken_off
from gateway.partners.limits import FIRST_CALL
from gateway.store import claims, outbox, peers
from tests.unit.store.outbox_build import ENSHI, LEASE, NOW, a_store, owed

TRANSFER_LEASE = timedelta(minutes=10)


def test_what_a_transfer_had_claimed_is_due_again_and_what_is_put_off_is_not(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        outbox.owe(tx, owed("files", "A", 1, materials_wait=True))
        outbox.owe(tx, owed("put off", "B", 1, materials_wait=True, due_at=NOW + timedelta(hours=1)))
        until = NOW + TRANSFER_LEASE
        assert claims.next_with_materials(tx, ENSHI, NOW, until) is not None
        peers.transfers(tx, ENSHI, until)
        assert not claims.has_work(tx, ENSHI, NOW)
        assert give_back_broken_off(tx, ENSHI, transfer=False, now=NOW) == 0
        assert give_back_broken_off(tx, ENSHI, transfer=True, now=NOW) == 1
        again = claims.next_with_materials(tx, ENSHI, NOW, until)
        assert again is not None
        assert again.envelope_id == "files"


def test_what_a_flight_had_claimed_is_due_again(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        outbox.owe(tx, owed("a", "A", 1))
        claims.claim(tx, ENSHI, NOW, NOW + LEASE, 64, 10_000)
        peers.take_off(tx, ENSHI, NOW + timedelta(seconds=2), NOW + LEASE)
        assert not claims.has_work(tx, ENSHI, NOW)
        assert give_back_broken_off(tx, ENSHI, transfer=False, now=NOW) == 1
        assert claims.has_work(tx, ENSHI, NOW)


def test_a_broken_flight_is_no_failure_of_the_partner_which_is_called_again_soon(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        peers.take_off(tx, ENSHI, NOW + LEASE, NOW + LEASE)
        give_back_broken_off(tx, ENSHI, transfer=False, now=NOW)
        peer = peers.find(tx, ENSHI)
        assert (peer.failures, peer.suspect, peer.under_way_until) == (0, False, None)
        assert peer.quiet_until == NOW + FIRST_CALL


def test_of_a_partner_that_was_never_called_nothing_is_given_back(tmp_path: Path) -> None:
    with a_store(tmp_path) as (_, tx):
        assert give_back_broken_off(tx, ENSHI, transfer=False, now=NOW) == 0
