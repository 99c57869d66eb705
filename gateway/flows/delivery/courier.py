"""What flows ask of whoever carries bytes to partners, and the values that travel with it.

Declared here, below the doors; `peering.client` is the one that dials.  Leaves to the flows: what the answers mean.
Every failure of a courier is a GatewayError:

    PARTNER_UNREACHABLE   no connection, or the far side proved to be somebody else
    PARTNER_SLOW          no answer within the bound of the call
    PARTNER_REJECTED_US   the far side does not believe us; names its reason
    PARTNER_ANSWER        the answer cannot be read
    any other reason      what the far side answered, as itself
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.partners.partner import Partner
from gateway.wire.description import Description
from gateway.wire.envelope import EnvelopeAnswer
from gateway.wire.item_pages import ItemsPage
from gateway.wire.reconcile import DayAsked, DayHeld
from gateway.wire.transfer_codec import Manifest, MaterialStanding

__all__ = [
    "NO_ANSWERS",
    "TELLS_TERMS",
    "Answers",
    "Courier",
    "HandedOut",
    "ItemsPage",
    "Manifest",
    "MaterialStanding",
    "Recalled",
]

TELLS_TERMS = "agreement/terms"
"""Feature of a gateway that tells the terms of the agreements, one by one, to a partner that asks for them."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of some envelopes.

    Attributes:
        receipt_batches: serialised SealedEnvelope messages, the exact bytes that are stored.
        answers: one per envelope, in their order; each points into `receipt_batches` or holds a problem.
    """

    receipt_batches: tuple[bytes, ...]
    answers: tuple[EnvelopeAnswer, ...]


NO_ANSWERS = Answers((), ())


@dataclass(frozen=True, slots=True)
class HandedOut:
    """Envelopes for the one who collects: serialised SealedEnvelope messages; `more` are waiting."""

    envelopes: tuple[bytes, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Recalled:
    """Receipts asked for again: serialised SealedEnvelope messages, and the ids promised never to be taken."""

    receipt_batches: tuple[bytes, ...]
    never_seen: tuple[str, ...]


class Courier(Protocol):
    """Carries bytes to a partner and brings the answer; every call has a bound of its own."""

    async def describe(self, partner: Partner, *, with_terms: bool = False) -> Description:
        """Ask what the partner's gateway is and how it sees us.

        Args:
            with_terms: ask for the terms of the agreements too; only where `TELLS_TERMS` is listed.
        """

    async def deliver(self, partner: Partner, envelopes: Sequence[bytes]) -> Answers:
        """Hand over serialised SealedEnvelope messages, at most 64 and 3 MiB."""

    async def collect(self, partner: Partner, answered: Answers, max_envelopes: int, wait_seconds: int) -> HandedOut:
        """Bring the answers to envelopes collected earlier and take what the partner owes us.

        Args:
            max_envelopes: 0 to 64; 0 brings answers only.
            wait_seconds: 0 to 50; how long the partner may wait for something to hand out.
        """

    async def check_materials(self, partner: Partner, manifest: Manifest) -> tuple[MaterialStanding, ...]:
        """Announce files; one standing per file, in the order of the manifest."""

    async def put_material(
        self, partner: Partner, case_id: str, sha256: str, offset: int, chunks: AsyncIterator[bytes]
    ) -> MaterialStanding:
        """Upload from an offset on, at most 64 MiB; returns what the partner then has."""

    def get_material(self, partner: Partner, case_id: str, sha256: str, offset: int) -> AsyncIterator[bytes]:
        """Download from an offset on; the digest is for the caller to check."""

    async def get_receipts(
        self, partner: Partner, envelope_ids: Sequence[str], *, issued_by_us: bool = False
    ) -> Recalled:
        """Ask for receipts again, at most 64.

        Args:
            issued_by_us: those we gave for envelopes of the partner, not those it gave for ours.
        """

    async def get_envelopes(
        self,
        partner: Partner,
        ids: Sequence[str] = (),
        of_case: tuple[str, str, int] | None = None,
    ) -> HandedOut:
        """Ask for envelopes again, by id (at most 64) or as (case, sender, first sequence)."""

    async def get_items(self, partner: Partner, since: int, page_token: str = "") -> ItemsPage:
        """Ask what the partner demands for its items: what came to its catalogue after a version of it, a page."""

    async def reconcile(self, partner: Partner, asked: DayAsked) -> DayHeld:
        """Ask what the partner holds of a day."""
