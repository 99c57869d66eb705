"""A partner announces keys: what is proven waits for a person, what is not is an alarm, and nothing is ever believed by itself.

1 readable  a sealed announcement of keys                                      else: alarm, nothing is kept
2 proven    by a seal key of its file, accepted now and not denied, for the region that answered    else: alarm
3 compared  with the file: a key that stands there alike is no news; one that is announced otherwise is an alarm
4 kept      what is new waits; what was decided stays decided unless it is announced otherwise now
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.keys import PartnerKey
from gateway.partners.partner import Partner
from gateway.store import announced_keys, audit
from gateway.store.announced_keys import AnnouncedRow, Standing
from gateway.store.database import Transaction
from gateway.trust.dsse import KEYS_PAYLOAD, verify_signatures
from gateway.trust.suites import VerifyKey
from gateway.wire.codec import sealed_from_bytes
from gateway.wire.next_keys import NextKeys, next_keys_from_bytes, public_der

OTHERWISE = "KEY_ANNOUNCED_OTHERWISE"
"""Word in the audit for a key that was decided and is announced otherwise now; it is no refusal."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of an announcement, as far as it is news.

    Attributes:
        waiting: ids of keys that wait for a person since now.
        changed: ids of keys that are announced otherwise than they were decided, or stand in the file.
        doubt: why it is not believed; None when it is.
    """

    waiting: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    doubt: Reason | None = None

    @property
    def is_news(self) -> bool:
        """Whether anybody has to be told."""
        return bool(self.waiting or self.changed or self.doubt)


NO_NEWS = Heard()


def prove(sealed: bytes, region: str, keys: Mapping[str, VerifyKey], now: datetime) -> tuple[NextKeys, str]:
    """Return what a region announces and the id of the key that proves it.

    Raises:
        GatewayError: PAYLOAD_TYPE, MALFORMED_SEAL, SEAL_…, MALFORMED, UNKNOWN_CODE, SENDER_NOT_CALLER.
    """
    outer = sealed_from_bytes(sealed)
    if outer.payload_type != KEYS_PAYLOAD:
        raise GatewayError(Reason.PAYLOAD_TYPE, expected=KEYS_PAYLOAD)
    signatures = [(one.sig, one.keyid) for one in outer.signatures]
    proven_by = verify_signatures(outer.payload_type, outer.payload, signatures, keys, now)
    announced = next_keys_from_bytes(outer.payload)
    if announced.region != region:
        raise GatewayError(Reason.SENDER_NOT_CALLER, caller=region)
    return announced, proven_by


def hear(tx: Transaction, sealed: bytes, partner: Partner, keys: Mapping[str, VerifyKey], now: datetime) -> Heard:
    """Keep what a partner announces, and say what of it is news.

    Args:
        keys: those of its file, of either use, denied ones marked.
    """
    if not sealed:
        announced_keys.believe(tx, partner.code)
        return NO_NEWS
    try:
        announced, proven_by = prove(sealed, partner.code, keys, now)
    except GatewayError as error:
        if not announced_keys.doubt(tx, partner.code, error.reason.value, now):
            return NO_NEWS
        audit.note(tx, now, f"region:{partner.code}", "keys.announce", partner.code, error.reason.value)
        return Heard(doubt=error.reason)
    announced_keys.believe(tx, partner.code)
    known = announced_keys.of(tx, partner.code)
    listed = {key.kid: key for key in partner.keys}
    waiting: list[str] = []
    changed: list[str] = []
    for key in announced.keys:
        row = _judged(key, partner.code, proven_by, known.get(key.kid), listed.get(key.kid), now)
        if row is None or (key.kid not in known and len(known) + len(waiting) >= announced_keys.MOST):
            continue
        announced_keys.keep(tx, row)
        before = known.get(key.kid)
        if row.standing is Standing.WAITING and (before is None or before.standing is not Standing.WAITING):
            waiting.append(key.kid)
            audit.note(tx, now, f"region:{partner.code}", "keys.announce", partner.code, "waiting", key.kid)
        if row.standing is Standing.CHANGED and (before is None or before.says() != row.says()):
            changed.append(key.kid)
            audit.note(tx, now, f"region:{partner.code}", "keys.announce", partner.code, OTHERWISE, key.kid)
    told = {key.kid for key in announced.keys}
    gone = [kid for kid, row in known.items() if kid not in told and row.standing is Standing.WAITING]
    announced_keys.forget(tx, partner.code, gone)
    return Heard(tuple(waiting), tuple(changed))


def _judged(
    key: PartnerKey, code: str, proven_by: str, before: AnnouncedRow | None, listed: PartnerKey | None, now: datetime
) -> AnnouncedRow | None:
    """Return what is kept of an announced key; None when there is nothing to keep."""
    row = AnnouncedRow(
        partner=code,
        kid=key.kid,
        use=key.use.value,
        algorithm=key.algorithm.value,
        public=public_der(key.public),
        valid_from=key.valid_from.replace(microsecond=0),
        seal_until=key.seal_until.replace(microsecond=0),
        accept_until=key.accept_until.replace(microsecond=0),
        proven_by=proven_by,
        seen_at=now,
        again_at=now,
        standing=Standing.WAITING,
    )
    if listed is not None and _alike(listed, row):
        # It stands in the file as it is announced, whoever put it there.
        if before is None:
            return None
        decided = before.decided_at or now
        return replace(
            row, seen_at=before.seen_at, standing=Standing.APPROVED, decided_at=decided, decided_by=before.decided_by
        )
    if before is not None and before.says() == row.says():
        standing = before.standing
        if standing is Standing.APPROVED:
            # It was approved and is not in the file any more: somebody took it out, so it is for a person again.
            standing = Standing.CHANGED if listed else Standing.WAITING
        return replace(before, again_at=now, proven_by=proven_by, standing=standing)
    if before is not None and before.standing is Standing.WAITING and listed is None:
        return row
    if before is None and listed is None:
        return row
    if before is None and listed is not None and _same_key(listed, row):
        # Registered by hand: people write days, and may have agreed on others.
        return None
    return replace(row, standing=Standing.CHANGED)


def _alike(listed: PartnerKey, row: AnnouncedRow) -> bool:
    dates = (listed.valid_from, listed.seal_until, listed.accept_until)
    return _same_key(listed, row) and dates == (row.valid_from, row.seal_until, row.accept_until)


def _same_key(listed: PartnerKey, row: AnnouncedRow) -> bool:
    return (listed.use.value, listed.algorithm.value, public_der(listed.public)) == (row.use, row.algorithm, row.public)
