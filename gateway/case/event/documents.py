"""Documents of a case: their numbers (文号), and what an outcome has to bring.

A number is 机关代字, 〔year〕, running number, 号: 恩人社许〔2026〕00017号.  The brackets are 〔〕 (U+3014, U+3015).

Problems refuse what this region issues.  Doubts are told and refuse nothing: what came from elsewhere counts as it came,
and systems exist that number their notices otherwise.

Source: 党政机关公文格式 GB/T 9704-2012 §7.2.5 (发文字号: the year in 〔〕, four digits); 行政许可法 art. 38, 44.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding
from gateway.case.events import Accepted, Decided, Event, Extended, NotAccepted, SupplementRequested, Suspended
from gateway.case.kinds import Decision, DocumentKind, ResultKind
from gateway.case.texts import Text

FIRST_YEAR = 1949

REMEDIES = Text(
    "不服的, 可自收到之日起 60 日内申请行政复议, 或 6 个月内提起行政诉讼 (行政许可法第三十八条)",
    "against it: administrative review within 60 days, or a lawsuit within 6 months (行政许可法 art. 38)",
)
"""What the document of a refusal has to print (行政复议法 art. 20; 行政诉讼法 art. 46)."""

_NUMBERED: dict[type, str] = {
    Accepted: "acceptance_number",
    SupplementRequested: "notice_number",
    Suspended: "notice_number",
    Extended: "notice_number",
    Decided: "document_number",
}
"""The field of a kind of event that is a document number."""

_NOTICES = frozenset(
    {
        DocumentKind.ACCEPTANCE_NOTICE,
        DocumentKind.SUPPLEMENT_NOTICE,
        DocumentKind.NON_ACCEPTANCE_NOTICE,
        DocumentKind.SUSPENSION_NOTICE,
        DocumentKind.EXTENSION_NOTICE,
        DocumentKind.DECISION,
        DocumentKind.RETURN_NOTICE,
    }
)
"""Documents that are issued under a number of this form."""

_BRACKETED = re.compile(
    r"([\[［(（【〖「『《〈<＜{｛﹝〔])\s*([0-9０-９]{2,8})\s*年?\s*([\]］)）】〗」』》〉>＞}｝﹞〕])"
)
_HAN = "㐀-䶿一-鿿\U00020000-\U0003ffff"
_SHAPE = re.compile(
    rf"(?:[{_HAN}A-Za-z·“”]|（[{_HAN}A-Za-z0-9·]{{1,20}}）){{1,40}}〔[0-9]{{4}}〕(?:第)?[0-9]{{1,8}}(?:-[0-9]{{1,4}})?号"
)
_SAMPLE = re.compile(r"\s*[(（]示例[)）]$")
"""Sample files and demonstrations mark what they number as a sample."""

_BRACKETS = Text("文号的年份没有用六角括号〔〕", "the year of a document number stands in 〔〕 (U+3014, U+3015)")
_YEAR_DIGITS = Text("文号的年份应为四位半角数字", "the year of a document number has four half-width digits")
_YEAR = Text("文号的年份 {year} 不合理", "the year {year} of the document number is not plausible")
_YEAR_FIX = Text("核对年份", "check the year")
_FORM = Text("文号不是“机关代字〔年〕序号号”的形式", "the number is not organ, 〔year〕, running number, 号")
_FORM_FIX = Text("写成 恩人社许〔2026〕00017号 这样的形式", "write it like 恩人社许〔2026〕00017号")
_WRITE = Text("写成 {number}", "write {number}")
_OTHER_YEAR = Text(
    "文号的年份 {year} 与文书日期的年份 {day} 不同", "the number has the year {year}, the document is of {day}"
)
_OTHER_YEAR_FIX = Text("核对; 确实跨年编号的不用改", "compare; if it was numbered in another year, leave it")
_NOTHING_GIVEN = Text(
    "出证办结没有写证照名称、编号、标识, 也没有结果文件",
    "a certificate is the result, but no name, number, licence or file is given",
)
_NOTHING_GIVEN_FIX = Text(
    "填写 result_name、result_number 或 result_licence_id, 或附上结果文件",
    "give result_name, result_number or result_licence_id, or add the file as a document",
)
_NO_NUMBER = Text("准予没有写文号, 也没有写结果", "a grant without a document number and without a result")
_NO_NUMBER_FIX = Text("有决定书的填写 document_number", "give document_number if there is a document")


def _year_in(number: str) -> re.Match[str] | None:
    """Return the year in brackets: of several brackets with digits the one that is written as a year, else the last."""
    found = list(_BRACKETED.finditer(number))
    right = [one for one in found if (one[1], one[3]) == ("〔", "〕") or len(one[2]) == len("2026")]
    chosen = right or found
    return chosen[-1] if chosen else None


def number_problems(number: str, today: date) -> tuple[tuple[Text, Text], ...]:
    """Return what is wrong with a document number, each with its fix; empty when it has no year in brackets.

    Args:
        today: day in Asia/Shanghai; a number may be of the year after it at most.
    """
    return tuple(_number_problems(_SAMPLE.sub("", number), today))


def number_doubts(number: str, day: date) -> tuple[tuple[Text, Text], ...]:
    """Return what may be wrong with a document number dated on `day` (Asia/Shanghai), beside its problems."""
    plain = _SAMPLE.sub("", number)
    found = _year_in(plain)
    if found is None:
        return ((_FORM, _FORM_FIX),)
    year = int(_half(found[2]))
    if _is_plausible(year, day) and year != day.year:
        return ((_OTHER_YEAR.format(year=year, day=day.year), _OTHER_YEAR_FIX),)
    return ()


def number_findings(event: Event) -> tuple[FieldFinding, ...]:
    """Return what is wrong with the document numbers of an event that this region issues."""
    day = day_in_china(event.occurred_at)
    return tuple(
        FieldFinding(path, problem, fix)
        for path, number, _ in _numbers(event)
        for problem, fix in number_problems(number, day)
    )


def document_problems(event: Event) -> tuple[FieldFinding, ...]:
    """Return what is wrong with the numbers and the result of an event that this region issues."""
    found = list(number_findings(event))
    if _is_certificate(event) and not _has_result(event):
        found.append(FieldFinding("result_name", _NOTHING_GIVEN, _NOTHING_GIVEN_FIX))
    return tuple(found)


def document_doubts(event: Event) -> tuple[FieldFinding, ...]:
    """Return what may be wrong with the numbers and the result of an event, without its problems."""
    found = [
        FieldFinding(path, doubt, fix)
        for path, number, dated in _numbers(event)
        for doubt, fix in number_doubts(number, dated or day_in_china(event.occurred_at))
    ]
    happening = event.happening
    if isinstance(happening, Decided) and not (
        happening.document_number or _has_result(event) or _is_certificate(event)
    ):
        found.append(FieldFinding("document_number", _NO_NUMBER, _NO_NUMBER_FIX))
    return tuple(found)


def is_refusal(event: Event) -> bool:
    """Whether the applicant is told of remedies: 不予受理 and 不予 (行政许可法 art. 38)."""
    happening = event.happening
    return isinstance(happening, NotAccepted) or (
        isinstance(happening, Decided) and happening.decision is Decision.DENIED
    )


def _is_certificate(event: Event) -> bool:
    happening = event.happening
    return isinstance(happening, Decided) and happening.result_kind is ResultKind.CERTIFICATE


def _has_result(event: Event) -> bool:
    happening = event.happening
    assert isinstance(happening, Decided)
    if happening.decision is Decision.DENIED:
        return True
    named = happening.result_name or happening.result_number or happening.result_licence_id
    return bool(named) or any(one.kind is DocumentKind.RESULT for one in event.documents)


def _numbers(event: Event) -> Iterator[tuple[str, str, date | None]]:
    """Every document number of an event, with its path and the date on the document.

    Numbers of results are of other forms, such as 鄂（2026）恩施市不动产权第0000001号.
    """
    own = _NUMBERED.get(type(event.happening), "")
    if own and (number := getattr(event.happening, own)):
        yield own, number, None
    for position, one in enumerate(event.documents):
        if one.number and one.kind in _NOTICES:
            yield f"documents[{position}].number", one.number, one.dated


def _number_problems(number: str, today: date) -> Iterator[tuple[Text, Text]]:
    found = _year_in(number)
    if found is None:
        return
    year = _half(found[2])
    meant = f"{number[: found.start()]}〔{year}〕{number[found.end() :]}"
    fix = _WRITE.format(number=meant) if _SHAPE.fullmatch(meant) else _FORM_FIX
    if (found[1], found[3]) != ("〔", "〕"):
        yield _BRACKETS, fix
    if found[2] != year or len(year) != len("2026"):
        yield _YEAR_DIGITS, fix
    elif not _is_plausible(int(year), today):
        yield _YEAR.format(year=year), _YEAR_FIX
    if not _SHAPE.fullmatch(meant) and len(year) == len("2026"):
        yield _FORM, _FORM_FIX


def _is_plausible(year: int, today: date) -> bool:
    return FIRST_YEAR <= year <= today.year + 1


def _half(digits: str) -> str:
    return unicodedata.normalize("NFKC", digits)
