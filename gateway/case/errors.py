"""The one error of the gateway: a reason, the facts, and everything found wrong.

A `GatewayError` is something the gateway expected might go wrong.  What it means, on which
side it happened, whether the same call may succeed later and what to do next stand once,
in the row of its reason (`gateway.case.reasons`).  Each border has one table that translates the
row's family: `peering/status.py` for gRPC, `local/problems.py` for HTTP.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.case.reasons import ROWS, Reason, Row
from gateway.case.texts import Lang, Text


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """One thing wrong with what was handed in.

    Attributes:
        path: where, as a dotted path such as `applicant.certificate_number` or `materials[2].sha256`.
        problem: what is wrong there; never contains a personal value.
        fix: what to do about it.
    """

    path: str
    problem: Text
    fix: Text


class GatewayError(Exception):
    """Something the gateway expected might go wrong.

    Args:
        reason: the stable word; also ErrorInfo.reason, the problem type and the heading in docs/errors.md.
        findings: everything wrong with the input, when the input is at fault.
        facts: what the texts of the row need; never personal data.
    """

    def __init__(self, reason: Reason, /, *, findings: Iterable[FieldFinding] = (), **facts: object) -> None:
        self.reason = reason
        self.findings = tuple(findings)
        self.facts = facts
        super().__init__(reason.value)

    @property
    def row(self) -> Row:
        """The row of the catalogue: family, class, place, cause and fix."""
        return ROWS[self.reason]

    @property
    def retriable(self) -> bool:
        """Whether the same call, unchanged, may succeed later."""
        return self.row.retriable

    @property
    def cause(self) -> Text:
        """What went wrong, with the facts filled in."""
        return self.row.cause.format(**self.facts)

    @property
    def fix(self) -> Text:
        """What to do next, with the facts filled in."""
        return self.row.fix.format(**self.facts)

    def __str__(self) -> str:
        return f"{self.reason.value}: {self.cause.say(Lang.EN)}"
