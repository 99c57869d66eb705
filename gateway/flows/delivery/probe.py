"""Is the partner there?  Asked with DescribeGateway, which costs next to nothing, before any payload goes to one that failed.

A good probe lets flights go at once; only a flight that comes home makes its failures forgotten.
"""

from collections.abc import Callable
from datetime import datetime

from gateway.case.errors import GatewayError
from gateway.flows.bounding import within
from gateway.flows.delivery.courier import Courier
from gateway.flows.delivery.resting import Jitter, let_rest
from gateway.partners.partner import Partner
from gateway.store import peers
from gateway.store.database import Database

PROBE_SECONDS = 15.0
"""Overall; connecting included."""


async def probe(
    partner: Partner, *, database: Database, courier: Courier, jitter: Jitter, clock: Callable[[], datetime]
) -> GatewayError | None:
    """Probe a partner and write down how it went; return what went wrong.

    The caller has written the partner's next try before (`deliver`), which also keeps probes from going two at a time.
    """
    asked_at = clock()
    try:
        said = await within(PROBE_SECONDS, partner, courier.describe(partner))
    except GatewayError as error:
        failure = error
        await database.write(lambda tx: let_rest(tx, partner, (), failure, jitter, clock()))
        return error
    now = clock()
    skew = said.time - (asked_at + (now - asked_at) / 2)
    await database.write(lambda tx: peers.answered_probe(tx, partner.code, now, skew))
    return None
