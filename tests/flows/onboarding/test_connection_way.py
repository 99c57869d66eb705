"""The connection test against servers that are not there, not reachable, or not who they should be."""

from dataclasses import replace
from datetime import timedelta

from gateway.case.texts import Text
from gateway.flows.onboarding.steps import Fault, Mark, not_on_file
from gateway.partners.schema import Delivery, Endpoint, Status
from gateway.trust.tls import issue
from tests.certificates import ENSHI, HOSTS, QIANJIANG, XIANGXI, region, wall_clock
from tests.flows.onboarding.onboarding_build import (
    black_hole,
    marks,
    plain_http,
    reads_to_the_end,
    showing,
    speaking,
    stopped_at,
    trying,
    unused_port,
)


async def test_a_name_that_does_not_exist_is_a_matter_of_the_network():
    async with trying() as try_connection:
        trial = await try_connection(region(ENSHI).as_partner("gateway.example.invalid:8443"))
    step = stopped_at(trial, "dns", Fault.NETWORK)
    assert "gateway.example.invalid" in step.said.zh
    assert "getent hosts gateway.example.invalid" in step.fix.zh


async def test_a_closed_port_says_that_the_machine_is_there_and_nobody_listens():
    port = unused_port()
    async with trying() as try_connection:
        trial = await try_connection(region(ENSHI).as_partner(f"127.0.0.1:{port}"))
    step = stopped_at(trial, "tcp", Fault.THEIRS)
    assert str(port) in step.fix.en
    assert "nobody listens" in step.said.en


async def test_a_black_hole_costs_one_bound_and_points_to_firewalls():
    async with black_hole() as address, trying() as try_connection:
        trial = await try_connection(region(ENSHI).as_partner(address))
    step = stopped_at(trial, "tcp", Fault.NETWORK)
    assert "防火墙" in step.fix.zh


async def test_a_server_that_takes_connections_and_says_nothing_is_found_out_at_the_handshake():
    async with speaking(reads_to_the_end) as address, trying() as try_connection:
        trial = await try_connection(region(ENSHI).as_partner(address))
    assert "does not answer" in stopped_at(trial, "tls", Fault.NETWORK).said.en


async def test_a_server_without_tls_is_called_that():
    async with speaking(plain_http) as address, trying() as try_connection:
        trial = await try_connection(region(ENSHI).as_partner(address))
    assert "does not speak TLS" in stopped_at(trial, "tls", Fault.THEIRS).said.en


async def test_a_certificate_of_another_authority_names_who_issued_it(tmp_path):
    wrong = region(XIANGXI).new_certificate(region=ENSHI)
    async with speaking(reads_to_the_end, showing(wrong, tmp_path)) as address, trying() as try_connection:
        trial = await try_connection(region(ENSHI).as_partner(address))
    step = stopped_at(trial, "tls", Fault.BOTH)
    assert "registered authority" in step.said.en
    assert XIANGXI in step.said.en
    assert "somebody else may be answering" in step.fix.en


async def test_an_expired_certificate_tells_its_dates(tmp_path):
    own = region(ENSHI)
    ended = issue(own.authority, ENSHI, HOSTS, wall_clock() - timedelta(days=20), 10)
    async with speaking(reads_to_the_end, showing(ended, tmp_path)) as address, trying() as try_connection:
        trial = await try_connection(own.as_partner(address))
    step = stopped_at(trial, "tls", Fault.THEIRS)
    assert f"{ended.certificate.not_valid_after_utc:%Y-%m-%d}" in step.said.zh
    assert "keys certificate" in step.fix.en


async def test_a_certificate_without_the_agreed_name_tells_the_names_it_has(tmp_path):
    own = region(ENSHI)
    other = own.new_certificate(hosts=("gateway.enshi.example",))
    async with speaking(reads_to_the_end, showing(other, tmp_path)) as address, trying() as try_connection:
        trial = await try_connection(own.as_partner(address))
    step = stopped_at(trial, "tls", Fault.BOTH)
    assert "gateway.enshi.example" in step.said.zh
    assert "server_name" in step.fix.zh


async def test_a_sound_certificate_that_names_another_region_proves_nothing(tmp_path):
    own = region(ENSHI)
    other = own.new_certificate(region=XIANGXI)
    async with speaking(reads_to_the_end, showing(other, tmp_path)) as address, trying() as try_connection:
        trial = await try_connection(own.as_partner(address))
    assert f"tongban://region/{ENSHI}" in stopped_at(trial, "tls", Fault.THEIRS).fix.en


async def test_a_server_certificate_that_soon_ends_is_told_and_goes_on(tmp_path):
    own = region(ENSHI)
    short = issue(own.authority, ENSHI, HOSTS, wall_clock(), 9)
    async with speaking(reads_to_the_end, showing(short, tmp_path)) as address, trying() as try_connection:
        trial = await try_connection(own.as_partner(address))
    assert (trial.of("tls").mark, trial.of("tls").fault) == (Mark.WARNING, Fault.THEIRS)
    assert "还有 8 天" in trial.of("tls").said.zh


async def test_one_address_of_several_that_is_down_is_a_warning_and_the_others_are_tried(tmp_path):
    own = region(ENSHI)
    dead = f"127.0.0.1:{unused_port()}"
    async with speaking(reads_to_the_end, showing(own.certified, tmp_path)) as address, trying() as try_connection:
        trial = await try_connection(own.as_partner(dead, address))
    assert marks(trial)["tcp"] is Mark.WARNING
    assert dead in trial.of("tcp").said.en
    assert marks(trial)["tls"] is Mark.PASSED


async def test_our_own_expired_certificate_is_found_before_anybody_is_asked(tmp_path):
    own, there = region(QIANJIANG), region(ENSHI)
    ended = issue(own.authority, QIANJIANG, HOSTS, wall_clock() - timedelta(days=20), 10)
    async with (
        speaking(reads_to_the_end, showing(there.certified, tmp_path)) as address,
        trying(certified=ended) as try_connection,
    ):
        trial = await try_connection(there.as_partner(address))
    assert "tongban keys certificate" in stopped_at(trial, "our_certificate", Fault.OURS).fix.zh


async def test_a_partner_that_can_only_dial_out_is_not_tried_and_not_blamed():
    async with trying() as try_connection:
        trial = await try_connection(region(ENSHI).as_partner(delivery=Delivery.COLLECT))
    assert trial.is_ok
    assert not trial.reached
    assert f"tongban partners test {QIANJIANG}" in trial.of("envelope").said.zh


async def test_a_sample_partner_is_never_dialled_by_the_test_either():
    async with trying() as try_connection:
        trial = await try_connection(region(ENSHI).as_partner("127.0.0.1:1", status=Status.SAMPLE))
    stopped_at(trial, "file", Fault.OURS)


async def test_an_address_is_tried_by_the_name_its_certificate_is_to_have(tmp_path):
    own = region(ENSHI)
    other = own.new_certificate(hosts=("gateway.enshi.example",))
    async with speaking(reads_to_the_end, showing(other, tmp_path)) as address, trying() as try_connection:
        named = Endpoint(address=address, server_name="gateway.enshi.example")
        trial = await try_connection(replace(own.as_partner(), endpoints=(named,)))
    assert trial.of("tls").mark is Mark.PASSED


def test_a_partner_without_a_file_is_the_first_step_and_nothing_is_dialled():
    trial = not_on_file(ENSHI, Text("没有文件", "no file"), Text("加上", "add it"))
    stopped_at(trial, "file", Fault.OURS)
