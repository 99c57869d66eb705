"""What a notice says: sentences with places for the facts of a case, kept in a file that operators may replace.

A sentence whose fact a case does not have is left out as a whole, so that no notice has a hole in it.

Leaves to others: the files (`settings.notice_files`), the facts (`facts`).
"""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.case.notice.kinds import NoticeKind


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one kind of notice.

    Attributes:
        letters: 类别字, which stands in its number between the organ and the year; empty for one without number.
        facts: lines of the table at the top: what it is called, and the sentence that fills it.
        before, after: paragraphs before and behind the list or table of the notice.
        basis: what `{basis}` says for 行政许可; `basis_other` for every other type of item.
        remedies: told where the applicant is refused.
        seal: what stands where the seal belongs.
        signs: lines to be signed by hand.
        keeps_blank: lines of the table without a fact stay, to be filled in by hand.
    """

    title: str
    letters: str = ""
    opening: str = ""
    facts: Mapping[str, str] = ()  # type: ignore[assignment]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    basis: str = ""
    basis_other: str = ""
    remedies: tuple[str, ...] = ()
    seal: str = ""
    signs: tuple[str, ...] = ()
    keeps_blank: bool = False

    def sentences(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield every sentence with places for facts, and where it stands."""
        yield ("opening",), self.opening
        for name in ("basis", "basis_other", "seal"):
            yield (name,), getattr(self, name)
        yield from ((("facts", name), said) for name, said in dict(self.facts).items())
        for name in ("before", "after", "remedies"):
            yield from (((name, at), said) for at, said in enumerate(getattr(self, name)))


Wordings = Mapping[NoticeKind, Wording]


def places_of(sentence: str) -> tuple[str, ...]:
    """Return the names of the facts a sentence wants, in order.

    Raises:
        ValueError: a brace that opens or closes nothing, or a name with more than letters and underscores.
    """
    found = []
    for _, name, form, conversion in string.Formatter().parse(sentence):
        if name is None:
            continue
        if form or conversion or not name.replace("_", "").isalpha() or not name.isascii():
            raise ValueError("a place is a name in braces")
        found.append(name)
    return tuple(found)


def filled(sentence: str, facts: Mapping[str, str]) -> str:
    """Return a sentence with its facts; empty when one of them is not there."""
    if not all(facts.get(name) for name in places_of(sentence)):
        return ""
    return sentence.format_map(facts)
