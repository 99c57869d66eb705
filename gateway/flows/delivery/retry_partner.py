"""An operator has a partner called again now, whatever its back-off says.

1 clear    its rest and the growth of its waits, with the audit row: one transaction
2 wake     a hint that it may be called; one that failed is probed before anything goes
"""

from collections.abc import Callable
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.partners.registry import Registry
from gateway.store import audit, peers
from gateway.store.database import Database, Transaction


async def retry_partner(
    code: str,
    by: str,
    *,
    database: Database,
    registry: Registry,
    clock: Callable[[], datetime],
    wake: Callable[[str], None],
    detail: str = "",
) -> None:
    """End the rest of a partner; on disk when this returns.

    Args:
        by: actor of the audit, such as `staff:<id>`.
        detail: the operator's reason.

    Raises:
        GatewayError: PARTNER_UNKNOWN.
    """
    if registry.current().of(code) is None:
        raise GatewayError(Reason.PARTNER_UNKNOWN, region=code)

    def clear(tx: Transaction) -> None:
        peers.let_call(tx, code)
        audit.note(tx, clock(), by, "partner.retry", code, detail=detail)

    await database.write(clear)
    wake(code)
