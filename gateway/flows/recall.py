"""A partner asks again: for receipts of its envelopes, or for envelopes of ours.

“Never seen” is a promise: an envelope declared so is refused from then on, so that the sender may safely
send another in its place.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.courier import HandedOut, Recalled
from gateway.flows.deliver import MOST_BYTES, MOST_ENVELOPES
from gateway.store import bodies, cases, inbox
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
) -> Recalled:
    """Return the sealed batches with the receipts of these envelopes, and the ids never seen.

    Raises:
        GatewayError: BATCH_TOO_LARGE for more than 64 ids.
    """
    if len(envelope_ids) > MOST_ENVELOPES:
        raise GatewayError(Reason.BATCH_TOO_LARGE, limit=MOST_ENVELOPES)
    now = clock()

    def look(tx: Transaction) -> Recalled:
        batches: dict[str, bytes] = {}
        never: list[str] = []
        for envelope_id in envelope_ids:
            found = inbox.answer_to(tx, caller, envelope_id)
            if found is None:
                inbox.remember(tx, caller, envelope_id, b"", inbox.NEVER_SEEN, new_id(), now)
            if found is None or found.outcome == inbox.NEVER_SEEN:
                never.append(envelope_id)
            elif found.batch_id not in batches:
                batches[found.batch_id] = bodies.fetch(tx, vault, own_region, found.batch_id)
        return Recalled(tuple(batches.values()), tuple(never))

    return await database.write(look)


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
    wanted = []
    for envelope_id in ids:
        for sender in (own_region, caller):
            case_id = event_store.case_of_envelope(tx, sender, envelope_id)
            row = cases.find(tx, case_id) if case_id else None
            if row is not None and row.partner == caller:
                wanted.append((sender, envelope_id))
    return wanted
