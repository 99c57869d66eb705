"""A partner asks again: for receipts of its envelopes, for receipts it once gave us, or for envelopes of either side.

“Never seen” is a promise: an envelope declared so is refused from then on, so that the sender may safely
send another in its place.  Receipts the partner gave and envelopes it sealed are asked for by one that was restored from a
backup: it gets its own bytes back.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.delivery.courier import HandedOut, Recalled
from gateway.flows.delivery.deliver import MOST_BYTES, MOST_ENVELOPES
from gateway.store import bodies, cases, inbox, outbox
from gateway.store import events as event_store
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault


async def get_receipts(
    caller: str,
    envelope_ids: Sequence[str],
    *,
    database: Database,
    vault: Vault,
    own_region: str,
    new_id: Callable[[], str],
    clock: Callable[[], datetime],
    may_promise: bool = True,
    again: Callable[[bytes, datetime], bytes] = lambda sealed, _: sealed,
) -> Recalled:
    """Return the sealed batches with the receipts of these envelopes, and the ids never seen.

    Args:
        may_promise: False while a restored gateway does not know what it has seen.
        again: gives a batch a seal that counts where its key is denied; `flows.sealing.Sealer.again`.

    Raises:
        GatewayError: BATCH_TOO_LARGE for more than 64 ids; CATCHING_UP instead of a promise that cannot be made.
    """
    if len(envelope_ids) > MOST_ENVELOPES:
        raise GatewayError(Reason.BATCH_TOO_LARGE, limit=MOST_ENVELOPES)
    now = clock()

    def look(tx: Transaction) -> Recalled:
        batches: dict[str, bytes] = {}
        never: list[str] = []
        for envelope_id in envelope_ids:
            found = inbox.answer_to(tx, caller, envelope_id)
            if found is None and not may_promise:
                raise GatewayError(Reason.CATCHING_UP, partner=caller)
            if found is None:
                inbox.remember(tx, caller, envelope_id, b"", inbox.NEVER_SEEN, new_id(), now)
            if found is None or found.outcome == inbox.NEVER_SEEN:
                never.append(envelope_id)
            elif found.batch_id not in batches:
                batches[found.batch_id] = again(bodies.fetch(tx, vault, own_region, found.batch_id), now)
        return Recalled(tuple(batches.values()), tuple(never))

    return await database.write(look)


async def get_issued_receipts(
    caller: str, envelope_ids: Sequence[str], *, database: Database, vault: Vault
) -> Recalled:
    """Return the sealed batches with the receipts the caller once gave for these envelopes of ours.

    Raises:
        GatewayError: BATCH_TOO_LARGE for more than 64 ids.
    """
    if len(envelope_ids) > MOST_ENVELOPES:
        raise GatewayError(Reason.BATCH_TOO_LARGE, limit=MOST_ENVELOPES)

    def look(tx: Transaction) -> Recalled:
        batches: dict[str, bytes] = {}
        for envelope_id in envelope_ids:
            owed = outbox.find(tx, envelope_id)
            if owed and owed.partner == caller and owed.batch_id and owed.batch_id not in batches:
                batches[owed.batch_id] = bodies.fetch(tx, vault, caller, owed.batch_id)
        return Recalled(tuple(batches.values()), ())

    return await database.read(look)


async def get_envelopes(
    caller: str,
    *,
    ids: Sequence[str] = (),
    of_case: tuple[str, str, int] | None = None,
    database: Database,
    vault: Vault,
    own_region: str,
) -> HandedOut:
    """Return sealed envelopes between the caller and us again, by id or as (case, sender, first sequence).

    Raises:
        GatewayError: NOT_A_PARTY, BATCH_TOO_LARGE.
    """
    if len(ids) > MOST_ENVELOPES:
        raise GatewayError(Reason.BATCH_TOO_LARGE, limit=MOST_ENVELOPES)

    def look(tx: Transaction) -> HandedOut:
        wanted = _of_case(tx, caller, of_case) if of_case else _by_ids(tx, caller, own_region, ids)
        found: list[bytes] = []
        size = 0
        for sender, envelope_id in wanted:
            if bodies.is_removed(tx, sender, envelope_id):
                continue  # it ended long ago, and nobody catches up so far back
            sealed = bodies.fetch(tx, vault, sender, envelope_id)
            size += len(sealed)
            if len(found) == MOST_ENVELOPES or (found and size > MOST_BYTES):
                return HandedOut(tuple(found), more=True)
            found.append(sealed)
        return HandedOut(tuple(found), more=False)

    return await database.read(look)


def _of_case(tx: Transaction, caller: str, which: tuple[str, str, int]) -> list[tuple[str, str]]:
    case_id, sender, first = which
    row = cases.find(tx, case_id)
    if row is None or row.partner != caller:
        raise GatewayError(Reason.NOT_A_PARTY)
    rows = [row for row in event_store.of_case(tx, case_id) if row.sender == sender and row.sequence >= first]
    return [(row.sender, row.envelope_id) for row in sorted(rows, key=lambda row: row.sequence)]


def _by_ids(tx: Transaction, caller: str, own_region: str, ids: Sequence[str]) -> list[tuple[str, str]]:
    """Find them by what was owed and answered, so that refused ones and those of cases that never came about are there."""
    wanted = []
    for envelope_id in ids:
        owed = outbox.find(tx, envelope_id)
        if owed is not None and owed.partner == caller:
            wanted.append((own_region, envelope_id))
        answered = inbox.answer_to(tx, caller, envelope_id)
        if answered is not None and answered.outcome != inbox.NEVER_SEEN:
            wanted.append((caller, envelope_id))
    return wanted
