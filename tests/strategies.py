"""Hypothesis strategies for everything that travels: whatever they draw, the format can hold.

Texts draw from what real forms hold: rare characters outside the basic plane (CJK extension B), the middle dot of
names, private-use characters of old systems, and anything else that is no control character.
"""

from datetime import UTC, date, datetime
from typing import get_args

from hypothesis import strategies as st

from gateway.case import events as ev
from gateway.case import kinds, model
from gateway.case.code.identifiers import CertificateKind
from gateway.case.errors import FieldFinding
from gateway.case.item import definition as items
from gateway.case.item.codes import ExerciseLevel
from gateway.case.reasons import Answer, Place
from gateway.case.texts import Text
from gateway.wire.envelope import (
    Envelope,
    EnvelopeAnswer,
    LogHead,
    Outcome,
    Problem,
    Receipt,
    ReceiptBatch,
    Sealed,
    Signature,
)

CHARACTERS = st.one_of(
    st.sampled_from("向小满·𠮷𡈽㭎﨔覃0Aa \n\t\ue000\u200d👩ñ"),
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]),
)


@st.composite
def texts(draw, least=0, most=50):
    """Texts of that many characters; one in four as long as the bound allows."""
    if most and draw(st.integers(0, 3)) == 3:
        return draw(CHARACTERS) * most
    return draw(st.text(CHARACTERS, min_size=least, max_size=min(most, least + 12)))


def some(strategy):
    """A tuple of up to three."""
    return st.lists(strategy, max_size=3).map(tuple)


UUIDS = (
    st.uuids()
    .map(lambda one: f"{str(one)[:14]}7{str(one)[15:19]}8{str(one)[20:]}")
    .map(lambda text: text[:19] + "a" + text[20:])
)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))
DAYS = st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))
REGIONS = st.from_regex(r"[0-9]{6}", fullmatch=True)
DIVISIONS = st.from_regex(r"[0-9]{6}(?:[0-9]{6})?", fullmatch=True)
DIGESTS = st.binary(min_size=32, max_size=32)
COUNTS = st.integers(1, 2**32 - 1)
PERSON_CERTIFICATES = st.sampled_from([kind for kind in CertificateKind if kind is not CertificateKind.USCC])

_NUMBERS = st.one_of(
    st.integers().map(str),
    st.integers(2**53, 10**40).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str).filter(lambda text: "E" not in text),
    st.sampled_from(["1E400", "-0", "0.10", "1e-400", "9" * 5000]),
)
_STRINGS = st.text(CHARACTERS.filter(lambda one: one >= " " and one not in '"\\'), max_size=8).map(
    lambda text: f'"{text}"'
)
_VALUES = st.recursive(
    st.one_of(_NUMBERS, _STRINGS, st.sampled_from(["true", "false", "null", '"\\u0001\\ud83d\\ude00"'])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: "[ " + ",".join(values) + "]"),
        st.dictionaries(_STRINGS, inner, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key} :{value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=8,
)
FORMS = st.dictionaries(_STRINGS, _VALUES, max_size=4).map(
    lambda pairs: "{" + ",\n ".join(f"{key}:\t{value}" for key, value in pairs.items()) + " }"
)
"""Forms as text, with numbers of any size and any spacing."""

PEOPLE = st.builds(
    model.Person, texts(1, 50), PERSON_CERTIFICATES, texts(1, 50), phone=texts(0, 50), address=texts(0, 500)
)
ORGANISATIONS = st.builds(
    model.Organisation, texts(1, 200), texts(1, 18), st.none() | PEOPLE, phone=texts(0, 50), address=texts(0, 500)
)
FILES = st.builds(
    model.MaterialFile,
    DIGESTS.map(bytes.hex),
    st.integers(1, 2 * 1024**3),
    texts(1, 100),
    texts(1, 255),
)
LICENCES = st.builds(
    model.LicenceReference,
    texts(1, 100),
    texts(1, 50),
    texts(1, 200),
    texts(1, 200),
    st.sampled_from(model.LicenceCheck),
    st.none() | TIMES,
)
PAPERS = st.builds(model.Paper, st.integers(0, 10_000), st.integers(0, 10_000), texts(0, 200), texts(0, 50))
MATERIALS = st.builds(
    model.Material, texts(1, 64), texts(1, 200), FILES | LICENCES | PAPERS, texts(0, 50), st.booleans(), COUNTS
)
PLACES = st.builds(model.OfficePlace, DIVISIONS, texts(0, 200), texts(0, 18), texts(0, 200), texts(0, 50))
ITEMS = st.builds(
    model.Item,
    texts(12, 12),
    texts(1, 200),
    texts(0, 31),
    texts(0, 33),
    texts(0, 50),
    texts(0, 50),
    st.integers(0, 2**32 - 1),
)
CASES = st.builds(
    model.Case,
    number=texts(1, 64),
    origin_number=texts(1, 50),
    item=ITEMS,
    mode=st.sampled_from(model.Mode),
    applicant=PEOPLE | ORGANISATIONS,
    form_json=FORMS,
    origin=PLACES,
    handler=PLACES,
    delivery=st.builds(
        model.ResultDelivery, st.sampled_from(model.DeliveryWay), texts(0, 200), texts(0, 50), texts(0, 500)
    ),
    received_at_window=TIMES,
    channel=st.sampled_from(model.Channel),
    summary=texts(0, 200),
    agent=st.none() | st.builds(model.Agent, PEOPLE, texts(0, 64)),
    contacts=some(st.builds(model.Contact, texts(1, 50), texts(1, 50))),
    materials=some(MATERIALS),
    joint_parent=texts(0, 29),
)

LIMITS = st.none() | st.builds(items.TimeLimit, st.integers(0, 3650), st.sampled_from(items.TimeUnit))


def codes(enum):
    """Up to three different values of a closed table."""
    return st.lists(st.sampled_from(enum), max_size=3, unique=True).map(tuple)


DEFINITIONS = st.builds(
    items.ItemDefinition,
    basic_code=texts(12, 12),
    name=texts(1, 1000),
    division=DIVISIONS,
    version=st.integers(1, 999_999_999),
    item_type=texts(2, 2),
    exercise_level=st.sampled_from(ExerciseLevel),
    case_type=st.sampled_from(items.CaseType),
    valid_from=st.dates(date(1, 1, 1), date(9999, 12, 31)),
    task_code=texts(0, 31),
    handling_items=some(st.builds(items.HandlingItem, texts(1, 33), texts(0, 1000))),
    local_catalog_code=texts(0, 50),
    local_task_code=texts(0, 50),
    department=texts(0, 4000),
    state=st.sampled_from(items.ItemState),
    acceptance_levels=codes(ExerciseLevel),
    service_objects=codes(items.ServiceObject),
    legal_bases=some(texts(1, 4000)),
    modes=codes(model.Mode),
    ways=codes(items.Way),
    online_depth=st.integers(0, 4),
    materials=some(
        st.builds(
            items.ItemMaterial,
            texts(1, 50),
            texts(1, 1000),
            st.sampled_from(items.Need),
            st.sampled_from(items.Source),
            st.sampled_from(items.MaterialShape),
            st.integers(0, 99),
            st.integers(0, 99),
            texts(0, 4000),
            texts(0, 21),
            st.sampled_from(items.MaterialKind),
        )
    ),
    form_schema=st.just("") | FORMS,
    steps=some(st.builds(items.ItemStep, st.sampled_from(kinds.StepKind), texts(1, 1000), LIMITS)),
    legal_limit=LIMITS,
    promised_limit=LIMITS,
    acceptance_limit=LIMITS,
    special_procedures=codes(kinds.SuspensionKind),
    visits=st.none() | st.integers(0, 99),
    visits_reason=texts(0, 4000),
    fee_charged=st.booleans(),
    fee_basis=texts(0, 4000),
    result_name=texts(0, 4000),
    result_kind=st.sampled_from(kinds.ResultKind),
    result_licence_type_code=texts(0, 21),
    office_hours=texts(0, 4000),
    sample=st.booleans(),
)

_KINDS: dict[type, st.SearchStrategy] = {
    ev.ReceivedByHandler: st.builds(ev.ReceivedByHandler, texts(0, 50)),
    ev.Accepted: st.builds(ev.Accepted, texts(0, 50), texts(0, 50), DAYS),
    ev.NotAccepted: st.builds(ev.NotAccepted, texts(0, 2000), texts(0, 200)),
    ev.SupplementRequested: st.builds(
        ev.SupplementRequested,
        some(st.builds(ev.Requirement, texts(1, 64), texts(1, 2000), texts(0, 64), texts(0, 50), texts(0, 1000))),
        st.none() | TIMES,
    ),
    ev.Supplemented: st.builds(ev.Supplemented, some(MATERIALS), st.just("") | FORMS, some(texts(1, 64))),
    ev.StepDone: st.builds(ev.StepDone, st.sampled_from(kinds.StepKind), texts(1, 200), TIMES, TIMES, texts(0, 2000)),
    ev.Suspended: st.builds(ev.Suspended, st.sampled_from(kinds.SuspensionKind), st.integers(0, 3650), texts(0, 50)),
    ev.Resumed: st.builds(ev.Resumed, texts(0, 2000)),
    ev.Extended: st.builds(ev.Extended, st.integers(1, 3650), texts(1, 200), texts(0, 50)),
    ev.Decided: st.builds(
        ev.Decided,
        st.sampled_from(kinds.Decision),
        texts(0, 50),
        st.sampled_from(kinds.ResultKind),
        texts(0, 200),
        texts(0, 100),
        DAYS,
        DAYS,
    ),
    ev.Returned: st.builds(ev.Returned, st.booleans()),
    ev.Voided: st.just(ev.Voided()),
    ev.Withdrawn: st.just(ev.Withdrawn()),
    ev.ResultSent: st.builds(ev.ResultSent, st.sampled_from(model.DeliveryWay), texts(0, 200), texts(0, 50)),
    ev.Delivered: st.builds(
        ev.Delivered, st.sampled_from(model.DeliveryWay), texts(1, 200), st.none() | PERSON_CERTIFICATES, texts(0, 50)
    ),
    ev.Evaluated: st.builds(
        ev.Evaluated, st.sampled_from(kinds.Satisfaction), st.sampled_from(kinds.Satisfaction), COUNTS
    ),
    ev.Note: st.builds(ev.Note, texts(1, 2000)),
    ev.Referred: st.builds(ev.Referred, texts(1, 200)),
    ev.HandledOffline: st.builds(ev.HandledOffline, UUIDS),
    ev.DeadlinePassed: st.builds(ev.DeadlinePassed, st.sampled_from(kinds.Clock), TIMES),
}
HAPPENINGS = st.one_of([_KINDS[kind] for kind in get_args(ev.Happening)])
ACTORS = st.builds(ev.Actor, texts(1, 50), DIVISIONS, texts(0, 50), texts(0, 200), texts(0, 18))
_EVENT_PARTS = {
    "event_id": UUIDS,
    "actor": ACTORS,
    "occurred_at": TIMES,
    "recorded_at": TIMES,
    "happening": HAPPENINGS,
    "documents": some(
        st.builds(
            ev.Document,
            st.sampled_from(kinds.DocumentKind),
            texts(1, 200),
            texts(0, 100),
            st.none() | FILES,
            DAYS,
        )
    ),
    "deadlines": some(st.builds(ev.Deadline, st.sampled_from(kinds.Clock), TIMES, texts(1, 50), st.booleans())),
    "grant": st.none() | st.builds(ev.Grant, st.sampled_from(kinds.Power), texts(1, 200)),
}
EVENTS = st.builds(ev.Event, **_EVENT_PARTS, reason=texts(0, 2000))
CORRECTIONS = st.builds(
    ev.Event, **_EVENT_PARTS, reason=texts(1, 2000), corrects=UUIDS, data_version=st.integers(2, 2**32 - 1)
)


BODIES = {"cases": CASES, "events": EVENTS, "corrections": CORRECTIONS, "anything": CASES | EVENTS | CORRECTIONS}


@st.composite
def envelopes(draw, of="anything"):
    """Envelopes of `cases`, `events`, `corrections` or `anything`; a new case travels under its own number."""
    body = draw(BODIES[of])
    return Envelope(
        envelope_id=draw(UUIDS),
        sender=draw(REGIONS),
        recipient=draw(REGIONS),
        case_id=body.number if isinstance(body, model.Case) else draw(texts(1, 64)),
        sequence=draw(COUNTS),
        sealed_at=draw(TIMES),
        expires_at=draw(TIMES),
        body=body,
        case_version=draw(st.none() | COUNTS),
        traceparent=draw(texts(0, 55)),
    )


SENTENCES = st.builds(Text, texts(0, 2000), texts(0, 2000))
FINDINGS = st.builds(FieldFinding, texts(0, 300), SENTENCES, SENTENCES)
PROBLEMS = st.builds(
    Problem,
    texts(1, 64),
    st.sampled_from(Answer),
    st.sampled_from(Place),
    SENTENCES,
    SENTENCES,
    st.dictionaries(texts(1, 64), texts(0, 2000), max_size=3),
    some(FINDINGS),
)
_ANSWERED = {"envelope_id": UUIDS, "payload_sha256": DIGESTS, "received_at": TIMES}
RECEIPTS = st.builds(
    Receipt, **_ANSWERED, outcome=st.just(Outcome.ACCEPTED), case_version=st.none() | COUNTS
) | st.builds(Receipt, **_ANSWERED, outcome=st.just(Outcome.REFUSED), refusal=PROBLEMS)
BATCHES = st.builds(
    ReceiptBatch,
    UUIDS,
    REGIONS,
    REGIONS,
    TIMES,
    st.lists(RECEIPTS, min_size=1, max_size=3).map(tuple),
    st.none() | st.builds(LogHead, texts(1, 64), st.integers(0, 2**64 - 1), DIGESTS),
)
ANSWERS = st.builds(EnvelopeAnswer, st.just("") | UUIDS, receipt_batch_index=st.integers(0, 2**32 - 1)) | st.builds(
    EnvelopeAnswer, st.just("") | UUIDS, problem=PROBLEMS
)
SEALS = st.builds(
    Sealed,
    st.binary(min_size=1, max_size=200),
    texts(1, 200),
    some(st.builds(Signature, st.binary(min_size=1, max_size=512), texts(1, 128))),
)
