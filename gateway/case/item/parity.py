"""四个一致: whether two regions demand and promise the same for one item, field by field.

Guarantees: the same definitions give the same differences in the same order; a definition compared with itself has none and
scores 100; with the sides swapped the differences are the same, swapped.

Source: 恩施州 2022 政务服务工作 (同一事项同标准: 事项, 材料, 流程, 时限); GB/T 39554.2-2020 for the fields.
Leaves to others: which definitions to compare, and what follows from it (`flows.items.compare`, the agreement's `parity`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.case.item.definition import ItemDefinition
from gateway.case.item.differences import Difference, Dimension, Severity, mean, score_of
from gateway.case.item.parity_fields import item_differs, limits_differ, process_differs
from gateway.case.item.parity_materials import materials_differ

__all__ = ["Comparison", "Difference", "Dimension", "Severity", "compare", "partner_score"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two definitions side by side.

    Attributes:
        differences: by dimension in the order 事项, 材料, 流程, 时限, then by field.
    """

    ours: ItemDefinition
    theirs: ItemDefinition
    differences: tuple[Difference, ...]

    @property
    def score(self) -> int:
        """0 to 100: the mean of the four dimensions."""
        return mean(self.score_of(dimension) for dimension in Dimension)

    def score_of(self, dimension: Dimension) -> int:
        """Return the score of one dimension, 0 to 100 (`differences` says how)."""
        return score_of(self.differences, dimension)

    def count(self, dimension: Dimension, severity: Severity | None = None) -> int:
        """Return how many differences there are in a dimension, of one severity or of all."""
        return sum(
            one.dimension is dimension and (severity is None or one.severity is severity) for one in self.differences
        )


def compare(ours: ItemDefinition, theirs: ItemDefinition) -> Comparison:
    """Return in what two definitions differ."""
    return Comparison(
        ours,
        theirs,
        (
            *item_differs(ours, theirs),
            *materials_differ(ours.materials, theirs.materials),
            *process_differs(ours, theirs),
            *limits_differ(ours, theirs),
        ),
    )


def partner_score(comparisons: Iterable[Comparison]) -> int:
    """Return the score of a partner: the mean over the items both publish and the agreement lists; 100 of none."""
    return mean(one.score for one in comparisons)
