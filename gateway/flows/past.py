"""What happened to a case so far, as far as it counts, read back in its order; and reporting what must be seen.

A second supplement notice before acceptance is the exception of 行政许可法 art. 32: each side reports it once, when the
event counts there, in the audit (`supplement.second`) and in the feed of the system in charge.
"""

from datetime import datetime

from gateway.case.event.history import Past
from gateway.case.event.supplements import is_second
from gateway.case.events import Accepted, DeadlinePassed, Event, Happening, Supplemented, SupplementRequested
from gateway.case.states import Party
from gateway.flows.folding import KIND_OF
from gateway.flows.reading import read_event
from gateway.store import audit, events
from gateway.store.cases import CaseRow
from gateway.store.database import Transaction
from gateway.store.events import EventRow
from gateway.trust.vault import Vault

COUNTS = frozenset({events.FOLDED, events.HELD, events.PENDING})
"""Standings of events that count; refused and given-up ones do not."""

SECOND_NOTICE = "SECOND_NOTICE"
"""Note of the feed entry of a second notice."""

SUPPLEMENTS: tuple[type[Happening], ...] = (SupplementRequested, Supplemented, Accepted, DeadlinePassed)
"""What the rules of supplements look at."""


def past_of(tx: Transaction, vault: Vault, row: CaseRow, *kinds: type[Happening]) -> list[Past]:
    """Return the events of a case that count, of these kinds, in order, with the side that made each."""
    wanted = {KIND_OF[kind] for kind in kinds}
    other = Party.ORIGIN if row.party is Party.HANDLER else Party.HANDLER
    return [
        Past(read_event(tx, vault, one), other if one.sender == row.partner else row.party)
        for one in events.of_case(tx, row.case_id)
        if one.kind in wanted and one.standing in COUNTS
    ]


def report(tx: Transaction, vault: Vault, row: CaseRow, event: Event, by: str, now: datetime) -> str:
    """Report a second notice before acceptance; return the note of its feed entry, empty for anything else.

    Args:
        by: who made it, for the audit.
    """
    if event.corrects or not isinstance(event.happening, SupplementRequested):
        return ""
    before = [one.event for one in past_of(tx, vault, row, *SUPPLEMENTS)]
    until = next((n for n, one in enumerate(before) if one.event_id == event.event_id), len(before))
    if not is_second(before[:until], event):
        return ""
    audit.note(tx, now, by, "supplement.second", row.case_id, detail=event.event_id)
    return SECOND_NOTICE


def report_folded(tx: Transaction, vault: Vault, row: CaseRow, folded: EventRow, now: datetime) -> str:
    """Do as `report` for an event of the other region that counts now."""
    if folded.kind != KIND_OF[SupplementRequested]:
        return ""
    return report(tx, vault, row, read_event(tx, vault, folded), f"region:{folded.sender}", now)
