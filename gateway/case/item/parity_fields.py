"""事项一致, 流程一致, 时限一致: whether two regions' definitions of an item say the same, materials left out.

What one side does not state is told, and weighs little: nobody is treated differently by a blank.

Source: the fields of GB/T 39554.2-2020; 行政许可法 art. 32 (five days) and 42; the severities are this module's own, each said in `why`.
"""

import re
from collections.abc import Hashable, Iterable, Iterator

from gateway.case.item.definition import LICENSING, NATIONAL, HandlingItem, ItemDefinition, ItemStep, TimeLimit
from gateway.case.item.differences import NOT_STATED, NOTHING, Difference, Dimension, Severity, joined, said, word
from gateway.case.item.limit_rules import exceeds, limit_text
from gateway.case.item.material_names import material_key, may_be_same
from gateway.case.item.words import CASE_TYPE_TEXT, OBJECT_TEXT, STEP_TEXT, SUSPENSION_TEXT, WAY_TEXT
from gateway.case.kinds import StepKind
from gateway.case.texts import Text

_NOTICE_LIMIT = TimeLimit(5)
_SERIOUS, _MINOR, _NOTE = Severity.SERIOUS, Severity.MINOR, Severity.NOTE
_BLANK = Text("一方没有写明", "one side does not state it")


def item_differs(ours: ItemDefinition, theirs: ItemDefinition) -> Iterator[Difference]:
    """Yield the differences of 事项一致."""

    def differ(field: str, one: Text, other: Text, severity: Severity, why: Text, subject: str = "") -> Difference:
        return Difference(Dimension.ITEM, field, one, other, severity, why, subject)

    if ours.basic_code != theirs.basic_code:
        national = ours.basic_code.startswith(NATIONAL) and theirs.basic_code.startswith(NATIONAL)
        yield differ(
            "basic_code",
            word(ours.basic_code),
            word(theirs.basic_code),
            _SERIOUS if national else _NOTE,
            Text("国家基本编码不同, 不是同一事项", "other national codes: these are not the same item")
            if national
            else Text(
                "省级编码本来不同, 靠协议中的对应关系", "provinces number differently; the agreement maps the codes"
            ),
        )
    if material_key(ours.name) != material_key(theirs.name):
        near = may_be_same(ours.name, theirs.name)
        yield differ("name", word(ours.name), word(theirs.name), _NOTE if near else _MINOR, _WORDING if near else _NAME)
    if ours.item_type != theirs.item_type:
        law = LICENSING in {ours.item_type, theirs.item_type}
        why = _LAW if law else Text("事项类型不同", "another type of item")
        yield differ("item_type", word(ours.item_type), word(theirs.item_type), _SERIOUS if law else _MINOR, why)
    if ours.fee_charged != theirs.fee_charged:
        two = said(
            ours,
            theirs,
            lambda side: Text(side.fee_basis or "是", side.fee_basis or "yes") if side.fee_charged else NOTHING,
        )
        yield differ("fee", *two, _MINOR, Text("一地收费, 另一地不收", "a fee in one place and none in the other"))
    yield from _handling_items(ours.handling_items, theirs.handling_items)
    if set(ours.service_objects) != set(theirs.service_objects):
        severity = _weight(ours.service_objects, theirs.service_objects, apart=_SERIOUS)
        yield differ(
            "service_objects",
            joined(OBJECT_TEXT[one] for one in sorted(ours.service_objects)),
            joined(OBJECT_TEXT[one] for one in sorted(theirs.service_objects)),
            severity,
            _BLANK if severity is _NOTE else Text("服务对象不同", "offered to others"),
        )
    bases, others = _keys(ours.legal_bases), _keys(theirs.legal_bases)
    if bases != others:
        severity = _NOTE if bases & others or not bases or not others else _MINOR
        two = said(ours, theirs, lambda side: joined(map(word, sorted(side.legal_bases))))
        yield differ(
            "legal_bases",
            *two,
            severity,
            Text("设定依据不同, 地方性依据可以不同", "other legal bases; local ones may differ"),
        )


def process_differs(ours: ItemDefinition, theirs: ItemDefinition) -> Iterator[Difference]:
    """Yield the differences of 流程一致."""

    def differ(field: str, one: Text, other: Text, severity: Severity, why: Text, subject: str = "") -> Difference:
        return Difference(Dimension.PROCESS, field, one, other, severity, why, subject)

    yield from _steps(ours.steps, theirs.steps)
    if set(ours.ways) != set(theirs.ways):
        severity = _weight(ours.ways, theirs.ways, apart=_SERIOUS)
        yield differ(
            "ways",
            joined(WAY_TEXT[one] for one in sorted(ours.ways)),
            joined(WAY_TEXT[one] for one in sorted(theirs.ways)),
            severity,
            _BLANK if severity is _NOTE else Text("办理形式不同", "other ways to apply"),
        )
    if ours.visits != theirs.visits:
        blank = None in {ours.visits, theirs.visits}
        none = 0 in {ours.visits, theirs.visits}
        two = said(ours, theirs, lambda side: NOT_STATED if side.visits is None else word(str(side.visits)))
        yield differ(
            "visits",
            *two,
            _NOTE if blank else _SERIOUS if none else _MINOR,
            _BLANK
            if blank
            else Text("一地不用跑, 另一地要到现场", "nobody has to come in one place, and somebody has to in the other")
            if none
            else Text("到现场次数不同", "applicants come another number of times"),
        )
    elif ours.visits and material_key(ours.visits_reason) != material_key(theirs.visits_reason):
        yield differ("visits_reason", word(ours.visits_reason), word(theirs.visits_reason), _NOTE, _WORDING)
    if ours.online_depth != theirs.online_depth:
        blank = 0 in {ours.online_depth, theirs.online_depth}
        two = said(ours, theirs, lambda side: word(str(side.online_depth)) if side.online_depth else NOT_STATED)
        why = _BLANK if blank else Text("网办深度不同", "another depth of online service")
        yield differ("online_depth", *two, _NOTE if blank else _MINOR, why)


def limits_differ(ours: ItemDefinition, theirs: ItemDefinition) -> Iterator[Difference]:
    """Yield the differences of 时限一致."""

    def differ(field: str, one: Text, other: Text, severity: Severity, why: Text) -> Difference:
        return Difference(Dimension.LIMITS, field, one, other, severity, why)

    legal = tuple(limit for limit in (ours.legal_limit, theirs.legal_limit) if limit)
    for field, one, other in (
        ("legal_limit", ours.legal_limit, theirs.legal_limit),
        ("promised_limit", ours.promised_limit, theirs.promised_limit),
        ("acceptance_limit", ours.acceptance_limit, theirs.acceptance_limit),
    ):
        if not _same_limit(one, other):
            severity, why = _weigh_limit(field, one, other, legal)
            yield differ(field, _limit(one), _limit(other), severity, why)
    if ours.case_type is not theirs.case_type:
        why = Text("办件类型不同", "another kind of case")
        yield differ("case_type", CASE_TYPE_TEXT[ours.case_type], CASE_TYPE_TEXT[theirs.case_type], _MINOR, why)
    if set(ours.special_procedures) != set(theirs.special_procedures):
        some = bool(ours.special_procedures and theirs.special_procedures)
        two = said(
            ours,
            theirs,
            lambda side: joined(sorted((SUSPENSION_TEXT[one] for one in set(side.special_procedures)), key=str)),
        )
        why = (
            Text("特别程序的种类不同", "other kinds of special procedures")
            if some
            else Text(
                "只有一方有特别程序, 期间不计时限", "only one side has special procedures, during which no time counts"
            )
        )
        yield differ("special_procedures", *two, _NOTE if some else _MINOR, why)


def _weigh_limit(
    field: str, one: TimeLimit | None, other: TimeLimit | None, legal: tuple[TimeLimit, ...]
) -> tuple[Severity, Text]:
    if one is None or other is None:
        return (_NOTE if field == "acceptance_limit" else _MINOR), _BLANK
    both = (one, other)
    if field == "legal_limit":
        return _SERIOUS, Text(
            "法定时限不同: 至少一方与法律不符", "other legal limits: at least one side is not what the law says"
        )
    if field == "promised_limit" and any(exceeds(limit, bound) for limit in both for bound in legal):
        return _SERIOUS, Text("较长的承诺时限超过法定时限", "the longer promise exceeds the legal limit")
    if field == "acceptance_limit" and any(exceeds(limit, _NOTICE_LIMIT) for limit in both):
        return _SERIOUS, Text(
            "一方受理时限超过 5 日 (行政许可法第三十二条)", "one side takes more than 5 days to accept (art. 32)"
        )
    if one.unit is not other.unit:
        return _MINOR, Text("单位不同, 不换算", "other units, which are not converted")
    return _MINOR, Text("都在法定时限以内, 长短不同", "both within the legal limit, one longer")


def _same_limit(one: TimeLimit | None, other: TimeLimit | None) -> bool:
    # At once is at once in every unit.
    return one == other or (one is not None and other is not None and one.amount == other.amount == 0)


def _limit(limit: TimeLimit | None) -> Text:
    return limit_text(limit) if limit else NOT_STATED


def _handling_items(ours: tuple[HandlingItem, ...], theirs: tuple[HandlingItem, ...]) -> Iterator[Difference]:
    if not ours or not theirs:
        if ours or theirs:
            two = said(ours, theirs, lambda side: joined(word(one.name or one.code) for one in side))
            yield Difference(Dimension.ITEM, "handling_items", *two, _NOTE, _BLANK)
        return
    # Codes hold the implementing body and never agree between two places; sequences are each region's own.
    names = [{material_key(one.name) or one.code[-2:]: one for one in side} for side in (ours, theirs)]
    for key in sorted(names[0].keys() ^ names[1].keys()):
        here, there = names[0].get(key), names[1].get(key)
        subject = next(one.name or one.code for one in (here, there) if one)
        two = (word(subject), NOTHING) if here else (NOTHING, word(subject))
        why = Text("只有一方有这个业务办理项", "only one side has this handling item")
        yield Difference(Dimension.ITEM, "handling_items", *two, _MINOR, why, subject)


def _steps(ours: tuple[ItemStep, ...], theirs: tuple[ItemStep, ...]) -> Iterator[Difference]:
    def differ(
        one: Text, other: Text, severity: Severity, why: Text, subject: str = "", field: str = "steps"
    ) -> Difference:
        return Difference(Dimension.PROCESS, field, one, other, severity, why, subject)

    if not ours or not theirs:
        if ours or theirs:
            yield differ(*said(ours, theirs, _in_order), _NOTE, _BLANK)
        return
    sides = [_by_key(side) for side in (ours, theirs)]
    for key in sorted(sides[0].keys() | sides[1].keys()):
        one, other = sides[0].get(key), sides[1].get(key)
        if one is None or other is None:
            step = one or other
            assert step, "the key came from one of them"
            named = STEP_TEXT[step.kind] if step.kind is not StepKind.OTHER else word(step.name)
            two = (named, NOTHING) if one else (NOTHING, named)
            yield differ(*two, _MINOR, Text("只有一方有这个环节", "only one side has this step"), named.zh)
        elif not _same_limit(one.limit, other.limit):
            severity = _NOTE if one.limit is None or other.limit is None else _MINOR
            why = _BLANK if severity is _NOTE else Text("环节时限不同", "another limit for this step")
            yield differ(
                _limit(one.limit), _limit(other.limit), severity, why, min(one.name, other.name), "steps.limit"
            )
    orders = [[key for key in side if key in sides[0] and key in sides[1]] for side in sides]
    if orders[0] != orders[1]:
        why = Text("环节顺序不同", "the steps come in another order")
        yield differ(*said(ours, theirs, _in_order), _NOTE, why, field="steps.order")


def _by_key(steps: tuple[ItemStep, ...]) -> dict[tuple[str, str, int], ItemStep]:
    """Return steps by what they are: a kind, whatever it is called (审查, 审核), and how many of it came before."""
    found: dict[tuple[str, str, int], ItemStep] = {}
    for step in steps:
        name = material_key(step.name) if step.kind is StepKind.OTHER else ""
        before = sum(key[:2] == (step.kind.value, name) for key in found)
        found[step.kind.value, name, before] = step
    return found


def _in_order(steps: tuple[ItemStep, ...]) -> Text:
    return joined(word(step.name) if step.kind is StepKind.OTHER else STEP_TEXT[step.kind] for step in steps)


def _keys(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(map(basis_key, texts))


def basis_key(basis: str) -> str:
    """Return the form in which legal bases are compared: no 中华人民共和国, articles in digits."""
    plain = _ARTICLE.sub(lambda found: f"第{_number(found[1])}{found[2]}", basis)
    return material_key(plain.replace("中华人民共和国", ""))


def _number(said: str) -> str:
    total = digit = 0
    for char in said:
        if char in _TENS:
            total, digit = total + (digit or 1) * _TENS[char], 0
        else:
            digit = _ONES.index(char)
    return str(total + digit)


_ONES = "零一二三四五六七八九"
_TENS = {"十": 10, "百": 100, "千": 1000}
_ARTICLE = re.compile("第([零一二三四五六七八九十百千]{1,9})([条款项章])")


def _weight(ours: Iterable[Hashable], theirs: Iterable[Hashable], *, apart: Severity) -> Severity:
    """Return what two differing sets weigh: `apart` when they share nothing, little when one says nothing."""
    one, other = set(ours), set(theirs)
    if not one or not other:
        return _NOTE
    return _MINOR if one & other else apart


_WORDING = Text("文字不同, 请核对是否有实质差别", "worded differently: have a look")
_NAME = Text("事项名称不同", "another name")
_LAW = Text("一方是行政许可, 另一方不是: 适用的法律不同", "a licence in one place only: other law binds")
