"""An operator has envelopes that failed tried again now: what is parked, and what waits for its next try.

1 partners   whose calls failed get another chance as well
2 retry      the next envelopes, as if they had never failed; held ones stay held
3 audit
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.flows.queue.deed import Deed, Step, goes_on, next_found, note, partners_of
from gateway.store import queue
from gateway.store.database import Database, Transaction
from gateway.store.queue import ASIDE, PARKED, WAITING


async def retry(
    deed: Deed,
    *,
    database: Database,
    retry_partner: Callable[[str, str, str], Awaitable[object]],
    clock: Callable[[], datetime],
    wake: Callable[[str], None],
) -> Step:
    """Do the next step of trying again.

    Args:
        retry_partner: ends the rest of a partner (code, actor, reason).

    Raises:
        GatewayError: PARTNER_UNKNOWN for the partner that was named.
    """
    now = clock()
    # What people have settled is tried by name only: of a case, or asked for as such.
    named = bool(deed.selection.case_id or deed.selection.envelope_id or deed.selection.kept)
    failed = replace(deed, selection=replace(deed.selection, failed=True))
    found = await next_found(database, failed, (WAITING, PARKED, ASIDE) if named else (WAITING, PARKED))
    codes = {deed.selection.partner, *partners_of(found)} - {""} if deed.is_first else set(partners_of(found))
    for code in sorted(codes):
        with suppress(*(() if code == deed.selection.partner else (GatewayError,))):
            # Without its file a partner is not called; what it is owed waits for that.
            await retry_partner(code, deed.actor, deed.reason)

    def again(tx: Transaction) -> int:
        changed = queue.retry(tx, [one.envelope_id for one in found], now)
        note(tx, deed, "retry", changed, now)
        return changed

    changed = await database.write(again)
    for code in sorted(codes):
        wake(code)
    return Step(len(found), changed, goes_on(found, deed), partners=tuple(sorted(codes)))
