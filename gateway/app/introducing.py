"""Introductions made and read by the running gateway, for the console: as `tongban partners invite` and `partners add`."""

import asyncio
from dataclasses import dataclass, field

from gateway.app.gateway import Gateway
from gateway.app.onboarding import introduce_ourselves, spoken_versions
from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.console.operating import Invitation
from gateway.files.findings import Finding
from gateway.flows.onboarding.add_partner import AddingPartner, Wish
from gateway.flows.onboarding.addition import Addition
from gateway.flows.onboarding.examine import Folder
from gateway.flows.onboarding.invite import file_name, introduction_text, proposal
from gateway.flows.onboarding.partner_entry import entry, known_to_partners
from gateway.settings import Settings
from gateway.store import audit

MOST_KEPT = 20
"""Invitations that can be taken along; the oldest goes, and is made anew by hand."""


@dataclass(slots=True)
class Introducing:
    """What operators do with introductions."""

    gateway: Gateway
    settings: Settings
    adding: AddingPartner = field(init=False)
    _made: dict[str, Invitation] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.adding = AddingPartner(self.gateway.going_live, spoken_versions(), self.gateway.world.new_id)

    async def examine(self, wish: Wish) -> Addition | tuple[Finding, ...]:
        """See `flows.onboarding.add_partner`."""
        found = await self.adding.examine(wish)
        return tuple(found) if not isinstance(found, Addition) else found

    async def add(self, wish: Wish, who: str) -> str:
        """See `flows.onboarding.add_partner`."""
        return await self.adding.add(wish, who)

    async def invite(self, to: str, actor: str) -> Invitation:
        """Make a signed introduction for another region; who made it is in the audit.

        Raises:
            GatewayError: BAD_REQUEST for what is no other region, or with what is wrong in our draft.
        """
        divisions = self.gateway.going_live.folder.divisions
        if divisions.get(to) is None or to == self.settings.region or len(to) != 6:
            raise GatewayError(Reason.BAD_REQUEST, findings=[_NO_REGION], count=1)
        made = await asyncio.to_thread(self._introduction, to)
        now = self.gateway.world.clock()
        await self.gateway.database.write(
            lambda tx: audit.note(tx, now, actor, "partner.invited", to, detail=f"agreements={made.agreements}")
        )
        while len(self._made) >= MOST_KEPT:
            del self._made[next(iter(self._made))]
        self._made[made.id] = made
        return made

    def invitation(self, invitation_id: str) -> Invitation | None:
        """Return one that was made lately."""
        return self._made.get(invitation_id)

    def _introduction(self, to: str) -> Invitation:
        world, settings, divisions = self.gateway.world, self.settings, self.gateway.going_live.folder.divisions
        now, own = world.clock(), self.gateway.papers.every_key
        folder = Folder.of(settings.partners, divisions, settings.region, day_in_china(now))
        proposed = proposal(folder, to)
        if isinstance(proposed, tuple):
            raise _refused(proposed)
        described = entry(settings, known_to_partners(own, now))
        made = introduce_ourselves(
            settings, own, described, proposed.agreements, to=to, partner=proposed.partner, world=world
        )
        name = file_name(settings.region, to)
        text = introduction_text(made, name)
        if isinstance(text, tuple):
            raise _refused(text)
        count = len(proposed.agreements)
        return Invitation(world.new_id(), to, name, text, made.fingerprint, made.valid_until, count)


def _refused(found: tuple[Finding, ...]) -> GatewayError:
    said = [FieldFinding(f"{one.file}:{one.line}: {one.key}", one.problem, one.fix) for one in found]
    return GatewayError(Reason.BAD_REQUEST, findings=said, count=len(said))


_NO_REGION = FieldFinding(
    "to",
    Text("不是别的地区的六位代码", "not the code of another region"),
    Text("写对方网关的六位代码, 如 422800", "give the six digits of the other gateway, such as 422800"),
)
