"""Items two regions agreed not to exchange, and where people are sent instead (协议中的改道).

A row counts where its agreement would: both places covered, in force on the day, and no narrower agreement lists the item.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.case.errors import GatewayError
from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.partners.partner import Partner
from gateway.partners.policies import AgreedRedirect
from gateway.partners.redirects import plain_name
from gateway.partners.terms import Agreement


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One row of one agreement."""

    agreement: Agreement
    row: AgreedRedirect

    def refusal(self, item: str) -> GatewayError:
        """Return the error that sends people where the row says."""
        number = self.agreement.number
        to = Text(f"{self.row.to} (按协议 {number})", f"{self.row.to} (agreement {number})")
        return GatewayError(Reason.REDIRECTED, item=item, target=to, system=to, advice=to, url="")


Rows = Mapping[str, tuple[Elsewhere, ...]]
"""Rows by basic code, or by plain name."""


def rows_of(partners: Iterable[Partner]) -> Rows:
    """Return every row of these partners' agreements."""
    found: dict[str, list[Elsewhere]] = defaultdict(list)
    for partner in partners:
        for agreement in partner.agreements:
            for row in agreement.redirects:
                found[plain_name(row.item)].append(Elsewhere(agreement, row))
    return MappingProxyType({key: tuple(rows) for key, rows in found.items()})


def rank(agreement: Agreement, theirs: tuple[str, ...], ours: tuple[str, ...]) -> tuple[int, int] | None:
    """Return how narrow an agreement is for two places, smaller for narrower; None if it does not cover both.

    Args:
        theirs, ours: each place and everything around it, narrow to wide.
    """
    found = [place for place in theirs if place in agreement.their_scope]
    own = [place for place in ours if place in agreement.our_scope]
    return (theirs.index(found[0]), ours.index(own[0])) if found and own else None
