"""Schemas of the four-same report in the interface description."""

from gateway.case.item.differences import Dimension, Severity
from gateway.flows.items.compare import Missing
from gateway.local.schemas import BOTH, FLAG, NUMBER, TEXT, Schema, list_of, obj, or_null
from gateway.partners.policies import OnDifference

_NAMED: Schema = obj({"basic_code": TEXT, "name": TEXT, "division": TEXT, "version": NUMBER, "sample": FLAG})
_COMPARISON: Schema = obj(
    {
        "ours": _NAMED,
        "theirs": _NAMED,
        "score": NUMBER,
        "scores": obj({dimension.value: NUMBER for dimension in Dimension}),
        "differences": list_of(
            obj(
                {
                    "dimension": {"type": "string", "enum": [one.value for one in Dimension]},
                    "field": TEXT,
                    "subject": TEXT,
                    "severity": {"type": "string", "enum": [one.value for one in Severity]},
                    "ours": BOTH,
                    "theirs": BOTH,
                    "why": BOTH,
                }
            )
        ),
    }
)
_POLICY: Schema = {"type": "string", "enum": [one.value for one in OnDifference]}

COMPARE_ANSWERS: dict[str, Schema] = {
    "PartnerCompared": obj(
        {
            "partner": TEXT,
            "name": TEXT,
            "division": TEXT,
            "ours_published": FLAG,
            "theirs_published": FLAG,
            "score": or_null(NUMBER),
            "items": list_of(
                obj(
                    {
                        "name": TEXT,
                        "our_code": TEXT,
                        "their_code": TEXT,
                        "agreement": TEXT,
                        "policy": obj({dimension.value: _POLICY for dimension in Dimension}),
                        "missing": {"type": "string", "enum": [one.value for one in Missing]},
                        "comparison": or_null(_COMPARISON),
                    }
                )
            ),
        }
    ),
}
