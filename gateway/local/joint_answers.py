"""Schemas of the answers about joint cases and progress (JSON Schema 2020-12)."""

from gateway.case.joint import JointState
from gateway.case.kinds import Decision
from gateway.case.progress import Side
from gateway.flows.joint.act_on_all import Became
from gateway.local.schemas import BOTH, FLAG, INSTANT, NUMBER, STATE, TEXT, Schema, list_of, obj, or_null

_ITEM = obj({"basic_code": TEXT, "name": TEXT})
_WARNING = obj({"part": NUMBER, "dimension": TEXT, "count": NUMBER, "text": BOTH})
_WHOLE: Schema = {
    "case_id": TEXT,
    "state": {"type": "string", "enum": [state.value for state in JointState]},
    "state_name": BOTH,
    "counts": {"type": "object", "additionalProperties": NUMBER},
    "attention": list_of(obj({"case_id": TEXT, "state": STATE, "state_name": BOTH, "advice": BOTH})),
    "title": TEXT,
    "origin_number": TEXT,
    "origin_division": TEXT,
    "delivery_way": TEXT,
    "system": TEXT,
    "opened_at": INSTANT,
    "withdrawn_at": or_null(INSTANT),
    "delivered_at": or_null(INSTANT),
    "local_parts": list_of(obj({"part": NUMBER, "item": _ITEM, "handler_division": TEXT, "told": BOTH})),
}
_CHILD: Schema = {
    "part": NUMBER,
    "case_id": TEXT,
    "partner": TEXT,
    "state": STATE,
    "state_name": BOTH,
    "decision": or_null({"type": "string", "enum": [decision.value for decision in Decision]}),
    "origin_number": TEXT,
    "handler_number": TEXT,
    "item": _ITEM,
    "handler_division": TEXT,
}
_VIEW = obj(_WHOLE | {"applicant": TEXT, "children": list_of(obj(_CHILD))})
_BECAME: Schema = {
    "became": {"type": "string", "enum": [became.value for became in Became]},
    "became_name": BOTH,
    "event_id": TEXT,
    "reason": TEXT,
    "cause": or_null(BOTH),
}
_PLACE = obj({"division": TEXT, "name": TEXT, "phone": or_null(TEXT)})
_DATES = (
    "received_at_window",
    "reached_handler",
    "signed_off",
    "accepted",
    "decided",
    "result_sent",
    "delivered",
)

JOINT_ANSWERS: dict[str, Schema] = {
    "JointSubmitted": obj(
        _WHOLE
        | {
            "query_code": TEXT,
            "notes": list_of(BOTH),
            "warnings": list_of(_WARNING),
            "children": list_of(obj(_CHILD | {"query_code": TEXT})),
        }
    ),
    "JointCaseView": _VIEW,
    "JointCaseList": obj({"joint_cases": list_of(_VIEW), "next_cursor": or_null(TEXT)}),
    "JointActed": obj(_WHOLE | {"children": list_of(obj(_CHILD | _BECAME))}),
    "Progress": obj(
        {
            "number": TEXT,
            "state": TEXT,
            "state_name": BOTH,
            "items": list_of(TEXT),
            "origin": _PLACE,
            "handler": or_null(_PLACE),
            "dates": obj({name: or_null(INSTANT) for name in _DATES}),
            "due": list_of(
                obj(
                    {
                        "clock": TEXT,
                        "name": BOTH,
                        "due_at": INSTANT,
                        "light": TEXT,
                        "light_name": BOTH,
                        "provisional": FLAG,
                    }
                )
            ),
            "next": obj(
                {
                    "side": {"type": "string", "enum": [side.value for side in Side]},
                    "side_name": BOTH,
                    "step": BOTH,
                }
            ),
            "parts": list_of({"$ref": "#/components/schemas/Progress"}),
        }
    ),
}
