"""A joint case of 恩施 with parts for 黔江 and 湘西, and what its local system does with it."""

from dataclasses import dataclass, replace
from typing import Any

from gateway.app.joint_flows import JointFlows
from gateway.case import events as ev
from gateway.case.model import Case, DeliveryWay, Mode
from gateway.flows.joint.act_on_all import JointAct, JointActed
from gateway.flows.joint.hand_in import JointOpened, JointSubmission, Part
from gateway.flows.joint.look import JointView
from tests.build import a_digest
from tests.flows.regions import CARD, POWERS, Region

ENSHI, QIANJIANG, XIANGXI = "422800", "500114", "433100"
JOINT_ITEM = {
    "name": "社会保障卡申领、补领、换领、换发",
    "basic": CARD,
    "modes": ["entrusted", "joint"],
    "directions": ["outward", "inward"],
    "powers": POWERS,
}


@dataclass(frozen=True)
class Whole:
    """The local system of a region, at work on joint cases."""

    region: Region

    @property
    def flows(self) -> JointFlows:
        """The flows of its gateway as it runs now."""
        return JointFlows(self.region.gateway)

    def part(self, to: str, **changes: Any) -> Case:
        """A part that another region decides."""
        return self.region.a_case(to, mode=Mode.JOINT, **changes)

    def submission(self, *parts: Case, number: str = "ES-2026-000077", key: str = "") -> JointSubmission:
        """A joint case of these parts."""
        digest = bytes.fromhex(a_digest(repr(parts).encode()))
        made = tuple(
            Part(replace(case, origin_number=number), tuple(f"materials[{n}]" for n in range(len(case.materials))))
            for case in parts
        )
        return JointSubmission(self.region.system, number, made, digest, key)

    async def submit(self, *parts: Case, **changes: Any) -> JointOpened:
        """Submit a joint case of these parts."""
        return await self.flows.submit(self.submission(*parts, **changes))

    async def view(self, parent_id: str) -> JointView:
        """The joint case as its origin sees it."""
        return await self.flows.looking.look_at_joint(self.region.system, parent_id)

    async def withdraw(self, parent_id: str) -> JointActed:
        """The applicant withdraws the whole."""
        return await self._act(parent_id, ev.Withdrawn())

    async def deliver(self, parent_id: str) -> JointActed:
        """The results of all granted parts are handed over."""
        return await self._act(parent_id, ev.Delivered(DeliveryWay.ORIGIN_WINDOW, "向小满"))

    async def _act(self, parent_id: str, happening: ev.Withdrawn | ev.Delivered) -> JointActed:
        actor = ev.Actor("覃远山", "422801000000", "S001", "政务服务中心")
        return await self.flows.act(JointAct(self.region.system, parent_id, actor, happening, self.region.clock()))
