"""The partner answered our envelopes: what is settled, what is tried again.

1 proven     every batch of receipts is sealed by the partner, for us                 else: tried again, shown
2 matched    a receipt counts only for the bytes we sent, and if what it says is possible (`believe`)
3 settled    accepted or refused, for ever; the batch is kept as evidence
4 folded     a receipt tells the version of our event: fold what is due
5 told       the local system learns how it went
6 put off    an answer that settles nothing moves the next try, or parks the envelope (`parking`)

Steps 3 to 6 are one transaction.  Where one envelope cannot be written down it is done again with each on its own
(`write_down`), so that one whose case rests on something unreadable holds up its own case only.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import structs

from gateway.case.errors import GatewayError
from gateway.case.events import Event
from gateway.case.lifecycle import pass_on
from gateway.case.reasons import Reason
from gateway.case.states import PASSAGES, Party, Passage, State
from gateway.flows.clocks.timing import Timing
from gateway.flows.delivery.believe import doubt, kept_batches
from gateway.flows.delivery.giving_up import give_up_the_rest, lift, owe_the_rest_again
from gateway.flows.delivery.parking import free_the_like, park, put_off
from gateway.flows.delivery.resealing import reseal
from gateway.flows.delivery.write_down import STORE_FAILED
from gateway.flows.folding import KIND_OF, fold_what_is_due
from gateway.flows.opening import open_receipts
from gateway.flows.past import report_folded
from gateway.flows.reading import read_envelope
from gateway.flows.sealing import Sealer
from gateway.partners.partner import Partner
from gateway.store import audit, cases, events, evidence, feed, outbox
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.store.events import EventRow
from gateway.store.outbox import Owed
from gateway.trust.suites import VerifyKey
from gateway.trust.vault import Vault
from gateway.wire.envelope import EnvelopeAnswer, Outcome, Receipt

CLOCKS_DIFFER = timedelta(hours=1)
"""Wait before an event is sent again that the partner calls expired and we do not."""
_ANEW = frozenset({Reason.EXPIRED.value, Reason.DECLARED_NEVER_SEEN.value})
"""Refusals of an envelope and not of what it says: another one may carry the same."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Receipts of one answer, proven and by envelope id, with the sealed batch each came in."""

    receipts: Mapping[str, tuple[Receipt, str]]
    batches: Mapping[str, bytes]
    error: GatewayError | None


def prove_receipts(
    sealed_batches: Sequence[bytes], partner: Partner, own_region: str, keys: Mapping[str, VerifyKey], now: datetime
) -> Proven:
    """Open every batch; one that does not prove counts for nothing and is named."""
    receipts: dict[str, tuple[Receipt, str]] = {}
    batches: dict[str, bytes] = {}
    failure = None
    for sealed in sealed_batches:
        try:
            batch = open_receipts(sealed, partner.code, own_region, keys, now, partner.short_name)
        except GatewayError as error:
            failure = error
            continue
        if batches.setdefault(batch.batch_id, sealed) != sealed:
            failure = GatewayError(Reason.PARTNER_ANSWER, partner=partner.short_name, detail="batch_id")
            continue
        receipts |= {receipt.envelope_id: (receipt, batch.batch_id) for receipt in batch.receipts}
    return Proven(receipts, batches, failure)


@dataclass(frozen=True, slots=True)
class Settling:
    """What settling needs; `jitter` is from 0 to 1."""

    sealer: Sealer
    vault: Vault
    timing: Timing
    jitter: Callable[[], float]

    @property
    def region(self) -> str:
        """Our gateway code."""
        return self.sealer.region

    def settle(
        self,
        tx: Transaction,
        partner: Partner,
        claimed: Sequence[Owed],
        proven: Proven,
        answers: Sequence[EnvelopeAnswer],
        now: datetime,
        *,
        apart: bool = False,
    ) -> int:
        """Write down how a flight went; return how many envelopes are settled.

        Args:
            apart: one that cannot be written down, such as for a tampered body that its case rests on, is parked, and the
                others are settled.
        """
        problems = {answer.envelope_id: answer.problem for answer in answers if answer.problem}
        # A rejection may come without an id; the order of the answers is that of the request.
        by_place = {
            owed.envelope_id: answer.problem
            for owed, answer in zip(claimed, answers, strict=False)
            if not answer.envelope_id
        }
        kept = kept_batches(tx, self.vault, partner.code, proven.batches)
        # Whatever is owed anew below is owed for the case of the envelope at hand, which is settled by then.
        lines = outbox.with_others_behind(tx, {owed.case_id for owed in claimed})
        used: set[str] = set()
        mended: set[str] = set()
        settled = 0
        for owed in claimed:
            found = proven.receipts.get(owed.envelope_id)
            wrong = doubt(tx, self.region, owed, found, kept) if found else ""
            if wrong:
                audit.note(tx, now, f"region:{partner.code}", "receipt.rejected", owed.case_id, wrong, owed.envelope_id)
            if found and not wrong:
                receipt, batch_id = found
                try:
                    with tx.savepoint() if apart else nullcontext():
                        settled += self._settle_one(tx, partner, owed, receipt, batch_id, now, lines)
                except GatewayError as error:
                    if not apart or error.reason in STORE_FAILED:
                        raise
                    park(tx, partner, self.region, owed, error.reason.value, self.jitter(), now)
                    continue
                used.add(batch_id)
                if receipt.refusal is None or receipt.refusal.reason != owed.last_reason:
                    mended.add(owed.last_reason)
            else:
                problem = problems.get(owed.envelope_id) or by_place.get(owed.envelope_id)
                parked = put_off(tx, partner, self.region, owed, problem, self.jitter(), now)
                if parked and problem and problem.reason == Reason.ENVELOPE_ID_CONFLICT.value:
                    self._under_another_id(tx, owed, now)
        free_the_like(tx, partner.code, mended, now)
        for batch_id in used:
            if batch_id not in kept:
                sealed = proven.batches[batch_id]
                evidence.record(tx, self.vault, evidence.RECEIPTS, partner.code, batch_id, sealed, now)
        return settled

    def _settle_one(
        self,
        tx: Transaction,
        partner: Partner,
        owed: Owed,
        receipt: Receipt,
        batch_id: str,
        now: datetime,
        lines: set[str],
    ) -> bool:
        """Settle an envelope with its receipt; False when it was settled.

        Args:
            lines: cases in which something may stand behind what is settled.
        """
        accepted = receipt.outcome is Outcome.ACCEPTED
        reason = "" if accepted or receipt.refusal is None else receipt.refusal.reason
        outcome = outbox.ACCEPTED if accepted else outbox.REFUSED

        def settled() -> bool:
            is_last = owed.case_id not in lines
            return outbox.settle(tx, owed.envelope_id, outcome, now, reason=reason, batch_id=batch_id, is_last=is_last)

        if not settled() and not (self._was_given_up_too_soon(tx, owed, reason, lines, now) and settled()):
            return False
        row = cases.find(tx, owed.case_id)
        event = events.by_sequence(tx, owed.case_id, self.region, owed.sequence)
        if row is None or event is None:
            raise LookupError(f"envelope {owed.envelope_id} belongs to no case")
        if reason == Reason.ALREADY_HELD.value and self._came_before(tx, owed, event, receipt, now):
            return True
        if row.party is Party.ORIGIN:
            self._at_origin(tx, row, event, receipt, reason, now)
        elif reason in _ANEW:
            again = reseal(tx, self.vault, self.sealer, row, event, now)
            in_time = now < owed.expires_at and reason == Reason.EXPIRED.value
            # By our clock it came in time, or it was sealed anew for this before.  Another envelope at once would fare no
            # better, and so on for ever.
            later = CLOCKS_DIFFER if in_time or reason == owed.last_reason else timedelta()
            outbox.put_off(tx, again, now + later, reason)
        elif not accepted:
            audit.note(tx, now, f"region:{row.partner}", "event.refused", row.case_id, reason, event.event_id)
            if reason != owed.last_reason:
                feed.tell(tx, now, row.system, row.case_id, feed.RECEIPT, self.region, owed.envelope_id, reason)
            if reason != Reason.ALREADY_HELD.value:
                # Its version is given: without it the origin would fold nothing more of the case, whatever came.
                anew = outbox.find(tx, reseal(tx, self.vault, self.sealer, row, event, now))
                assert anew is not None, "it was owed just now"
                park(tx, partner, self.region, anew, reason, self.jitter(), now)
        return True

    def _was_given_up_too_soon(self, tx: Transaction, owed: Owed, reason: str, lines: set[str], now: datetime) -> bool:
        """An opening that an operator gave up unasked is answered after all: owe it again, so that the answer settles it."""
        row = cases.find(tx, owed.case_id)
        event = events.by_sequence(tx, owed.case_id, self.region, owed.sequence)
        if row is None or event is None or event.kind != events.OPENING or reason in _ANEW:
            return False
        if row.partner != owed.partner:
            # Redirected unasked: two handlers may have it.  What the first does to it is refused, so that it is told there.
            audit.note(tx, now, f"region:{owed.partner}", "receipt.too_late", row.case_id, reason, owed.envelope_id)
            return False
        if row.standing.state is not State.UNDELIVERABLE or event.envelope_id != owed.envelope_id:
            return False
        lifted = lift(tx, self.region, row, now)
        if lifted is row:
            return False
        lines.add(row.case_id)
        cases.move(tx, lifted, now)
        return True

    def _under_another_id(self, tx: Transaction, owed: Owed, now: datetime) -> None:
        """The partner holds something else under the id of an envelope: what it carries goes under another one, slowly."""
        row = cases.find(tx, owed.case_id)
        event = events.by_sequence(tx, owed.case_id, self.region, owed.sequence)
        found = outbox.find(tx, owed.envelope_id)
        if row is None or event is None or found is None or found.settled_at is not None:
            return  # ended meanwhile
        if event.envelope_id == owed.envelope_id:
            reseal(tx, self.vault, self.sealer, row, event, now)

    def _came_before(self, tx: Transaction, sent: Owed, event: EventRow, receipt: Receipt, now: datetime) -> bool:
        """An earlier envelope with the same event arrived after all: ask for its receipt again, which counts."""
        earlier = receipt.refusal.facts.get("envelope_id", "") if receipt.refusal else ""
        owed = outbox.find(tx, earlier)
        # Of this partner: nobody brings back to life what went to the handler before a redirection.
        its = (event.case_id, event.sequence, sent.partner)
        if owed is None or (owed.case_id, owed.sequence, owed.partner) != its:
            return False
        if not outbox.reopen(tx, earlier, now):
            return False
        body = read_envelope(tx, self.vault, self.region, earlier).body
        events.put_in_envelope(tx, event, earlier, KIND_OF[type(body.happening)] if isinstance(body, Event) else "")
        audit.note(tx, now, f"region:{owed.partner}", "envelope.reopened", event.case_id, "ALREADY_HELD", earlier)
        return True

    def _at_origin(
        self, tx: Transaction, row: CaseRow, event: EventRow, receipt: Receipt, reason: str, now: datetime
    ) -> None:
        if receipt.outcome is Outcome.ACCEPTED and event.standing == events.FOLDED:
            # Folded when it was first answered; that answer was lost here since (`flows.reconciling`).
            return
        if receipt.outcome is Outcome.ACCEPTED:
            version = 1 if event.kind == events.OPENING else receipt.case_version
            event = structs.replace(event, version=event.version or version)
            if event.kind == events.OPENING:
                row = self.timing.handed_over(row, receipt.received_at)
                if row.standing.state is State.UNDELIVERABLE:
                    owe_the_rest_again(tx, row.case_id, self.region, now)
            if event.kind == events.OPENING and Passage.TAKEN_IN in PASSAGES.get(row.standing.state, {}):
                row = structs.replace(row, standing=pass_on(row.standing, Passage.TAKEN_IN))
            feed.tell(tx, now, row.system, row.case_id, feed.RECEIPT, self.region, event.envelope_id)
            for folded in fold_what_is_due(tx, self.vault, self.timing, row, now, known=event).now_folded:
                if folded.sender != self.region:
                    note = report_folded(tx, self.vault, row, folded, now)
                    feed.tell(tx, now, row.system, row.case_id, feed.EVENT, folded.sender, folded.envelope_id, note)
            return
        events.mark(tx, event, events.REFUSED, reason=reason)
        kind = feed.RECEIPT
        if event.kind == events.OPENING:
            # Too late is not a "no" of the handler: staff may send it anew.
            passage = Passage.GIVEN_UP if reason in _ANEW else Passage.TURNED_DOWN
            row = structs.replace(row, standing=pass_on(row.standing, passage))
            row = self.timing.ended(row, now) if passage is Passage.TURNED_DOWN else row
            kind = feed.NOT_HANDED_OVER if passage is Passage.GIVEN_UP else feed.RECEIPT
            cases.move(tx, row, now)
            give_up_the_rest(tx, row.case_id, self.region, reason, now)
        feed.tell(tx, now, row.system, row.case_id, kind, self.region, event.envelope_id, reason)
        audit.note(tx, now, f"region:{row.partner}", "envelope.refused", row.case_id, reason, event.envelope_id)
