"""A partner is asked how it sees us, every few minutes, so that both views are known without any traffic.

1 due     active, with an address, not resting after a failure; nothing else is known of it for so long
2 ask     DescribeGateway; what it tells is kept by the courier (`noting_courier`)
3 terms   where it reads the agreements otherwise, once more with their terms, so that it can be told which ones differ
4 fail    a question that failed is noted and asked again later and later; the circuit of the partner is not touched, for a
          question is no delivery

Bound: one question for each partner in ten minutes, 15 seconds each; two hours between questions that fail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.case.errors import GatewayError
from gateway.flows.bounding import within
from gateway.flows.delivery.courier import TELLS_TERMS, Courier
from gateway.flows.delivery.resting import longest_rest
from gateway.partners.mirror import agreements_fingerprint
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Status
from gateway.store import partner_views, peers
from gateway.store.database import Database, Transaction

ASK_EVERY = timedelta(minutes=10)
"""Between two questions to one partner; a fifth more or less by chance, so that ninety are not asked together."""
ASK_SECONDS = 15.0
LONGEST = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Asking:
    """The flow, bound to one gateway.

    Attributes:
        jitter: from 0 to 1.
    """

    region: str
    database: Database
    registry: Registry
    courier: Courier
    clock: Callable[[], datetime]
    jitter: Callable[[], float]

    async def due(self) -> list[str]:
        """Return the partners to ask now, in the order of their codes."""
        now = self.clock()

        def look(tx: Transaction) -> list[str]:
            views, known = partner_views.every(tx), peers.every(tx)

            def is_due(partner: Partner) -> bool:
                peer = known.get(partner.code)
                if peer and peer.suspect and peer.rests(now, longest_rest(partner)) and not peer.pauses(now):
                    return False
                view = views.get(partner.code)
                last = max((at for at in (view.told_at, view.failed_at) if at), default=None) if view else None
                # A moment ahead of now was written by a clock that ran ahead.
                return view is None or last is None or not last <= now < last + _wait(view.failures)

            return sorted(one.code for one in self.registry.current() if can_be_asked(one) and is_due(one))

        return await self.database.read(look)

    async def ask(self, code: str) -> GatewayError | None:
        """Ask one partner; return what went wrong.  Safe to repeat."""
        partner = self.registry.current().of(code)
        if partner is None or not can_be_asked(partner):
            return None
        try:
            asked_at = self.clock()
            said = await within(ASK_SECONDS, partner, self.courier.describe(partner))
            skew = said.time - (asked_at + (self.clock() - asked_at) / 2)
            await self.database.write(lambda tx: peers.tells_time(tx, code, skew))
            ours = agreements_fingerprint(partner.agreements, ours=self.region, theirs=code)
            if said.agreement_fingerprint not in (b"", ours) and TELLS_TERMS in said.features:
                await within(ASK_SECONDS, partner, self.courier.describe(partner, with_terms=True))
        except GatewayError as error:
            failure = error
            await self.database.write(lambda tx: partner_views.failed(tx, code, failure.reason.value, self.clock()))
            return error
        return None

    def next_wait(self) -> timedelta:
        """Return how long to wait after a question, jittered."""
        return ASK_EVERY * (0.8 + 0.4 * self.jitter())


def can_be_asked(partner: Partner) -> bool:
    """Whether a partner has an address and is active; one that only dials in cannot be asked."""
    return not partner.is_sample and partner.status is Status.ACTIVE and bool(partner.endpoints)


def _wait(failures: int) -> timedelta:
    return min(ASK_EVERY * (1 << min(failures, 10)), LONGEST) if failures else ASK_EVERY
