"""What came of looking up electronic licences, in canonical JSON; nothing of their holders."""

from collections.abc import Iterable
from datetime import UTC

from gateway.case.code.licences import licence_id_doubts
from gateway.case.licence_verdicts import LICENCE_STATES, WHY_TEXTS, LicenceState, Why
from gateway.case.model import LicenceCheck, LicenceReference, Material
from gateway.case.texts import Text
from gateway.local.schemas import BOTH, INSTANT, NUMBER, TEXT, Schema, list_of, obj, or_null
from gateway.store.licence_checks import CheckRow

Json = dict[str, object]

CHECK_SCHEMA: Schema = obj(
    {
        "stage": {"type": "string", "enum": ["submission", "supplement", "acceptance", "decision", "later"]},
        "version": NUMBER,
        "outcome": {"type": "string", "enum": [check.value for check in LicenceCheck]},
        "state": {"type": "string", "description": "01 to 99 (GB/T 36906); empty when the source did not say"},
        "state_name": or_null(BOTH),
        "valid_to": or_null({"type": "string", "format": "date"}),
        "reason": TEXT,
        "reason_text": or_null(BOTH),
        "use_cause": TEXT,
        "source": TEXT,
        "at": INSTANT,
    }
)
CHECKS_SCHEMA: Schema = {
    "licence_checks": list_of(CHECK_SCHEMA),
    "licence_doubts": list_of(BOTH),
}
"""Of a material of a case."""
SUBMITTED_SCHEMA: Schema = {"licences": list_of(obj({"material_id": TEXT, "check": CHECK_SCHEMA}))}
FEED_SCHEMA: Schema = {
    "licence": or_null(
        obj({"material_id": TEXT, "outcome": {"type": "string", "enum": [check.value for check in LicenceCheck]}})
    )
}


def checks_of(material: Material, rows: Iterable[CheckRow]) -> Json:
    """Return every verification of a material, in order, and what may be wrong with the identifier of its licence."""
    form = material.form
    doubts = licence_id_doubts(form.licence_id) if isinstance(form, LicenceReference) else ()
    return {
        "licence_checks": [_check(row) for row in rows if row.material_id == material.material_id],
        "licence_doubts": [_text(doubt.text) for doubt in doubts],
    }


def submitted_checks(rows: Iterable[CheckRow]) -> Json:
    """Return what came of the licences of an application, for the answer to it."""
    return {"licences": [{"material_id": row.material_id, "check": _check(row)} for row in rows]}


def feed_licence(note: str) -> Json:
    """Return what the feed says about a licence."""
    outcome, _, material_id = note.partition(" ")
    return {"material_id": material_id, "outcome": outcome}


def _check(row: CheckRow) -> Json:
    return {
        "stage": row.stage,
        "version": row.version,
        "outcome": row.outcome,
        "state": row.licence_state,
        "state_name": _text(LICENCE_STATES[LicenceState(row.licence_state)]) if row.licence_state else None,
        "valid_to": row.valid_to or None,
        "reason": row.detail,
        "reason_text": _text(WHY_TEXTS[Why(row.detail)]) if row.detail else None,
        "use_cause": row.use_cause,
        "source": row.source,
        "at": row.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


def _text(said: Text) -> dict[str, str]:
    return {"zh": said.zh, "en": said.en}
