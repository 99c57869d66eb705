"""Schemas of the answers (JSON Schema 2020-12), as local systems may rely on them."""

from gateway.case.kinds import Decision
from gateway.case.states import Party, State

Schema = dict[str, object]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_FLAG: Schema = {"type": "boolean"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_BOTH: Schema = {"$ref": "#/components/schemas/Text"}


def _object(properties: Schema, *, optional: tuple[str, ...] = (), more: bool = False) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": more}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_STATE: Schema = {"type": "string", "enum": [state.value for state in State]}
_STANDING: Schema = {
    "case_id": _TEXT,
    "party": {"type": "string", "enum": [party.value for party in Party]},
    "partner": _TEXT,
    "system": _TEXT,
    "state": _STATE,
    "state_name": _BOTH,
    "case_version": _NUMBER,
    "supplement_open": _FLAG,
    "origin_number": _TEXT,
    "handler_number": _TEXT,
    "item": _object({"basic_code": _TEXT, "name": _TEXT}),
    "mode": _TEXT,
    "origin_division": _TEXT,
    "handler_division": _TEXT,
    "opened_at": _INSTANT,
    "changed_at": _INSTANT,
}
_CASE: Schema = {"$ref": "#/components/schemas/Case"}
_EVENT_READ: Schema = _object(
    {
        "event_id": _TEXT,
        "event": _TEXT,
        "occurred_at": _INSTANT,
        "recorded_at": _INSTANT,
        "actor": {"type": "object"},
        "reason": _TEXT,
        "documents": _list({"type": "object"}),
        "deadlines": _list({"type": "object"}),
        "grant": _or_null({"type": "object"}),
        "decision": {"type": "string", "enum": [decision.value for decision in Decision]},
    },
    optional=("decision",),
    more=True,
)
_REFUSAL: Schema = _object({"reason": _TEXT, "cause": _BOTH, "fix": _BOTH})
_FINDING: Schema = _object({"path": _TEXT, "problem": _BOTH, "fix": _BOTH})

ANSWERS: dict[str, Schema] = {
    "Text": _object({"zh": _TEXT, "en": _TEXT}),
    "Submitted": _object(
        {"case_id": _TEXT, "state": _STATE, "state_name": _BOTH, "partner": _TEXT, "opened_at": _INSTANT}
    ),
    "BatchLine": _object(
        {
            "line": _NUMBER,
            "status": _NUMBER,
            "answer": {"$ref": "#/components/schemas/Submitted"},
            "problem": {"$ref": "#/components/schemas/Problem"},
        },
        optional=("answer", "problem"),
    ),
    "CaseList": _object({"cases": _list(_object(_STANDING | {"applicant": _TEXT})), "next_cursor": _or_null(_TEXT)}),
    "CaseView": _object(
        _STANDING
        | {
            "possible_events": _list(_TEXT),
            "case": _CASE,
            "events": _list({"type": "object"}),
            "deliveries": _list(
                _object(
                    {
                        "envelope_id": _TEXT,
                        "sequence": _NUMBER,
                        "outcome": _TEXT,
                        "tries": _NUMBER,
                        "last_reason": _TEXT,
                    }
                )
            ),
        }
    ),
    "Acted": _object(
        {
            "event_id": _TEXT,
            "case_id": _TEXT,
            "state": _STATE,
            "state_name": _BOTH,
            "case_version": _or_null(_NUMBER),
            "confirmed": _FLAG,
        }
    ),
    "Claimed": _object({"case_id": _TEXT, "system": _TEXT}),
    "Released": _object({"case_id": _TEXT, "state": _STATE, "state_name": _BOTH, "partner": _TEXT}),
    "MaterialState": _object({"sha256": _TEXT, "size": _or_null(_NUMBER), "offset": _NUMBER, "complete": _FLAG}),
    "Feed": _object(
        {
            "items": _list(
                _object(
                    {
                        "position": _NUMBER,
                        "kind": {"type": "string", "enum": ["case", "event", "receipt", "not_handed_over"]},
                        "case_id": _TEXT,
                        "party": _TEXT,
                        "at": _INSTANT,
                        "state": _STATE,
                        "state_name": _BOTH,
                        "case_version": _NUMBER,
                        "reason": _TEXT,
                        "refusal": _or_null(_REFUSAL),
                        "case": _or_null(_CASE),
                        "event": _or_null(_EVENT_READ),
                    }
                )
            ),
            "next_after": _NUMBER,
            "more": _FLAG,
        }
    ),
    "Confirmed": _object({"confirmed": _NUMBER}),
    "Health": _object({"status": _TEXT, "missing": _list(_TEXT)}, optional=("missing",)),
    "Description": {"type": "object"},
    "Foreign": {"type": "object", "description": "The system's own JSON; its file in systems/ says what means what."},
    "Problem": _object(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": _TEXT,
            "status": _NUMBER,
            "detail": _TEXT,
            "reason": _TEXT,
            "place": {"type": "string", "enum": ["local", "ours", "peering", "theirs"]},
            "retriable": _FLAG,
            "answer": {"type": "string", "enum": ["retriable", "final", "needs_a_person"]},
            "cause": _BOTH,
            "fix": _BOTH,
            "findings": _list(_FINDING),
            "trace": _TEXT,
        }
    ),
}
