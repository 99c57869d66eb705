"""Corrections (更正) at the console: which events of ours may be corrected, and the form that asks for what may change."""

from dataclasses import replace

from gateway.case.errors import GatewayError
from gateway.case.event.corrections import CORRECTABLE, Corrected
from gateway.case.event.history import versions_of
from gateway.case.events import Event
from gateway.case.reasons import Reason
from gateway.case.states import STATE_NAMES
from gateway.case.texts import Text
from gateway.console.acts_fields import WORDS, Field, Shape
from gateway.console.acts_forms import ActForm
from gateway.flows.look import CaseView
from gateway.flows.past import COUNTS

WHAT_WAS_WRONG = Field(
    "reason",
    Text("更正理由", "What was wrong"),
    Shape.WORDS,
    required=True,
    most=WORDS,
    hint=Text("说明哪里写错了", "say what was wrong"),
)


def may_be_corrected(event: Event, *, ours: bool) -> bool:
    """Whether this side may correct an event: it made it, and something of it may change."""
    return ours and not event.corrects and bool(CORRECTABLE.get(type(event.happening)))


def original_of(view: CaseView, event_id: str) -> Event:
    """Return an event of ours as it stands now, by its id.

    Raises:
        GatewayError: LIFECYCLE when there is none that may be corrected.
    """
    ours = [
        one.event
        for one in view.events
        if one.event is not None and one.row.sender != view.row.partner and one.row.standing in COUNTS
    ]
    found = next((one for one in ours if one.event_id == event_id and may_be_corrected(one, ours=True)), None)
    if found is None:
        raise GatewayError(Reason.LIFECYCLE, state=STATE_NAMES[view.row.standing.state], event=CORRECTION)
    return Corrected(versions_of(ours, event_id)).now


def correction_form(form: ActForm) -> ActForm:
    """Return the form of a correction: only what may change, and why."""
    may = CORRECTABLE[form.kind]
    return replace(
        form,
        about=_ABOUT,
        fields=tuple(one for one in form.fields if one.name in may),
        reason=WHAT_WAS_WRONG,
        grave=False,
        document=None,
    )


CORRECTION = Text("更正", "correction")
_ABOUT = Text(
    "更正是并列的新版本, 原来的内容保留; 决定、状态和期限不变.",
    "A correction is a new version beside the old one; decision, state and limits stay as they are.",
)
