"""A difference between two regions' definitions of one item, how much it weighs, and what a set of them scores.

The score of a dimension is 100 less 25 for each serious, 8 for each minor difference and 2 for each note, never below 0; the
score of an item is the mean of its four dimensions.  More differences never raise it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from gateway.case.texts import Text

Side = TypeVar("Side")


class Dimension(Enum):
    """One of the four that must be the same (四个一致)."""

    ITEM = "item"
    MATERIALS = "materials"
    PROCESS = "process"
    LIMITS = "limits"


class Severity(Enum):
    """How much a difference means to whoever applies."""

    SERIOUS = "serious"
    """Somebody is turned away in one place and not in the other, has to come once more, or waits longer than the law allows."""
    MINOR = "minor"
    """The service is the same, done differently."""
    NOTE = "note"
    """Worth a look: wording, something left out, or perhaps no difference at all."""


DIMENSION_TEXT = {
    Dimension.ITEM: Text("事项", "item"),
    Dimension.MATERIALS: Text("材料", "materials"),
    Dimension.PROCESS: Text("流程", "process"),
    Dimension.LIMITS: Text("时限", "limits"),
}
SEVERITY_TEXT = {
    Severity.SERIOUS: Text("严重", "serious"),
    Severity.MINOR: Text("一般", "minor"),
    Severity.NOTE: Text("提示", "note"),
}
PENALTY = {Severity.SERIOUS: 25, Severity.MINOR: 8, Severity.NOTE: 2}
NOTHING = Text("无", "none")
NOT_STATED = Text("未写明", "not stated")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which two definitions differ.

    Attributes:
        field: such as `promised_limit`; of a material or a step its own field, such as `need`.
        ours, theirs: what each side says, as people read it.
        why: the rule by which it weighs what it weighs.
        subject: the material, step or handling item it is about; empty for the item itself.
    """

    dimension: Dimension
    field: str
    ours: Text
    theirs: Text
    severity: Severity
    why: Text
    subject: str = ""


def score_of(differences: Iterable[Difference], dimension: Dimension) -> int:
    """Return the score of one dimension, 0 to 100."""
    lost = sum(PENALTY[one.severity] for one in differences if one.dimension is dimension)
    return max(0, 100 - lost)


def mean(scores: Iterable[int]) -> int:
    """Return the mean of scores, halves rounded up; 100 of none, for nothing differs."""
    listed = tuple(scores)
    return (2 * sum(listed) + len(listed)) // (2 * len(listed)) if listed else 100


def joined(texts: Iterable[Text]) -> Text:
    """Return what a side says in one line, `NOTHING` when it says nothing."""
    listed = tuple(texts)
    if not listed:
        return NOTHING
    return Text("、".join(one.zh for one in listed), ", ".join(one.en for one in listed))


def word(text: str) -> Text:
    """Return a word that is the same in both languages; `NOT_STATED` when it is empty."""
    return Text(text, text) if text else NOT_STATED


def said(ours: Side, theirs: Side, say: Callable[[Side], Text]) -> tuple[Text, Text]:
    """Return what each side says."""
    return say(ours), say(theirs)


FIELD_TEXT: dict[str, Text] = {
    "basic_code": Text("基本编码", "basic code"),
    "name": Text("名称", "name"),
    "item_type": Text("事项类型", "item type"),
    "handling_items": Text("业务办理项", "handling items"),
    "fee": Text("收费", "fee"),
    "service_objects": Text("服务对象", "serves"),
    "legal_bases": Text("设定依据", "legal bases"),
    "material": Text("材料", "material"),
    "need": Text("必要性", "need"),
    "source": Text("来源", "source"),
    "shape": Text("形式", "form"),
    "originals": Text("原件份数", "originals"),
    "copies": Text("复印件份数", "copies"),
    "standard": Text("受理标准", "standard"),
    "licence_type_code": Text("电子证照类型", "licence type"),
    "steps": Text("环节", "steps"),
    "steps.limit": Text("环节时限", "limit of a step"),
    "steps.order": Text("环节顺序", "order of the steps"),
    "ways": Text("办理形式", "ways"),
    "visits": Text("到现场次数", "visits"),
    "visits_reason": Text("跑动原因", "reason for visits"),
    "online_depth": Text("网办深度", "online depth"),
    "legal_limit": Text("法定时限", "legal limit"),
    "promised_limit": Text("承诺时限", "promised limit"),
    "acceptance_limit": Text("受理时限", "acceptance limit"),
    "case_type": Text("办件类型", "kind of case"),
    "special_procedures": Text("特别程序", "special procedures"),
}
"""What the fields of a difference are called."""
