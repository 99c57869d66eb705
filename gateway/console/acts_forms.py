"""What people are asked for each kind of event: one table, kind → fields, from the vocabulary of `gateway.case.events`.

What an event must say is decided by `gateway.case.event`, and told next to the field of the same name; a star here says
beforehand what is always demanded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.case import events as ev
from gateway.case.code.identifiers import CertificateKind
from gateway.case.event.results import LEVEL_NAMES, MOST_SERVICES, WAY_NAMES
from gateway.case.item.words import STEP_TEXT, SUSPENSION_TEXT
from gateway.case.kinds import Decision, DocumentKind, ResultKind
from gateway.case.texts import Text
from gateway.console.acts_fields import LONG_NUMBER, MOST_DAYS, NUMBER, WORDS, Choice, Field, Shape


@dataclass(frozen=True, slots=True)
class ActForm:
    """The form of one kind of event.

    Attributes:
        button: the word on the button that leads to it.
        about: what it does, and whether it can be taken back.
        reason: the field of the event's reason; None where none is asked for.
        grave: whether it ends the case or decides it, so that people are asked to look twice.
        document: the notice that usually goes with it.
    """

    kind: type[ev.Happening]
    button: Text
    about: Text
    fields: tuple[Field, ...] = ()
    reason: Field | None = None
    grave: bool = False
    document: DocumentKind | None = None


def word_of(kind: type[ev.Happening]) -> str:
    """Return the word of a kind in addresses: `ReceivedByHandler` is received_by_handler."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def _named(names: Mapping[Any, Text]) -> tuple[Choice, ...]:
    return tuple(names.items())


_CERTIFICATES: tuple[Choice, ...] = tuple(
    (one, one.label) for one in CertificateKind if one is not CertificateKind.USCC
)
_LEVELS = _named(LEVEL_NAMES)
DECISIONS: tuple[Choice, ...] = (
    (Decision.GRANTED, Text("准予", "granted")),
    (Decision.DENIED, Text("不予", "denied")),
)
RESULTS: tuple[Choice, ...] = (
    (ResultKind.CERTIFICATE, Text("出证办结", "certificate")),
    (ResultKind.APPROVAL, Text("审批办结", "approval")),
    (ResultKind.OTHER, Text("其他办结", "other")),
)
_MUST = Field("reason", Text("理由", "Reason"), Shape.WORDS, required=True, most=WORDS)
REMARK = Field("reason", Text("说明", "Remark"), Shape.WORDS, most=WORDS)
"""A reason that need not be given."""
_FOR_DENIAL = Field(
    "reason",
    Text("理由", "Reason"),
    Shape.WORDS,
    most=WORDS,
    hint=Text(
        "不予时必填, 会告知申请人 (行政许可法第三十八条)", "needed for a denial; the applicant is told (art. 38)"
    ),
)
_OWN_NUMBER = Field("handler_number", Text("本方办件编号", "Our own case number"), most=NUMBER)
_FOR_MAIL = Text("邮寄时必填", "needed for mail")
_DOCUMENT_HINT = Text("如 恩人社许〔2026〕00017号", "like 恩人社许〔2026〕00017号")
_NOTICE_HINT = Text(
    "如 恩政服受〔2026〕00123号; 设置了机关代字的, 留空自动编号",
    "like 恩政服受〔2026〕00123号; left empty it is given by the gateway, where an organ is set",
)
_FOR_GOOD = Text("办件到此结束, 不能撤销.", "This ends the case and cannot be taken back.")


def _number(name: str, zh: str, en: str, hint: Text = _DOCUMENT_HINT) -> Field:
    return Field(name, Text(zh, en), most=NUMBER, hint=hint)


def _days(name: str, zh: str, en: str, *, required: bool = False) -> Field:
    return Field(name, Text(zh, en), Shape.COUNT, required=required, most=MOST_DAYS)


_ALL: tuple[ActForm, ...] = (
    ActForm(
        ev.ReceivedByHandler,
        Text("签收", "Sign off"),
        Text("确认本方已收到办件并开始审查.", "Confirms that we have the case and look at it."),
        (_OWN_NUMBER,),
    ),
    ActForm(
        ev.Accepted,
        Text("受理", "Accept"),
        Text("从受理起计算承诺时限.", "The promised limit runs from acceptance."),
        (
            _number("acceptance_number", "受理通知书文号", "Number of the notice", _NOTICE_HINT),
            _OWN_NUMBER,
            Field("promised_date", Text("承诺办结日期", "Promised date"), Shape.DAY),
        ),
        document=DocumentKind.ACCEPTANCE_NOTICE,
    ),
    ActForm(
        ev.NotAccepted,
        Text("不予受理", "Do not accept"),
        _FOR_GOOD,
        (
            Field("legal_basis", Text("法律依据", "Legal basis"), Shape.WORDS, most=WORDS),
            Field("competent_organ", Text("应向哪个机关申请", "Organ that is competent")),
        ),
        _MUST,
        grave=True,
        document=DocumentKind.NON_ACCEPTANCE_NOTICE,
    ),
    ActForm(
        ev.SupplementRequested,
        Text("补正告知", "Ask for a supplement"),
        Text(
            "一次告知全部需要补正的内容 (行政许可法第三十二条).",
            "One notice lists everything that is missing (行政许可法 art. 32).",
        ),
        (
            Field(
                "respond_by",
                Text("补正期限", "To be supplied by"),
                Shape.DAY,
                hint=Text("到当天结束", "until the end of that day"),
            ),
            _number("notice_number", "补正告知书文号", "Number of the notice", _NOTICE_HINT),
            Field(
                "supervisor",
                Text("批准人", "Approved by"),
                hint=Text("受理前第二次告知时必填", "needed for a second notice before acceptance"),
            ),
        ),
        REMARK,
        document=DocumentKind.SUPPLEMENT_NOTICE,
    ),
    ActForm(
        ev.StepDone,
        Text("环节办理", "Step"),
        Text("登记一个已办完的环节.", "Notes a step that is done."),
        (
            Field("kind", Text("环节类别", "Kind"), Shape.CHOICE, required=True, choices=_named(STEP_TEXT)),
            Field("name", Text("环节名称", "Name"), required=True),
            Field("started_at", Text("开始时间", "Began"), Shape.MOMENT, required=True, initial="now"),
            Field("ended_at", Text("结束时间", "Ended"), Shape.MOMENT, required=True, initial="now"),
            Field("opinion", Text("办理意见", "Opinion"), Shape.WORDS, most=WORDS),
        ),
    ),
    ActForm(
        ev.Suspended,
        Text("特别程序", "Special procedure"),
        Text("时限从现在起暂停, 到特别程序结束.", "The limits pause until the procedure ends."),
        (
            Field("kind", Text("类别", "Kind"), Shape.CHOICE, required=True, choices=_named(SUSPENSION_TEXT)),
            _days("expected_days", "预计天数", "Expected days"),
            _number("notice_number", "告知书文号", "Number of the notice", _NOTICE_HINT),
        ),
        _MUST,
        document=DocumentKind.SUSPENSION_NOTICE,
    ),
    ActForm(
        ev.Resumed,
        Text("特别程序结束", "End special procedure"),
        Text("时限继续计算.", "The limits run on."),
        (Field("result", Text("结果", "Result"), Shape.WORDS, most=WORDS),),
    ),
    ActForm(
        ev.Extended,
        Text("延长", "Extend"),
        Text("承诺时限只能延长一次 (行政许可法第四十二条).", "A limit is extended once (行政许可法 art. 42)."),
        (
            _days("days", "延长天数", "Days", required=True),
            Field("approver", Text("批准人", "Approved by"), required=True),
            _number("notice_number", "告知书文号", "Number of the notice", _NOTICE_HINT),
        ),
        _MUST,
        document=DocumentKind.EXTENSION_NOTICE,
    ),
    ActForm(
        ev.Decided,
        Text("办结", "Decide"),
        Text("作出决定, 不能撤销; 写错的文号等可以更正.", "The decision stands; numbers and names can be corrected."),
        (
            Field("decision", Text("决定", "Decision"), Shape.CHOICE, required=True, choices=DECISIONS),
            _number("document_number", "决定书文号", "Number of the decision"),
            Field("result_kind", Text("结果类别", "Kind of result"), Shape.CHOICE, choices=RESULTS),
            Field("result_name", Text("结果名称", "Name of the result")),
            Field("result_number", Text("结果编号", "Number of the result"), most=LONG_NUMBER),
            Field("result_licence_id", Text("电子证照标识", "Electronic licence"), Shape.LICENCE, most=150),
            Field("valid_from", Text("有效期自", "Valid from"), Shape.DAY),
            Field("valid_to", Text("有效期至", "Valid to"), Shape.DAY),
        ),
        _FOR_DENIAL,
        grave=True,
        document=DocumentKind.DECISION,
    ),
    ActForm(
        ev.Returned,
        Text("退件", "Return"),
        _FOR_GOOD,
        (Field("supplement_overdue", Text("因逾期未补正", "The supplement did not come in time"), Shape.FLAG),),
        _MUST,
        grave=True,
        document=DocumentKind.RETURN_NOTICE,
    ),
    ActForm(
        ev.Voided,
        Text("作废", "Void"),
        Text("录入有误的办件作废, 不能恢复.", "For a case that was entered by mistake; it cannot be restored."),
        reason=_MUST,
        grave=True,
    ),
    ActForm(
        ev.Withdrawn,
        Text("撤回", "Withdraw"),
        Text("申请人撤回申请; 办件到此结束.", "The applicant withdraws; this ends the case."),
        reason=REMARK,
        grave=True,
    ),
    ActForm(
        ev.ResultSent,
        Text("寄出", "Send the result"),
        Text("登记结果已寄往窗口或申请人.", "Notes that the result is on its way."),
        (
            Field("way", Text("送达方式", "Way"), Shape.CHOICE, required=True, choices=_named(WAY_NAMES)),
            Field("carrier", Text("承运单位", "Carrier"), hint=_FOR_MAIL),
            Field(
                "tracking_number",
                Text("邮寄单号", "Tracking number"),
                most=NUMBER,
                hint=_FOR_MAIL,
            ),
        ),
    ),
    ActForm(
        ev.Delivered,
        Text("领取登记", "Hand over"),
        Text("登记结果已交给申请人或代领人.", "Notes that the result was handed over."),
        (
            Field("way", Text("送达方式", "Way"), Shape.CHOICE, required=True, choices=_named(WAY_NAMES)),
            Field("recipient_name", Text("领取人姓名", "Name of the recipient"), required=True),
            Field("certificate_kind", Text("证件类型", "Certificate"), Shape.CHOICE, choices=_CERTIFICATES),
            Field("certificate_number", Text("证件号码", "Certificate number"), most=NUMBER),
        ),
        document=DocumentKind.DELIVERY_RECORD,
    ),
    ActForm(
        ev.Evaluated,
        Text("好差评", "Evaluate"),
        Text("一次一评, 两地都评.", "Once per service, both places."),
        (
            Field("origin_level", Text("对收件地", "The origin"), Shape.CHOICE, required=True, choices=_LEVELS),
            Field("handler_level", Text("对业务属地", "The handler"), Shape.CHOICE, required=True, choices=_LEVELS),
            Field(
                "service_number",
                Text("第几次服务", "Number of the service"),
                Shape.COUNT,
                most=MOST_SERVICES,
                initial="1",
            ),
        ),
    ),
    ActForm(
        ev.Note,
        Text("留言", "Write a note"),
        Text("两地窗口之间的协商留言, 申请人看不到.", "Between the two offices; the applicant does not see it."),
        (Field("text", Text("留言", "Note"), Shape.WORDS, required=True, most=WORDS),),
    ),
    ActForm(
        ev.Referred,
        Text("转报", "Refer"),
        Text("转报上级机关, 办件在本方结束.", "The case goes to a higher organ and ends here."),
        (Field("to_organ", Text("转报机关", "To which organ"), required=True),),
        REMARK,
        grave=True,
    ),
    ActForm(
        ev.HandledOffline,
        Text("线下处理", "Settle offline"),
        Text("送不到对方的消息已在线下办妥, 不再等待.", "A message that cannot be handed over was settled by people."),
        (Field("envelope_id", Text("消息", "Message"), Shape.CHOICE, required=True),),
        _MUST,
    ),
)
FORMS: Mapping[str, ActForm] = {word_of(one.kind): one for one in _ALL}
"""Every form by the word of its kind."""
