"""Whether an opened envelope may be taken in, and taking it in.

A new case: see `taking_cases`.
An event at the handler: from the origin of that case, in its turn, possible now; it gets the next version.
An event at the origin: from the handler of that case, with a version; it is folded when its turn has come.

A retriable answer leaves nothing behind.  A final refusal uses the envelope's number up.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from msgspec import structs

from gateway.case.code.numbers import check_case_number, gateway_of
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.event.demands import event_findings
from gateway.case.event.results import handing_findings
from gateway.case.events import Accepted, Event
from gateway.case.kinds import POWER_NAMES
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import Party, State
from gateway.flows.clocks.stated_times import need_not_ahead
from gateway.flows.clocks.timing import Timing
from gateway.flows.delivery.giving_up import lift
from gateway.flows.folding import after, fold_what_is_due
from gateway.flows.history_checks import HistoryChecks
from gateway.flows.licences.held import ask_soon
from gateway.flows.past import report, report_folded
from gateway.flows.retention import need_content
from gateway.flows.taking_cases import TakingCases, need_files
from gateway.flows.their_events import keep_event, keep_refused
from gateway.partners.snapshot import Partners
from gateway.store import audit, cases, events, feed
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.trust.vault import Vault
from gateway.wire.envelope import Envelope
from gateway.wire.header import Header


@dataclass(frozen=True, slots=True)
class TakingIn:
    """What taking in needs, bound to one partner snapshot."""

    region: str
    partners: Partners
    vault: Vault
    timing: Timing
    new_cases: TakingCases
    checks: HistoryChecks

    def take(self, tx: Transaction, envelope: Envelope, now: datetime) -> int | None:
        """Take an envelope in; return the version this gateway gave it, None when it gives none.

        Raises:
            GatewayError: final reasons for a refusal, retriable ones for an answer that leaves nothing behind.
        """
        if isinstance(envelope.body, Case):
            return self.new_cases.take(tx, envelope, envelope.body, now)
        row = cases.find(tx, envelope.case_id)
        if row is None:
            self._raise_unknown(envelope.case_id, envelope.sender)
        if row.partner != envelope.sender:
            raise GatewayError(Reason.NOT_A_PARTY)
        need_content(tx, row)
        if row.party is Party.HANDLER:
            return self._take_from_origin(tx, row, envelope, envelope.body, now)
        self._take_from_handler(tx, row, envelope, envelope.body, now)
        return None

    def need_turn(self, tx: Transaction, header: Header) -> None:
        """Let an event of the origin wait for those before it, even to be refused: a refusal uses its number up.

        Raises:
            GatewayError: PREDECESSOR_MISSING.
        """
        if header.sequence <= 1:
            return  # nothing goes before it
        row = cases.find(tx, header.case_id)
        if row is None or row.partner != header.sender or row.party is not Party.HANDLER:
            return
        awaited = row.their_sequence + 1
        if header.sequence > awaited:
            raise GatewayError(Reason.PREDECESSOR_MISSING, awaited=awaited)

    def need_new(self, tx: Transaction, envelope: Envelope) -> None:
        """Name what came in another envelope already, however late this one is: its sender would think it was never taken.

        Raises:
            GatewayError: ALREADY_HELD.
        """
        row = cases.find(tx, envelope.case_id)
        if row is None or row.partner != envelope.sender:
            return
        held = (
            events.by_sequence(tx, row.case_id, envelope.sender, 1)
            if isinstance(envelope.body, Case)
            else events.by_id(tx, row.case_id, envelope.body.event_id)
        )
        if held is not None and held.sender == envelope.sender:
            raise GatewayError(Reason.ALREADY_HELD, envelope_id=held.envelope_id)

    def refuse(
        self, tx: Transaction, header: Header, envelope: Envelope | None, error: GatewayError, now: datetime
    ) -> None:
        """Note a final refusal; in its turn it uses the number up."""
        audit.note(
            tx,
            now,
            f"region:{header.sender}",
            "envelope.refused",
            header.case_id,
            error.reason.value,
            header.envelope_id,
        )
        row = cases.find(tx, header.case_id)
        if row is None or row.partner != header.sender or row.party is not Party.HANDLER:
            return
        if header.sequence != row.their_sequence + 1:
            return
        cases.move(tx, structs.replace(row, their_sequence=header.sequence), now)
        body = envelope.body if envelope else None
        if isinstance(body, Event):
            keep_refused(tx, header, body, error.reason.value, now)

    def _take_from_origin(self, tx: Transaction, row: CaseRow, envelope: Envelope, event: Event, now: datetime) -> int:
        # First, so that an event which came in another envelope already is named and not called malformed.
        _check_event(tx, row, event)
        if envelope.sequence != row.their_sequence + 1 or envelope.case_version is not None:
            raise GatewayError(Reason.MALFORMED, detail="sequence/case_version")
        need_not_ahead("event.occurred_at", event.occurred_at, now)
        power = self.checks.power(tx, row, event.happening, Party.ORIGIN)
        if power is not None and (power not in row.powers or event.grant is None or event.grant.power is not power):
            raise GatewayError(Reason.NOT_THE_HANDLER, power=POWER_NAMES[power])
        self.new_cases.refuse_too_large(envelope.sender, event.files())
        need_files(tx, envelope.sender, row.case_id, event.files())
        version = row.case_version + 1
        moved = structs.replace(self.timing.timed(after(row, event, version)), their_sequence=envelope.sequence)
        _refuse_if((*handing_findings(event, Party.ORIGIN), *self.checks.findings(tx, row, event, Party.ORIGIN)))
        note = report(tx, self.vault, row, event, f"region:{envelope.sender}", now)
        self._keep_event(tx, row, envelope, event, version, events.FOLDED, now)
        cases.move(tx, moved, now)
        if isinstance(event.happening, Accepted):
            ask_soon(tx, self.vault, moved, self.region, now)
        feed.tell(tx, now, row.system, row.case_id, feed.EVENT, envelope.sender, envelope.envelope_id, note)
        return version

    def _take_from_handler(
        self, tx: Transaction, row: CaseRow, envelope: Envelope, event: Event, now: datetime
    ) -> None:
        version = envelope.case_version
        if version is None or version < 2:
            raise GatewayError(Reason.MALFORMED, detail="case_version")
        _check_event(tx, row, event)
        if events.by_version(tx, row.case_id, version) is not None:
            raise GatewayError(Reason.MALFORMED, detail=f"case_version {version}")
        if events.by_sequence(tx, row.case_id, envelope.sender, envelope.sequence) is not None:
            raise GatewayError(Reason.MALFORMED, detail=f"sequence {envelope.sequence}")
        need_files(tx, envelope.sender, row.case_id, event.files())
        self._keep_event(tx, row, envelope, event, version, events.HELD, now)
        if row.standing.state is State.UNDELIVERABLE:
            # The handler speaks about the case, so it has it.
            row = lift(tx, self.region, row, now)
        row = structs.replace(row, their_sequence=max(row.their_sequence, envelope.sequence))
        for folded in fold_what_is_due(tx, self.vault, self.timing, row, now).now_folded:
            if folded.sender != self.region:
                note = report_folded(tx, self.vault, row, folded, now)
                feed.tell(tx, now, row.system, row.case_id, feed.EVENT, folded.sender, folded.envelope_id, note)

    def _keep_event(
        self,
        tx: Transaction,
        row: CaseRow,
        envelope: Envelope,
        event: Event,
        version: int,
        standing: str,
        now: datetime,
    ) -> None:
        keep_event(tx, row.case_id, envelope, event, version=version, standing=standing, at=now)
        name = type(event.happening).__name__
        audit.note(tx, now, f"region:{envelope.sender}", f"event.received.{name}", row.case_id, detail=event.event_id)

    def _raise_unknown(self, case_id: str, sender: str) -> NoReturn:
        if not check_case_number(case_id) and gateway_of(case_id) == sender:
            raise GatewayError(Reason.PREDECESSOR_MISSING, awaited=1)
        raise GatewayError(Reason.NOT_A_PARTY)


def _check_event(tx: Transaction, row: CaseRow, event: Event) -> None:
    if held := events.by_id(tx, row.case_id, event.event_id):
        raise GatewayError(Reason.ALREADY_HELD, envelope_id=held.envelope_id)
    _refuse_if(event_findings(event))


def _refuse_if(findings: tuple[FieldFinding, ...]) -> None:
    if findings:
        raise GatewayError(Reason.MALFORMED, findings=findings, detail=findings[0].path)
