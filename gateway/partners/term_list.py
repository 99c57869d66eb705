"""The terms of agreements one by one, written so that two regions write the same when they mean the same; what differs.

The fingerprint (`mirror`) says whether two sides read their agreements alike; this says which term they do not.  Terms are
compared as text, so that a side may know more kinds of terms than the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256

from gateway.case.texts import Text
from gateway.partners.terms import AgreedItem, Agreement, Direction

MOST_TERMS = 5_000
"""Terms told to a partner; some 900 items.  What is above it is counted and not compared."""
LONGEST_VALUE = 4_000
"""Characters; of a longer list, such as a scope of five hundred counties, the digest is compared."""
WHOLE = ""
"""Name of the term that says that an agreement is there at all."""


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """One term: number of the agreement, which term, and what it says."""

    agreement: str
    term: str
    value: str


@dataclass(frozen=True, slots=True)
class TermDifference:
    """A term that two sides read otherwise; None where a side does not have it at all."""

    agreement: str
    term: str
    here: str | None
    there: str | None

    def __str__(self) -> str:
        return f"{self.agreement} {self.term}: {self.here} / {self.there}"

    @property
    def said(self) -> Text:
        """The difference as an operator reads it."""
        name = name_of(self.term.removesuffix("/modes") if None in (self.here, self.there) else self.term)
        if self.here is None or self.there is None:
            where = _ONLY_THEIRS if self.here is None else _ONLY_OURS
            return Text(f"{self.agreement} {name.zh}: {where.zh}", f"{self.agreement} {name.en}: {where.en}")
        here, there = self.here or "-", self.there or "-"
        return Text(
            f"{self.agreement} {name.zh}: 我方 {here}, 对方 {there}",
            f"{self.agreement} {name.en}: ours {here}, theirs {there}",
        )


def terms_of(agreements: Iterable[Agreement], *, ours: str, theirs: str) -> tuple[Term, ...]:
    """Return every term of the agreements between two gateway codes, in order; the fingerprint rests on the same ones.

    Args:
        ours: this gateway's code.
        theirs: the code of the partner in whose file the agreements stand.
    """
    found: list[Term] = []
    for one in agreements:
        said: dict[str, str] = {
            WHOLE: "",
            "valid_from": one.valid_from.isoformat(),
            "valid_to": one.valid_to.isoformat(),
            f"scope/{ours}": _list(one.our_scope),
            f"scope/{theirs}": _list(one.their_scope),
            "mail.paid_by": one.mail.paid_by.value,
            "notice_from": one.notice_from.value,
        }
        for item in one.items:
            said |= {f"items/{_code(item)}/{name}": value for name, value in _item(item, ours, theirs).items()}
        found += [Term(one.number, term, value) for term, value in said.items()]
    return tuple(sorted(found))


def differing(here: Iterable[Term], there: Iterable[Term]) -> tuple[TermDifference, ...]:
    """Return the terms that two sides read otherwise, in order; of an agreement or item one side lacks, that alone."""
    ours, theirs = _by_name(here), _by_name(there)
    found: list[TermDifference] = []
    for key in sorted({*ours, *theirs}):
        agreement, term = key
        if ours.get(key) == theirs.get(key):
            continue
        lacks_whole = term != WHOLE and ((agreement, WHOLE) in ours) != ((agreement, WHOLE) in theirs)
        item, _, part = term.rpartition("/")
        modes = (agreement, f"{item}/modes")
        lacks_item = term.startswith("items/") and part != "modes" and (modes in ours) != (modes in theirs)
        if not lacks_whole and not lacks_item:
            found.append(TermDifference(agreement, term, ours.get(key), theirs.get(key)))
    return tuple(found)


def name_of(term: str) -> Text:
    """Return how a term is called; one this program does not know by its own name."""
    kind, _, rest = term.partition("/")
    if kind == "scope":
        return Text(f"{rest} 一侧的范围", f"scope on the side of {rest}")
    if kind == "items":
        code, _, part = rest.partition("/")
        if not part:
            return Text(f"事项 {code}", f"item {code}")
        name = _PARTS.get(part, Text(part, part))
        return Text(f"事项 {code} 的{name.zh}", f"item {code}: {name.en}")
    return _NAMES.get(term, Text(term, term))


def _by_name(terms: Iterable[Term]) -> Mapping[tuple[str, str], str]:
    return {(one.agreement, one.term): one.value for one in terms}


def _item(item: AgreedItem, ours: str, theirs: str) -> dict[str, str]:
    handlers = {Direction.OUTWARD: theirs, Direction.INWARD: ours}
    return {
        "modes": _list(mode.value for mode in item.modes),
        "handlers": _list(handlers[direction] for direction in item.directions),
        "powers": _list(power.value for power in item.powers),
        "limits": _list(f"{name} {days}" for name, days in asdict(item.limits).items()),
    }


def _code(item: AgreedItem) -> str:
    """Return what names an item on both sides: the national code, or both local ones in their order."""
    if item.basic or item.local is None:
        return item.basic or ""
    return "+".join(sorted((item.local.ours, item.local.theirs)))


def _list(values: Iterable[str]) -> str:
    said = ", ".join(sorted(values))
    return said if len(said) <= LONGEST_VALUE else f"sha256 {sha256(said.encode()).hexdigest()}"


_ONLY_OURS = Text("只有我方文件有", "only our file has it")
_ONLY_THEIRS = Text("只有对方文件有", "only their file has it")
_NAMES: Mapping[str, Text] = {
    WHOLE: Text("整份协议", "the whole agreement"),
    "valid_from": Text("生效日期", "valid from"),
    "valid_to": Text("截止日期", "valid to"),
    "mail.paid_by": Text("邮费承担方", "postage paid by"),
    "notice_from": Text("受理告知期限的起算", "start of the notice limit"),
}
_PARTS: Mapping[str, Text] = {
    "modes": Text("办理模式", "modes"),
    "handlers": Text("办理地", "regions that decide"),
    "powers": Text("授予的权力", "powers granted"),
    "limits": Text("各环节工作日", "working days of each step"),
}
