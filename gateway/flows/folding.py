"""Folding a case: every event in the order of its version, and in no other, on both sides.

The handler's gateway gives the versions, so there each event is folded as it is taken in.  At the origin an event may
come early, or its version be known only from a receipt that comes late: it waits until its turn.
"""

from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from gateway.case.clock.clockwork import wind
from gateway.case.errors import GatewayError
from gateway.case.events import Accepted, Event, Happening, ReceivedByHandler
from gateway.case.lifecycle import Standing, advance
from gateway.case.states import State
from gateway.flows.clocks.timing import Timing
from gateway.flows.reading import read_event
from gateway.store import audit, cases, events
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.store.events import EventRow
from gateway.trust.vault import Vault

KIND_OF = {kind: kind.__name__ for kind in Happening.__args__}
"""Name under which the store keeps a kind of event."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A case after folding, and the events that were folded now."""

    row: CaseRow
    now_folded: tuple[EventRow, ...]


def fold_what_is_due(
    tx: Transaction, vault: Vault, timing: Timing, row: CaseRow, now: datetime, *, known: EventRow | None = None
) -> Folded:
    """Fold every event whose turn has come, and write the case.

    Args:
        known: an event that got its version just now, not yet written; held if its turn has not come.
    """
    done: list[EventRow] = []
    if known and known.version != row.case_version + 1:
        events.mark(tx, known, events.HELD, version=known.version)
        known = None
    while (due := known or events.by_version(tx, row.case_id, row.case_version + 1)) and (
        due is known or due.standing == events.HELD
    ):
        if due.kind == events.OPENING:
            row = structs.replace(row, standing=Standing.at(State.AWAITING_SIGN_OFF), case_version=due.version or 1)
        else:
            row = _fold_one(tx, row, due, read_event(tx, vault, due), now)
        events.mark(tx, due, events.FOLDED, version=due.version)
        done.append(due)
        known = None
    row = timing.timed(row)
    cases.move(tx, row, now)
    return Folded(row, tuple(done))


def after(row: CaseRow, event: Event, version: int) -> CaseRow:
    """Return the case after an event, its clocks wound and not looked at.

    Raises:
        GatewayError: LIFECYCLE when the event is not possible.
    """
    # A correction says better what happened; where the case stands is as it was.
    standing = row.standing if event.corrects else advance(row.standing, event.happening)
    number = row.handler_number
    if isinstance(event.happening, ReceivedByHandler | Accepted) and event.happening.handler_number:
        number = event.happening.handler_number
    work = row.clockwork and wind(row.clockwork, event)
    return structs.replace(row, standing=standing, handler_number=number, case_version=version, clockwork=work)


def _fold_one(tx: Transaction, row: CaseRow, due: EventRow, event: Event, now: datetime) -> CaseRow:
    version = row.case_version + 1
    try:
        return after(row, event, version)
    except GatewayError as error:
        # The handler's order stands whatever our table says: a newer gateway may know more than we do.
        audit.note(tx, now, f"region:{due.sender}", "case.fold", row.case_id, error.reason.value, due.event_id)
        return structs.replace(row, case_version=version)
