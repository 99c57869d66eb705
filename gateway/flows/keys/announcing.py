"""Our keys are announced to partners, those we will use next among them: told with every description, sealed by keys they know.

1 worth it   some use has more than one key that signs now or later      else: nothing is announced
2 newest     at most eight, the newest; a key that is over says nothing
3 sealed     by every key that seals now: the old one too while a new one is being introduced

An announcement proves only that whoever holds our old key wrote it; people approve what comes of it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from gateway.partners.keys import PartnerKey
from gateway.partners.schema import Algorithm, Use
from gateway.trust.dsse import KEYS_PAYLOAD, sign_payload
from gateway.trust.keys import OwnKeys
from gateway.trust.suites import SigningKey
from gateway.wire.codec import sealed_to_bytes
from gateway.wire.envelope import Sealed, Signature
from gateway.wire.next_keys import KEYS, NextKeys, next_keys_to_bytes

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Said of a key without dates."""


def announcement(own: OwnKeys, region: str, signers: Sequence[SigningKey], now: datetime) -> bytes:
    """Return the serialised SealedEnvelope with our keys; empty when partners cannot lack any.

    Args:
        signers: the keys that seal now.
    """
    usable = [key for key in own.keys if key.seal_until is None or now <= key.seal_until]
    if all(sum(key.use is one.use for key in usable) < 2 for one in usable):
        return b""
    said = tuple(_as_announced(key) for key in usable[-KEYS.most :])
    payload = next_keys_to_bytes(NextKeys(region, now.astimezone(UTC), said))
    signatures = tuple(Signature(*sign_payload(key, KEYS_PAYLOAD, payload)) for key in signers)
    return sealed_to_bytes(Sealed(payload, KEYS_PAYLOAD, signatures))


def _as_announced(key: SigningKey) -> PartnerKey:
    seal_until = key.seal_until or _LATEST - timedelta(days=60)
    return PartnerKey(
        key.kid,
        Use(key.use.value),
        Algorithm(key.suite.name),
        key.private.public_key(),
        key.valid_from or _EARLIEST,
        seal_until,
        key.accept_until or _LATEST,
    )
