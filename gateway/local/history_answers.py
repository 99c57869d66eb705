"""Schemas of what a case's events come to: what it holds now, supplements, the result."""

from gateway.local.licences_out import CHECKS_SCHEMA
from gateway.local.schemas import BOTH, FLAG, INSTANT, NUMBER, TEXT, Schema, list_of, obj, or_null

_MATERIAL_NOW: Schema = obj(
    {
        "material_id": TEXT,
        "list_code": TEXT,
        "name": TEXT,
        "version": NUMBER,
        "versions": list_of(NUMBER),
        "sha256": TEXT,
        **CHECKS_SCHEMA,
    }
)
_SUPPLEMENT: Schema = obj(
    {
        "event_id": TEXT,
        "notice_number": TEXT,
        "second": FLAG,
        "supervisor": TEXT,
        "requested_at": INSTANT,
        "respond_by": or_null(INSTANT),
        "answered_at": or_null(INSTANT),
        "answer_event_id": or_null(TEXT),
        "requirements": list_of(obj({"requirement_id": TEXT, "what": TEXT, "answered": FLAG})),
    }
)
_RESULT: Schema = obj(
    {
        "event_id": TEXT,
        "remedies": or_null(BOTH),
        "documents": list_of(obj({"kind": TEXT, "title": TEXT, "number": TEXT, "sha256": TEXT})),
        "sent_with": list_of(TEXT),
        "delivered_with": list_of(TEXT),
    }
)
HISTORY: Schema = {
    "form_now": or_null({"type": "object"}),
    "materials_now": list_of(_MATERIAL_NOW),
    "supplements": list_of(_SUPPLEMENT),
    "result": or_null(_RESULT),
}
"""Keys of a case beside its events."""
