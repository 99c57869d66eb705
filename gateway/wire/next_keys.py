"""Keys a gateway announces: the payload that is sealed, both directions of the codec.

Guarantees that what is read names a region and 1 to 8 keys, each once, with dates in their order, and that each key is one of
its algorithm and has the id it bears.  Leaves to others: the seal, and whether any of it is believed.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from google.protobuf.message import DecodeError

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.partners.keys import PartnerKey, PublicKey, thumbprint
from gateway.partners.schema import Algorithm
from gateway.wire.bounds import Length
from gateway.wire.codes import KEY_USES
from gateway.wire.gen.tongban.exchange.v1 import gateway_pb2 as pb
from gateway.wire.spot import Faults, Spot, stamp_to_wire
from gateway.wire.unknown import note_unknown

KEYS = Length(1, 8)
KID = Length(43, 43)
DER = Length(1, 1024)
_ALGORITHM = Text("应为 ES256 或 EdDSA, 并与公钥相符", "it is ES256 or EdDSA, and that of the key")
_NO_KEY = Text("不是可用的公钥", "it is no usable public key")
_OTHER_KID = Text("不是该公钥的指纹", "it is not the thumbprint of the key")
_DATES = Text("日期先后不对", "the dates are not in their order")
_TWICE = Text("同一把密钥写了两次", "the same key stands there twice")


@dataclass(frozen=True, slots=True)
class NextKeys:
    """Keys of a region as it announces them; times are aware UTC."""

    region: str
    announced_at: datetime
    keys: tuple[PartnerKey, ...]


def next_keys_to_bytes(announced: NextKeys) -> bytes:
    """Write the payload that is sealed."""
    wire = pb.NextKeys(
        region=announced.region,
        announced_at=stamp_to_wire(announced.announced_at),
        keys=[
            pb.AnnouncedKey(
                kid=key.kid,
                use=KEY_USES.to_wire(key.use),
                algorithm=key.algorithm.value,
                public_key=public_der(key.public),
                valid_from=stamp_to_wire(key.valid_from),
                seal_until=stamp_to_wire(key.seal_until),
                accept_until=stamp_to_wire(key.accept_until),
            )
            for key in announced.keys
        ],
    )
    return wire.SerializeToString(deterministic=True)


def next_keys_from_bytes(payload: bytes) -> NextKeys:
    """Read a verified payload.

    Raises:
        GatewayError: MALFORMED with every field that is wrong.
    """
    try:
        wire = pb.NextKeys.FromString(payload)
    except DecodeError:
        raise GatewayError(Reason.MALFORMED, detail=_NO_KEY) from None
    faults = Faults()
    spot = Spot(faults)
    note_unknown(wire, faults)
    spot.items("keys", wire.keys, KEYS)
    keys = [_key(one, spot.entry("keys", at)) for at, one in enumerate(wire.keys[: KEYS.most])]
    if len({key.kid for key in keys if key}) < len(keys):
        spot.wrong("keys", _TWICE)
    read = NextKeys(
        spot.region("region", wire.region), spot.time("announced_at", wire), tuple(key for key in keys if key)
    )
    faults.raise_if_any()
    return read


def public_der(public: PublicKey) -> bytes:
    """Return a public key as SubjectPublicKeyInfo in DER."""
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def public_of(der: bytes) -> PublicKey | None:
    """Return the public key in DER, None when it is none of those that may be used."""
    try:
        found = load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if isinstance(found, Ed25519PublicKey):
        return found
    return found if isinstance(found, EllipticCurvePublicKey) and isinstance(found.curve, SECP256R1) else None


def _key(wire: pb.AnnouncedKey, at: Spot) -> PartnerKey | None:
    kid, use = at.text("kid", wire.kid, KID), at.code("use", wire.use, KEY_USES)
    times = [at.time(name, wire) for name in ("valid_from", "seal_until", "accept_until")]
    if times != sorted(times):
        at.wrong("accept_until", _DATES)
    at.items("public_key", wire.public_key, DER)
    public = public_of(wire.public_key[: DER.most])
    if public is None:
        at.wrong("public_key", _NO_KEY)
        return None
    algorithm = Algorithm.EDDSA if isinstance(public, Ed25519PublicKey) else Algorithm.ES256
    if wire.algorithm != algorithm.value:
        at.wrong("algorithm", _ALGORITHM)
    if kid != thumbprint(public):
        at.wrong("kid", _OTHER_KID)
    return PartnerKey(kid, use, algorithm, public, *times)
