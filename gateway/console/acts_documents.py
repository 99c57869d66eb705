"""Papers that go with an act: notices, decisions, results, each with its number, its day and its file.

A row counts when anything but its kind was given.  A file that came stays with the form until it is sent or taken off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from gateway.case.errors import FieldFinding
from gateway.case.events import Document
from gateway.case.kinds import DocumentKind
from gateway.case.model import MaterialFile
from gateway.case.texts import Text
from gateway.console.acts_fields import LINE, LONG_NUMBER, Field, Misfit, Shape, read, shown
from gateway.console.acts_forms import ActForm
from gateway.console.window_posted import Posted, as_held

ROWS = ("doc-1", "doc-2")
DOCUMENT_NAMES: Mapping[DocumentKind, Text] = {
    DocumentKind.INTAKE_RECEIPT: Text("收件凭证", "receipt for the application"),
    DocumentKind.ACCEPTANCE_NOTICE: Text("受理通知书", "notice of acceptance"),
    DocumentKind.SUPPLEMENT_NOTICE: Text("一次性补正告知书", "supplement notice"),
    DocumentKind.NON_ACCEPTANCE_NOTICE: Text("不予受理通知书", "notice of non-acceptance"),
    DocumentKind.SUSPENSION_NOTICE: Text("特别程序告知书", "notice of a special procedure"),
    DocumentKind.EXTENSION_NOTICE: Text("延长期限告知书", "notice of an extension"),
    DocumentKind.DECISION: Text("决定书", "decision"),
    DocumentKind.RESULT: Text("办理结果", "result"),
    DocumentKind.DELIVERY_RECORD: Text("送达回证", "record of delivery"),
    DocumentKind.RETURN_NOTICE: Text("退件通知书", "notice of return"),
    DocumentKind.OTHER: Text("其他", "other"),
}
_KIND = Field("kind", Text("文书类别", "Kind"), Shape.CHOICE, required=True, choices=tuple(DOCUMENT_NAMES.items()))
_TITLE = Field(
    "title", Text("名称", "Title"), most=LINE, hint=Text("不填则用类别的名称", "the kind's name if left empty")
)
_NUMBER = Field("number", Text("文号", "Number"), most=LONG_NUMBER)
_DATED = Field("dated", Text("日期", "Dated"), Shape.DAY)


@dataclass(frozen=True, slots=True)
class Paper:
    """A row of the form: its fields with what stands in them, and the file that came."""

    key: str
    fields: tuple[Field, ...]
    typed: Mapping[str, str]
    file: MaterialFile | None

    @property
    def held(self) -> str:
        """The file as the page carries it on."""
        return as_held(self.file) if self.file else ""


def papers_of(form: ActForm, posted: Posted | None) -> tuple[Paper, ...]:
    """Return the rows of a form; none where no paper goes with it."""
    return tuple(_paper(key, form, posted) for key in ROWS) if form.document else ()


def documents_of(papers: tuple[Paper, ...]) -> tuple[tuple[Document, ...], tuple[str, ...], list[FieldFinding]]:
    """Return the papers that were given, the row of each, and what is wrong with them."""
    documents: list[Document] = []
    rows: list[str] = []
    findings: list[FieldFinding] = []
    for one in papers:
        if not (one.file or any(one.typed[f"{name}.{one.key}"] for name in ("title", "number", "dated"))):
            continue
        values: dict[str, object] = {}
        for asked in one.fields:
            try:
                values[asked.name.partition(".")[0]] = read(asked, one.typed[asked.name])
            except Misfit as misfit:
                findings.append(FieldFinding(asked.name, misfit.problem, misfit.fix))
        kind, dated = values.get("kind"), values.get("dated")
        if not isinstance(kind, DocumentKind):
            continue
        title, number = str(values.get("title") or DOCUMENT_NAMES[kind].zh), str(values.get("number") or "")
        documents.append(Document(kind, title, number, one.file, dated if isinstance(dated, date) else None))
        rows.append(one.key)
    return tuple(documents), tuple(rows), findings


def field_of(path: str, rows: tuple[str, ...]) -> str:
    """Return the field that `documents[n].name` means; empty for another path."""
    head, _, rest = path.partition("[")
    place, _, name = rest.partition("].")
    if head != "documents" or not place.isdigit() or int(place) >= len(rows):
        return ""
    return f"{name}.{rows[int(place)]}"


def _paper(key: str, form: ActForm, posted: Posted | None) -> Paper:
    fields = tuple(replace(one, name=f"{one.name}.{key}") for one in (_KIND, _TITLE, _NUMBER, _DATED))
    usual = form.document if key == ROWS[0] else DocumentKind.RESULT
    typed = {one.name: posted.one(one.name) if posted else "" for one in fields}
    typed[f"kind.{key}"] = typed[f"kind.{key}"] or shown(usual)
    held = posted.held(key) if posted else ()
    return Paper(key, fields, typed, held[-1] if held else None)
