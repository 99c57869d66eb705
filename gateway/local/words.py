"""Words of the local interface that are not the values of an enum: kinds of certificates and of events.

Both have the names of the exchange format, in lower case.
"""

from gateway.case.code.identifiers import CertificateKind
from gateway.case.events import (
    Accepted,
    DeadlinePassed,
    Decided,
    Delivered,
    Evaluated,
    Extended,
    HandledOffline,
    Happening,
    NotAccepted,
    Note,
    ReceivedByHandler,
    Referred,
    ResultSent,
    Resumed,
    Returned,
    StepDone,
    Supplemented,
    SupplementRequested,
    Suspended,
    Voided,
    Withdrawn,
)

CERTIFICATE_WORDS: dict[CertificateKind, str] = {
    CertificateKind.RESIDENT_ID: "resident_id",
    CertificateKind.TEMPORARY_RESIDENT_ID: "temporary_id",
    CertificateKind.HOUSEHOLD_REGISTER: "household_book",
    CertificateKind.PASSPORT: "passport",
    CertificateKind.TAIWAN_RESIDENT_PERMIT: "taiwan_permit",
    CertificateKind.HONG_KONG_MACAO_EXIT_PERMIT: "exit_hong_kong_macao",
    CertificateKind.HONG_KONG_MACAO_RESIDENT_PERMIT: "hong_kong_macao_permit",
    CertificateKind.TAIWAN_EXIT_PERMIT: "exit_taiwan",
    CertificateKind.PERMANENT_RESIDENCE: "foreign_resident",
    CertificateKind.OTHER: "other",
}
"""Word of every certificate a person can have; organisations are told by `uscc`."""

CERTIFICATES: dict[str, CertificateKind] = {word: kind for kind, word in CERTIFICATE_WORDS.items()}

EVENT_WORDS: dict[type[Happening], str] = {
    ReceivedByHandler: "received_by_handler",
    Accepted: "accepted",
    NotAccepted: "not_accepted",
    SupplementRequested: "supplement_requested",
    Supplemented: "supplemented",
    StepDone: "step_done",
    Suspended: "suspended",
    Resumed: "resumed",
    Extended: "extended",
    Decided: "decided",
    Returned: "returned",
    Voided: "voided",
    Withdrawn: "withdrawn",
    ResultSent: "result_sent",
    Delivered: "delivered",
    Evaluated: "evaluated",
    Note: "note",
    Referred: "referred",
    HandledOffline: "handled_offline",
    DeadlinePassed: "deadline_passed",
}

WORD_OF_NAME: dict[str, str] = {kind.__name__: word for kind, word in EVENT_WORDS.items()}
"""The word for the name under which the store keeps a kind of event."""

POSTED: frozenset[str] = frozenset(EVENT_WORDS.values()) - {"handled_offline", "deadline_passed"}
"""Events a local system may post; the others are made by this gateway and its operators."""
