"""Golden files: bytes of a released format beside a description of what they mean.

`golden/v1.0/<name>.bin` holds the bytes and `<name>.json` the value; both are written once, by
`python -m tests.wire.make_golden`, and never change: a gateway of a later release has to read them.
In a description every object names its class; members at their default are left out, so that a field a later
minor version adds does not change it.
"""

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.trust.suites import KeyUse, SigningKey, suite_named, thumbprint
from gateway.wire.gen.tongban.exchange.v1.exchange_service_pb2 import GetItemsResponse
from gateway.wire.item_pages import page_from_wire, page_to_wire

FOLDER = Path(__file__).parent / "golden"
RELEASES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
KEY_FILE = Path(__file__).parents[1] / "data" / "published_test_key.json"


def described(value):
    """The value as JSON can hold it."""
    if dataclasses.is_dataclass(value):
        members = {
            field.name: described(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != default_of(field)
        }
        return {"is": type(value).__name__, **members}
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [described(one) for one in value]
    if isinstance(value, Mapping):
        return {name: described(one) for name, one in sorted(value.items())}
    return value if value is None or isinstance(value, str | int) else value.isoformat()


def default_of(field):
    """The default of a dataclass field; the field itself when it has none."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field if field.default is dataclasses.MISSING else field.default


def items_to_bytes(page):
    """The bytes of a page of items, as they travel."""
    return page_to_wire(page).SerializeToString(deterministic=True)


def items_from_bytes(data):
    """The page in the bytes."""
    return page_from_wire(GetItemsResponse.FromString(data))


def names(release):
    """The golden files of a release."""
    return sorted(path.stem for path in (FOLDER / release).glob("*.bin"))


def load(release, name):
    """The bytes and the description."""
    stem = FOLDER / release / name
    return stem.with_suffix(".bin").read_bytes(), json.loads(stem.with_suffix(".json").read_text("utf-8"))


def a_published_key():
    """A seal key everybody knows: that of RFC 8032 §7.1, TEST 1."""
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(json.loads(KEY_FILE.read_text("utf-8"))["private"]))
    suite = suite_named("EdDSA")
    kid = thumbprint(suite.public_to_jwk(private.public_key()))
    return SigningKey(kid, KeyUse.SEAL, suite, private, valid_from=datetime(2026, 1, 1, tzinfo=UTC))
