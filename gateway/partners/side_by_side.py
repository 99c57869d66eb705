"""Agreements of two regions side by side: every term as we have it and as they propose it, differences marked.

Both are given from our point of view.  Agreements belong together by their number (文号), items by their code.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from gateway.case.code.divisions import Divisions
from gateway.case.item.words import MODE_TEXT
from gateway.case.kinds import POWER_NAMES, NoticeFrom
from gateway.case.texts import Text
from gateway.partners.terms import DIRECTION_TEXT, AgreedItem, Agreement, Payer, StepLimits

NOTHING = Text("(没有)", "(none)")
_PAID_BY = {
    Payer.ORIGIN: Text("收件地付", "the origin pays"),
    Payer.HANDLER: Text("办理地付", "the handler pays"),
    Payer.APPLICANT: Text("申请人付", "the applicant pays"),
}
_NOTICE_FROM = {
    NoticeFrom.EARLIER: Text("先收到的一方", "whoever received first"),
    NoticeFrom.WINDOW: Text("窗口收件", "the window's receipt"),
    NoticeFrom.HANDLER: Text("办理地收到", "the handler's receipt"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """One term of an agreement on both sides.

    Attributes:
        binds: whether the two gateways must say the same; titles, names and carriers are words for people.
    """

    agreement: str
    term: Text
    ours: Text
    theirs: Text
    binds: bool = True

    @property
    def is_same(self) -> bool:
        """Whether both sides say the same."""
        return self.ours == self.theirs


def side_by_side(ours: Sequence[Agreement], theirs: Sequence[Agreement], divisions: Divisions) -> tuple[Term, ...]:
    """Return every term of every agreement either side has, in the order of theirs, then of what only we have."""
    mine = {one.number: one for one in ours}
    numbers = dict.fromkeys((*(one.number for one in theirs), *mine))
    other = {one.number: one for one in theirs}
    return tuple(
        term for number in numbers for term in _agreement(number, mine.get(number), other.get(number), divisions)
    )


def differing(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return the terms that bind both and are not the same."""
    return tuple(term for term in terms if term.binds and not term.is_same)


def _agreement(number: str, ours: Agreement | None, theirs: Agreement | None, divisions: Divisions) -> list[Term]:
    def row(term: Text, *, binds: bool = True, of: str = "") -> Term:
        return Term(number, term, _value(ours, of, divisions), _value(theirs, of, divisions), binds)

    rows = [
        row(Text("标题", "title"), binds=False, of="title"),
        row(Text("有效期", "validity"), of="validity"),
        row(Text("我方区划", "our divisions"), of="our_scope"),
        row(Text("对方区划", "their divisions"), of="their_scope"),
        row(Text("邮费", "postage"), of="mail"),
        row(Text("5 日起算", "five days from"), of="notice_from"),
    ]
    mine = {item.codes: item for item in ours.items} if ours else {}
    other = {item.codes: item for item in theirs.items} if theirs else {}
    for codes in dict.fromkeys((*other, *mine)):
        one, two = mine.get(codes), other.get(codes)
        name = next(item.name for item in (two, one) if item)
        code = " = ".join(codes)
        rows.append(Term(number, Text(f"{name} ({code})", f"{name} ({code})"), _item(one), _item(two)))
    return rows


def _value(agreement: Agreement | None, of: str, divisions: Divisions) -> Text:
    if agreement is None:
        return NOTHING
    match of:
        case "title":
            return _plain(agreement.title)
        case "validity":
            return _plain(f"{agreement.valid_from} — {agreement.valid_to}")
        case "our_scope" | "their_scope":
            scope: tuple[str, ...] = getattr(agreement, of)
            return _plain(", ".join(f"{code} {divisions.named(code)}" for code in sorted(scope)))
        case "mail":
            return _PAID_BY[agreement.mail.paid_by]
        case _:
            return _NOTICE_FROM[agreement.notice_from]


def _item(item: AgreedItem | None) -> Text:
    if item is None:
        return NOTHING
    ways = sorted(item.directions, key=lambda way: way.value)
    parts = (
        _listed(MODE_TEXT[mode] for mode in sorted(item.modes, key=lambda mode: mode.value)),
        _listed((DIRECTION_TEXT[way] for way in ways), " + "),
        _listed(POWER_NAMES[power] for power in sorted(item.powers, key=lambda power: power.value)),
        _plain(_steps(item.limits)),
    )
    return Text("; ".join(one.zh for one in parts if one.zh), "; ".join(one.en for one in parts if one.en))


def _listed(words: Iterable[Text], between: str = ", ") -> Text:
    several = tuple(words)
    return Text(between.join(one.zh for one in several), between.join(one.en for one in several))


def _steps(limits: StepLimits) -> str:
    usual = StepLimits()
    return ", ".join(
        f"{one.name} {getattr(limits, one.name)}"
        for one in fields(StepLimits)
        if getattr(limits, one.name) != getattr(usual, one.name)
    )


def _plain(text: str) -> Text:
    return Text(text, text)
