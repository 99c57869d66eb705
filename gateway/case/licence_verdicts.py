"""Whether an electronic licence (电子证照) may stand in for a document: what a source said, judged on a day in China.

    valid     in force (01), within its dates, and its holder is who the case says
    invalid   the source says that it is not, or it belongs to somebody else: an upload has to stand in for it
    pending   nobody could say (待核验): accepted, and asked again

Somebody else's licence is judged by that alone: state and dates of other people's licences are told to nobody.

Source: GB/T 36906-2018 (states 01 to 99, validity, use cause of 1 to 200 characters); 国务院令第716号 (an electronic
licence counts as the paper).  Leaves to others: asking (`flows.licences.verify`), identifiers (`gateway.case.code.licences`).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from gateway.case.code.names import name_key
from gateway.case.model import Case, LicenceCheck, LicenceReference, Organisation, Person
from gateway.case.texts import Text

LONGEST_USE_CAUSE = 200
_MASKS = frozenset("*＊×●○#")
_WHOLE = re.compile(r"[0-9A-Z]{5,30}")
_HIDDEN = re.compile("X{2,}")
"""A run of X stands for digits that are not told; a check character is one X at the end."""


class LicenceState(Enum):
    """State of an electronic licence (GB/T 36906-2018); only 01 is in force."""

    VALID = "01"
    """有效"""
    SUSPENDED = "02"
    """暂扣"""
    WITHDRAWN = "03"
    """撤销"""
    DEREGISTERED = "04"
    """注销"""
    LAPSED = "05"
    """失效"""
    TRANSFERRED = "06"
    """转出"""
    REVOKED = "07"
    """吊销"""
    OTHER = "99"
    """其他"""


LICENCE_STATES: Mapping[LicenceState, Text] = {
    LicenceState.VALID: Text("有效", "in force"),
    LicenceState.SUSPENDED: Text("暂扣", "suspended"),
    LicenceState.WITHDRAWN: Text("撤销", "withdrawn"),
    LicenceState.DEREGISTERED: Text("注销", "deregistered"),
    LicenceState.LAPSED: Text("失效", "lapsed"),
    LicenceState.TRANSFERRED: Text("转出", "transferred"),
    LicenceState.REVOKED: Text("吊销", "revoked"),
    LicenceState.OTHER: Text("其他", "other"),
}


class Why(Enum):
    """Why a licence is not valid, or could not be verified."""

    STATE = "STATE"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    ANOTHER_HOLDER = "ANOTHER_HOLDER"
    NOT_FOUND = "NOT_FOUND"
    HOLDER_NOT_TOLD = "HOLDER_NOT_TOLD"
    NOT_CALLABLE = "NOT_CALLABLE"
    NO_SOURCE = "NO_SOURCE"
    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    REJECTED = "REJECTED"
    ODD_ANSWER = "ODD_ANSWER"
    SOURCE_FILE = "SOURCE_FILE"


WHY_TEXTS: Mapping[Why, Text] = {
    Why.STATE: Text("状态不是“有效”", "its state is not in force"),
    Why.EXPIRED: Text("已过有效期", "it has expired"),
    Why.NOT_YET_VALID: Text("有效期尚未开始", "it is not in force yet"),
    Why.ANOTHER_HOLDER: Text("持证人与申请人不符", "its holder is not the applicant"),
    Why.NOT_FOUND: Text("来源查无此证", "the source has no such licence"),
    Why.HOLDER_NOT_TOLD: Text("来源没有告知完整的持证人", "the source did not tell the whole holder"),
    Why.NOT_CALLABLE: Text("该类证照不能调用", "licences of this type cannot be called up"),
    Why.NO_SOURCE: Text("没有接入证照来源", "no source of licences is connected"),
    Why.TIMED_OUT: Text("来源没有及时答复", "the source did not answer in time"),
    Why.UNREACHABLE: Text("连不上来源", "the source cannot be reached"),
    Why.REJECTED: Text("来源拒绝了查询", "the source rejected the enquiry"),
    Why.ODD_ANSWER: Text("来源的答复无法识别", "the answer of the source cannot be understood"),
    Why.SOURCE_FILE: Text("证照文件有误", "the file of licences has a mistake"),
}


def _plain_number(number: str) -> str:
    return "".join(unicodedata.normalize("NFKC", number).split()).replace("-", "").upper()


def _older_forms(number: str) -> tuple[str, ...]:
    """Return how an archive may name the same holder: fifteen digits (GB 11643-1989), the code within a USCC (GB 11714)."""
    if len(number) != len("422801199001010026"):
        return ()
    return (number[:6] + number[8:17], number[8:17])


@dataclass(frozen=True, slots=True)
class Holder:
    """Who must hold a licence: name and number of certificate, or USCC of an organisation."""

    name: str
    number: str

    def matches(self, name: str, number: str) -> bool | None:
        """Whether a licence held by `name` with `number` is this holder's; None when too little is known to say.

        The number decides where it is known in full; names are compared by their key.  Masked values say nothing.
        """
        if number and _MASKS.isdisjoint(number):
            told, ours = _plain_number(number), _plain_number(self.number)
            if told == ours or told in _older_forms(ours):
                return True
            if _WHOLE.fullmatch(told) and not _HIDDEN.search(told):
                return False
        if name and _MASKS.isdisjoint(name):
            return name_key(name) == name_key(self.name)
        return None


@dataclass(frozen=True, slots=True)
class LicenceAnswer:
    """What a source said about one licence.

    Attributes:
        valid_from, valid_to: first and last day in force, in Asia/Shanghai; None where there is none.
        name: of the kind of licence, such as 居民身份证; nothing personal.
        holder_matches: whether it is the holder's who was asked about; None when the source tells too little.
        source: which source said so.
        since: day on which the state began, where the source says.
    """

    state: LicenceState
    valid_from: date | None
    valid_to: date | None
    name: str
    holder_matches: bool | None
    source: str
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a licence counts, and why not.

    Attributes:
        state, valid_to, since: as the source said; None when it did not, or when the licence is somebody else's.
        why: None for a valid one.
        name: of the kind of licence, empty when the source did not say.
    """

    check: LicenceCheck
    why: Why | None = None
    state: LicenceState | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    since: date | None = None
    name: str = ""
    source: str = ""


def judge(answer: LicenceAnswer | None, today: date, *, ours: bool, source: str = "") -> Verdict:
    """Return what an answer comes to on a day in China; None is a source that has no such licence.

    Args:
        ours: a body of our own region issued it, so that a source of ours must know it; one from elsewhere may be missing
            there and be good all the same.
        source: which source had none.
    """
    if answer is None:
        return Verdict(LicenceCheck.INVALID if ours else LicenceCheck.PENDING, Why.NOT_FOUND, source=source)
    if answer.holder_matches is False:
        return Verdict(LicenceCheck.INVALID, Why.ANOTHER_HOLDER, name=answer.name, source=answer.source)
    check, why = LicenceCheck.VALID, None
    if answer.valid_to and answer.valid_to < today and answer.state in (LicenceState.VALID, LicenceState.LAPSED):
        check, why = LicenceCheck.INVALID, Why.EXPIRED
    elif answer.state is not LicenceState.VALID:
        check, why = LicenceCheck.INVALID, Why.STATE
    elif answer.valid_from and answer.valid_from > today:
        check, why = LicenceCheck.INVALID, Why.NOT_YET_VALID
    elif answer.holder_matches is None:
        check, why = LicenceCheck.PENDING, Why.HOLDER_NOT_TOLD
    return Verdict(
        check, why, answer.state, answer.valid_from, answer.valid_to, answer.since, answer.name, answer.source
    )


def pending(why: Why, source: str = "") -> Verdict:
    """Return that nobody could say."""
    return Verdict(LicenceCheck.PENDING, why, source=source)


def holder_of(case: Case, reference: LicenceReference) -> Holder | None:
    """Return who must hold a licence: whom of the case its reference names; None when it names none of them.

    That is the applicant, the legal representative of an organisation, or the agent for a licence of the agent's own.
    """
    wanted = name_key(reference.holder)
    return next((holder for holder in _holders(case) if name_key(holder.name) == wanted), None)


def use_cause_of(case: Case, reference: LicenceReference) -> str:
    """Return why a licence is looked up: as the case says, else item and number of the case; 1 to 200 characters."""
    said = reference.use_cause.strip()
    return (said or f"办理“{case.item.name}”, 办件编号 {case.number or case.origin_number}")[:LONGEST_USE_CAUSE]


def invalid_text(verdict: Verdict) -> Text:
    """Return what is wrong with an invalid licence, for people: which one, its state, and since when."""
    facts = {
        "name": verdict.name,
        "state": LICENCE_STATES[verdict.state] if verdict.state else "",
        "code": verdict.state.value if verdict.state else "",
        "since": verdict.since or "",
        "first": verdict.valid_from or "",
        "last": verdict.valid_to or "",
    }
    if verdict.why is Why.STATE:
        return (_STATE_SINCE if verdict.since else _STATE).format(**facts)
    return _INVALID_TEXTS[verdict.why or Why.STATE].format(**facts)


_STATE_SINCE = Text(
    "电子证照“{name}”已于 {since} {state} (状态 {code})", "licence “{name}” was {state} on {since} (state {code})"
)
_STATE = Text("电子证照“{name}”的状态为“{state}” ({code})", "licence “{name}” is not in force: {state} ({code})")
_INVALID_TEXTS: Mapping[Why, Text] = {
    Why.STATE: _STATE,
    Why.EXPIRED: Text("电子证照“{name}”已于 {last} 失效", "licence “{name}” expired on {last}"),
    Why.NOT_YET_VALID: Text("电子证照“{name}”自 {first} 起才有效", "licence “{name}” is in force from {first} only"),
    Why.ANOTHER_HOLDER: Text(
        "电子证照“{name}”的持证人与申请人不符", "the holder of licence “{name}” is not the applicant"
    ),
    Why.NOT_FOUND: Text(
        "电子证照“{name}”由本地区颁发, 但证照来源查无此证",
        "licence “{name}” was issued by this region, and its source has no such licence",
    ),
}


def _holders(case: Case) -> Iterator[Holder]:
    applicant = case.applicant
    if isinstance(applicant, Organisation):
        yield Holder(applicant.name, applicant.uscc)
        if applicant.legal_representative:
            yield _person(applicant.legal_representative)
    else:
        yield _person(applicant)
    if case.agent:
        yield _person(case.agent.person)


def _person(person: Person) -> Holder:
    return Holder(person.name, person.certificate_number)
