"""Materials and recalls between gateways: the values, and protobuf to values and back.

Guarantees that what is read has digests of 32 bytes, known codes and bounded lists; everything wrong is told at once.
Leaves to others: whether a case may have these materials (`flows.materials.transfer`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.wire import bounds
from gateway.wire.bounds import Length
from gateway.wire.codes import MODES
from gateway.wire.gen.tongban.exchange.v1 import exchange_service_pb2 as pb
from gateway.wire.gen.tongban.exchange.v1 import gateway_pb2
from gateway.wire.spot import Faults, Spot, stamp_to_wire

IDS = Length(1, 64)
OFFSET = Length(0, 2**40)

_NEITHER = Text("没有写明要哪些信封", "it does not say which envelopes")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The file materials of one envelope, before any byte of them moves.

    Attributes:
        files: pairs of SHA-256 (64 lower-case hexadecimal digits) and size in bytes.
    """

    case_id: str
    basic_code: str
    mode: Mode
    origin_division: str
    handler_division: str
    files: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MaterialStanding:
    """What a gateway has of one material of a case.

    Attributes:
        sha256: 64 lower-case hexadecimal digits.
        offset: where the upload goes on; the size when complete.
        held_until: aware UTC; until then it is kept without the case.
    """

    sha256: str
    complete: bool
    offset: int
    held_until: datetime


@dataclass(frozen=True, slots=True)
class Piece:
    """Which material of which case, from which byte on; `sha256` as in `MaterialStanding`."""

    case_id: str
    sha256: str
    offset: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which envelopes are asked for again: these ids, or (case, sender, first sequence); exactly one is set."""

    ids: tuple[str, ...] = ()
    of_case: tuple[str, str, int] | None = None


def manifest_to_wire(manifest: Manifest) -> pb.CheckMaterialsRequest:
    """Write a manifest."""
    return pb.CheckMaterialsRequest(
        case_id=manifest.case_id,
        basic_code=manifest.basic_code,
        mode=MODES.to_wire(manifest.mode),
        origin_division=manifest.origin_division,
        handler_division=manifest.handler_division,
        materials=[
            gateway_pb2.MaterialAnnouncement(sha256=bytes.fromhex(sha256), size=size) for sha256, size in manifest.files
        ],
    )


def manifest_from_wire(wire: pb.CheckMaterialsRequest) -> Manifest:
    """Read a manifest.

    Raises:
        GatewayError: MALFORMED or UNKNOWN_CODE with every field that is wrong.
    """
    faults = Faults()
    spot = Spot(faults)
    spot.items("materials", wire.materials, bounds.MATERIALS)
    files = []
    for at, one in enumerate(wire.materials[: bounds.MATERIALS.most]):
        place = spot.entry("materials", at)
        size = place.number("size", one.size, bounds.FILE_BYTES)
        files.append((place.digest("sha256", one.sha256).hex(), size))
    manifest = Manifest(
        case_id=spot.text("case_id", wire.case_id, bounds.CASE_ID),
        basic_code=spot.text("basic_code", wire.basic_code, bounds.BASIC_CODE),
        mode=spot.code("mode", wire.mode, MODES),
        origin_division=spot.division("origin_division", wire.origin_division),
        handler_division=spot.division("handler_division", wire.handler_division),
        files=tuple(files),
    )
    faults.raise_if_any()
    return manifest


def standing_to_wire(standing: MaterialStanding) -> gateway_pb2.MaterialStanding:
    """Write what is there of a material."""
    return gateway_pb2.MaterialStanding(
        sha256=bytes.fromhex(standing.sha256),
        complete=standing.complete,
        offset=standing.offset,
        held_until=stamp_to_wire(standing.held_until),
    )


def standing_from_wire(wire: pb.PutMaterialResponse) -> MaterialStanding:
    """Read what is there after an upload.

    Raises:
        GatewayError: MALFORMED with every field that is wrong.
    """
    faults = Faults()
    standing = _standing(Spot(faults).must("standing", wire), wire.standing)
    faults.raise_if_any()
    return standing


def standings_from_wire(wire: pb.CheckMaterialsResponse) -> tuple[MaterialStanding, ...]:
    """Read what is there of every announced material.

    Raises:
        GatewayError: MALFORMED with every field that is wrong.
    """
    faults = Faults()
    spot = Spot(faults)
    spot.items("standings", wire.standings, bounds.MATERIALS)
    standings = tuple(_standing(spot.entry("standings", at), one) for at, one in enumerate(wire.standings))
    faults.raise_if_any()
    return standings


def piece_from_wire(wire: pb.PutMaterialHeader | pb.GetMaterialRequest) -> Piece:
    """Read which material an upload or download is about.

    Raises:
        GatewayError: MALFORMED with every field that is wrong.
    """
    faults = Faults()
    spot = Spot(faults)
    piece = Piece(
        case_id=spot.text("case_id", wire.case_id, bounds.CASE_ID),
        sha256=spot.digest("sha256", wire.sha256).hex(),
        offset=spot.number("offset", wire.offset, OFFSET),
    )
    faults.raise_if_any()
    return piece


def ids_from_wire(ids: Sequence[str]) -> tuple[str, ...]:
    """Read envelope ids.

    Raises:
        GatewayError: BATCH_TOO_LARGE above 64; MALFORMED: none, or one that is no UUIDv7.
    """
    if len(ids) > IDS.most:
        raise GatewayError(Reason.BATCH_TOO_LARGE, limit=IDS.most)
    faults = Faults()
    spot = Spot(faults)
    spot.items("envelope_ids", ids, IDS)
    read = tuple(spot.uuid7(f"envelope_ids[{at}]", one) for at, one in enumerate(ids))
    faults.raise_if_any()
    return read


def wanted_from_wire(wire: pb.GetEnvelopesRequest) -> Wanted:
    """Read which envelopes are asked for again.

    Raises:
        GatewayError: MALFORMED with every field that is wrong.
    """
    which = wire.WhichOneof("which")
    if which == "by_ids":
        return Wanted(ids=ids_from_wire(wire.by_ids.envelope_ids))
    faults = Faults()
    spot = Spot(faults)
    if which is None:
        spot.wrong("which", _NEITHER)
    place = spot.inside("by_case")
    case = wire.by_case
    of_case = (
        place.text("case_id", case.case_id, bounds.CASE_ID),
        place.region("sender_region", case.sender_region),
        place.number("from_sequence", case.from_sequence, bounds.COUNT_FROM_ONE),
    )
    faults.raise_if_any()
    return Wanted(of_case=of_case)


def _standing(spot: Spot, wire: gateway_pb2.MaterialStanding) -> MaterialStanding:
    return MaterialStanding(
        sha256=spot.digest("sha256", wire.sha256).hex(),
        complete=wire.complete,
        offset=spot.number("offset", wire.offset, OFFSET),
        held_until=spot.time("held_until", wire),
    )
