"""Acting on a case: the form of an event, what is wrong with it next to each field, and the act itself.

Every kind of event has the same two handlers; what is asked for is a table (`acts_forms`), a supplement notice is
composed (`acts_notice`).  The hidden version of the case is what a person has looked at; a case that has changed since is
not acted on, and what was typed is kept.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from aiohttp import web

from gateway.case.code.numbers import grouped
from gateway.case.errors import GatewayError
from gateway.case.events import Delivered, HandledOffline, SupplementRequested
from gateway.case.lifecycle import EVENT_NAMES
from gateway.case.reasons import Reason
from gateway.case.states import STATE_NAMES, Party
from gateway.case.texts import Text
from gateway.console.acts_correcting import correction_form, original_of
from gateway.console.acts_documents import papers_of
from gateway.console.acts_fields import Shape, shown
from gateway.console.acts_filled import (
    Filled,
    as_form,
    digest_of,
    filled_in,
    happening_of,
    late_fields,
    placed_findings,
)
from gateway.console.acts_forms import FORMS, ActForm
from gateway.console.acts_notice import rows_of
from gateway.console.call import Call
from gateway.console.desk import Desk
from gateway.console.guard import HEADERS, STATUSES
from gateway.console.window_posted import read_posted
from gateway.flows.look import CaseView
from gateway.flows.people.acting import Deed, acts_of, waiting

ON_THE_FORM = frozenset(
    {
        Reason.STALE,
        Reason.LIFECYCLE,
        Reason.NOT_THE_HANDLER,
        Reason.FORM_USED,
        Reason.EVALUATED_ALREADY,
        Reason.EXTENDED_ALREADY,
        Reason.BAD_REQUEST,
    }
)
"""What is told above the form, with what was typed kept in it."""


async def show_act(desk: Desk, call: Call) -> web.StreamResponse:
    """Show the form of an event."""
    view = await desk.acting.look(call.person.person, call.request.match_info["case"])
    form, corrects = _form_of(call, view, call.request.query.get("corrects", ""), desk.clock())
    if not corrects and form.kind not in acts_of(call.person.person, view, desk.clock()):
        raise GatewayError(Reason.LIFECYCLE, state=STATE_NAMES[view.row.standing.state], event=EVENT_NAMES[form.kind])
    if form.kind is Delivered and view.row.party is Party.ORIGIN and not corrects and "full" not in call.request.query:
        # The window has a page of its own for it, on which no number is typed that is known.
        raise web.HTTPSeeOther(f"/cases/{view.row.case_id}/hand-over", headers=HEADERS)
    now = shown(desk.clock())
    typed = {one.name: now if one.initial == "now" else one.initial for one in form.fields}
    if corrects:
        happening = original_of(view, corrects).happening
        typed = {one.name: shown(getattr(happening, one.name)) for one in form.fields}
    return await _page(desk, call, view, form, typed, corrects=corrects)


async def do_act(desk: Desk, call: Call) -> web.StreamResponse:
    """Act, or show the form again with everything that is wrong."""
    person, case_id = call.person.person, call.request.match_info["case"]
    view = await desk.acting.look(person, case_id)
    posted = await read_posted(desk.window.files, call)
    call = replace(call, form=as_form(posted), parts=None)
    form, corrects = _form_of(call, view, call.field("corrects"), desk.clock())
    filled = filled_in(form, call, posted)
    if filled.findings:
        error = GatewayError(Reason.BAD_REQUEST, findings=filled.findings, count=len(filled.findings))
        return await _page(desk, call, view, form, filled.typed, error=error, filled=filled, corrects=corrects)
    try:
        happening = happening_of(view, form, filled, corrects)
        if isinstance(happening, HandledOffline):
            left = await desk.acting.settle_offline(person, case_id, happening.envelope_id, filled.reason)
            raise web.HTTPSeeOther(f"/cases/{case_id}?{'left' if left else 'settled'}", headers=HEADERS)
        version = call.field("case_version")
        deed = Deed(
            happening=happening,
            reason=filled.reason,
            documents=original_of(view, corrects).documents if corrects else filled.documents,
            case_version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
            token=call.field("once")[:100],
            corrects=corrects,
            sent=digest_of(call),
            occurred_at=filled.occurred_at,
        )
        done = await desk.acting.act(person, case_id, deed)
    except GatewayError as error:
        if error.reason not in ON_THE_FORM:
            raise
        return await _page(desk, call, view, form, filled.typed, error=error, filled=filled, corrects=corrects)
    raise web.HTTPSeeOther(f"/cases/{case_id}?event={quote(done.event_id)}", headers=HEADERS)


async def claim(desk: Desk, call: Call) -> web.StreamResponse:
    """Let the console look after a case that no local system received."""
    case_id = call.request.match_info["case"]
    await desk.acting.claim(call.person.person, case_id)
    raise web.HTTPSeeOther(f"/cases/{case_id}", headers=HEADERS)


def _form_of(call: Call, view: CaseView, corrects: str, now: datetime) -> tuple[ActForm, str]:
    """Return the form of the event in the address, as this case needs it, and the event it corrects.

    Whether it is possible now is asked before the form is shown, and by the act itself: what was done a moment ago by the
    very same form is possible no more, and answered as done.

    Raises:
        HTTPSeeOther: to the case, for a word that names no form.
        GatewayError: LIFECYCLE for what cannot be corrected.
    """
    form = FORMS.get(call.request.match_info["act"])
    if form is None:
        raise web.HTTPSeeOther(f"/cases/{view.row.case_id}", headers=HEADERS)
    if not corrects:
        return (_with_messages(form, view, now) if form.kind is HandledOffline else form), ""
    event = original_of(view, corrects)
    if type(event.happening) is not form.kind:
        raise web.HTTPSeeOther(f"/cases/{view.row.case_id}", headers=HEADERS)
    return correction_form(form), event.event_id


def _with_messages(form: ActForm, view: CaseView, now: datetime) -> ActForm:
    ids = waiting(view, now)
    choices = tuple(
        (one.envelope_id, Text(f"第 {one.sequence} 条", f"number {one.sequence}"))
        for one in view.deliveries
        if one.envelope_id in ids
    )
    return replace(form, fields=tuple(replace(one, choices=choices) for one in form.fields))


async def _page(
    desk: Desk,
    call: Call,
    view: CaseView,
    form: ActForm,
    typed: Mapping[str, str],
    *,
    error: GatewayError | None = None,
    filled: Filled | None = None,
    corrects: str = "",
) -> web.Response:
    composes = form.kind is SupplementRequested and not corrects
    asked = filled.asked if filled else ()
    rows = rows_of(view, await desk.acting.checklist(view), asked) if composes else []
    papers = filled.papers if filled else papers_of(form, None)
    repeated = error is not None and error.reason is Reason.FORM_USED
    late = late_fields(form, corrects)
    placed, others = placed_findings(call.lang, error, form, filled, corrects)
    return desk.pages.page(
        call,
        "act_form",
        status=STATUSES.get(error.row.family, 422) if error else 200,
        row=view.row,
        number=grouped(view.row.case_id),
        item=view.case.item.name,
        state=STATE_NAMES[view.row.standing.state],
        form=form,
        act=call.request.match_info["act"],
        title=EVENT_NAMES[form.kind] if corrects else form.button,
        shape=Shape,
        shown=shown,
        typed=typed,
        rows=rows,
        composes=composes,
        papers=papers,
        late=late,
        late_open=any(typed.get(one.name) or one.name in placed for one in late),
        corrects=corrects,
        once=call.field("once") if error and not repeated else desk.new_id(),
        repeated=repeated,
        problem=error,
        findings=placed,
        others=others,
    )
