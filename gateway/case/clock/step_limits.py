"""How long each step of a case may take: what the item promises, what the law allows, what two regions agreed.

Limits come from the item; the law's are taken for 行政许可 only where the item states none.  They are kept with the case as
they were when it was opened: a later version of the item or of the agreement changes no open case.
"""

from typing import Self

from msgspec import Struct

from gateway.case.item.definition import LICENSING, ItemDefinition, TimeLimit
from gateway.case.kinds import NoticeFrom

LEGAL_DAYS = 20
"""Working days to decide on a licence (行政许可法 art. 42)."""
LEGAL_JOINT_DAYS = 45
"""The same where several organs decide together (行政许可法 art. 42)."""


class Limits(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How long each step may take.

    Attributes:
        item_type: two digits (GB/T 39046-2020 A.1), empty when the item is not known; `01` is 行政许可.
        promised, legal, acceptance: of the item; None where it states none.
        push, recheck, accept, send_result: working days, of the agreement.
        joint: several organs decide together (统一、联合、集中办理), so that 45 and 15 days hold instead of 20 and 10.
    """

    item_type: str = ""
    promised: TimeLimit | None = None
    legal: TimeLimit | None = None
    acceptance: TimeLimit | None = None
    push: int = 1
    recheck: int = 1
    accept: int = 5
    send_result: int = 1
    notice_from: NoticeFrom = NoticeFrom.EARLIER
    joint: bool = False

    @property
    def is_licensing(self) -> bool:
        """Whether 行政许可法 binds the item."""
        return self.item_type == LICENSING

    @classmethod
    def of_item(cls, definition: ItemDefinition | None, *, joint: bool = False, **of_agreement: object) -> Self:
        """Return the limits of a case; for a licence the law's limit stands in where the item states none.

        Args:
            of_agreement: push, recheck, accept, send_result, notice_from.
        """
        if definition is None:
            return cls(joint=joint, **of_agreement)  # type: ignore[arg-type]
        legal = definition.legal_limit
        joint = joint or legal == TimeLimit(LEGAL_JOINT_DAYS)
        if legal is None and definition.is_licensing:
            legal = TimeLimit(LEGAL_JOINT_DAYS if joint else LEGAL_DAYS)
        return cls(
            item_type=definition.item_type,
            promised=definition.promised_limit,
            legal=legal,
            acceptance=definition.acceptance_limit,
            joint=joint,
            **of_agreement,  # type: ignore[arg-type]
        )
