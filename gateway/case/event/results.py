"""How a result reaches the applicant (寄出, 领取登记) and how the service is judged (好差评): what each has to say.

Source: 行政许可法 art. 44 (delivery); GB/T 39735-2020 and 国办发〔2019〕51号 (一次一评: each service is evaluated once, in a
cross-region case both sides).
"""

from collections.abc import Iterable, Iterator
from datetime import date

from gateway.case.code.identifiers import certificate_problems
from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding
from gateway.case.event.history import History, first_versions
from gateway.case.events import Delivered, Evaluated, Event, ResultSent
from gateway.case.kinds import Satisfaction
from gateway.case.model import DeliveryWay
from gateway.case.states import Party
from gateway.case.texts import Text

LEVEL_NAMES: dict[Satisfaction, Text] = {
    Satisfaction.VERY_SATISFIED: Text("非常满意", "very satisfied"),
    Satisfaction.SATISFIED: Text("满意", "satisfied"),
    Satisfaction.FAIR: Text("基本满意", "fairly satisfied"),
    Satisfaction.DISSATISFIED: Text("不满意", "dissatisfied"),
    Satisfaction.VERY_DISSATISFIED: Text("非常不满意", "very dissatisfied"),
}
"""Levels of GB/T 39046-2020 A.8, where 1 is the best.  Systems exist in which 5 is: so only words are exchanged, and the
digits of a system are a table in its file."""

WAY_NAMES: dict[DeliveryWay, Text] = {
    DeliveryWay.ORIGIN_WINDOW: Text("收件地窗口", "at the origin's window"),
    DeliveryWay.HANDLER_WINDOW: Text("业务属地窗口", "at the handler's window"),
    DeliveryWay.MAIL: Text("邮寄", "by mail"),
    DeliveryWay.ELECTRONIC: Text("电子送达", "electronically"),
}

MOST_SERVICES = 99
"""Services of one case that can be evaluated."""

_MAIL_NEEDS = Text("邮寄须填写", "dispatch by mail needs it")
_MAIL_FIX = Text("照邮寄单填写", "copy it from the waybill")
_NUMBER_ALONE = Text("有证件号码, 没有证件类型", "a certificate number without its kind")
_KIND_ALONE = Text("有证件类型, 没有证件号码", "a kind of certificate without its number")
_BOTH = Text("两项都写, 或都不写", "give both, or neither")
_COMPARE = Text("对照领取人的证件核对", "compare it with the certificate of who took it")
_THEIR_WINDOW = Text(
    "在业务属地窗口领取的, 由业务属地登记", "what was handed over at the handler's window is registered by the handler"
)
_OTHER_WAY = Text("核对领取方式", "check the way")
_NOT_SHOWN = Text("窗口领取没有记录领取人证件", "handed over at a window without the recipient's certificate")
_NOT_SHOWN_FIX = Text("更正时补上证件类型和号码", "add kind and number in a correction")
_MOST = Text("服务次数超过 {most}", "the service number exceeds {most}")
_MOST_FIX = Text("填写第几次服务, 从 1 起", "give which service of this case it was, from 1")


def handing_findings(event: Event, party: Party) -> tuple[FieldFinding, ...]:
    """Return what is wrong with a dispatch, a hand-over or an evaluation made by `party`."""
    return tuple(_findings(event, party, day_in_china(event.occurred_at)))


def handing_doubts(event: Event) -> tuple[FieldFinding, ...]:
    """Return what is told about a hand-over and refuses nothing."""
    happening = event.happening
    at_window = isinstance(happening, Delivered) and happening.way in {
        DeliveryWay.ORIGIN_WINDOW,
        DeliveryWay.HANDLER_WINDOW,
    }
    if at_window and isinstance(happening, Delivered) and not happening.certificate_number:
        return (FieldFinding("certificate_number", _NOT_SHOWN, _NOT_SHOWN_FIX),)
    return ()


def is_evaluated(events: Iterable[Event], number: int) -> bool:
    """Whether this service of the case is evaluated already (一次一评)."""
    return any(
        isinstance(event.happening, Evaluated) and event.happening.service_number == number
        for event in first_versions(events)
    )


def is_sent_to_origin(history: History) -> bool:
    """Whether the handler sent the result to the origin's window, which asks it to hand the result over."""
    return any(
        isinstance(past.event.happening, ResultSent)
        and past.party is Party.HANDLER
        and past.event.happening.way is DeliveryWay.ORIGIN_WINDOW
        for past in history
    )


def _findings(event: Event, party: Party, today: date) -> Iterator[FieldFinding]:
    happening = event.happening
    if isinstance(happening, ResultSent) and happening.way is DeliveryWay.MAIL:
        for name in ("carrier", "tracking_number"):
            if not getattr(happening, name).strip():
                yield FieldFinding(name, _MAIL_NEEDS, _MAIL_FIX)
    if isinstance(happening, Delivered):
        yield from _recipient(happening, today)
        if happening.way is DeliveryWay.HANDLER_WINDOW and party is Party.ORIGIN:
            yield FieldFinding("way", _THEIR_WINDOW, _OTHER_WAY)
    if isinstance(happening, Evaluated) and happening.service_number > MOST_SERVICES:
        yield FieldFinding("service_number", _MOST.format(most=MOST_SERVICES), _MOST_FIX)


def _recipient(taken: Delivered, today: date) -> Iterator[FieldFinding]:
    if taken.certificate_number and taken.certificate_kind is None:
        yield FieldFinding("certificate_kind", _NUMBER_ALONE, _BOTH)
    elif taken.certificate_kind is not None and not taken.certificate_number:
        yield FieldFinding("certificate_number", _KIND_ALONE, _BOTH)
    elif taken.certificate_kind is not None:
        for problem in certificate_problems(taken.certificate_kind, taken.certificate_number, today):
            yield FieldFinding("certificate_number", problem.text, _COMPARE)
