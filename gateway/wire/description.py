"""What a gateway says about itself and about how it sees the caller; both directions of the codec.

Guarantees that a `Description` read from a partner names a region and has every bound a sender must heed.
Leaves to others: what to make of it (`flows`), and the sealed next keys, which stay bytes here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from gateway.case.texts import Text
from gateway.wire import bounds
from gateway.wire.bounds import Length
from gateway.wire.gen.tongban.exchange.v1 import gateway_pb2 as pb
from gateway.wire.spot import Faults, Spot, stamp_or_none, stamp_to_wire
from gateway.wire.told_terms import ToldTerm, term_to_wire, terms_from_wire

FEATURES = Length(0, 100)
FEATURE = Length(1, 64)
SOFTWARE = Length(0, 200)
REASON_OR_NONE = Length(0, 64)
NEXT_KEYS_BYTES = 64 * 1024
U32 = Length(1, 2**32 - 1)
U64 = Length(0, 2**64 - 1)
LONGEST_SECONDS = 100 * 366 * 86_400
_MICROSECOND = timedelta(microseconds=1)
_NOT_A_SPAN = Text("时长不对", "not a possible length of time")
_NOT_A_DIGEST = Text("应为 32 字节或空", "it is 32 bytes or empty")
_TOO_LONG = Text("超过 64 KiB", "longer than 64 KiB")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds a gateway enforces; sizes in bytes.  A sender checks them before it sends."""

    envelope_bytes: int
    batch_bytes: int
    batch_envelopes: int
    material_bytes: int
    put_bytes: int
    envelope_life: timedelta
    envelopes_per_minute: int


@dataclass(frozen=True, slots=True)
class Maintenance:
    """That, why and until when (aware UTC) a gateway pauses; `until` is a promise, not a bound."""

    since: datetime
    until: datetime
    reason: Text


@dataclass(frozen=True, slots=True)
class Standing:
    """How a gateway sees the caller; times are aware UTC.

    Attributes:
        last_contact: last authentic call before this one.
        last_error: reason of the last failure in either direction; empty when there was none.
        queued: envelopes still owed to the caller; `oldest_waiting` is the age of the oldest.
        clock_skew: the caller's clock minus this gateway's.
    """

    last_contact: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    queued: int = 0
    oldest_waiting: timedelta | None = None
    backing_off_until: datetime | None = None
    clock_skew: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What a gateway is, what it serves, its bounds, and how it sees the caller.

    Attributes:
        region: six-digit gateway code.
        exchange_minor: highest minor version it takes, 0 for 1.0.
        features: names of served RPCs as `rpc/DeliverEnvelopes`, and others; nothing else may be used.
        incarnation: one life of its store; another value than last time means it was restored.
        time: its clock when it answered, aware UTC.
        agreement_fingerprint: 32 bytes, or empty when not computed.
        terms: the terms behind that fingerprint, when they were asked for; `terms_left_out` above the bound.
    """

    region: str
    region_name: str
    exchange_minor: int
    features: tuple[str, ...]
    limits: Limits
    incarnation: str
    time: datetime
    standing: Standing
    items_version: int = 0
    agreement_fingerprint: bytes = b""
    maintenance: Maintenance | None = None
    next_keys_sealed: bytes = b""
    software: str = ""
    terms: tuple[ToldTerm, ...] = ()
    terms_left_out: int = 0


def description_to_wire(description: Description) -> pb.Description:
    """Write a description."""
    limits, standing, maintenance = description.limits, description.standing, description.maintenance
    return pb.Description(
        region=description.region,
        region_name=description.region_name,
        exchange_minor=description.exchange_minor,
        features=description.features,
        limits=pb.Limits(
            envelope_bytes=limits.envelope_bytes,
            batch_bytes=limits.batch_bytes,
            batch_envelopes=limits.batch_envelopes,
            material_bytes=limits.material_bytes,
            put_bytes=limits.put_bytes,
            envelope_life=_span_to_wire(limits.envelope_life),
            envelopes_per_minute=limits.envelopes_per_minute,
        ),
        items_version=description.items_version,
        agreement_fingerprint=description.agreement_fingerprint,
        incarnation=description.incarnation,
        time=stamp_to_wire(description.time),
        maintenance=_maintenance_to_wire(maintenance) if maintenance else None,
        next_keys_sealed=description.next_keys_sealed,
        standing=pb.Standing(
            last_contact=stamp_or_none(standing.last_contact),
            last_error=standing.last_error,
            last_error_at=stamp_or_none(standing.last_error_at),
            queued=standing.queued,
            oldest_waiting=_span_or_none(standing.oldest_waiting),
            backing_off_until=stamp_or_none(standing.backing_off_until),
            clock_skew=_span_or_none(standing.clock_skew),
        ),
        software=description.software,
        terms=[term_to_wire(one) for one in description.terms],
        terms_left_out=description.terms_left_out,
    )


def description_from_wire(wire: pb.Description) -> Description:
    """Read a description.

    Raises:
        GatewayError: MALFORMED with every field that is wrong.
    """
    faults = Faults()
    spot = Spot(faults)
    spot.items("features", wire.features, FEATURES)
    if len(wire.agreement_fingerprint) not in (0, bounds.SHA256_BYTES):
        spot.wrong("agreement_fingerprint", _NOT_A_DIGEST)
    if len(wire.next_keys_sealed) > NEXT_KEYS_BYTES:
        spot.wrong("next_keys_sealed", _TOO_LONG)
    description = Description(
        region=spot.region("region", wire.region),
        region_name=spot.text("region_name", wire.region_name, bounds.TITLE),
        exchange_minor=wire.exchange_minor,
        features=tuple(spot.text(f"features[{at}]", feature, FEATURE) for at, feature in enumerate(wire.features)),
        limits=_limits(spot.must("limits", wire), wire.limits),
        items_version=wire.items_version,
        agreement_fingerprint=wire.agreement_fingerprint,
        incarnation=spot.text("incarnation", wire.incarnation, bounds.INCARNATION),
        time=spot.time("time", wire),
        maintenance=_maintenance(spot.inside("maintenance"), wire) if wire.HasField("maintenance") else None,
        next_keys_sealed=wire.next_keys_sealed,
        standing=_standing(spot.must("standing", wire), wire.standing),
        software=spot.text("software", wire.software, SOFTWARE),
        terms=terms_from_wire(spot, wire.terms),
        terms_left_out=wire.terms_left_out,
    )
    faults.raise_if_any()
    return description


def _limits(spot: Spot, wire: pb.Limits) -> Limits:
    if not wire.HasField("envelope_life"):
        spot.missing("envelope_life")
    return Limits(
        envelope_bytes=spot.number("envelope_bytes", wire.envelope_bytes, U32),
        batch_bytes=spot.number("batch_bytes", wire.batch_bytes, U32),
        batch_envelopes=spot.number("batch_envelopes", wire.batch_envelopes, U32),
        material_bytes=spot.number("material_bytes", wire.material_bytes, U64),
        put_bytes=spot.number("put_bytes", wire.put_bytes, U32),
        envelope_life=_span(spot, "envelope_life", wire) or timedelta(),
        envelopes_per_minute=wire.envelopes_per_minute,
    )


def _standing(spot: Spot, wire: pb.Standing) -> Standing:
    return Standing(
        last_contact=spot.time_or_none("last_contact", wire),
        last_error=spot.text("last_error", wire.last_error, REASON_OR_NONE),
        last_error_at=spot.time_or_none("last_error_at", wire),
        queued=wire.queued,
        oldest_waiting=_span(spot, "oldest_waiting", wire),
        backing_off_until=spot.time_or_none("backing_off_until", wire),
        clock_skew=_span(spot, "clock_skew", wire),
    )


def _maintenance(spot: Spot, wire: pb.Description) -> Maintenance:
    notice = wire.maintenance
    return Maintenance(
        since=spot.time("from", notice),
        until=spot.time("until", notice),
        reason=Text(
            spot.text("reason_zh", notice.reason_zh, bounds.OPTIONAL_TEXT),
            spot.text("reason_en", notice.reason_en, bounds.OPTIONAL_TEXT),
        ),
    )


def _maintenance_to_wire(maintenance: Maintenance) -> pb.MaintenanceNotice:
    notice = pb.MaintenanceNotice(
        until=stamp_to_wire(maintenance.until), reason_zh=maintenance.reason.zh, reason_en=maintenance.reason.en
    )
    # `from` is a keyword of Python.
    getattr(notice, "from").CopyFrom(stamp_to_wire(maintenance.since))
    return notice


def _span(spot: Spot, name: str, wire: Message) -> timedelta | None:
    if not wire.HasField(name):
        return None
    span: Duration = getattr(wire, name)
    if abs(span.seconds) > LONGEST_SECONDS or abs(span.nanos) >= 1_000_000_000:
        spot.wrong(name, _NOT_A_SPAN)
        return None
    # A negative nanosecond count must round like its seconds, towards zero.
    return timedelta(seconds=span.seconds, microseconds=int(span.nanos / 1_000))


def _span_to_wire(span: timedelta) -> Duration:
    seconds, rest = divmod(abs(span) // _MICROSECOND, 1_000_000)
    sign = -1 if span < timedelta() else 1
    return Duration(seconds=sign * seconds, nanos=sign * rest * 1_000)


def _span_or_none(span: timedelta | None) -> Duration | None:
    return None if span is None else _span_to_wire(span)
