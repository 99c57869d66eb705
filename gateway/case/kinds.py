"""Closed vocabularies of events: kinds of documents, clocks, powers, steps, suspensions, outcomes.

A value outside them stops the case with an error; nothing is defaulted.
"""

from enum import Enum

from gateway.case.texts import Text


class DocumentKind(Enum):
    """Kind of a document handed to the applicant or kept on file."""

    INTAKE_RECEIPT = "intake_receipt"
    ACCEPTANCE_NOTICE = "acceptance_notice"
    SUPPLEMENT_NOTICE = "supplement_notice"
    NON_ACCEPTANCE_NOTICE = "non_acceptance_notice"
    SUSPENSION_NOTICE = "suspension_notice"
    EXTENSION_NOTICE = "extension_notice"
    DECISION = "decision"
    RESULT = "result"
    DELIVERY_RECORD = "delivery_record"
    RETURN_NOTICE = "return_notice"
    OTHER = "other"


class Clock(Enum):
    """A limit that binds one side."""

    SIGN_OFF = "sign_off"
    NOTICE = "notice"
    PROMISED = "promised"
    LEGAL = "legal"
    DELIVERY = "delivery"
    SUPPLEMENT = "supplement"
    PUSH = "push"
    SEND_RESULT = "send_result"


class NoticeFrom(Enum):
    """From whose receipt the five days of art. 32 run, where window and handler are two places.

    The law speaks of the organ's receipt and the applicant handed in at the window; nothing settles it.
    """

    EARLIER = "earlier"
    WINDOW = "window"
    HANDLER = "handler"


class Power(Enum):
    """A power the handler's region grants the origin: 收件受理权, 一次性告知权, 原件核验权, 审批结果送达权."""

    RECEIVE_AND_ACCEPT = "receive_and_accept"
    NOTIFY_ONCE = "notify_once"
    VERIFY_ORIGINALS = "verify_originals"
    DELIVER_RESULT = "deliver_result"


POWER_NAMES: dict[Power, Text] = {
    Power.RECEIVE_AND_ACCEPT: Text("收件受理权 (receive_and_accept)", "receive_and_accept (收件受理权)"),
    Power.NOTIFY_ONCE: Text("一次性告知权 (notify_once)", "notify_once (一次性告知权)"),
    Power.VERIFY_ORIGINALS: Text("原件核验权 (verify_originals)", "verify_originals (原件核验权)"),
    Power.DELIVER_RESULT: Text("审批结果送达权 (deliver_result)", "deliver_result (审批结果送达权)"),
}


class StepKind(Enum):
    """Kind of a step (环节)."""

    ACCEPTANCE = "acceptance"
    REVIEW = "review"
    DECISION = "decision"
    CERTIFICATE = "certificate"
    DELIVERY = "delivery"
    OTHER = "other"


class SuspensionKind(Enum):
    """Kind of time that does not count (行政许可法 art. 45)."""

    HEARING = "hearing"
    TENDER = "tender"
    AUCTION = "auction"
    INSPECTION = "inspection"
    TESTING = "testing"
    QUARANTINE = "quarantine"
    APPRAISAL = "appraisal"
    EXPERT_REVIEW = "expert_review"
    OTHER = "other"


class Decision(Enum):
    """Outcome of a case: 准予 or 不予."""

    GRANTED = "granted"
    DENIED = "denied"


class ResultKind(Enum):
    """What the applicant gets."""

    CERTIFICATE = "certificate"
    APPROVAL = "approval"
    OTHER = "other"


class Satisfaction(Enum):
    """Level of 好差评 (GB/T 39046-2020 A.8)."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    FAIR = "fair"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"
