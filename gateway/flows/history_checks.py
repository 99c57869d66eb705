"""What an event may say beside what happened before: supplements, corrections, hand-overs, evaluations, granted powers.

Asked at the side that makes the event, and again by the handler's gateway of every event of the origin, within the
transaction that keeps it.  The origin never refuses what the handler's gateway has numbered: there all of it is shown as
doubts.  Only kinds that need the history read it, and of it only the kinds they need.
"""

from collections.abc import Collection
from dataclasses import dataclass

from gateway.case.clock.extensions import clockwork_findings
from gateway.case.days import day_in_china
from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.event.corrections import correction_findings, next_version
from gateway.case.event.history import root_of
from gateway.case.event.results import is_evaluated, is_sent_to_origin
from gateway.case.event.supplement_answers import answer_findings
from gateway.case.event.supplement_notices import notice_findings
from gateway.case.events import (
    Delivered,
    Evaluated,
    Event,
    Extended,
    Happening,
    ResultSent,
    Supplemented,
    SupplementRequested,
)
from gateway.case.kinds import Power
from gateway.case.lifecycle import needed_power
from gateway.case.model import Case
from gateway.case.reasons import Reason
from gateway.case.states import Party
from gateway.flows.items.catalogues import Catalogues
from gateway.flows.past import SUPPLEMENTS, past_of
from gateway.flows.reading import read_case
from gateway.store import events
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.trust.vault import Vault


@dataclass(frozen=True, slots=True)
class HistoryChecks:
    """What checks against the history need."""

    region: str
    vault: Vault
    catalogues: Catalogues

    def power(self, tx: Transaction, row: CaseRow, happening: Happening, party: Party) -> Power | None:
        """Return the power `party` needs for an event, None when it needs none.

        The origin hands over without one what the handler sent to the origin's window.

        Raises:
            GatewayError: NOT_THE_HANDLER when no agreement could grant it.
        """
        power = needed_power(happening, party)
        if power is not None and isinstance(happening, Delivered):
            return None if is_sent_to_origin(past_of(tx, self.vault, row, ResultSent)) else power
        return power

    def versioned(self, tx: Transaction, row: CaseRow, happening: Happening, event_id: str) -> tuple[str, int]:
        """Return which event a correction corrects, by the id of its first version, and the version it makes."""
        past = past_of(tx, self.vault, row, type(happening))
        return root_of([one.event for one in past], event_id), next_version(past, event_id)

    def findings(self, tx: Transaction, row: CaseRow, event: Event, party: Party) -> tuple[FieldFinding, ...]:
        """Return what is wrong with an event of `party` beside what happened before.

        Raises:
            GatewayError: EVALUATED_ALREADY, EXTENDED_ALREADY.
        """
        happening = event.happening
        if event.corrects:
            return correction_findings(past_of(tx, self.vault, row, *Happening.__args__), event, party)
        if isinstance(happening, Extended):
            return clockwork_findings(row.clockwork, happening)
        if isinstance(happening, SupplementRequested):
            before, case = self._events(tx, row, *SUPPLEMENTS), self._case(tx, row)
            return notice_findings(case, before, event, self._list_codes(tx, row, case))
        if isinstance(happening, Supplemented):
            return answer_findings(self._case(tx, row), self._events(tx, row, *SUPPLEMENTS), event)
        if isinstance(happening, Evaluated) and is_evaluated(
            self._events(tx, row, Evaluated), happening.service_number
        ):
            raise GatewayError(Reason.EVALUATED_ALREADY, number=happening.service_number)
        return ()

    def _events(self, tx: Transaction, row: CaseRow, *kinds: type[Happening]) -> list[Event]:
        return [one.event for one in past_of(tx, self.vault, row, *kinds)]

    def _case(self, tx: Transaction, row: CaseRow) -> Case:
        opener = row.partner if row.party is Party.HANDLER else self.region
        opening = events.by_sequence(tx, row.case_id, opener, 1)
        if opening is None:
            raise LookupError(f"case {row.case_id} has no opening")
        return read_case(tx, self.vault, opening)

    def _list_codes(self, tx: Transaction, row: CaseRow, case: Case) -> Collection[str] | None:
        """Return the codes of our own item's checklist; None where it is not ours, or not published."""
        if row.party is not Party.HANDLER:
            return None
        demand = self.catalogues.demand_at(
            tx,
            self.region,
            basic_code=row.basic_code,
            division=case.handler.division,
            on=day_in_china(case.received_at_window),
            version=row.item_version or case.item.version,
            task_code=case.item.task_code,
        )
        binds = demand.definition or demand.latest
        return None if binds is None else {material.list_code for material in binds.materials}
