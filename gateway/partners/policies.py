"""What an agreement says about items that are not the same on both sides (四个一致), and about those that go elsewhere.

The policy is this gateway's own: it decides what we send, never what the partner may send us.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.case.item.codes import basic_code_problems
from gateway.case.item.differences import Dimension
from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown
from gateway.partners.limits import STRICT

_LOOKS_LIKE_A_CODE = 8
"""A word of this many digits and capital letters is meant as a code, not as a name."""


class OnDifference(Enum):
    """What happens to a new case when a dimension is not the same on both sides."""

    BLOCK = "block"
    """It is not sent while there is a serious difference; lesser ones are told."""
    WARN = "warn"
    """It is sent, and the answer tells the differences."""
    ALLOW = "allow"
    """It is sent, and nothing is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityPolicy:
    """What to do about differences, by dimension."""

    __pydantic_config__ = STRICT

    items: OnDifference = OnDifference.WARN
    materials: OnDifference = OnDifference.WARN
    process: OnDifference = OnDifference.WARN
    limits: OnDifference = OnDifference.WARN

    def of(self, dimension: Dimension) -> OnDifference:
        """Return what holds for one dimension."""
        return {
            Dimension.ITEM: self.items,
            Dimension.MATERIALS: self.materials,
            Dimension.PROCESS: self.process,
            Dimension.LIMITS: self.limits,
        }[dimension]


def _item(text: str) -> str:
    plain = text.strip()
    if (
        len(plain) >= _LOOKS_LIKE_A_CODE
        and plain.isascii()
        and plain.isalnum()
        and (wrong := basic_code_problems(plain))
    ):
        raise Misfit(
            Text(f"“{shown(plain)}”不是基本编码", f"'{shown(plain)}' is no basic code: {wrong[0].text.en}"),
            Text("写 12 位基本编码, 或事项名称", "write a basic code of 12 characters, or the item's name"),
        )
    return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedRedirect:
    """One item that the two regions agreed not to exchange, and where it is handled."""

    __pydantic_config__ = STRICT

    item: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_item)]
    to: Annotated[str, Field(min_length=1, max_length=500)]
