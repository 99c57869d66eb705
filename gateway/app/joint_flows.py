"""The flows of joint cases and of progress without login, bound to one gateway."""

from dataclasses import dataclass

from gateway.app.gateway import Gateway
from gateway.flows.joint.act_on_all import JointAct, JointActed, act_on_joint
from gateway.flows.joint.hand_in import JointOpened, JointSubmission, submit_joint
from gateway.flows.joint.look import JointLooking
from gateway.flows.progress import Enquiries


@dataclass(frozen=True, slots=True)
class JointFlows:
    """What is done to joint cases (多地联办), and what the public may ask."""

    gateway: Gateway

    @property
    def looking(self) -> JointLooking:
        """The reading flows of joint cases."""
        return JointLooking(self.gateway.database, self.gateway.vault)

    @property
    def enquiries(self) -> Enquiries:
        """Progress without login."""
        gateway = self.gateway
        return Enquiries(
            database=gateway.database,
            vault=gateway.vault,
            divisions=gateway.divisions,
            lockouts=gateway.lockouts,
            timing=gateway.timing,
            clock=gateway.world.clock,
            phone_of=self._phone_of,
        )

    def _phone_of(self, region: str) -> str:
        gateway = self.gateway
        if region == gateway.about.region:
            return gateway.about.public_phone
        partner = gateway.registry.current().of(region)
        return partner.public_phone if partner else ""

    async def submit(self, submission: JointSubmission) -> JointOpened:
        """See `flows.joint.hand_in`."""
        gateway = self.gateway
        return await submit_joint(
            submission,
            database=gateway.database,
            opening=gateway.opening,
            clock=gateway.world.clock,
            wake=gateway.signals.wake,
        )

    async def act(self, deed: JointAct) -> JointActed:
        """See `flows.joint.act_on_all`."""
        gateway = self.gateway
        return await act_on_joint(deed, database=gateway.database, act=gateway.act, clock=gateway.world.clock)
