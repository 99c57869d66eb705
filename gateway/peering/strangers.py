"""Callers that have completed a handshake and proved nobody: bounded, so that looking at them costs little.

A certificate whose calls were not believed so often that its bucket is empty is not looked at before there is room
again: neither its token is verified nor its issuer sought.  That costs the partner it belongs to its calls, and nobody
else.  Health checks, which prove nobody by their nature, are counted alike.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.peering.allowance import Bucket, come_again

UNPROVEN_PER_MINUTE = 120
"""Of one certificate; its next call is refused with RATE_EXCEEDED."""
MOST_CERTIFICATES = 1024
"""Counted at a time; who called longest ago is forgotten first."""


@dataclass(slots=True)
class Strangers:
    """How often each certificate called without proving anybody.

    Args:
        monotonic: seconds that no change of the clock moves.
    """

    monotonic: Callable[[], float]
    per_minute: int = UNPROVEN_PER_MINUTE
    most: int = MOST_CERTIFICATES
    _seen: OrderedDict[bytes, Bucket] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._seen)

    def admit(self, certificate: bytes | None) -> None:
        """Let a call be looked at.

        Raises:
            GatewayError: RATE_EXCEEDED while the certificate has used up its share.
        """
        bucket = self._seen.get(_name(certificate)) if self._seen else None
        if bucket is None:
            return
        bucket.fill(self.per_minute, self.monotonic())
        left = bucket.seconds_to(1, self.per_minute)
        if left > 0:
            raise come_again(f"unproven calls per minute: {self.per_minute}", left)

    def count(self, certificate: bytes | None) -> None:
        """A call with this certificate has proved nobody."""
        name, now = _name(certificate), self.monotonic()
        bucket = self._seen.pop(name, None) or Bucket(self.per_minute, now)
        bucket.fill(self.per_minute, now)
        bucket.level -= 1
        self._seen[name] = bucket
        if len(self._seen) > self.most:
            self._seen.popitem(last=False)


def _name(certificate: bytes | None) -> bytes:
    return hashlib.sha256(certificate or b"").digest()
