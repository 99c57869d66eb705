"""Codes as they are written in partner files."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from gateway.case.item.codes import basic_code_problems
from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown
from gateway.files.quantities import half_width

_REGION = re.compile(r"[1-9][0-9]{5}")
_NATIONAL = "00"


def region_code(text: str) -> str:
    """Return `text` if it is written like a six-digit division code.

    Raises:
        Misfit: another length or other characters.  # GB/T 2260
    """
    if _REGION.fullmatch(text):
        return text
    problem = Text(f"“{shown(text)}”不是六位区划代码", f"'{shown(text)}' is not a six-digit division code")
    narrow = half_width(text)
    if narrow != text and _REGION.fullmatch(narrow):
        raise Misfit(problem, Text(f"改成半角: {narrow}", f"type it half-width: {narrow}"))
    if len(text) in (9, 12) and text.isdigit() and not text.endswith("0" * (len(text) - 6)):
        raise Misfit(problem, Text("只能写到县级六位代码", "scopes go down to the county: six digits"))
    raise Misfit(problem, Text("写六位数字, 如 500114", "write six digits, such as 500114"))


def national_code(text: str) -> str:
    """Return `text` if it is a basic code of the national catalogue: 12 characters that begin with 00.

    Raises:
        Misfit: not a basic code, or one of a province.  # GB/T 39554.1-2020
    """
    basic_code(text)
    if not text.startswith(_NATIONAL):
        raise Misfit(
            Text(f"{text} 是省级目录的编码, 两省不通用", f"{text} is a province's code; provinces do not share these"),
            Text(
                "写 00 开头的国家基本编码; 没有时改用 local: {ours, theirs} 写明对应关系",
                "write the national code (begins with 00), or map both codes with local: {ours, theirs}",
            ),
        )
    return text


def basic_code(text: str) -> str:
    """Return `text` if it is written like a 12-character basic code of any catalogue.

    Raises:
        Misfit: another length or other characters.  # GB/T 39554.1-2020
    """
    problems = basic_code_problems(text)
    if not problems:
        return text
    raise Misfit(
        problems[0].text,
        Text(
            "区域 2 位 + 类型 2 位 + 部门 2 位 + 主项 3 位 + 子项 3 位; 不要写 31 位实施编码",
            "region 2 + type 2 + department 2 + main item 3 + sub-item 3; not the 31-character task code",
        ),
    )


def _text(pattern: str, least: int, most: int, example: str) -> WithJsonSchema:
    # Editors read bare digits as a number; the reader takes them as text.
    number = {"type": "integer", "minimum": least, "maximum": most}
    return WithJsonSchema({"anyOf": [{"type": "string", "pattern": pattern, "examples": [example]}, number]})


RegionCode = Annotated[str, AfterValidator(region_code), _text("^[1-9][0-9]{5}$", 100_000, 999_999, "500114")]
NationalCode = Annotated[
    str, AfterValidator(national_code), _text("^00[0-9A-Z]{10}$", 0, 9_999_999_999, "000120011000")
]
BasicCode = Annotated[
    str, AfterValidator(basic_code), _text("^[0-9]{6}[0-9A-Z]{6}$", 0, 999_999_999_999, "422014120000")
]
