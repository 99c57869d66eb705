"""The flows that keep delivery going, bound to one gateway: whom to call now, how things stand, calling again."""

from dataclasses import dataclass

from gateway.app.parts import Parts
from gateway.flows.delivery.resting import longest_rest
from gateway.flows.delivery.retry_partner import retry_partner
from gateway.flows.delivery.standings import PartnerStanding, standings
from gateway.flows.delivery.start_anew import give_back_broken_off
from gateway.partners.limits import FIRST_CALL
from gateway.partners.partner import Partner
from gateway.partners.schema import Delivery, Status
from gateway.store import claims, peers
from gateway.store.database import Transaction
from gateway.work.rounds import TRANSFER


@dataclass(frozen=True, slots=True)
class DeliveryFlows:
    """What a gateway does for its deliveries beside delivering."""

    parts: Parts

    async def to_call(self) -> list[str]:
        """Return the partners to call now: something is due for them, or they failed and their rest is over."""
        now = self.parts.world.clock()

        def look(tx: Transaction) -> list[str]:
            known = peers.every(tx)

            def wanted(partner: Partner) -> bool:
                peer = known.get(partner.code)
                if peer is not None and peer.under_way_until is None and peer.rests(now, longest_rest(partner)):
                    return False
                return bool(peer and peer.suspect) or claims.has_work(tx, partner.code, now)

            return [partner.code for partner in self._called() if wanted(partner)]

        return await self.parts.database.read(look)

    async def in_good_standing(self) -> set[str]:
        """Return the partners that answered us before and have not failed since."""
        known = await self.parts.database.read(peers.every)
        return {code for code, peer in known.items() if peer.last_outward_at is not None and not peer.suspect}

    async def resting_shortly(self) -> list[str]:
        """Return the partners that are called again in a few seconds: at a start, those a flight was out to when it ended."""
        now = self.parts.world.clock()
        known = await self.parts.database.read(peers.every)
        return [code for code, peer in known.items() if now < peer.quiet_until <= now + 2 * FIRST_CALL]

    async def standings(self, code: str = "") -> list[PartnerStanding]:
        """See `flows.delivery.standings`."""
        return await standings(self.parts.database, self.parts.registry, self.parts.world.clock(), code)

    async def retry_partner(self, code: str, by: str, detail: str = "") -> None:
        """See `flows.delivery.retry_partner`."""
        await retry_partner(
            code,
            by,
            database=self.parts.database,
            registry=self.parts.registry,
            clock=self.parts.world.clock,
            wake=self.parts.signals.wake,
            detail=detail,
        )

    async def broken_off(self, kind: str, code: str) -> None:
        """See `flows.delivery.start_anew.give_back_broken_off`; `kind` is that of `work.rounds`."""
        now = self.parts.world.clock()
        transfer = kind == TRANSFER
        await self.parts.database.write(lambda tx: give_back_broken_off(tx, code, transfer=transfer, now=now))

    async def heard_from(self, code: str) -> None:
        """A partner made an authentic call: if it rests after a failure, a probe may go, at most one a minute."""
        now = self.parts.world.clock()
        if await self.parts.database.write(lambda tx: peers.heard_from(tx, code, now)):
            self.parts.signals.wake(code)

    def _called(self) -> list[Partner]:
        snapshot = self.parts.registry.current()
        return [one for one in snapshot if one.status is Status.ACTIVE and one.delivery is Delivery.PUSH]
