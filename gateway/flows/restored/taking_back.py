"""Writing back what a restored store has lost: envelopes of either side with the receipts that answered them.

Everything keeps the id, the bytes, the sequence, the version and the receipt it had, so that the evidence of both sides
goes on agreeing; nothing is sealed here.  What was there already is left as it is, so that all of it may be repeated.

1 ours     owed again and settled at once with the partner's receipt; a case we opened is there again, of no system
2 theirs   taken in as it was, with the receipt we gave then; refused ones are remembered as refused
3 folded   events in the order of their versions, as on any other day (`folding`)
4 told     the local systems learn it, perhaps a second time
"""

from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from gateway.case.events import Event
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import Party, State
from gateway.flows.delivery.giving_up import lift
from gateway.flows.delivery.resealing import RESEALED
from gateway.flows.delivery.settle import Proven, Settling
from gateway.flows.folding import KIND_OF, fold_what_is_due
from gateway.flows.opening import Opened, Unreadable
from gateway.flows.owing import event_row, opening_row, owe_envelope
from gateway.flows.past import report_folded
from gateway.flows.restored.case_again import CaseAgain
from gateway.flows.their_events import keep_event, keep_refused
from gateway.partners.partner import Partner
from gateway.store import audit, bodies, cases, events, evidence, feed, inbox, outbox, possessions, rerouting
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.store.events import EventRow
from gateway.store.outbox import Owed
from gateway.trust.vault import Vault
from gateway.wire.envelope import Envelope, Outcome, Receipt
from gateway.wire.header import Header


@dataclass(frozen=True, slots=True)
class Returned:
    """One envelope that came back, proven to be sealed by its sender, with the receipt that answered it.

    Attributes:
        opened: one whose body does not read was refused then.
        batch: the sealed batch the receipt stood in, as the issuer sealed it.
    """

    opened: Opened | Unreadable
    receipt: Receipt
    batch_id: str
    batch: bytes

    @property
    def header(self) -> Header:
        """Who sealed it, and its place in which case."""
        return self.opened.authentic.header

    @property
    def envelope(self) -> Envelope | None:
        """What it says; None when it does not read."""
        return self.opened.envelope if isinstance(self.opened, Opened) else None

    @property
    def accepted(self) -> bool:
        """Whether it was accepted."""
        return self.receipt.outcome is Outcome.ACCEPTED

    @property
    def reason(self) -> str:
        """Why it was refused."""
        return self.receipt.refusal.reason if self.receipt.refusal else ""


@dataclass(frozen=True, slots=True)
class TakingBack:
    """The writing part of catching up, bound to one partner snapshot."""

    region: str
    vault: Vault
    settling: Settling
    again: CaseAgain

    def take(self, tx: Transaction, partner: Partner, returned: Returned, now: datetime) -> bool:
        """Write one envelope back; False when its case is not here yet."""
        if returned.header.sender != self.region:
            done = self._theirs(tx, partner, returned, now)
        else:
            # What we sealed we read back before it left, so `fetch_back` hands on nothing of ours that does not read.
            done = isinstance(returned.opened, Opened) and self._ours(tx, partner, returned, returned.opened, now)
        if done:
            header, by = returned.header, f"region:{partner.code}"
            audit.note(tx, now, by, "envelope.taken_back", header.case_id, detail=header.envelope_id)
        return done

    def _ours(self, tx: Transaction, partner: Partner, returned: Returned, opened: Opened, now: datetime) -> bool:
        envelope = opened.envelope
        owed = outbox.find(tx, envelope.envelope_id)
        if owed is not None and owed.outcome == outbox.GIVEN_UP and outbox.reopen(tx, owed.envelope_id, now):
            # It was answered all the same.
            owed = outbox.find(tx, envelope.envelope_id)
        if owed is not None and owed.settled_at is not None:
            return True
        row = cases.find(tx, envelope.case_id)
        if row is None and not isinstance(envelope.body, Case):
            return False
        if row is not None and row.partner != partner.code:
            if not isinstance(envelope.body, Case) or not returned.accepted:
                return False
            row = self._rerouted(tx, row, envelope, envelope.body, now)
        if owed is None:
            self._owe_again(tx, row, opened)
            owed = outbox.find(tx, envelope.envelope_id)
        assert owed is not None, "it was there or was just written"
        event = events.by_sequence(tx, envelope.case_id, self.region, envelope.sequence)
        elsewhere = event is not None and event.envelope_id != envelope.envelope_id
        handler = row is not None and row.party is Party.HANDLER
        folded = event is not None and event.standing == events.FOLDED and not elsewhere
        # Refused: what it carries is in another envelope; should that be lost, `finish_catching_up` seals one more.
        # Accepted and folded: the row alone was lost, or its receipt; what it carries was folded when that came.
        if folded and not handler if returned.accepted else handler or elsewhere:
            self._settle_alone(tx, partner, returned, owed, now)
            return True
        if event is not None and elsewhere:
            outbox.settle(tx, event.envelope_id, outbox.GIVEN_UP, now, reason=RESEALED)
            says = envelope.body
            kind = KIND_OF[type(says.happening)] if isinstance(says, Event) else ""
            events.put_in_envelope(tx, event, envelope.envelope_id, kind)
        found = {envelope.envelope_id: (returned.receipt, returned.batch_id)}
        proven = Proven(found, {returned.batch_id: returned.batch}, None)
        self.settling.settle(tx, partner, [owed], proven, (), now)
        if handler and (moved := cases.find(tx, envelope.case_id)):
            fold_what_is_due(tx, self.vault, self.settling.timing, moved, now)
        return True

    def _settle_alone(self, tx: Transaction, partner: Partner, returned: Returned, owed: Owed, now: datetime) -> None:
        """Write down what became of an envelope, and touch nothing of its case."""
        outcome = outbox.ACCEPTED if returned.accepted else outbox.REFUSED
        outbox.settle(tx, owed.envelope_id, outcome, now, reason=returned.reason, batch_id=returned.batch_id)
        self._keep_batch(tx, partner.code, returned, now)

    def _owe_again(self, tx: Transaction, row: CaseRow | None, opened: Opened) -> None:
        """Make an envelope ours once more, and what it carries ours, unless that is here in another envelope."""
        envelope = opened.envelope
        body, at = envelope.body, envelope.sealed_at
        if row is None:
            assert isinstance(body, Case), "only an opening has no case yet"
            row = self.again.opened_here(tx, envelope, body)
            cases.add(tx, row)
        if events.by_sequence(tx, envelope.case_id, self.region, envelope.sequence) is None:
            events.add(tx, self._event_of_ours(envelope))
        moved = structs.replace(row, our_sequence=max(row.our_sequence, envelope.sequence))
        cases.move(tx, moved, at)
        owe_envelope(
            tx,
            self.vault,
            self.again.sealed(opened),
            row=moved,
            own_region=self.region,
            sequence=envelope.sequence,
            files=body.files(),
            now=at,
            is_kept=bodies.is_kept(tx, self.region, envelope.envelope_id),
        )

    def _rerouted(self, tx: Transaction, row: CaseRow, envelope: Envelope, case: Case, now: datetime) -> CaseRow:
        """Send a case to the handler that took it in, after an operator had redirected it; the first one never did."""
        there = self.again.opened_here(tx, envelope, case)
        moved = structs.replace(
            row,
            partner=there.partner,
            agreement=there.agreement,
            powers=there.powers,
            basic_code=there.basic_code,
            item_version=there.item_version,
            clockwork=there.clockwork,
        )
        rerouting.reroute(tx, moved, now)
        cases.move(tx, moved, now)
        return moved

    def _event_of_ours(self, envelope: Envelope) -> EventRow:
        body, at = envelope.body, envelope.sealed_at
        if isinstance(body, Case):
            return opening_row(envelope.case_id, envelope.envelope_id, self.region, version=None, now=at)
        return event_row(
            envelope.case_id,
            body,
            envelope_id=envelope.envelope_id,
            sender=self.region,
            sequence=envelope.sequence,
            version=envelope.case_version,
            standing=events.PENDING if envelope.case_version is None else events.HELD,
            now=at,
        )

    def _theirs(self, tx: Transaction, partner: Partner, returned: Returned, now: datetime) -> bool:
        header, authentic, envelope = returned.header, returned.opened.authentic, returned.envelope
        earlier = inbox.answer_to(tx, partner.code, header.envelope_id)
        if earlier is not None and earlier.outcome != inbox.NEVER_SEEN:
            return True
        row = cases.find(tx, header.case_id)
        body = envelope.body if envelope else None
        if row is None and returned.accepted and not isinstance(body, Case):
            return False
        if not bodies.is_kept(tx, partner.code, header.envelope_id):
            evidence.record(tx, self.vault, evidence.ENVELOPE, partner.code, header.envelope_id, authentic.sealed, now)
        self._keep_batch(tx, self.region, returned, now)
        inbox.remember(
            tx,
            partner.code,
            header.envelope_id,
            authentic.payload_sha256,
            inbox.ACCEPTED if returned.accepted else inbox.REFUSED,
            returned.batch_id,
            returned.receipt.received_at,
            header.sealed_at,
        )
        if not returned.accepted:
            self._refused(tx, row, returned, body)
        elif envelope and isinstance(body, Case):
            self._case_of_theirs(tx, row, envelope, body, returned, now)
        elif envelope and isinstance(body, Event) and row is not None:
            self._event_of_theirs(tx, row, envelope, body, returned, now)
        return True

    def _case_of_theirs(
        self, tx: Transaction, row: CaseRow | None, envelope: Envelope, case: Case, returned: Returned, now: datetime
    ) -> None:
        if row is not None:
            return
        at = returned.receipt.received_at
        made = self.again.taken_in_here(tx, envelope, case, at)
        cases.add(tx, made)
        events.add(tx, opening_row(made.case_id, envelope.envelope_id, envelope.sender, version=1, now=at))
        holder = possessions.of_partner(envelope.sender, made.case_id)
        possessions.attach(tx, made.case_id, case.files(), envelope.sender, holder)
        feed.tell(tx, now, made.system, made.case_id, feed.CASE, envelope.sender, envelope.envelope_id)

    def _event_of_theirs(
        self, tx: Transaction, row: CaseRow, envelope: Envelope, event: Event, returned: Returned, now: datetime
    ) -> None:
        handler = row.party is Party.HANDLER
        version = returned.receipt.case_version if handler else envelope.case_version
        held = events.by_sequence(tx, row.case_id, envelope.sender, envelope.sequence)
        taken = events.by_version(tx, row.case_id, version) if version else None
        if version is None or events.by_id(tx, row.case_id, event.event_id) or (taken and taken != held):
            reason = Reason.ALREADY_HELD.value
            audit.note(tx, now, f"region:{envelope.sender}", "envelope.not_folded", row.case_id, reason, event.event_id)
            return
        keep_event(
            tx,
            row.case_id,
            envelope,
            event,
            version=version,
            standing=events.HELD,
            at=returned.receipt.received_at,
        )
        if not handler and row.standing.state is State.UNDELIVERABLE:
            row = lift(tx, self.region, row, now)
        row = structs.replace(row, their_sequence=max(row.their_sequence, envelope.sequence))
        for folded in fold_what_is_due(tx, self.vault, self.settling.timing, row, now).now_folded:
            if folded.sender != self.region:
                note = report_folded(tx, self.vault, row, folded, now)
                feed.tell(tx, now, row.system, row.case_id, feed.EVENT, folded.sender, folded.envelope_id, note)

    def _refused(self, tx: Transaction, row: CaseRow | None, returned: Returned, body: Case | Event | None) -> None:
        """A refusal uses a number of the sender up, as it did then."""
        header, at = returned.header, returned.receipt.received_at
        if row is None or row.partner != header.sender or row.party is not Party.HANDLER:
            return
        cases.move(tx, structs.replace(row, their_sequence=max(row.their_sequence, header.sequence)), at)
        known = events.by_sequence(tx, row.case_id, header.sender, header.sequence)
        if known is None and isinstance(body, Event):
            keep_refused(tx, header, body, returned.reason, at)

    def _keep_batch(self, tx: Transaction, issuer: str, returned: Returned, now: datetime) -> None:
        if not bodies.is_kept(tx, issuer, returned.batch_id):
            evidence.record(tx, self.vault, evidence.RECEIPTS, issuer, returned.batch_id, returned.batch, now)
