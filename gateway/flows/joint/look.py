"""Looking at joint cases: the whole, derived from its parts at the moment somebody looks."""

from dataclasses import dataclass
from datetime import datetime

from gateway.case.code.masking import mask_name
from gateway.case.joint import Joint
from gateway.flows.joint.act_on_all import joint_of
from gateway.flows.joint.hand_in import private_name_context, whole_of
from gateway.store import joint
from gateway.store.cases import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.joint import JointRow
from gateway.trust.vault import Vault


@dataclass(frozen=True, slots=True)
class JointView:
    """A joint case, where it stands as a whole, and its parts; the applicant's name is masked."""

    row: JointRow
    joint: Joint
    children: tuple[CaseRow, ...]
    applicant: str


@dataclass(frozen=True, slots=True)
class JointLooking:
    """The reading flows of joint cases, bound to one store."""

    database: Database
    vault: Vault

    async def look_at_joint(self, system: str, parent_id: str) -> JointView:
        """Return a joint case this system is in charge of.

        Raises:
            GatewayError: CASE_UNKNOWN, also for one of another system.
        """
        return await self.database.read(lambda tx: self._view(tx, joint_of(tx, system, parent_id)))

    async def list_joint(
        self, systems: tuple[str, ...], after: tuple[datetime, str] | None, limit: int
    ) -> list[JointView]:
        """Return joint cases of these systems (of all when none is named), the newest first."""
        return await self.database.read(
            lambda tx: [self._view(tx, row) for row in joint.list_newest(tx, systems, after, limit)]
        )

    def _view(self, tx: Transaction, row: JointRow) -> JointView:
        children = joint.children(tx, row.parent_id)
        name = self.vault.open(row.private, private_name_context(row.parent_id)).decode()
        return JointView(row, whole_of(row, children), tuple(children), mask_name(name))
