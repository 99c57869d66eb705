"""Answers of a licence platform, read strictly: whatever is not understood is no answer.

    {"head": {"status": "0", "message": "…"},
     "data": {"type", "name", "holder", "holderCode", "number", "issuer", "validFrom", "validTo", "state", …}}

The answer to a list of somebody's licences has a list of such data, each with its `identifier`.  `data` that is null or empty says that there is no such licence.  What is not named here is not read.

Source: GB/T 36906-2018 (head and data, states 01 to 99); public code of provincial windows (`status` "0" is success).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.case.code.licences import licence_id_problems
from gateway.case.licence_verdicts import LicenceState, Why

DONE = "0"
LONGEST_NAME = 100
MOST_LISTED = 50
"""Licences of one kind that one holder has."""
_DAY = re.compile(r"([0-9]{4})[-/.年]?([0-9]{2})[-/.月]?([0-9]{2})日?(?:[ T][0-9:.]{5,12})?")
_ENDLESS = frozenset({"", "长期", "长期有效", "永久", "9999-12-31", "99991231"})


class OddAnswer(Exception):
    """An answer that is not understood; `why` says whether the platform refused, or said something unknown."""

    def __init__(self, why: Why = Why.ODD_ANSWER) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class PlatformLicence:
    """What the platform says about a licence; `state` is None where it did not say."""

    type_code: str
    name: str
    holder: str
    holder_code: str
    state: LicenceState | None
    valid_from: date | None
    valid_to: date | None
    issuer: str = ""


def data_of(raw: bytes) -> Mapping[str, Any] | None:
    """Return the data of an answer; None when the platform has no such licence.

    Raises:
        OddAnswer: no JSON, no head, another shape; REJECTED when the platform refused.
    """
    data = _content(raw)
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if data is None or data in ([], {}, ""):
        return None
    if not isinstance(data, dict):
        raise OddAnswer
    return data


def listed_in(raw: bytes) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Return the licences that an answer lists, each with its identifier; at most `MOST_LISTED`.

    Raises:
        OddAnswer: no list, more of them, an entry without a right identifier; REJECTED when the platform refused.
    """
    data = _content(raw)
    if data is None or data in ({}, ""):
        return ()
    listed = [data] if isinstance(data, dict) else data
    if not isinstance(listed, list) or len(listed) > MOST_LISTED:
        raise OddAnswer
    found = []
    for one in listed:
        if not isinstance(one, dict) or licence_id_problems(identifier := _text(one, "identifier")):
            raise OddAnswer
        found.append((identifier, one))
    return found


def _content(raw: bytes) -> Any:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        raise OddAnswer from None
    head = answer.get("head") if isinstance(answer, dict) else None
    if not isinstance(head, dict) or not isinstance(head.get("status"), str | int) or "data" not in answer:
        raise OddAnswer
    if str(head["status"]) != DONE:
        raise OddAnswer(Why.REJECTED)
    return answer["data"]


def licence_of(data: Mapping[str, Any]) -> PlatformLicence:
    """Return the licence that data describe.

    Raises:
        OddAnswer: a field is of another kind, a state or a day is unknown.
    """
    return PlatformLicence(
        type_code=_text(data, "type"),
        name=" ".join(_text(data, "name").split())[:LONGEST_NAME],
        holder=_text(data, "holder"),
        holder_code=_text(data, "holderCode"),
        state=state_of(data),
        valid_from=_day(data, "validFrom"),
        valid_to=_day(data, "validTo"),
        issuer=_text(data, "issuer")[:LONGEST_NAME],
    )


def state_of(data: Mapping[str, Any]) -> LicenceState | None:
    """Return the state that data name; None when they name none.

    Raises:
        OddAnswer: a state that is not in GB/T 36906.
    """
    code = _text(data, "state")
    if not code:
        return None
    try:
        return LicenceState(code)
    except ValueError:
        raise OddAnswer from None


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise OddAnswer
    return value.strip()


def _day(data: Mapping[str, Any], key: str) -> date | None:
    text = _text(data, key)
    if text in _ENDLESS:
        return None
    found = _DAY.fullmatch(text)
    if found is None:
        raise OddAnswer
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise OddAnswer from None
