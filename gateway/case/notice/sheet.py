"""A notice ready to be put on paper: a value that the page and the PDF are both made from, so that they say the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.case.notice.wording import Wording, filled


@dataclass(frozen=True, slots=True)
class Sheet:
    """One notice.

    Attributes:
        number: its number (文号); empty when it has none, and `unnumbered` then says why.
        marks: such as that it was printed before.
        facts: the table at the top.
        listed: what is asked for, or delivered, each with a number before it.
        headings, rows: the table of the slip.
        dated: day in words, as notices write it.
        seal: what stands where the seal belongs; nothing is drawn there.
        foot: remarks below the line, not part of the notice.
        link: address behind the QR code; empty for none.
    """

    title: str
    number: str
    unnumbered: str
    marks: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    opening: str
    before: tuple[str, ...]
    listed: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    after: tuple[str, ...]
    remedies: tuple[str, ...]
    organ: str
    dated: str
    seal: str
    signs: tuple[str, ...]
    foot: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the sentences of a notice; see `Sheet`."""

    number: str = ""
    unnumbered: str = ""
    marks: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    organ: str = ""
    dated: str = ""
    foot: tuple[str, ...] = ()
    link: str = ""


def sheet(wording: Wording, facts: Mapping[str, str], around: Around, *, licensing: bool) -> Sheet:
    """Return a notice from its sentences and the facts of a case.

    Args:
        licensing: whether the item is 行政许可, so that the notice rests on that law.
    """
    basis = facts.get("basis") or filled(wording.basis if licensing else wording.basis_other, facts)
    facts = {**facts, "basis": basis}
    table = [(name, filled(said, facts)) for name, said in dict(wording.facts).items()]
    return Sheet(
        title=wording.title,
        number=around.number,
        unnumbered=around.unnumbered if wording.letters and not around.number else "",
        marks=around.marks,
        facts=tuple(one for one in table if one[1] or wording.keeps_blank),
        opening=filled(wording.opening, facts),
        before=_said(wording.before, facts),
        listed=around.listed,
        headings=around.headings if around.rows else (),
        rows=around.rows,
        after=_said(wording.after, facts),
        remedies=_said(wording.remedies, facts),
        organ=around.organ,
        dated=around.dated,
        seal=filled(wording.seal, facts),
        signs=wording.signs,
        foot=around.foot,
        link=around.link,
    )


def _said(sentences: Sequence[str], facts: Mapping[str, str]) -> tuple[str, ...]:
    found: Iterable[str] = (filled(one, facts) for one in sentences)
    return tuple(one for one in found if one)
