"""A telephone number as it is written in files."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from gateway.case.texts import Text
from gateway.files.misfits import Misfit, shown

PATTERN = "^[0-9+() -]{5,32}$"
_NUMBER = re.compile(PATTERN)


def phone(text: str) -> str:
    """Return `text` if it can be dialled as it stands.

    Raises:
        Misfit: other characters than digits, `+`, `-`, brackets and spaces, or not 5 to 32 of them.
    """
    if _NUMBER.fullmatch(text):
        return text
    raise Misfit(
        Text(f"“{shown(text)}”不是电话号码", f"'{shown(text)}' is not a telephone number"),
        Text(
            "写 0718-8222222 这样的号码: 5 到 32 个数字、空格和 + - ( ); 分机写进 role 或 duty_hours",
            "write a number such as 0718-8222222: 5 to 32 digits, spaces and + - ( ); extensions go into role or duty_hours",
        ),
    )


# Editors read bare digits as a number; the reader takes them as text.
Phone = Annotated[
    str,
    AfterValidator(phone),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": PATTERN}, {"type": "integer", "minimum": 10_000}]}),
]
