"""Everything wrong with the parts of a joint case, told at once and in the words of the application as it was written.

Each part is judged as the case it would become.  What is said of that case is said here of the place it came from: what
the parts have in common keeps its path and is told once, the rest stands under `parts[n]`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.reasons import Answer, Reason

_COMMON = ("origin", "origin_number", "applicant", "agent", "contacts", "delivery", "received_at_window", "channel")
_MATERIAL = re.compile(r"materials\[([0-9]+)\](.*)", re.DOTALL)
_PLACES: dict[Reason, str] = {
    **dict.fromkeys(
        (Reason.DIVISION_UNKNOWN, Reason.DIVISION_ABOLISHED, Reason.NO_PARTNER, Reason.OWN_REGION), "handler.division"
    ),
    **dict.fromkeys(
        (
            Reason.ITEM_NOT_AGREED,
            Reason.MODE_NOT_AGREED,
            Reason.DIRECTION_NOT_AGREED,
            Reason.NOT_IN_FORCE,
            Reason.ROUTE_AMBIGUOUS,
            Reason.REDIRECTED,
            Reason.ITEM_NOT_PUBLISHED,
            Reason.ITEM_NOT_IN_USE,
            Reason.ITEM_CHANGED,
            Reason.PARITY_BLOCKED,
        ),
        "item.basic_code",
    ),
    Reason.OUR_DIVISION_NOT_COVERED: "origin.division",
}


@dataclass(frozen=True, slots=True)
class PartError:
    """What is wrong with one part.

    Attributes:
        position: of the part, counted from 0 as in paths.
        materials: where each material of the part stands in the application, in the order of the part's case.
    """

    position: int
    materials: Sequence[str]
    error: GatewayError

    def findings(self) -> tuple[FieldFinding, ...]:
        """Return it as findings about the application; an error without any is one, at the field it is about."""
        error = self.error
        told = error.findings or (FieldFinding(_PLACES.get(error.reason, ""), error.cause, error.fix),)
        return tuple(FieldFinding(self._path(one.path), one.problem, one.fix) for one in told)

    def _path(self, path: str) -> str:
        if path.split(".", 1)[0].split("[", 1)[0] in _COMMON:
            return path
        found = _MATERIAL.fullmatch(path)
        if found and int(found[1]) < len(self.materials):
            return self.materials[int(found[1])] + found[2]
        part = f"parts[{self.position}]"
        return f"{part}.{path}" if path else part


def all_at_once(errors: Iterable[PartError]) -> GatewayError:
    """Return one error that tells everything wrong with the parts, each thing once.

    Its reason is the parts' own where they agree.  Where they differ it is BAD_REQUEST, unless the same request could
    succeed later as it is: then the first of them.
    """
    told = tuple(errors)
    findings = tuple(dict.fromkeys(finding for one in told for finding in one.findings()))
    reasons = {one.error.reason for one in told}
    first = told[0].error
    if len(reasons) == 1 or all(one.error.row.answer is Answer.RETRIABLE for one in told):
        return GatewayError(first.reason, findings=findings, **first.facts | {"count": len(findings)})
    return GatewayError(Reason.BAD_REQUEST, findings=findings, count=len(findings))
