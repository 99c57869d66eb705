"""Staff send a case anew that did not reach the handler in time (未送达对方).

1 find      the case, if it is this system's, and only while it is 未送达对方
2 reseal    the case, and what was done to it since, each in a new envelope with its old number
3 wake      a hint that something is owed
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from gateway.case.errors import GatewayError
from gateway.case.lifecycle import pass_on
from gateway.case.reasons import Reason
from gateway.case.states import STATE_NAMES, Passage, State
from gateway.case.texts import Text
from gateway.flows.act import OPERATOR
from gateway.flows.delivery.resealing import reseal
from gateway.flows.sealing import Sealer
from gateway.store import audit, cases, events, joint
from gateway.store.database import Database, Transaction
from gateway.trust.vault import Vault


@dataclass(frozen=True, slots=True)
class Released:
    """The answer: the case is on its way again."""

    case_id: str
    state: State
    partner: str


async def release(
    system: str,
    case_id: str,
    *,
    database: Database,
    vault: Vault,
    sealer: Sealer,
    clock: Callable[[], datetime],
    wake: Callable[[str], None],
) -> Released:
    """Send a case anew; on disk when this returns.

    Raises:
        GatewayError: CASE_UNKNOWN; LIFECYCLE when the case is not 未送达对方, or the joint case it is a part of was withdrawn.
    """
    now = clock()

    def take(tx: Transaction) -> Released:
        row = cases.find(tx, case_id)
        if row is None or system not in (row.system, OPERATOR):
            raise GatewayError(Reason.CASE_UNKNOWN)
        whole = joint.find(tx, row.joint_parent) if row.joint_parent else None
        if whole is not None and whole.withdrawn_at:
            raise GatewayError(Reason.LIFECYCLE, state=STATE_NAMES[State.WITHDRAWN], event=_RELEASE)
        standing = pass_on(row.standing, Passage.RELEASED)
        row = structs.replace(row, standing=standing)
        for event in events.unanswered(tx, case_id, sealer.region):
            reseal(tx, vault, sealer, row, event, now, anew=True)
            events.mark(tx, event, events.PENDING)
        cases.move(tx, row, now)
        audit.note(tx, now, f"system:{system}", "case.release", case_id)
        return Released(case_id, standing.state, row.partner)

    done = await database.write(take)
    wake(done.partner)
    return done


_RELEASE = Text("重新发送", "sending it again")
