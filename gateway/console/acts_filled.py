"""A form of an act as it was sent: its values, the event it makes, and what is wrong, each next to its field."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.case.errors import FieldFinding, GatewayError
from gateway.case.events import Document, HandledOffline, Happening, Note, SupplementRequested
from gateway.case.texts import Lang, Text
from gateway.console.acts_correcting import original_of
from gateway.console.acts_documents import Paper, documents_of, field_of, papers_of
from gateway.console.acts_fields import Field, Misfit, Shape, finding, read
from gateway.console.acts_forms import REMARK, ActForm
from gateway.console.acts_notice import Asked, asked_in, requirements_from
from gateway.console.call import Call, Form
from gateway.console.guard import TOKEN_FIELD
from gateway.console.window_posted import FILE, Posted, for_people
from gateway.flows.look import CaseView

OCCURRED = Field(
    "occurred_at",
    Text("实际发生时间", "When it really happened"),
    Shape.MOMENT,
    hint=Text("早于一个工作日以上的, 须写明补录原因", "more than a working day ago: say why it is recorded late"),
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent.

    Attributes:
        values: of its fields, by name; those left empty are not in it.
        typed: what stands in its fields.
        occurred_at: when it happened; None for now.
        asked: what a supplement notice asks for.
        papers: rows of papers; documents: those that were given, rows: the row of each.
    """

    values: Mapping[str, Any]
    typed: Mapping[str, str]
    reason: str
    occurred_at: datetime | None
    asked: tuple[Asked, ...]
    papers: tuple[Paper, ...]
    documents: tuple[Document, ...]
    rows: tuple[str, ...]
    findings: tuple[FieldFinding, ...]


def late_fields(form: ActForm, corrects: str) -> tuple[Field, ...]:
    """Return what is asked for when something is recorded later than it happened; nothing where that has no meaning."""
    if corrects or form.kind in (Note, HandledOffline):
        return ()
    return (OCCURRED,) if form.reason else (OCCURRED, REMARK)


def as_form(posted: Posted) -> Form:
    """Return everything that was sent as fields; a file is named by its digest."""
    typed = {name: tuple(values) for name, values in posted.values.items()}
    return typed | {f"{FILE}{row}": tuple(one.sha256 for one in files) for row, files in posted.files.items()}


def digest_of(call: Call) -> bytes:
    """Return a digest of what people typed, to know the same form again."""
    sent = sorted((name, values) for name, values in call.form.items() if name not in _NOT_TYPED)
    return hashlib.sha256(repr(sent).encode()).digest()


def fields_of(form: ActForm, corrects: str) -> tuple[Field, ...]:
    """Return every field of a form that has one value."""
    return (*form.fields, *((form.reason,) if form.reason else ()), *late_fields(form, corrects))


def filled_in(form: ActForm, call: Call, posted: Posted) -> Filled:
    """Return a form as it was sent, with everything that is wrong with it by itself."""
    fields = fields_of(form, call.field("corrects"))
    typed = {one.name: call.field(one.name) for one in fields}
    values: dict[str, Any] = {}
    findings: list[FieldFinding] = []
    for one in fields:
        try:
            value = read(one, typed[one.name])
        except Misfit as misfit:
            findings.append(finding(one, misfit))
            continue
        if value is not None:
            values[one.name] = value
    reason, occurred_at = str(values.pop("reason", "")), values.pop("occurred_at", None)
    asked = asked_in(call) if form.kind is SupplementRequested and not call.field("corrects") else ()
    papers = papers_of(form, posted)
    documents, rows, wrong = documents_of(papers)
    findings += [*_across(values), *wrong, *posted.problems]
    return Filled(values, typed, reason, occurred_at, asked, papers, documents, rows, tuple(findings))


def _across(values: Mapping[str, Any]) -> tuple[FieldFinding, ...]:
    """Return what does not fit between two fields."""
    pairs = (("started_at", "ended_at"), ("valid_from", "valid_to"))
    return tuple(
        FieldFinding(second, _BEFORE, _COMPARE)
        for first, second in pairs
        if first in values and second in values and values[second] < values[first]
    )


def happening_of(view: CaseView, form: ActForm, filled: Filled, corrects: str) -> Happening:
    """Return what happened, as a form says it."""
    values = dict(filled.values)
    if corrects:
        # All that may not be corrected is said again as it was; what was emptied is empty.
        empty = {one.name: _empty(one) for one in form.fields}
        return replace(original_of(view, corrects).happening, **{**empty, **values})
    if form.kind is SupplementRequested:
        return requirements_from(view, filled.asked, values)
    return form.kind(**values)


def _empty(field: Field) -> object:
    return 0 if field.shape is Shape.COUNT else None if field.shape in (Shape.DAY, Shape.MOMENT) else ""


def placed_findings(
    lang: Lang, error: GatewayError | None, form: ActForm, filled: Filled | None, corrects: str
) -> tuple[dict[str, str], list[str]]:
    """Return what is wrong by field, and what belongs to no field that is shown."""
    known = {one.name for one in fields_of(form, corrects)}
    known |= {one.name for paper in filled.papers for one in paper.fields} if filled else set()
    known |= {f"{FILE}{paper.key}" for paper in filled.papers} if filled else set()
    placed: dict[str, str] = {}
    others: list[str] = []
    for one in map(for_people, error.findings if error else ()):
        said = f"{one.problem.say(lang)}: {one.fix.say(lang)}"
        meant = (_row_of(one.path, filled.asked) or field_of(one.path, filled.rows)) if filled else ""
        if meant or one.path in known:
            placed[meant or one.path] = said
        else:
            others.append(said)
    return placed, others


def _row_of(path: str, asked: tuple[Asked, ...]) -> str:
    """Return the key of the row of a notice that `requirements[n]…` means; empty for another path."""
    head, _, rest = path.partition("[")
    place = rest.partition("]")[0]
    if head != "requirements" or not place.isdigit() or int(place) >= len(asked):
        return ""
    return f"row:{asked[int(place)].key}"


_NOT_TYPED = frozenset({TOKEN_FIELD, "once", "case_version"})
_BEFORE = Text("早于开始", "it is before the beginning")
_COMPARE = Text("核对后改正", "check and correct it")
