"""Taking a new case in at the handler.

1 permitted   ours to decide, under a number of the sender's, inside the agreement
2 on the list our own catalogue has the item in use, and the case was filled in for a version that still counts
3 complete    every file is here                                                       else: a retriable answer
4 kept        case bound to that version, event, feed, audit

A region that published no items holds to the agreement's list alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from gateway.case.code.numbers import check_case_number, gateway_of
from gateway.case.days import day_in_china
from gateway.case.errors import GatewayError
from gateway.case.item.definition import ItemDefinition
from gateway.case.item.requirements import power_gaps
from gateway.case.kinds import POWER_NAMES, Power
from gateway.case.lifecycle import Standing
from gateway.case.model import Case, MaterialFile
from gateway.case.reasons import Answer, Reason
from gateway.case.states import Party, State
from gateway.case.texts import Text
from gateway.flows.clocks.stated_times import need_not_ahead
from gateway.flows.clocks.timing import Timing, limits_of
from gateway.flows.items.catalogues import Catalogues, Demand
from gateway.flows.items.check_requirements import need_published
from gateway.flows.open_case import applicant_key, name_key, private_name
from gateway.flows.owing import opening_row
from gateway.partners.agreement import Permit, permit
from gateway.partners.snapshot import Partners
from gateway.partners.terms import Direction
from gateway.store import audit, cases, events, feed, possessions
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.trust.vault import Vault
from gateway.wire.envelope import Envelope


@dataclass(frozen=True, slots=True)
class TakingCases:
    """What taking new cases in needs, bound to one partner snapshot.

    Attributes:
        name: of our region, for texts.
        assign: which local system receives a case; empty when none does.
    """

    region: str
    name: str
    partners: Partners
    vault: Vault
    catalogues: Catalogues
    timing: Timing
    assign: Callable[[Case], str]
    largest_material: int

    def permit_opening(
        self, sender: str, case_id: str, *, item: str, mode: object, origin: str, handler: str, now: datetime
    ) -> Permit:
        """Return the permit for a new case from `sender`.

        Raises:
            GatewayError: CASE_NUMBER, OUTSIDE_AGREEMENT; PARTNER_PAUSED.
        """
        if check_case_number(case_id) or gateway_of(case_id) != sender:
            raise GatewayError(Reason.CASE_NUMBER)
        partner = self.partners.of(sender)
        if partner is None:
            raise GatewayError(Reason.PARTNER_UNKNOWN, region=sender)
        if not self.partners.divisions.belongs_to(handler, self.region):
            raise _outside(Text(f"{handler} 不在本地区内", f"{handler} is not within this region"))
        try:
            return permit(
                self.partners,
                partner,
                item=item,
                mode=mode,  # type: ignore[arg-type]
                direction=Direction.INWARD,
                our_division=handler,
                their_division=origin,
                on=day_in_china(now),
            )
        except GatewayError as error:
            if error.row.answer is Answer.RETRIABLE:
                raise
            raise _outside(error.cause) from error

    def take(self, tx: Transaction, envelope: Envelope, case: Case, now: datetime) -> int:
        """Take a new case in, bound to the version of our item that holds for it; return its version, 1.

        What the case lacks of form and materials is no reason to refuse it here: the origin was told before it sent,
        and what still is missing the handler's clerk asks for in one notice (一次性告知).

        Raises:
            GatewayError: final reasons for a refusal, ITEM_NOT_PUBLISHED, ITEM_NOT_IN_USE and ITEM_CHANGED among them;
                MATERIALS_MISSING and PARTNER_PAUSED leave nothing behind.
        """
        permitted = self.permit_opening(
            envelope.sender,
            envelope.case_id,
            item=case.item.basic_code,
            mode=case.mode,
            origin=case.origin.division,
            handler=case.handler.division,
            now=now,
        )
        if held := cases.find(tx, envelope.case_id):
            first = events.by_sequence(tx, held.case_id, envelope.sender, 1)
            raise GatewayError(Reason.ALREADY_HELD, envelope_id=first.envelope_id if first else "")
        need_not_ahead("new_case.received_at_window", case.received_at_window, now)
        if unpermitted := power_gaps(case, permitted.powers, Text(self.name, self.name)):
            raise GatewayError(Reason.NOT_THE_HANDLER, findings=unpermitted, power=POWER_NAMES[Power.VERIFY_ORIGINALS])
        demand = self._demand(
            tx,
            permitted,
            case.item.basic_code,
            case.handler.division,
            on=day_in_china(case.received_at_window),
            today=day_in_china(now),
            version=case.item.version,
            task_code=case.item.task_code,
        )
        definition = need_published(case, demand, self.name)
        if envelope.sequence != 1 or envelope.case_version is not None:
            raise GatewayError(Reason.MALFORMED, detail="sequence/case_version")
        self.refuse_too_large(envelope.sender, case.files())
        need_files(tx, envelope.sender, envelope.case_id, case.files())
        row = self._taken(case, envelope, permitted, definition, now)
        cases.add(tx, row)
        holder = possessions.of_partner(envelope.sender, row.case_id)
        possessions.attach(tx, row.case_id, case.files(), envelope.sender, holder)
        events.add(tx, opening_row(row.case_id, envelope.envelope_id, envelope.sender, version=1, now=now))
        feed.tell(tx, now, row.system, row.case_id, feed.CASE, envelope.sender, envelope.envelope_id)
        audit.note(tx, now, f"region:{envelope.sender}", "case.received", row.case_id, detail=row.agreement)
        return 1

    def refuse_too_large(self, sender: str, files: tuple[MaterialFile, ...]) -> None:
        """Refuse files for good that would never be let in, or their envelope would wait for them until it expires.

        Raises:
            GatewayError: MATERIAL_TOO_LARGE.
        """
        partner = self.partners.of(sender)
        limit = min(self.largest_material, partner.limits.largest_material) if partner else self.largest_material
        if any(file.size > limit for file in files):
            raise GatewayError(Reason.MATERIAL_TOO_LARGE, limit=limit)

    def need_listed(self, tx: Transaction, permitted: Permit, basic_code: str, handler: str, now: datetime) -> None:
        """Refuse an item that our list does not have at a place at all, before anything of a case is here.

        Raises:
            GatewayError: ITEM_NOT_PUBLISHED.
        """
        today = day_in_china(now)
        demand = self._demand(tx, permitted, basic_code, handler, on=today, today=today)
        if demand.published and demand.latest is None and not demand.choices:
            raise GatewayError(Reason.ITEM_NOT_PUBLISHED, place=self.name, item=basic_code)

    def _demand(
        self,
        tx: Transaction,
        permitted: Permit,
        basic_code: str,
        handler: str,
        *,
        on: date,
        today: date,
        version: int = 0,
        task_code: str = "",
    ) -> Demand:
        local = permitted.item.local
        county = self.partners.places(handler)[0]
        return self.catalogues.demand_at(
            tx,
            self.region,
            basic_code=local.ours if local else basic_code,
            division=handler if handler[:6] == county else county,
            on=on,
            today=today,
            version=version,
            task_code=task_code,
        )

    def _taken(
        self, case: Case, envelope: Envelope, permitted: Permit, definition: ItemDefinition | None, now: datetime
    ) -> CaseRow:
        row = CaseRow(
            case_id=case.number,
            party=Party.HANDLER,
            partner=envelope.sender,
            agreement=permitted.agreement,
            powers=permitted.powers,
            system=self.assign(case),
            origin_number=case.origin_number,
            handler_number="",
            basic_code=permitted.handler_code,
            item_name=case.item.name,
            mode=case.mode.value,
            origin_division=case.origin.division,
            handler_division=case.handler.division,
            standing=Standing.at(State.AWAITING_SIGN_OFF),
            case_version=1,
            our_sequence=0,
            their_sequence=1,
            request_sha256=None,
            applicant_key=applicant_key(self.vault, case),
            name_key=name_key(self.vault, case.applicant.name),
            private=private_name(self.vault, case),
            opened_at=now,
            changed_at=now,
            item_version=definition.version if definition else 0,
            joint_parent=case.joint_parent,
        )
        return self.timing.begun(row, case, limits_of(case, definition, permitted), taken_in_at=now)


def need_files(tx: Transaction, sender: str, case_id: str, files: tuple[MaterialFile, ...]) -> None:
    """Wait for the files of a case or an event.

    Raises:
        GatewayError: MATERIALS_MISSING naming their digests.
    """
    holder = possessions.of_partner(sender, case_id)
    if lacking := possessions.missing(tx, holder, files):
        raise GatewayError(Reason.MATERIALS_MISSING, missing=", ".join(file.sha256 for file in lacking[:20]))


def _outside(detail: Text) -> GatewayError:
    return GatewayError(Reason.OUTSIDE_AGREEMENT, detail=detail)
