"""How things stand with partners and what is announced to them, bound to one gateway."""

from dataclasses import dataclass, field
from datetime import datetime

from gateway.app.parts import Parts
from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.flows.maintenance.announce import Notice, announce
from gateway.flows.maintenance.end import end
from gateway.flows.maintenance.turn_away import TurningAway
from gateway.flows.standing.ask import Asking
from gateway.flows.standing.note import note_description
from gateway.flows.standing.noting_courier import SeesCertificates
from gateway.flows.standing.view import BothViews, ViewingPartners
from gateway.partners.partner import Partner
from gateway.store import maintenance, peers
from gateway.store.maintenance import Announced
from gateway.wire.description import Description


@dataclass(slots=True)
class StandingFlows:
    """What a gateway tells partners of itself beside what it exchanges, and what it knows of them.

    Attributes:
        doubted: partners that called while they are in maintenance, or said that they are: asked at the next turn.
    """

    parts: Parts
    asking: Asking = field(init=False)
    viewing: ViewingPartners = field(init=False)
    turning_away: TurningAway = field(init=False)
    doubted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        it = self.parts
        world, region = it.world, it.about.region
        self.asking = Asking(region, it.database, it.registry, it.courier, world.clock, world.jitter)
        sees = it.courier.certificate_ends if isinstance(it.courier, SeesCertificates) else _not_seen
        self.viewing = ViewingPartners(region, it.database, it.registry, world.clock, sees)
        self.turning_away = TurningAway(it.about.region_name, it.database, world.clock, world.monotonic)
        it.described.append(self._note)

    async def both_views(self, code: str = "") -> list[BothViews]:
        """See `flows.standing.view`."""
        return await self.viewing.both_views(code)

    async def ask_now(self, code: str) -> None:
        """Ask a partner now; what is wrong then is seen in its view.

        Raises:
            GatewayError: PARTNER_UNKNOWN.
        """
        partner = self.parts.registry.current().of(code)
        if partner is None or partner.is_sample:
            raise GatewayError(Reason.PARTNER_UNKNOWN, region=code)
        await self.asking.ask(code)

    async def pauses(self, code: str) -> bool:
        """Whether a partner is in maintenance now, as it told."""
        peer = await self.parts.database.read(lambda tx: peers.find(tx, code))
        return peer.pauses(self.parts.world.clock())

    async def announce(self, notice: Notice) -> Announced:
        """See `flows.maintenance.announce`."""
        it = self.parts
        said = await announce(notice, database=it.database, new_id=it.world.new_id(), now=it.world.clock())
        self.turning_away.forget()
        return said

    async def end_maintenance(self, by: str) -> bool:
        """See `flows.maintenance.end`."""
        ended = await end(by, database=self.parts.database, now=self.parts.world.clock())
        self.turning_away.forget()
        return ended

    async def announced(self, limit: int) -> tuple[datetime, list[Announced]]:
        """Return the last announcements, the newest first, and the moment they were read."""
        found = await self.parts.database.read(lambda tx: maintenance.newest(tx, limit))
        return self.parts.world.clock(), found

    async def heard_from(self, code: str) -> None:
        """A partner made an authentic call: one that is in maintenance may have ended it early, and is asked."""
        if await self.pauses(code):
            self.doubted.add(code)

    async def _note(self, partner: Partner, said: Description) -> None:
        now, jitter = self.parts.world.clock(), self.parts.world.jitter()
        await self.parts.database.write(lambda tx: note_description(tx, partner.code, said, now, jitter))


def _not_seen(_: str) -> datetime | None:
    return None
