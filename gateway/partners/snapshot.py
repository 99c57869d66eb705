"""All partners at one moment: immutable, indexed, shared by everything that begins at that moment.

A flow takes one snapshot at its start and keeps it.  A reload makes another and leaves this one alone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from gateway.case.code.divisions import Divisions
from gateway.case.errors import GatewayError
from gateway.case.model import Mode
from gateway.case.reasons import Reason
from gateway.partners.elsewhere import Rows, rows_of
from gateway.partners.keys import PartnerKey
from gateway.partners.partner import Partner
from gateway.partners.terms import AgreedItem, Agreement, Direction


@dataclass(frozen=True, slots=True)
class Term:
    """One line of one agreement with one partner."""

    partner: Partner
    agreement: Agreement
    item: AgreedItem


Way = tuple[str, Mode, Direction]
"""Item code, mode, direction."""

Scopes = Mapping[tuple[str, str], tuple[Term, ...]]
"""Terms by (their scope, our scope)."""

MOST_ANSWERS = 4_096
"""Routes and permits kept: the cases of a day ask for the same few over and over."""

_NO_SCOPES: Scopes = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Partners:
    """The partners, with indexes by code, by key and by what may go where.

    Attributes:
        closed: codes of partners whose file was removed: known for open cases, no new ones.
        digest: equal digests mean that nothing changed.
    """

    divisions: Divisions = field(repr=False)
    closed: frozenset[str]
    digest: str
    _by_code: Mapping[str, Partner] = field(repr=False)
    _former: Mapping[str, Partner] = field(repr=False)
    _by_kid: Mapping[str, tuple[Partner, PartnerKey]] = field(repr=False)
    _ways: Mapping[Way, Scopes] = field(repr=False)
    _above: Mapping[str, tuple[str, ...]] = field(repr=False)
    terms: tuple[Term, ...] = field(repr=False)
    """Every line of every agreement that routes may use; for refusals, which look at all of them."""
    elsewhere: Rows = field(repr=False)
    """What agreements send elsewhere, by basic code or name."""
    _answers: dict[tuple[object, ...], object] = field(init=False, repr=False, default_factory=dict)

    @staticmethod
    def of_all(
        partners: Iterable[Partner],
        divisions: Divisions,
        *,
        closed: Iterable[Partner] = (),
        samples: bool = False,
    ) -> "Partners":
        """Return the snapshot of `partners`.

        Args:
            closed: partners whose file was removed; one whose code is in `partners` again is dropped.
            samples: whether sample partners (示例) are routed to; their keys are never believed.
        """
        present = {partner.code: partner for partner in partners}
        gone = {partner.code: partner for partner in closed if partner.code not in present}
        everyone = present | gone
        terms = tuple(
            Term(partner, agreement, item)
            for partner in everyone.values()
            if samples or not partner.is_sample
            for agreement in partner.agreements
            for item in agreement.items
        )
        digest = hashlib.sha256()
        for code, partner in sorted(everyone.items()):
            digest.update(f"{code} {partner.digest} {code in gone}\n".encode())
        return Partners(
            divisions=divisions,
            closed=frozenset(gone),
            digest=digest.hexdigest(),
            _by_code=MappingProxyType(everyone),
            _former=MappingProxyType({code: partner for partner in everyone.values() for code in partner.history}),
            _by_kid=MappingProxyType(
                {
                    key.kid: (partner, key)
                    for partner in everyone.values()
                    if not partner.is_sample
                    for key in partner.keys
                }
            ),
            _ways=_index(terms),
            _above=_places(divisions),
            terms=terms,
            elsewhere=rows_of(partner for partner in everyone.values() if samples or not partner.is_sample),
        )

    def __iter__(self) -> Iterator[Partner]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def of(self, code: str) -> Partner | None:
        """Return the partner whose gateway has this code now, closed ones included."""
        return self._by_code.get(code)

    def formerly(self, code: str) -> Partner | None:
        """Return the partner that had this code before."""
        return self._former.get(code)

    def by_kid(self, kid: str) -> tuple[Partner, PartnerKey] | None:
        """Return the owner of a key and the key; validity is the caller's to judge.  Samples own nothing."""
        return self._by_kid.get(kid)

    def is_closed(self, partner: Partner) -> bool:
        """Whether the partner's file was removed, so that no new case may be opened."""
        return partner.code in self.closed

    def remembered(self, question: tuple[object, ...]) -> object | None:
        """Return the answer to a question that was asked of this snapshot before, None when it was not."""
        return self._answers.get(question)

    def remember(self, question: tuple[object, ...], answer: object) -> None:
        """Keep what follows from this snapshot and the question alone; at most MOST_ANSWERS, then all are forgotten."""
        if len(self._answers) >= MOST_ANSWERS:
            self._answers.clear()
        self._answers[question] = answer

    def scopes(self, way: Way) -> Scopes:
        """Return the terms for an item, mode and direction, by (their scope, our scope)."""
        return self._ways.get(way, _NO_SCOPES)

    def places(self, division: str) -> tuple[str, ...]:
        """Return the six-digit division in force that holds `division`, then everything around it, narrow to wide.

        A town or village counts as its county.  An abolished division with one successor counts as that.

        Raises:
            GatewayError: DIVISION_UNKNOWN; DIVISION_ABOLISHED when a person must choose between successors.
        """
        # A code of 12 digits goes through `get`, which judges its form; one of 6 is in the table or it is not.
        places = self._above.get(division)
        if places:
            return places
        row = self.divisions.get(division)
        if row is None:
            raise GatewayError(Reason.DIVISION_UNKNOWN, division=division, division_name=division)
        places = self._above.get(row.code6)
        if places:
            return places
        after = self.divisions.successors(row.code6)
        if len(after) == 1:
            return self._above[after[0].code6]
        raise GatewayError(
            Reason.DIVISION_ABOLISHED,
            division=f"{row.name} ({row.code6})",
            division_name=row.name,
            successor=", ".join(f"{successor.code6} {successor.name}" for successor in after),
        )


def _index(terms: Iterable[Term]) -> Mapping[Way, Scopes]:
    ways: dict[Way, dict[tuple[str, str], list[Term]]] = defaultdict(lambda: defaultdict(list))
    for term in terms:
        for code in term.item.codes:
            for mode in term.item.modes:
                for direction in term.item.directions:
                    scopes = ways[code, mode, direction]
                    for theirs in term.agreement.their_scope:
                        for ours in term.agreement.our_scope:
                            scopes[theirs, ours].append(term)
    return MappingProxyType(
        {way: MappingProxyType({pair: tuple(found) for pair, found in scopes.items()}) for way, scopes in ways.items()}
    )


@lru_cache(maxsize=2)  # the list of divisions is the same for every snapshot of a process
def _places(divisions: Divisions) -> Mapping[str, tuple[str, ...]]:
    places: dict[str, tuple[str, ...]] = {}
    for division in divisions:
        if divisions.successors(division.code6) != (division,):
            continue
        upwards = [division.code6]
        above = divisions.get(division.parent)
        while above:
            upwards.append(above.code6)
            above = divisions.get(above.parent)
        places[division.code6] = tuple(upwards)
    return MappingProxyType(places)
