"""Kinds of notices, and which one an event gives rise to.

    受理 受理通知书   补正告知 一次性补正告知书   不予受理 不予受理通知书   特别程序 特别程序告知书   延长 延长期限告知书
    办结 办结通知书 (准予 or 不予)   退件 退件通知书   any of them, and 领取登记: 送达回证   收件 收件凭证

Leaves to others: what a notice says (`wording`, `facts`), numbers (`flows.notices.numbering`).

Source: 行政许可法 art. 32, 38, 42, 44, 45.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from gateway.case.events import (
    Accepted,
    Decided,
    Delivered,
    Document,
    Event,
    Extended,
    NotAccepted,
    Returned,
    SupplementRequested,
    Suspended,
)
from gateway.case.kinds import Decision, DocumentKind
from gateway.case.texts import Text


class NoticeKind(Enum):
    """A kind of paper for the applicant."""

    SLIP = "slip"
    ACCEPTANCE = "acceptance"
    SUPPLEMENT = "supplement"
    NON_ACCEPTANCE = "non_acceptance"
    SUSPENSION = "suspension"
    EXTENSION = "extension"
    GRANTED = "granted"
    DENIED = "denied"
    RETURNED = "returned"
    DELIVERY = "delivery"


NOTICE_NAMES: Mapping[NoticeKind, Text] = {
    NoticeKind.SLIP: Text("收件凭证", "Receipt for the application"),
    NoticeKind.ACCEPTANCE: Text("受理通知书", "Notice of acceptance"),
    NoticeKind.SUPPLEMENT: Text("一次性补正告知书", "Supplement notice"),
    NoticeKind.NON_ACCEPTANCE: Text("不予受理通知书", "Notice of non-acceptance"),
    NoticeKind.SUSPENSION: Text("特别程序告知书", "Notice of a special procedure"),
    NoticeKind.EXTENSION: Text("延长期限告知书", "Notice of an extension"),
    NoticeKind.GRANTED: Text("办结通知书(准予)", "Notice of the end (granted)"),
    NoticeKind.DENIED: Text("办结通知书(不予)", "Notice of the end (denied)"),
    NoticeKind.RETURNED: Text("退件通知书", "Notice of return"),
    NoticeKind.DELIVERY: Text("送达回证", "Record of delivery"),
}
DOCUMENT_OF: Mapping[NoticeKind, DocumentKind] = {
    NoticeKind.ACCEPTANCE: DocumentKind.ACCEPTANCE_NOTICE,
    NoticeKind.SUPPLEMENT: DocumentKind.SUPPLEMENT_NOTICE,
    NoticeKind.NON_ACCEPTANCE: DocumentKind.NON_ACCEPTANCE_NOTICE,
    NoticeKind.SUSPENSION: DocumentKind.SUSPENSION_NOTICE,
    NoticeKind.EXTENSION: DocumentKind.EXTENSION_NOTICE,
    NoticeKind.GRANTED: DocumentKind.OTHER,
    NoticeKind.DENIED: DocumentKind.OTHER,
    NoticeKind.RETURNED: DocumentKind.RETURN_NOTICE,
    NoticeKind.DELIVERY: DocumentKind.DELIVERY_RECORD,
}
"""As which document an event carries it."""
ENDS = frozenset({NoticeKind.GRANTED, NoticeKind.DENIED})
END_TITLE = "办结通知书"
"""By its title it is told from other papers: the end of a case has a decision of its own beside the notice."""
UNNUMBERED = frozenset({NoticeKind.SLIP, NoticeKind.DELIVERY})
"""Papers without a number of their own: one has that of the case, the other those of what was delivered."""

_OF_EVENTS: Mapping[type, NoticeKind] = {
    Accepted: NoticeKind.ACCEPTANCE,
    SupplementRequested: NoticeKind.SUPPLEMENT,
    NotAccepted: NoticeKind.NON_ACCEPTANCE,
    Suspended: NoticeKind.SUSPENSION,
    Extended: NoticeKind.EXTENSION,
    Returned: NoticeKind.RETURNED,
    Delivered: NoticeKind.DELIVERY,
}
NUMBER_FIELD: Mapping[type, str] = {
    Accepted: "acceptance_number",
    SupplementRequested: "notice_number",
    Suspended: "notice_number",
    Extended: "notice_number",
}
"""The field of an event that is the number of its notice; other events carry it with the document."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """A notice that an event gives rise to, the event as it stands now."""

    kind: NoticeKind
    event: Event


def notice_of(event: Event) -> NoticeKind | None:
    """Return the notice an event gives rise to; None when the applicant is told nothing on paper."""
    happening = event.happening
    if isinstance(happening, Decided):
        return NoticeKind.GRANTED if happening.decision is Decision.GRANTED else NoticeKind.DENIED
    return _OF_EVENTS.get(type(happening))


def number_in(event: Event) -> str:
    """Return the number of the notice that an event carries; empty when it carries none."""
    field = NUMBER_FIELD.get(type(event.happening), "")
    if field and (number := str(getattr(event.happening, field))):
        return number
    return next((one.number for one in papers_of(event) if one.number), "")


def papers_of(event: Event) -> tuple[Document, ...]:
    """Return the documents of an event that are its notice, such as the sealed file its department made."""
    kind = notice_of(event)
    wanted = DOCUMENT_OF[kind] if kind else None
    return tuple(one for one in event.documents if one.kind is wanted and (kind not in ENDS or one.title == END_TITLE))
