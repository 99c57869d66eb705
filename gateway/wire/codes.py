"""Every enum of the format, mapped both ways.

`UNSPECIFIED` and numbers nobody has defined are in no table, so they are refused and never defaulted.
A test walks the enums of the generated code and ours, so that no value can be forgotten.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

from gateway.case.code.identifiers import CertificateKind
from gateway.case.errors import GatewayError
from gateway.case.item.definition import ItemState, TimeUnit
from gateway.case.kinds import (
    Clock,
    Decision,
    DocumentKind,
    Power,
    ResultKind,
    Satisfaction,
    StepKind,
    SuspensionKind,
)
from gateway.case.model import Channel, DeliveryWay, LicenceCheck, Mode
from gateway.case.reasons import Answer, Place, Reason
from gateway.partners.schema import Use
from gateway.wire.envelope import Outcome
from gateway.wire.gen.tongban.exchange.v1 import case_pb2, event_pb2, exchange_pb2, gateway_pb2, item_pb2, problem_pb2

Theirs = TypeVar("Theirs", bound=int)
Ours = TypeVar("Ours")


class Codes(Generic[Theirs, Ours]):
    """One enum, both ways."""

    __slots__ = ("_numbers", "name", "placeholder", "values")

    def __init__(self, name: str, values: Mapping[Theirs, Ours]) -> None:
        self.name = name
        self.values = values
        self.placeholder = next(iter(values.values()))
        self._numbers = {ours: theirs for theirs, ours in values.items()}

    def to_wire(self, ours: Ours) -> Theirs:
        """Return the number that stands for our value.

        Raises:
            GatewayError: UNKNOWN_CODE for a value the format has no number for.
        """
        number = self._numbers.get(ours)
        if number is None:
            raise GatewayError(Reason.UNKNOWN_CODE, detail=f"{self.name} {ours}")
        return number


MODES = Codes(
    "Mode",
    {
        case_pb2.MODE_ONLINE: Mode.ONLINE,
        case_pb2.MODE_ENTRUSTED: Mode.ENTRUSTED,
        case_pb2.MODE_JOINT: Mode.JOINT,
    },
)

CHANNELS = Codes(
    "Channel",
    {
        case_pb2.CHANNEL_WINDOW: Channel.WINDOW,
        case_pb2.CHANNEL_WEB: Channel.WEB,
        case_pb2.CHANNEL_MOBILE: Channel.MOBILE,
        case_pb2.CHANNEL_POST: Channel.POST,
        case_pb2.CHANNEL_TERMINAL: Channel.TERMINAL,
        case_pb2.CHANNEL_OTHER: Channel.OTHER,
    },
)

# CertificateKind.USCC has no number: organisations are a message of their own.
CERTIFICATE_KINDS = Codes(
    "CertificateKind",
    {
        case_pb2.CERTIFICATE_KIND_RESIDENT_ID: CertificateKind.RESIDENT_ID,
        case_pb2.CERTIFICATE_KIND_TEMPORARY_ID: CertificateKind.TEMPORARY_RESIDENT_ID,
        case_pb2.CERTIFICATE_KIND_HOUSEHOLD_BOOK: CertificateKind.HOUSEHOLD_REGISTER,
        case_pb2.CERTIFICATE_KIND_PASSPORT: CertificateKind.PASSPORT,
        case_pb2.CERTIFICATE_KIND_TAIWAN_PERMIT: CertificateKind.TAIWAN_RESIDENT_PERMIT,
        case_pb2.CERTIFICATE_KIND_EXIT_HONG_KONG_MACAO: CertificateKind.HONG_KONG_MACAO_EXIT_PERMIT,
        case_pb2.CERTIFICATE_KIND_HONG_KONG_MACAO_PERMIT: CertificateKind.HONG_KONG_MACAO_RESIDENT_PERMIT,
        case_pb2.CERTIFICATE_KIND_EXIT_TAIWAN: CertificateKind.TAIWAN_EXIT_PERMIT,
        case_pb2.CERTIFICATE_KIND_FOREIGN_RESIDENT: CertificateKind.PERMANENT_RESIDENCE,
        case_pb2.CERTIFICATE_KIND_OTHER: CertificateKind.OTHER,
    },
)

LICENCE_CHECKS = Codes(
    "LicenceCheck",
    {
        case_pb2.LICENCE_CHECK_PENDING: LicenceCheck.PENDING,
        case_pb2.LICENCE_CHECK_VALID: LicenceCheck.VALID,
        case_pb2.LICENCE_CHECK_INVALID: LicenceCheck.INVALID,
    },
)

DELIVERY_WAYS = Codes(
    "DeliveryWay",
    {
        case_pb2.DELIVERY_WAY_ORIGIN_WINDOW: DeliveryWay.ORIGIN_WINDOW,
        case_pb2.DELIVERY_WAY_HANDLER_WINDOW: DeliveryWay.HANDLER_WINDOW,
        case_pb2.DELIVERY_WAY_MAIL: DeliveryWay.MAIL,
        case_pb2.DELIVERY_WAY_ELECTRONIC: DeliveryWay.ELECTRONIC,
    },
)

DOCUMENT_KINDS = Codes(
    "DocumentKind",
    {
        event_pb2.DOCUMENT_KIND_INTAKE_RECEIPT: DocumentKind.INTAKE_RECEIPT,
        event_pb2.DOCUMENT_KIND_ACCEPTANCE_NOTICE: DocumentKind.ACCEPTANCE_NOTICE,
        event_pb2.DOCUMENT_KIND_SUPPLEMENT_NOTICE: DocumentKind.SUPPLEMENT_NOTICE,
        event_pb2.DOCUMENT_KIND_NON_ACCEPTANCE_NOTICE: DocumentKind.NON_ACCEPTANCE_NOTICE,
        event_pb2.DOCUMENT_KIND_SUSPENSION_NOTICE: DocumentKind.SUSPENSION_NOTICE,
        event_pb2.DOCUMENT_KIND_EXTENSION_NOTICE: DocumentKind.EXTENSION_NOTICE,
        event_pb2.DOCUMENT_KIND_DECISION: DocumentKind.DECISION,
        event_pb2.DOCUMENT_KIND_RESULT: DocumentKind.RESULT,
        event_pb2.DOCUMENT_KIND_DELIVERY_RECORD: DocumentKind.DELIVERY_RECORD,
        event_pb2.DOCUMENT_KIND_RETURN_NOTICE: DocumentKind.RETURN_NOTICE,
        event_pb2.DOCUMENT_KIND_OTHER: DocumentKind.OTHER,
    },
)

CLOCKS = Codes(
    "Clock",
    {
        event_pb2.CLOCK_SIGN_OFF: Clock.SIGN_OFF,
        event_pb2.CLOCK_NOTICE: Clock.NOTICE,
        event_pb2.CLOCK_PROMISED: Clock.PROMISED,
        event_pb2.CLOCK_LEGAL: Clock.LEGAL,
        event_pb2.CLOCK_DELIVERY: Clock.DELIVERY,
        event_pb2.CLOCK_SUPPLEMENT: Clock.SUPPLEMENT,
        event_pb2.CLOCK_PUSH: Clock.PUSH,
        event_pb2.CLOCK_SEND_RESULT: Clock.SEND_RESULT,
    },
)

POWERS = Codes(
    "Power",
    {
        event_pb2.POWER_RECEIVE_AND_ACCEPT: Power.RECEIVE_AND_ACCEPT,
        event_pb2.POWER_NOTIFY_ONCE: Power.NOTIFY_ONCE,
        event_pb2.POWER_VERIFY_ORIGINALS: Power.VERIFY_ORIGINALS,
        event_pb2.POWER_DELIVER_RESULT: Power.DELIVER_RESULT,
    },
)

STEP_KINDS = Codes(
    "StepKind",
    {
        event_pb2.STEP_KIND_REVIEW: StepKind.REVIEW,
        event_pb2.STEP_KIND_DECISION: StepKind.DECISION,
        event_pb2.STEP_KIND_CERTIFICATE: StepKind.CERTIFICATE,
        event_pb2.STEP_KIND_DELIVERY: StepKind.DELIVERY,
        event_pb2.STEP_KIND_OTHER: StepKind.OTHER,
        event_pb2.STEP_KIND_ACCEPTANCE: StepKind.ACCEPTANCE,
    },
)

SUSPENSION_KINDS = Codes(
    "SuspensionKind",
    {
        event_pb2.SUSPENSION_KIND_HEARING: SuspensionKind.HEARING,
        event_pb2.SUSPENSION_KIND_TENDER: SuspensionKind.TENDER,
        event_pb2.SUSPENSION_KIND_AUCTION: SuspensionKind.AUCTION,
        event_pb2.SUSPENSION_KIND_INSPECTION: SuspensionKind.INSPECTION,
        event_pb2.SUSPENSION_KIND_TESTING: SuspensionKind.TESTING,
        event_pb2.SUSPENSION_KIND_QUARANTINE: SuspensionKind.QUARANTINE,
        event_pb2.SUSPENSION_KIND_APPRAISAL: SuspensionKind.APPRAISAL,
        event_pb2.SUSPENSION_KIND_EXPERT_REVIEW: SuspensionKind.EXPERT_REVIEW,
        event_pb2.SUSPENSION_KIND_OTHER: SuspensionKind.OTHER,
    },
)

DECISIONS = Codes(
    "Decision", {event_pb2.DECISION_GRANTED: Decision.GRANTED, event_pb2.DECISION_DENIED: Decision.DENIED}
)

RESULT_KINDS = Codes(
    "ResultKind",
    {
        event_pb2.RESULT_KIND_CERTIFICATE: ResultKind.CERTIFICATE,
        event_pb2.RESULT_KIND_APPROVAL: ResultKind.APPROVAL,
        event_pb2.RESULT_KIND_OTHER: ResultKind.OTHER,
    },
)

SATISFACTIONS = Codes(
    "Satisfaction",
    {
        event_pb2.SATISFACTION_VERY_SATISFIED: Satisfaction.VERY_SATISFIED,
        event_pb2.SATISFACTION_SATISFIED: Satisfaction.SATISFIED,
        event_pb2.SATISFACTION_FAIR: Satisfaction.FAIR,
        event_pb2.SATISFACTION_DISSATISFIED: Satisfaction.DISSATISFIED,
        event_pb2.SATISFACTION_VERY_DISSATISFIED: Satisfaction.VERY_DISSATISFIED,
    },
)

OUTCOMES = Codes(
    "ReceiptOutcome",
    {
        exchange_pb2.RECEIPT_OUTCOME_ACCEPTED: Outcome.ACCEPTED,
        exchange_pb2.RECEIPT_OUTCOME_REFUSED: Outcome.REFUSED,
    },
)

ANSWERS = Codes(
    "AnswerClass",
    {
        problem_pb2.ANSWER_CLASS_RETRIABLE: Answer.RETRIABLE,
        problem_pb2.ANSWER_CLASS_FINAL: Answer.FINAL,
        problem_pb2.ANSWER_CLASS_NEEDS_A_PERSON: Answer.PERSON,
    },
)

PLACES = Codes(
    "Place",
    {
        problem_pb2.PLACE_LOCAL: Place.LOCAL,
        problem_pb2.PLACE_OURS: Place.OURS,
        problem_pb2.PLACE_PEERING: Place.PEERING,
        problem_pb2.PLACE_THEIRS: Place.THEIRS,
    },
)

ITEM_STATES = Codes(
    "ItemState",
    {
        item_pb2.ITEM_STATE_IN_USE: ItemState.IN_USE,
        item_pb2.ITEM_STATE_PAUSED: ItemState.PAUSED,
        item_pb2.ITEM_STATE_CANCELLED: ItemState.CANCELLED,
    },
)

TIME_UNITS = Codes(
    "TimeUnit",
    {
        item_pb2.TIME_UNIT_WORKING_DAY: TimeUnit.WORKING_DAY,
        item_pb2.TIME_UNIT_CALENDAR_DAY: TimeUnit.CALENDAR_DAY,
        item_pb2.TIME_UNIT_HOUR: TimeUnit.HOUR,
    },
)

KEY_USES = Codes(
    "KeyUse",
    {
        gateway_pb2.KEY_USE_SEAL: Use.SEAL,
        gateway_pb2.KEY_USE_TOKEN: Use.TOKEN,
    },
)
