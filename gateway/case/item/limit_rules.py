"""What an item promises in time: kind of case, legal, promised and acceptance limits.

Limits in different units are never converted.  They are compared where the answer is certain all the same: n working
days last at least n calendar days, a calendar day has 24 hours.  Where it is not certain, that is said as a doubt.

Source: 行政许可法 art. 32 (five days), 42 (twenty days, forty-five for joint handling), 82 (days are working days);
GB/T 39046-2020 A.6.
"""

import math
from collections.abc import Iterator

from gateway.case.errors import FieldFinding
from gateway.case.item.definition import CaseType, ItemDefinition, TimeLimit, TimeUnit
from gateway.case.model import Mode
from gateway.case.texts import Text

NOTICE_DAYS = 5
"""行政许可法 art. 32 (4): to accept or to ask for everything missing."""
LICENSING_DAYS = 20
"""行政许可法 art. 42 (1)."""
JOINT_DAYS = 45
"""行政许可法 art. 42 (2), joint handling."""
LONGEST_LIMIT = 3650


def problems(definition: ItemDefinition) -> Iterator[FieldFinding]:
    """Yield contradictions among limits and the kind of case."""
    promised, legal, acceptance = definition.promised_limit, definition.legal_limit, definition.acceptance_limit
    for name, limit in (("legal_limit", legal), ("promised_limit", promised), ("acceptance_limit", acceptance)):
        if limit is not None and not 0 <= limit.amount <= LONGEST_LIMIT:
            yield FieldFinding(name, _LIMIT_RANGE.format(most=LONGEST_LIMIT), _LIMIT_RANGE_FIX)
    immediate = definition.case_type is CaseType.IMMEDIATE
    if immediate and promised is not None and promised.amount != 0:
        yield FieldFinding("case_type", _NOT_AT_ONCE.format(limit=limit_text(promised)), _NOT_AT_ONCE_FIX)
    if promised is not None and promised.amount == 0 and not immediate:
        yield FieldFinding("case_type", *_AT_ONCE_BUT_NOT_SAID)
    if promised is None and definition.case_type is CaseType.PROMISED:
        yield FieldFinding("promised_limit", *_NO_PROMISE)
    if promised is not None and legal is not None and exceeds(promised, legal):
        said = _OVER_LEGAL.format(promised=limit_text(promised), legal=limit_text(legal))
        yield FieldFinding("promised_limit", said, _OVER_LEGAL_FIX)
    if definition.is_licensing and acceptance is not None:
        over = exceeds(acceptance, TimeLimit(NOTICE_DAYS))
        if over:
            yield FieldFinding("acceptance_limit", _OVER_NOTICE.format(limit=limit_text(acceptance)), _OVER_NOTICE_FIX)


def doubts(definition: ItemDefinition) -> Iterator[FieldFinding]:
    """Yield limits that cannot be compared, and limits of licences beyond the rule of the law."""
    promised, legal, acceptance = definition.promised_limit, definition.legal_limit, definition.acceptance_limit
    if promised is not None and legal is not None and exceeds(promised, legal) is None:
        said = _NOT_COMPARABLE.format(first=limit_text(promised), second=limit_text(legal))
        yield FieldFinding("promised_limit", said, _NOT_COMPARABLE_FIX)
    if not definition.is_licensing:
        return
    ceiling = JOINT_DAYS if Mode.JOINT in definition.modes else LICENSING_DAYS
    if legal is not None and exceeds(legal, TimeLimit(ceiling)) is not False:
        said = _OVER_LICENSING.format(limit=limit_text(legal), ceiling=ceiling)
        yield FieldFinding("legal_limit", said, _OVER_LICENSING_FIX)
    if acceptance is not None and exceeds(acceptance, TimeLimit(NOTICE_DAYS)) is None:
        said = _NOT_COMPARABLE.format(first=limit_text(acceptance), second=limit_text(TimeLimit(NOTICE_DAYS)))
        yield FieldFinding("acceptance_limit", said, _OVER_NOTICE_FIX)


def exceeds(limit: TimeLimit, bound: TimeLimit) -> bool | None:
    """Return whether `limit` is longer than `bound` in every case, or None where the calendar decides."""
    if limit.unit is bound.unit:
        return limit.amount > bound.amount
    low, high = _hours(limit)
    bound_low, bound_high = _hours(bound)
    if low > bound_high:
        return True
    return False if high <= bound_low else None


def _hours(limit: TimeLimit) -> tuple[float, float]:
    """Return the least and the most hours a limit may last; weekends and holidays have no bound here."""
    hours = float(limit.amount if limit.unit is TimeUnit.HOUR else limit.amount * 24)
    endless = limit.unit is TimeUnit.WORKING_DAY and limit.amount > 0
    return hours, math.inf if endless else hours


def limit_text(limit: TimeLimit) -> Text:
    """Return a limit as clerks write it: 即办, 20 个工作日."""
    if limit.amount == 0:
        return Text("即办", "at once")
    return _UNITS[limit.unit].format(amount=limit.amount)


_UNITS = {
    TimeUnit.WORKING_DAY: Text("{amount} 个工作日", "{amount} working days"),
    TimeUnit.CALENDAR_DAY: Text("{amount} 个自然日", "{amount} calendar days"),
    TimeUnit.HOUR: Text("{amount} 小时", "{amount} hours"),
}
_LIMIT_RANGE = Text("时限应在 0 至 {most} 之间", "a limit is between 0 and {most}")
_LIMIT_RANGE_FIX = Text("0 表示即办; 核对数字和单位", "0 means at once; check number and unit")
_NOT_AT_ONCE = Text(
    "办件类型是即办件, 承诺时限却是{limit}", "it is decided at once (即办件), yet the promised limit is {limit}"
)
_NOT_AT_ONCE_FIX = Text(
    "即办件的承诺时限写 0, 否则改为承诺件; 有的系统 1 是承诺件、2 是即办件, 建议写文字",
    "promise 0, or make it 承诺件; some systems have codes 1 and 2 reversed, so write the word",
)
_AT_ONCE_BUT_NOT_SAID = (
    Text("承诺时限是即办 (0), 办件类型却不是即办件", "the promised limit is 0 (at once), yet it is no 即办件"),
    Text("办件类型改为即办件, 或写明承诺时限", "make it 即办件, or state the promised limit"),
)
_NO_PROMISE = (
    Text("承诺件没有写承诺时限", "a 承诺件 has no promised limit"),
    Text("写明承诺时限和单位", "give the promised limit with its unit"),
)
_OVER_LEGAL = Text(
    "承诺时限{promised}长于法定时限{legal}", "the promised limit ({promised}) is above the legal ({legal})"
)
_OVER_LEGAL_FIX = Text(
    "承诺时限不得超过法定时限; 法律没有规定时限的, 法定时限留空",
    "promise no more than the law allows; leave the legal limit empty where the law sets none",
)
_NOT_COMPARABLE = Text(
    "{first}与{second}单位不同, 无法比较长短", "{first} and {second} have different units and cannot be compared"
)
_NOT_COMPARABLE_FIX = Text(
    "两个时限用同一单位, 最好用工作日", "state both limits in one unit, working days if possible"
)
_OVER_LICENSING = Text(
    "行政许可的法定时限是{limit}, 一般不超过 {ceiling} 个工作日 (行政许可法第四十二条)",
    "the legal limit of a licence is {limit}; {ceiling} working days are the rule (行政许可法 art. 42)",
)
_OVER_LICENSING_FIX = Text(
    "确认法律、行政法规另有规定, 或属联合办理 (45 个工作日)",
    "make sure that a law says so, or that it is handled jointly (45 working days)",
)
_OVER_NOTICE = Text(
    "行政许可的受理时限是{limit}, 超过 5 个工作日 (行政许可法第三十二条)",
    "a licence has {limit} to be accepted, above five working days (行政许可法 art. 32)",
)
_OVER_NOTICE_FIX = Text("受理时限不得超过 5 个工作日", "five working days are the most")
