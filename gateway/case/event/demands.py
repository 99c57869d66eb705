"""What an event must carry besides its kind: reasons, lists, texts.

Source: 行政许可法 art. 32, 38, 42, 45; domain practice of provincial front databases (exitres is mandatory).
"""

from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding
from gateway.case.events import (
    Accepted,
    Decided,
    Event,
    Extended,
    HandledOffline,
    NotAccepted,
    Note,
    Returned,
    Supplemented,
    SupplementRequested,
    Suspended,
    Voided,
)
from gateway.case.kinds import Decision
from gateway.case.texts import Text

_NEEDS_REASON = (NotAccepted, Suspended, Extended, Returned, Voided, HandledOffline)


def event_findings(event: Event) -> tuple[FieldFinding, ...]:
    """Return everything an event lacks."""
    happening = event.happening
    found: list[FieldFinding] = []
    denied = isinstance(happening, Decided) and happening.decision is Decision.DENIED
    if (isinstance(happening, _NEEDS_REASON) or denied) and not event.reason.strip():
        found.append(_lacks("reason", "缺少理由", "a reason is missing"))
    promised = happening.promised_date if isinstance(happening, Accepted) and not event.corrects else None
    if promised and promised < day_in_china(event.occurred_at):
        early = Text("承诺日期早于受理当天", "the promised date is before the day of acceptance")
        found.append(FieldFinding("promised_date", early, Text("核对日期", "check the date")))
    if isinstance(happening, SupplementRequested) and not happening.requirements:
        found.append(_lacks("requirements", "补正告知没有列出任何一项", "the notice lists nothing"))
    if isinstance(happening, Supplemented) and not (happening.materials or happening.form_json):
        found.append(
            _lacks("materials", "补正没有材料也没有表单", "the supplement brings neither materials nor a form")
        )
    if isinstance(happening, Extended) and not happening.approver.strip():
        found.append(_lacks("approver", "延长没有批准人", "the extension names no approver"))
    if isinstance(happening, Note) and not happening.text.strip():
        found.append(_lacks("text", "留言是空的", "the note is empty"))
    return tuple(found)


def _lacks(path: str, problem_zh: str, problem_en: str) -> FieldFinding:
    return FieldFinding(path, Text(problem_zh, problem_en), Text("补上后重新提交", "supply it and submit again"))
