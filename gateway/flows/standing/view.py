"""How things stand with every partner, from both sides, the worst first: one row for lists, pages and the API.

Our view is what this gateway knows of its own (`delivery.standings`); theirs is what the partner told when it was asked last.
Bound: three look-ups for each partner; counts are taken up to a bound (`store.backlog`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.flows.delivery.standings import PartnerStanding, standing_of
from gateway.flows.standing.ask import can_be_asked
from gateway.flows.standing.lights import Known, Light, Wrong, judge
from gateway.partners.mirror import agreements_fingerprint
from gateway.partners.partner import Partner
from gateway.partners.registry import Registry
from gateway.partners.schema import Use
from gateway.partners.term_list import Term, TermDifference, differing, terms_of
from gateway.store import partner_views, peers, reconciliations
from gateway.store.database import Database, Transaction
from gateway.store.partner_views import PartnerView

_LIGHTS = list(Light)


@dataclass(frozen=True, slots=True)
class BothViews:
    """One partner from both sides.

    Attributes:
        partner: its file, as it is live.
        standing: our view; view: theirs.
        alike, differing: whether both read the agreements alike, and which terms they do not.
        papers_end: when the first of its certificates and keys ends, that of its server included once it was seen.
        unexplained: days with differences nobody explained.
        wrong: everything that is wrong, the gravest first.
    """

    partner: Partner
    standing: PartnerStanding
    view: PartnerView
    alike: bool | None
    differing: tuple[TermDifference, ...]
    papers_end: datetime | None
    unexplained: int
    light: Light
    wrong: tuple[Wrong, ...]


@dataclass(frozen=True, slots=True)
class ViewingPartners:
    """The flow, bound to one gateway.

    Attributes:
        certificate_ends: when the certificate a partner's server proved itself with ends; None while it is not known.
    """

    region: str
    database: Database
    registry: Registry
    clock: Callable[[], datetime]
    certificate_ends: Callable[[str], datetime | None] = lambda _: None

    async def both_views(self, code: str = "") -> list[BothViews]:
        """Return every partner that is no sample, the worst first, then by code.

        Args:
            code: of one partner, when only that is wanted.
        """
        now = self.clock()
        partners = [one for one in self.registry.current() if not one.is_sample and code in ("", one.code)]

        def look(tx: Transaction) -> list[BothViews]:
            known, views, open_days = peers.every(tx), partner_views.every(tx), reconciliations.unexplained(tx)
            return [
                self._one(
                    one,
                    standing_of(tx, one, known.get(one.code), now),
                    views.get(one.code) or PartnerView(one.code),
                    open_days.get(one.code, 0),
                    now,
                )
                for one in partners
            ]

        found = await self.database.read(look)
        return sorted(found, key=lambda one: (_LIGHTS.index(one.light), one.partner.code))

    def _one(
        self, partner: Partner, standing: PartnerStanding, view: PartnerView, unexplained: int, now: datetime
    ) -> BothViews:
        alike, terms = self._agreement(partner, view)
        seen = self.certificate_ends(partner.code)
        ends = min((end for end in (papers_end(partner, now), seen) if end is not None), default=None)
        known = Known(standing, view, alike, terms, ends, unexplained, can_be_asked(partner))
        light, wrong = judge(known, now)
        return BothViews(partner, standing, view, alike, terms, ends, unexplained, light, wrong)

    def _agreement(self, partner: Partner, view: PartnerView) -> tuple[bool | None, tuple[TermDifference, ...]]:
        theirs = view.told.fingerprint
        if not theirs:
            return None, ()
        ours = agreements_fingerprint(partner.agreements, ours=self.region, theirs=partner.code).hex()
        if theirs == ours:
            return True, ()
        told = [Term(one.agreement, one.term, one.value) for one in view.told.terms]
        here = terms_of(partner.agreements, ours=self.region, theirs=partner.code)
        return False, differing(here, told) if told else ()


def papers_end(partner: Partner, now: datetime) -> datetime | None:
    """Return when a partner can no longer prove itself by what its file has: authorities, seal keys or token keys."""
    ends = [max((root.not_valid_after_utc for root in partner.roots), default=now)]
    for use in Use:
        keys = [key.seal_until for key in partner.keys if key.use is use]
        ends += [max(keys)] if keys else []
    return min(ends) if partner.roots or partner.keys else None
