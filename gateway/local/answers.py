"""Schemas of the answers (JSON Schema 2020-12), as local systems may rely on them."""

from gateway.case.kinds import Decision
from gateway.case.states import Party
from gateway.local.clocks_out import CLOCKS_SCHEMA, RECEIPTS_SCHEMA
from gateway.local.compare_answers import COMPARE_ANSWERS
from gateway.local.deliveries_out import DELIVERY_SCHEMA, FEED_KEPT_SCHEMA
from gateway.local.history_answers import HISTORY
from gateway.local.item_answers import ITEM_ANSWERS
from gateway.local.joint_answers import JOINT_ANSWERS
from gateway.local.licences_out import FEED_SCHEMA, SUBMITTED_SCHEMA
from gateway.local.schemas import BOTH, FLAG, INSTANT, NUMBER, STATE, TEXT, Schema, list_of, obj, or_null
from gateway.store.feed import KINDS

_STANDING: Schema = {
    "case_id": TEXT,
    "party": {"type": "string", "enum": [party.value for party in Party]},
    "partner": TEXT,
    "system": TEXT,
    "state": STATE,
    "state_name": BOTH,
    "case_version": NUMBER,
    "supplement_open": FLAG,
    "origin_number": TEXT,
    "handler_number": TEXT,
    "item": obj({"basic_code": TEXT, "name": TEXT}),
    "mode": TEXT,
    "joint_parent": TEXT,
    "origin_division": TEXT,
    "handler_division": TEXT,
    "opened_at": INSTANT,
    "changed_at": INSTANT,
}
_CASE: Schema = {"$ref": "#/components/schemas/Case"}
_EVENT_READ: Schema = obj(
    {
        "event_id": TEXT,
        "event": TEXT,
        "occurred_at": INSTANT,
        "recorded_at": INSTANT,
        "actor": {"type": "object"},
        "reason": TEXT,
        "documents": list_of({"type": "object"}),
        "deadlines": list_of({"type": "object"}),
        "grant": or_null({"type": "object"}),
        "corrects": TEXT,
        "data_version": NUMBER,
        "decision": {"type": "string", "enum": [decision.value for decision in Decision]},
    },
    optional=("decision",),
    more=True,
)
_FINDING: Schema = obj({"path": TEXT, "problem": BOTH, "fix": BOTH})
_REFUSAL: Schema = obj({"reason": TEXT, "cause": BOTH, "fix": BOTH, "findings": list_of(_FINDING)})

ANSWERS: dict[str, Schema] = {
    **COMPARE_ANSWERS,
    **JOINT_ANSWERS,
    "Text": obj({"zh": TEXT, "en": TEXT}),
    "Submitted": obj(
        {
            "case_id": TEXT,
            "state": STATE,
            "state_name": BOTH,
            "partner": TEXT,
            "opened_at": INSTANT,
            "query_code": TEXT,
            "notes": list_of(BOTH),
            "warnings": list_of(obj({"dimension": TEXT, "count": NUMBER, "text": BOTH})),
            **SUBMITTED_SCHEMA,
        }
    ),
    "BatchLine": obj(
        {
            "line": NUMBER,
            "status": NUMBER,
            "answer": {"$ref": "#/components/schemas/Submitted"},
            "problem": {"$ref": "#/components/schemas/Problem"},
        },
        optional=("answer", "problem"),
    ),
    "CaseList": obj(
        {
            "cases": list_of(obj(_STANDING | RECEIPTS_SCHEMA | CLOCKS_SCHEMA | {"applicant": TEXT})),
            "next_cursor": or_null(TEXT),
        }
    ),
    "CaseView": obj(
        _STANDING
        | RECEIPTS_SCHEMA
        | CLOCKS_SCHEMA
        | {
            "possible_events": list_of(TEXT),
            "case": _CASE,
            **HISTORY,
            "events": list_of({"type": "object"}),
            "deliveries": list_of(obj(DELIVERY_SCHEMA)),
        }
    ),
    "Acted": obj(
        {
            "event_id": TEXT,
            "case_id": TEXT,
            "state": STATE,
            "state_name": BOTH,
            "case_version": or_null(NUMBER),
            "confirmed": FLAG,
            "doubts": list_of(_FINDING),
        }
    ),
    "Claimed": obj({"case_id": TEXT, "system": TEXT}),
    "Released": obj({"case_id": TEXT, "state": STATE, "state_name": BOTH, "partner": TEXT}),
    "MaterialState": obj({"sha256": TEXT, "size": or_null(NUMBER), "offset": NUMBER, "complete": FLAG}),
    "Feed": obj(
        {
            "items": list_of(
                obj(
                    {
                        "position": NUMBER,
                        "kind": {"type": "string", "enum": [*KINDS]},
                        "case_id": TEXT,
                        "joint_parent": TEXT,
                        "party": TEXT,
                        "at": INSTANT,
                        "state": STATE,
                        "state_name": BOTH,
                        "case_version": NUMBER,
                        "reason": TEXT,
                        "second_notice": FLAG,
                        "item_change": TEXT,
                        "deadline": TEXT,
                        **FEED_KEPT_SCHEMA,
                        **FEED_SCHEMA,
                        "refusal": or_null(_REFUSAL),
                        "case": or_null(_CASE),
                        "event": or_null(_EVENT_READ),
                    }
                    | CLOCKS_SCHEMA
                )
            ),
            "next_after": NUMBER,
            "more": FLAG,
        }
    ),
    "Confirmed": obj({"confirmed": NUMBER}),
    **ITEM_ANSWERS,
    "Health": obj(
        {
            "status": {"type": "string", "enum": ["live", "ready", "degraded", "not_ready"]},
            "missing": list_of(TEXT),
            "findings": list_of(
                obj(
                    {
                        "name": TEXT,
                        "weight": {"type": "string", "enum": ["red", "yellow", "note"]},
                        "since": INSTANT,
                        "cause": BOTH,
                        "fix": BOTH,
                    }
                )
            ),
            "examined_at": INSTANT,
        },
        optional=("missing", "findings", "examined_at"),
    ),
    "Description": {"type": "object"},
    "Foreign": {"type": "object", "description": "The system's own JSON; its file in systems/ says what means what."},
    "Problem": obj(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": TEXT,
            "status": NUMBER,
            "detail": TEXT,
            "reason": TEXT,
            "place": {"type": "string", "enum": ["local", "ours", "peering", "theirs"]},
            "retriable": FLAG,
            "answer": {"type": "string", "enum": ["retriable", "final", "needs_a_person"]},
            "cause": BOTH,
            "fix": BOTH,
            "findings": list_of(_FINDING),
            "trace": TEXT,
        }
    ),
}
