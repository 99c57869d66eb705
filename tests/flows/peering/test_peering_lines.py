"""Connections: who is at the other end, what replaces one, and what a partner that is away costs."""

import asyncio
import socket
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace

import grpc
import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.schema import Endpoint, Status
from gateway.peering.lines import Credentials
from gateway.peering.served import PeeringFlows
from gateway.trust.tls import Certified, issue
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from tests.certificates import ENSHI, HOSTS, NAMES, QIANJIANG, XIANGXI, region, wall_clock
from tests.flows.peering.peering_build import bearing, courier, description, door, failing, raw, stub_of


async def describe(caller):
    return description()


SERVED = PeeringFlows(describe=describe)


def unused_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@asynccontextmanager
async def listener(handle):
    handling = set()

    async def handled(reader, writer):
        handling.add(asyncio.current_task())
        try:
            with suppress(asyncio.CancelledError):
                await handle(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handled, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)


async def test_a_partner_that_is_down_is_found_out_at_once():
    partner = region(ENSHI).as_partner(f"127.0.0.1:{unused_port()}")
    async with courier() as ours, asyncio.timeout(2):
        async with failing(Reason.PARTNER_UNREACHABLE, partner=NAMES[ENSHI]) as caught:
            await ours.describe(partner)
        assert caught.value.facts["detail"].en == "connection refused"
        assert caught.value.retriable


async def test_a_partner_is_reached_the_moment_it_is_back():
    address = f"127.0.0.1:{unused_port()}"
    partner = region(ENSHI).as_partner(address)
    async with courier() as ours:
        async with failing(Reason.PARTNER_UNREACHABLE):
            await ours.describe(partner)
        for _ in range(2):
            async with door(SERVED, address=address, stop_seconds=0):
                assert (await ours.describe(partner)).region == ENSHI
            async with failing(Reason.PARTNER_UNREACHABLE):
                await ours.describe(partner)


async def test_addresses_are_tried_in_their_order():
    async with door(SERVED) as there, courier() as ours:
        partner = there.partner(f"127.0.0.1:{unused_port()}")
        assert (await ours.describe(partner)).region == ENSHI
        assert [address for _, address in ours._lines._lines] == [there.address]


async def test_one_that_takes_the_connection_and_says_nothing_costs_one_handshake_and_no_more():
    async def silent(reader, writer):
        await reader.read()
        writer.close()

    async with listener(silent) as address, courier(handshake_seconds=0.2) as ours, asyncio.timeout(3):
        async with failing(Reason.PARTNER_UNREACHABLE) as caught:
            await ours.describe(region(ENSHI).as_partner(address))
        assert caught.value.facts["detail"].en == "no handshake in time"


async def test_one_that_speaks_no_tls_is_not_reached():
    async def rude(reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with listener(rude) as address, courier() as ours:
        async with failing(Reason.PARTNER_UNREACHABLE) as caught:
            await ours.describe(region(ENSHI).as_partner(address))
        assert caught.value.facts["detail"].en == "TLS handshake failed"


async def test_a_sample_partner_is_never_dialled():
    async with door(SERVED) as there, courier() as ours:
        async with failing(Reason.PARTNER_UNREACHABLE) as caught:
            await ours.describe(there.partner(status=Status.SAMPLE))
        assert "示例" in caught.value.cause.zh
        assert there.heard.refused == []


async def test_a_partner_without_an_address_cannot_be_dialled():
    async with courier() as ours, failing(Reason.PARTNER_UNREACHABLE):
        await ours.describe(region(ENSHI).as_partner())


def at(there, **changes):
    """恩施 as a partner, at the address where somebody else listens."""
    return region(ENSHI).as_partner(there.address, **changes)


async def test_a_server_of_another_region_is_not_the_partner():
    async with door(SERVED, of=region(XIANGXI)) as there, courier() as ours:
        async with failing(Reason.PARTNER_UNREACHABLE) as caught:
            await ours.describe(at(there))
        assert "registered authority" in caught.value.cause.en
        assert there.heard.regions == []


async def test_an_address_where_another_region_answers_is_passed_over():
    async with door(SERVED, of=region(XIANGXI)) as other, door(SERVED) as there, courier() as ours:
        assert (await ours.describe(there.partner(other.address))).region == ENSHI
        assert other.heard.regions == []


async def test_a_server_whose_certificate_names_another_region_is_not_the_partner():
    """One authority for two regions: the name of the region decides, not the root."""
    shared = region(ENSHI).authority
    xiangxi = replace(region(XIANGXI), authority=shared, certified=issue(shared, XIANGXI, HOSTS, wall_clock(), 30))
    async with door(SERVED, of=xiangxi) as there, courier() as ours:
        async with failing(Reason.PARTNER_UNREACHABLE) as caught:
            await ours.describe(at(there))
        assert XIANGXI in caught.value.cause.zh
        assert there.heard.regions == []


async def test_a_server_with_another_host_name_is_not_the_partner():
    own = replace(region(ENSHI), certified=region(ENSHI).new_certificate(hosts=("elsewhere.example",)))
    async with door(SERVED, of=own) as there, courier() as ours:
        async with failing(Reason.PARTNER_UNREACHABLE) as caught:
            await ours.describe(at(there))
        assert "host name" in caught.value.cause.en
        named = Endpoint(address=there.address, server_name="elsewhere.example")
        assert (await ours.describe(at(there, endpoints=(named,)))).region == ENSHI


async def test_a_server_certificate_that_is_not_pinned_is_not_believed():
    pin = region(ENSHI).certified.certificate.fingerprint(SHA256()).hex()
    async with door(SERVED) as there, courier() as ours:
        async with failing(Reason.PARTNER_UNREACHABLE):
            await ours.describe(at(there, pinned=frozenset({"00" * 32})))
        assert (await ours.describe(at(there, pinned=frozenset({pin}), digest="pinned"))).region == ENSHI


async def test_a_denied_server_certificate_is_not_called_any_more():
    denied: set[tuple[str, int]] = set()
    async with door(SERVED) as there, courier(denied=lambda: denied) as ours:
        assert await ours.describe(there.partner())
        denied.add((ENSHI, region(ENSHI).certified.certificate.serial_number))
        async with failing(Reason.PARTNER_UNREACHABLE):
            await ours.describe(there.partner())


async def test_another_server_with_a_certificate_of_the_same_authority_cannot_step_into_a_proven_line():
    """The channel believes the one certificate that was proven, not its authority."""
    address = f"127.0.0.1:{unused_port()}"
    partner = region(ENSHI).as_partner(address)
    other = replace(region(ENSHI), certified=region(ENSHI).new_certificate(region=XIANGXI))
    async with courier() as ours:
        async with door(SERVED, address=address, stop_seconds=0):
            assert await ours.describe(partner)
        async with listener_of(other, address) as impostor:
            async with failing(Reason.PARTNER_UNREACHABLE):
                await ours.describe(partner)
            assert impostor.heard.regions == []


@asynccontextmanager
async def listener_of(own, address):
    """A server whose certificate names a region that is not its own; ours refuses to start with one."""
    as_named = replace(own, code=XIANGXI)
    async with door(SERVED, of=as_named, address=address) as there:
        yield there


async def test_a_renewed_server_certificate_is_proven_anew_and_nobody_notices():
    new = region(ENSHI).new_certificate()
    async with door(SERVED) as there, courier() as ours:
        partner = there.partner()
        assert await ours.describe(partner)
        (before,) = ours._lines._lines.values()
        there.server.renew(new, wall_clock())
        assert await ours.describe(partner)
        assert list(ours._lines._lines.values()) == [before], "an open connection stays"
        ours._lines.drop(before)
        assert await ours.describe(partner)
        (after,) = ours._lines._lines.values()
        assert after.server.serial == new.certificate.serial_number != before.server.serial


async def test_a_certificate_that_no_partner_would_believe_is_not_put_to_use():
    own = region(ENSHI)
    past = issue(own.authority, ENSHI, HOSTS, wall_clock(), 0)
    named_otherwise = own.new_certificate(region=XIANGXI)
    async with door(SERVED) as there, courier() as ours:
        with pytest.raises(GatewayError) as expired:
            there.server.renew(past, wall_clock())
        with pytest.raises(GatewayError) as other:
            there.server.renew(named_otherwise, wall_clock())
        assert expired.value.reason is Reason.CERTIFICATE_EXPIRED
        assert other.value.reason is Reason.CERTIFICATE_REGION
        assert await ours.describe(there.partner())


async def test_a_server_does_not_start_with_a_certificate_of_another_region():
    own = replace(region(ENSHI), certified=region(ENSHI).new_certificate(region=XIANGXI))
    with pytest.raises(GatewayError) as caught:
        async with door(SERVED, of=own):
            raise AssertionError
    assert caught.value.reason is Reason.CERTIFICATE_REGION


async def test_our_renewed_certificate_comes_with_tokens_that_name_it_and_calls_in_flight_end():
    own = region(QIANJIANG)
    renewed = own.new_certificate()
    ours_now = [Credentials(own.certified, own.tokens().token_for)]
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(caller):
        if not begun.is_set():
            begun.set()
            await go_on.wait()
        return description()

    async with (
        door(PeeringFlows(describe=slow)) as there,
        courier(credentials=lambda: ours_now[-1]) as ours,
        asyncio.timeout(10),
    ):
        partner = there.partner()
        in_flight = asyncio.create_task(ours.describe(partner))
        await begun.wait()
        ours_now.append(Credentials(renewed, own.tokens(renewed).token_for))
        assert await ours.describe(partner)
        go_on.set()
        assert (await in_flight).region == ENSHI
        (line,) = ours._lines._lines.values()
        assert line.ours.certified is renewed
    assert there.heard.refused == []


async def test_an_edited_partner_file_makes_a_new_line_and_a_removed_one_ends_it():
    async with door(SERVED) as there, courier() as ours:
        partner = there.partner()
        assert await ours.describe(partner)
        (before,) = ours._lines._lines.values()
        assert await ours.describe(replace(partner, digest="edited"))
        (after,) = ours._lines._lines.values()
        assert after is not before
        ours.keep_only({XIANGXI})
        assert ours._lines._lines == {}
        assert await ours.describe(partner)


async def test_a_server_that_turns_our_certificate_away_is_named_as_such():
    async with door(SERVED) as there, courier() as ours:
        there.server.trust([region(ENSHI).authority.certificate])
        async with failing(Reason.PARTNER_UNREACHABLE) as caught:
            await ours.describe(there.partner())
        assert "may not accept our certificate" in caught.value.cause.en


@asynccontextmanager
async def between(there):
    """A way to the server that can be cut off (`pipes`) or swallow everything (`open`)."""
    host, port = there.address.split(":")
    pipes, is_open = [], asyncio.Event()
    is_open.set()

    async def forward(reader, writer):
        if not is_open.is_set():
            await reader.read()
            writer.close()
            return
        back, out = await asyncio.open_connection(host, int(port))
        pipes.extend((writer, out))
        await asyncio.gather(_pump(reader, out), _pump(back, writer))

    async with listener(forward) as address:
        yield address, pipes, is_open


async def test_a_connection_that_breaks_between_calls_is_made_anew_unnoticed():
    async with door(SERVED) as there, between(there) as (address, pipes, _), courier() as ours:
        partner = region(ENSHI).as_partner(address)
        assert await ours.describe(partner)
        for pipe in pipes:
            pipe.transport.abort()
        assert await ours.describe(partner)


async def test_a_connection_that_breaks_during_a_call_is_named_and_the_next_call_goes_through():
    begun = asyncio.Event()

    async def slow(caller):
        if not begun.is_set():
            begun.set()
            await asyncio.Event().wait()
        return description()

    async with (
        door(PeeringFlows(describe=slow), stop_seconds=0) as there,
        between(there) as (address, pipes, _),
        courier() as ours,
        asyncio.timeout(10),
    ):
        partner = region(ENSHI).as_partner(address)
        in_flight = asyncio.create_task(ours.describe(partner))
        await begun.wait()
        for pipe in pipes:
            pipe.transport.abort()
        async with failing(Reason.PARTNER_UNREACHABLE):
            await in_flight
        assert await ours.describe(partner)


async def test_a_way_that_swallows_everything_costs_the_handshakes_bound_and_heals():
    async with (
        door(SERVED) as there,
        between(there) as (address, pipes, is_open),
        courier(handshake_seconds=0.3) as ours,
        asyncio.timeout(10),
    ):
        partner = region(ENSHI).as_partner(address)
        assert await ours.describe(partner)
        is_open.clear()
        for pipe in pipes:
            pipe.transport.abort()
        async with failing(Reason.PARTNER_UNREACHABLE):
            await ours.describe(partner)
        is_open.set()
        assert await ours.describe(partner)


async def _pump(reader, writer):
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def test_a_call_in_flight_ends_before_the_server_stops():
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(caller):
        begun.set()
        await go_on.wait()
        return description()

    async with courier() as ours, asyncio.timeout(10):
        async with door(PeeringFlows(describe=slow), stop_seconds=5) as there:
            in_flight = asyncio.create_task(ours.describe(there.partner()))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.05, go_on.set)
        assert (await in_flight).region == ENSHI


async def test_a_call_that_does_not_end_does_not_keep_the_server_from_stopping():
    begun = asyncio.Event()

    async def endless(caller):
        begun.set()
        await asyncio.Event().wait()

    async with courier() as ours, asyncio.timeout(10):
        async with door(PeeringFlows(describe=endless), stop_seconds=0.1) as there:
            in_flight = asyncio.create_task(ours.describe(there.partner()))
            await begun.wait()
        async with failing(Reason.PARTNER_UNREACHABLE):
            await in_flight


async def test_a_port_that_is_taken_is_a_finding_that_says_what_to_do():
    async with door(SERVED) as there:
        with pytest.raises(GatewayError) as caught:
            async with door(SERVED, address=there.address):
                raise AssertionError
    assert caught.value.reason is Reason.CONFIGURATION
    (finding,) = caught.value.findings
    assert there.address in finding.problem.zh
    assert finding.fix.zh


async def test_a_raw_client_that_trusts_the_authority_is_served_the_renewed_certificate():
    new: Certified = region(ENSHI).new_certificate()
    async with door(SERVED) as there:
        there.server.renew(new, wall_clock())
        async with raw(there.address, roots=new.certificate_pem) as channel:
            metadata = bearing(region(QIANJIANG).tokens().token_for(ENSHI))
            await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=5, metadata=metadata)
        async with raw(there.address, roots=region(ENSHI).certified.certificate_pem) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub_of(channel).DescribeGateway(pb.DescribeGatewayRequest(), timeout=5)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
