"""A case that never reached the handler (未送达对方) ends here, and nothing else is done to it.

Whatever is done to such a case has nobody to go to: it would wait for the opening until it expires.  So it is refused, and
says what has to come first.  A withdrawal is the exception: the handler never saw the case, so it ends at once, without it.
What is done to it after that is refused as well: its envelope would wait for an opening that never goes.

Where an operator gave the opening up unasked the handler may have the case after all; there too the case has to be sent
again first, and the withdrawal follows it.
"""

from datetime import datetime

from msgspec import structs

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.events import Event, Withdrawn
from gateway.case.lifecycle import EVENT_NAMES, pass_on
from gateway.case.reasons import Reason
from gateway.case.states import STATE_NAMES, Party, Passage, State
from gateway.case.texts import Text
from gateway.flows.clocks.timing import Timing
from gateway.flows.delivery.giving_up import GIVEN_UP_UNASKED, NEVER_SEEN, give_up_the_rest
from gateway.flows.recording import Recorded
from gateway.store import audit, cases, events
from gateway.store.case_row import CaseRow
from gateway.store.database import Transaction
from gateway.store.events import EventRow

_NOBODY = FieldFinding(
    "state",
    Text(
        "办件没有送达对方, 对它做的事无处可送",
        "the case never reached the handler; nothing done to it has anywhere to go",
    ),
    Text(
        "先重新发送 (release) 或改投 (tongban queue redirect), 再办理; 申请人不办了的, 直接撤回",
        "send it again first (release, or tongban queue redirect); or withdraw it, which ends it here",
    ),
)
_UNASKED = FieldFinding(
    "state",
    Text(
        "办件是运维未经询问对方而终止的, 对方可能已经收到",
        "it was given up without asking the handler, which may have it",
    ),
    Text("先重新发送 (release), 撤回会随后送达", "send it again first (release); the withdrawal follows it"),
)
_ENDED = FieldFinding(
    "state",
    Text(
        "办件在送达对方之前已经撤回, 对方没有这件",
        "it was withdrawn before it reached the handler, which does not have it",
    ),
    Text("申请人又要办的, 重新收件", "take in a new case if the applicant wants it after all"),
)


def is_nowhere(row: CaseRow) -> bool:
    """Whether a case of ours has nobody to go to."""
    return row.party is Party.ORIGIN and row.standing.state is State.UNDELIVERABLE


def ended_unseen(row: CaseRow, opening: EventRow | None) -> bool:
    """Whether a case of ours was withdrawn before it reached the handler, so that nothing more can be done to it."""
    return (
        row.party is Party.ORIGIN
        and row.standing.state is State.WITHDRAWN
        and opening is not None
        and opening.standing == events.GIVEN_UP
    )


def refuse_what_reaches_nobody(tx: Transaction, own_region: str, row: CaseRow, event: Event) -> None:
    """Let a withdrawal pass, and refuse everything else that is done to a case that is nowhere, or was withdrawn there.

    Raises:
        GatewayError: LIFECYCLE with what has to come first.
    """
    if row.party is not Party.ORIGIN or row.standing.state not in (State.UNDELIVERABLE, State.WITHDRAWN):
        return
    opening = events.by_sequence(tx, row.case_id, own_region, 1)
    finding: FieldFinding | None = _NOBODY
    if row.standing.state is State.WITHDRAWN:
        finding = _ENDED if ended_unseen(row, opening) else None
    elif isinstance(event.happening, Withdrawn) and not event.corrects:
        finding = _UNASKED if opening is None or opening.reason == GIVEN_UP_UNASKED else None
    if finding:
        name = EVENT_NAMES[type(event.happening)]
        raise GatewayError(Reason.LIFECYCLE, findings=[finding], state=STATE_NAMES[row.standing.state], event=name)


def end_here(tx: Transaction, own_region: str, timing: Timing, row: CaseRow, now: datetime, by: str) -> Recorded:
    """End a case with the withdrawal that was recorded last; its envelope stays as evidence and is never sent."""
    ended = timing.ended(structs.replace(row, standing=pass_on(row.standing, Passage.WITHDRAWN)), now)
    cases.move(tx, ended, now)
    give_up_the_rest(tx, row.case_id, own_region, NEVER_SEEN, now)
    audit.note(tx, now, by, "case.withdrawn_here", row.case_id)
    return Recorded(ended, None)
