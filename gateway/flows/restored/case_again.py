"""The row of a case that is known from its opening envelope alone, after a restore.

What the envelope does not say is found as it was found then: the agreement in force on that day, the item's definition,
the clocks.  Which local system handed a case of ours in is said nowhere outside the lost store: it belongs to no system
until one claims it or hands the same in again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.case.clock.step_limits import Limits
from gateway.case.days import day_in_china
from gateway.case.item.definition import ItemDefinition
from gateway.case.lifecycle import Standing, pass_on
from gateway.case.model import Case, Mode
from gateway.case.states import Party, Passage, State
from gateway.flows.clocks.timing import Timing, limits_of
from gateway.flows.items.catalogues import Catalogues
from gateway.flows.open_case import applicant_key, name_key, private_name
from gateway.flows.opening import Opened
from gateway.flows.sealing import SealedObject
from gateway.partners.agreement import Permit, narrowest
from gateway.partners.refusal import Asked
from gateway.partners.snapshot import Partners
from gateway.partners.terms import Direction
from gateway.store import feed
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.trust.vault import Vault
from gateway.wire.envelope import Envelope


@dataclass(frozen=True, slots=True)
class CaseAgain:
    """What making such rows needs, bound to one partner snapshot.

    Attributes:
        assign: which local system receives a case; empty when none does.
    """

    region: str
    partners: Partners
    vault: Vault
    catalogues: Catalogues
    timing: Timing
    assign: Callable[[Case], str]

    def opened_here(self, tx: Transaction, envelope: Envelope, case: Case) -> CaseRow:
        """Return the row of a case this region opened, as it stood when it was owed."""
        permit = self._permit(envelope, case, Direction.OUTWARD)
        definition = self._definition(tx, envelope.recipient, permit, case)
        standing = pass_on(Standing.at(State.RECEIVED), Passage.OWED)
        row = self._row(envelope, case, permit, Party.ORIGIN, feed.UNCLAIMED, standing, envelope.sealed_at)
        return self.timing.begun(row, case, _limits(case, definition, permit))

    def taken_in_here(self, tx: Transaction, envelope: Envelope, case: Case, at: datetime) -> CaseRow:
        """Return the row of a case this region took in at a moment."""
        permit = self._permit(envelope, case, Direction.INWARD)
        definition = self._definition(tx, self.region, permit, case)
        standing = Standing.at(State.AWAITING_SIGN_OFF)
        row = self._row(envelope, case, permit, Party.HANDLER, self.assign(case), standing, at)
        return self.timing.begun(row, case, _limits(case, definition, permit), taken_in_at=at)

    def sealed(self, opened: Opened) -> SealedObject:
        """Return an envelope that was opened as what the store has to know of it."""
        authentic, envelope = opened.authentic, opened.envelope
        return SealedObject(envelope.envelope_id, authentic.payload_sha256, authentic.sealed, envelope.expires_at)

    def _permit(self, envelope: Envelope, case: Case, direction: Direction) -> Permit | None:
        """Return the agreement of that day; None when the partner file of today does not have it any more."""
        outward = direction is Direction.OUTWARD
        partner = self.partners.of(envelope.recipient if outward else envelope.sender)
        origin, handler = self.partners.places(case.origin.division), self.partners.places(case.handler.division)
        asked = Asked(
            case.item.basic_code,
            case.mode,
            direction,
            origin if outward else handler,
            handler if outward else origin,
            day_in_china(envelope.sealed_at),
        )
        found = narrowest(self.partners, asked, partner) if partner else ()
        if not found:
            return None
        term = found[0]
        return Permit(
            partner=term.partner.code,
            agreement=term.agreement.number,
            item=term.item,
            direction=direction,
            our_scope=next(code for code in asked.ours if code in term.agreement.our_scope),
            their_scope=next(code for code in asked.theirs if code in term.agreement.their_scope),
            parity=term.agreement.parity,
            notice_from=term.agreement.notice_from,
        )

    def _definition(self, tx: Transaction, region: str, permit: Permit | None, case: Case) -> ItemDefinition | None:
        if not case.item.version:
            return None
        return self.catalogues.demand_at(
            tx,
            region,
            basic_code=permit.handler_code if permit else case.item.basic_code,
            division=case.handler.division,
            on=day_in_china(case.received_at_window),
            version=case.item.version,
            task_code=case.item.task_code,
        ).definition

    def _row(
        self,
        envelope: Envelope,
        case: Case,
        permit: Permit | None,
        party: Party,
        system: str,
        standing: Standing,
        at: datetime,
    ) -> CaseRow:
        origin = party is Party.ORIGIN
        return CaseRow(
            case_id=case.number,
            party=party,
            partner=envelope.recipient if origin else envelope.sender,
            agreement=permit.agreement if permit else "",
            powers=permit.powers if permit else frozenset(),
            system=system,
            origin_number=case.origin_number,
            handler_number="",
            basic_code=permit.handler_code if permit else case.item.basic_code,
            item_name=case.item.name,
            mode=case.mode.value,
            origin_division=case.origin.division,
            handler_division=case.handler.division,
            standing=standing,
            case_version=0 if origin else 1,
            our_sequence=1 if origin else 0,
            their_sequence=0 if origin else 1,
            request_sha256=None,
            applicant_key=applicant_key(self.vault, case),
            name_key=name_key(self.vault, case.applicant.name),
            private=private_name(self.vault, case),
            opened_at=at,
            changed_at=at,
            joint_parent=case.joint_parent,
            item_version=case.item.version,
        )


def _limits(case: Case, definition: ItemDefinition | None, permit: Permit | None) -> Limits:
    if permit is None:
        return Limits.of_item(definition, joint=case.mode is Mode.JOINT)
    return limits_of(case, definition, permit)
