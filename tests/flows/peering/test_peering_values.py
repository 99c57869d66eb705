"""Descriptions, manifests and standings: values to the wire and back, and what is refused on reading."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.case.errors import GatewayError
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.delivery.courier import Manifest, MaterialStanding
from gateway.peering.served import RPC_OF, PeeringFlows
from gateway.wire.description import (
    Description,
    Limits,
    Maintenance,
    Standing,
    description_from_wire,
    description_to_wire,
)
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import gateway_pb2
from gateway.wire.transfer_codec import (
    manifest_from_wire,
    manifest_to_wire,
    standing_from_wire,
    standing_to_wire,
    standings_from_wire,
)
from tests.flows.peering.peering_build import MOMENT, TB, description

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))
SPANS = st.timedeltas(timedelta(days=-3650), timedelta(days=3650))
U32 = st.integers(1, 2**32 - 1)
SENTENCES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=100)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)

DESCRIPTIONS = st.builds(
    Description,
    region=st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    region_name=SENTENCES.filter(bool),
    exchange_minor=st.integers(0, 100),
    features=st.lists(SENTENCES.filter(lambda said: 0 < len(said) <= 64), max_size=5).map(tuple),
    limits=st.builds(
        Limits,
        envelope_bytes=U32,
        batch_bytes=U32,
        batch_envelopes=U32,
        material_bytes=st.integers(0, 2**63),
        put_bytes=U32,
        envelope_life=SPANS,
        envelopes_per_minute=st.integers(0, 2**32 - 1),
    ),
    incarnation=SENTENCES.filter(lambda said: 0 < len(said) <= 64),
    time=MOMENTS,
    standing=st.builds(
        Standing,
        last_contact=st.none() | MOMENTS,
        last_error=st.sampled_from(["", "PARTNER_SLOW"]),
        last_error_at=st.none() | MOMENTS,
        queued=st.integers(0, 2**63),
        oldest_waiting=st.none() | SPANS,
        backing_off_until=st.none() | MOMENTS,
        clock_skew=st.none() | SPANS,
    ),
    items_version=st.integers(0, 2**63),
    agreement_fingerprint=st.sampled_from([b"", b"\x07" * 32]),
    maintenance=st.none() | st.builds(Maintenance, MOMENTS, MOMENTS, st.builds(Text, SENTENCES, SENTENCES)),
    next_keys_sealed=st.binary(max_size=50),
    software=SENTENCES,
)


@given(DESCRIPTIONS)
def test_a_description_comes_back_as_it_was(said):
    there = gateway_pb2.Description.FromString(description_to_wire(said).SerializeToString())
    assert description_from_wire(there) == said


@given(
    st.builds(
        Manifest,
        case_id=st.just(TB),
        basic_code=st.just("000123456000"),
        mode=st.sampled_from(Mode),
        origin_division=st.sampled_from(["500114", "500114001000"]),
        handler_division=st.just("422802"),
        files=st.lists(st.tuples(DIGESTS, st.integers(1, 2**31)), max_size=5).map(tuple),
    )
)
def test_a_manifest_comes_back_as_it_was(manifest):
    there = pb.CheckMaterialsRequest.FromString(manifest_to_wire(manifest).SerializeToString())
    assert manifest_from_wire(there) == manifest


@given(st.builds(MaterialStanding, DIGESTS, st.booleans(), st.integers(0, 2**31), MOMENTS))
def test_a_standing_comes_back_as_it_was(standing):
    wire = standing_to_wire(standing)
    assert standing_from_wire(pb.PutMaterialResponse(standing=wire)) == standing
    assert standings_from_wire(pb.CheckMaterialsResponse(standings=[wire, wire])) == (standing, standing)


def spoilt(change):
    wire = description_to_wire(description())
    change(wire)
    return wire


def many_features(wire):
    wire.features.extend(["x"] * 101)


def endless_life(wire):
    wire.limits.envelope_life.seconds = 2**40


def no_life(wire):
    wire.limits.ClearField("envelope_life")


def no_limits(wire):
    wire.ClearField("limits")


def no_standing(wire):
    wire.ClearField("standing")


def other_region(wire):
    wire.region = "四二二八"


def bad_time(wire):
    wire.time.seconds = 0


def short_fingerprint(wire):
    wire.agreement_fingerprint = b"x"


def long_keys(wire):
    wire.next_keys_sealed = b"x" * 65537


def no_batch(wire):
    wire.limits.batch_envelopes = 0


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (many_features, "features"),
        (endless_life, "limits.envelope_life"),
        (no_life, "limits.envelope_life"),
        (no_limits, "limits"),
        (no_standing, "standing"),
        (other_region, "region"),
        (bad_time, "time"),
        (short_fingerprint, "agreement_fingerprint"),
        (long_keys, "next_keys_sealed"),
        (no_batch, "limits.batch_envelopes"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused_with_its_place(change, path):
    with pytest.raises(GatewayError) as caught:
        description_from_wire(spoilt(change))
    assert caught.value.reason is Reason.MALFORMED
    assert [finding.path for finding in caught.value.findings] == [path]


def test_everything_wrong_with_a_manifest_is_told_at_once():
    wire = pb.CheckMaterialsRequest(
        case_id="",
        basic_code="12",
        origin_division="50",
        handler_division="422802",
        materials=[gateway_pb2.MaterialAnnouncement(sha256=b"x", size=0)],
    )
    with pytest.raises(GatewayError) as caught:
        manifest_from_wire(wire)
    assert {finding.path for finding in caught.value.findings} == {
        "case_id",
        "basic_code",
        "mode",
        "origin_division",
        "materials[0].sha256",
        "materials[0].size",
    }


def test_a_manifest_holds_at_most_200_files():
    announcement = gateway_pb2.MaterialAnnouncement(sha256=b"x" * 32, size=1)
    wire = manifest_to_wire(Manifest(TB, "000123456000", Mode.ONLINE, "500114", "422802", ()))
    wire.materials.extend([announcement] * 200)
    assert len(manifest_from_wire(wire).files) == 200
    wire.materials.append(announcement)
    with pytest.raises(GatewayError, match="MALFORMED"):
        manifest_from_wire(wire)


def test_a_standing_without_a_promise_how_long_is_refused():
    with pytest.raises(GatewayError, match="MALFORMED"):
        standing_from_wire(pb.PutMaterialResponse())
    wire = standing_to_wire(MaterialStanding("ab" * 32, False, 0, MOMENT))
    wire.ClearField("held_until")
    with pytest.raises(GatewayError, match="MALFORMED"):
        standing_from_wire(pb.PutMaterialResponse(standing=wire))


def test_every_flow_stands_behind_a_method_of_the_service():
    methods = {method.name for method in pb.DESCRIPTOR.services_by_name["ExchangeService"].methods}
    assert set(RPC_OF) == set(PeeringFlows.__dataclass_fields__)
    assert methods == set(RPC_OF.values())
    assert set(RPC_OF.values()) <= methods
    assert PeeringFlows().features == ()
