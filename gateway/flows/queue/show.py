"""One case or one envelope at the desk: how each of our envelopes fares, what came before, and what can be done now."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.case.errors import GatewayError
from gateway.case.events import HandledOffline
from gateway.case.reasons import Reason
from gateway.case.states import Party, State
from gateway.flows.folding import KIND_OF
from gateway.flows.queue.view import Cause, cause_of
from gateway.store import audit, cases, events, holds, outbox, queue
from gateway.store.audit import Note
from gateway.store.case_row import CaseRow
from gateway.store.database import Database, Transaction
from gateway.store.holds import Hold
from gateway.store.outbox import GIVEN_UP, Owed
from gateway.store.queue import ASIDE, HELD, PARKED, Standing


@dataclass(frozen=True, slots=True)
class EnvelopeShown:
    """One envelope of ours.

    Attributes:
        kind: what it carries: `opened`, or the kind of its event; empty when its content went in another one since.
        standing: how it is kept back; None once it is settled.
        hold: the hold that keeps it back.
        can: what may be done with it now: hold, release, retry, fail, redirect, resend.
        notes: what the audit says of it, in order.
    """

    owed: Owed
    kind: str
    standing: Standing | None
    cause: Cause
    hold: Hold | None
    can: tuple[str, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class QueueCase:
    """The envelopes of one case, or one of them."""

    row: CaseRow
    envelopes: tuple[EnvelopeShown, ...]


async def show(key: str, *, database: Database, own_region: str) -> QueueCase:
    """Return what became of our envelopes of a case, or of one envelope.

    Args:
        key: co-operation number or envelope id.

    Raises:
        GatewayError: ENVELOPE_UNKNOWN when neither is known.
    """

    def look(tx: Transaction) -> QueueCase:
        one = outbox.find(tx, key)
        row = cases.find(tx, one.case_id if one else key)
        if row is None:
            raise GatewayError(Reason.ENVELOPE_UNKNOWN, key=key)
        kinds = {
            event.envelope_id: event.kind for event in events.of_case(tx, row.case_id) if event.sender == own_region
        }
        notes = audit.about(tx, row.case_id)
        standings = queue.standings_of_case(tx, row.case_id)
        chosen = [one] if one else outbox.of_case(tx, row.case_id)
        return QueueCase(row, tuple(_shown(tx, row, owed, kinds, standings, notes) for owed in chosen))

    return await database.read(look)


def _shown(
    tx: Transaction,
    row: CaseRow,
    owed: Owed,
    kinds: dict[str, str],
    standings: dict[str, Standing],
    notes: Sequence[Note],
) -> EnvelopeShown:
    standing = standings.get(owed.envelope_id)
    kind = kinds.get(owed.envelope_id, "")
    can = _can(row, owed, standing, opens=kind == events.OPENING and row.party is Party.ORIGIN)
    return EnvelopeShown(
        owed=owed,
        kind=kind,
        standing=standing,
        cause=cause_of(owed.last_reason),
        hold=holds.find(tx, standing.hold_id) if standing and standing.hold_id else None,
        # What says that people settled it is not ended once more.
        can=tuple(one for one in can if one != "fail" or kind != KIND_OF[HandledOffline]),
        notes=tuple(one for one in notes if one.detail == owed.envelope_id),
    )


def _can(row: CaseRow, owed: Owed, standing: Standing | None, *, opens: bool) -> tuple[str, ...]:
    if standing is None:
        sent_anew = opens and owed.outcome == GIVEN_UP and row.standing.state is State.UNDELIVERABLE
        return ("resend", "redirect") if sent_anew else ()
    elsewhere = ("redirect",) if opens else ()
    return {
        HELD: ("release", "fail", *elsewhere),
        PARKED: ("retry", "hold", "fail", *elsewhere),
        ASIDE: ("retry", "hold"),
    }.get(standing.kept_back, ("hold", *(("retry",) if owed.last_reason else ()), "fail", *elsewhere))
