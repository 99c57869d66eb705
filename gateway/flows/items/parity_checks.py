"""Whether a new case may leave although the two sides' definitions of its item differ (四个一致), as the agreement says.

    block   a serious difference keeps the case here; lesser ones are told
    warn    the case is sent and the answer tells how many differences there are
    allow   nothing is looked at

Where one side publishes no such item there is nothing to compare.  Notes never count: they may be no differences at all.

Guarantees that two definitions are compared once: what came out is kept, bounded, and found by a look into a dictionary.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.item.definition import ItemDefinition
from gateway.case.item.differences import DIMENSION_TEXT, FIELD_TEXT, Difference, joined
from gateway.case.item.parity import Comparison, Dimension, Severity, compare
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.flows.items.catalogues import Catalogues
from gateway.partners.agreement import Permit
from gateway.partners.policies import OnDifference, ParityPolicy

MOST_COMPARISONS = 2_000
"""Pairs of definitions kept."""
_FINDINGS = 50
_FIX = Text(
    "与对方统一后再办, 或修改协议的 parity 一项", "agree on one definition, or change `parity` in the agreement"
)


@dataclass(frozen=True, slots=True)
class ParityWarning:
    """What the answer to a submission tells about one dimension.

    Attributes:
        count: serious and minor differences.
    """

    dimension: Dimension
    count: int
    text: Text


class ParityChecks:
    """Compares our definition of an item with the handler's, and remembers what came out."""

    def __init__(self, catalogues: Catalogues, region: str) -> None:
        self._catalogues = catalogues
        self._region = region
        # The definitions are kept with the result, so that an id stands for the same object as long as its entry stands.
        self._known: dict[tuple[int, int], Comparison] = {}

    def comparison(self, ours: ItemDefinition, theirs: ItemDefinition) -> Comparison:
        """Return in what two definitions differ."""
        key = id(ours), id(theirs)
        found = self._known.get(key)
        if found is None:
            found = compare(ours, theirs)
            if len(self._known) >= MOST_COMPARISONS:
                del self._known[next(iter(self._known))]
            self._known[key] = found
        return found

    async def warnings(
        self, case: Case, permit: Permit, theirs: ItemDefinition | None, *, place: str, on: date
    ) -> tuple[ParityWarning, ...]:
        """Return what to tell about a case that may leave.

        Args:
            theirs: the definition that binds; None where the handler publishes no items.
            place: short name of the handler, for the texts.
            on: day in Asia/Shanghai on which the window received the case.

        Raises:
            GatewayError: PARITY_BLOCKED with the serious differences of every dimension that blocks.
        """
        if theirs is None or all(permit.parity.of(one) is OnDifference.ALLOW for one in Dimension):
            return ()
        ours = await self._catalogues.demand(
            self._region, basic_code=permit.origin_code, division=case.origin.division, on=on
        )
        if ours.definition is None:
            return ()
        found = self.comparison(ours.definition, theirs)
        item = f"{theirs.name} {theirs.basic_code}"
        blocked = blocked_by(found, permit.parity)
        if blocked:
            raise _refusal(found, blocked, item, place)
        return tuple(
            ParityWarning(dimension, count, _told(dimension, count, item, place))
            for dimension in Dimension
            if permit.parity.of(dimension) is not OnDifference.ALLOW and (count := _weighty(found, dimension))
        )


def blocked_by(found: Comparison, policy: ParityPolicy) -> tuple[Dimension, ...]:
    """Return the dimensions that keep a case here."""
    return tuple(
        one for one in Dimension if policy.of(one) is OnDifference.BLOCK and found.count(one, Severity.SERIOUS)
    )


def difference_text(one: Difference) -> Text:
    """Return a difference in one line: “居民身份证” 必要性: 我方 必要, 对方 非必要 (一方必要, 另一方不是)."""
    subject = f"“{one.subject}” " if one.subject else ""
    field = FIELD_TEXT.get(one.field, Text(one.field, one.field))
    return Text(
        f"{DIMENSION_TEXT[one.dimension].zh}: {subject}{field.zh}: 我方 {one.ours.zh}, 对方 {one.theirs.zh} ({one.why.zh})",
        f"{DIMENSION_TEXT[one.dimension].en}: {subject}{field.en}: ours {one.ours.en}, theirs {one.theirs.en} ({one.why.en})",
    )


def _refusal(found: Comparison, blocked: Iterable[Dimension], item: str, place: str) -> GatewayError:
    dimensions = tuple(blocked)
    serious = [one for one in found.differences if one.dimension in dimensions and one.severity is Severity.SERIOUS]
    return GatewayError(
        Reason.PARITY_BLOCKED,
        findings=[FieldFinding("item", difference_text(one), _FIX) for one in serious[:_FINDINGS]],
        item=item,
        place=place,
        dimension=joined(DIMENSION_TEXT[one] for one in dimensions),
        count=len(serious),
    )


def _weighty(found: Comparison, dimension: Dimension) -> int:
    return found.count(dimension, Severity.SERIOUS) + found.count(dimension, Severity.MINOR)


def _told(dimension: Dimension, count: int, item: str, place: str) -> Text:
    word = DIMENSION_TEXT[dimension]
    return Text(
        f"事项 {item} 与{place}{word.zh}不一致 ({count} 处)",
        f"item {item} differs from {place} in {word.en} ({count} differences)",
    )
