"""The clocks of a case in canonical JSON: light, what is left, in words too, and what each rests on."""

from collections.abc import Sequence
from datetime import UTC, datetime

from gateway.case.clock.limits import Reading, case_light
from gateway.case.clock.words import CLOCK_NAMES, LIGHT_NAMES, STATE_NAMES, ClockState, Light
from gateway.case.item.definition import TimeUnit
from gateway.case.kinds import Clock
from gateway.case.states import Party
from gateway.case.texts import Text
from gateway.local.schemas import BOTH, FLAG, INSTANT, NUMBER, TEXT, Schema, list_of, obj, or_null
from gateway.store.cases import CaseRow

Json = dict[str, object]


def clocks_content(seen: Sequence[Reading]) -> Json:
    """Return the light of a case and its clocks, in the order of the life of a case."""
    light = case_light(seen)
    return {"light": light.value, "light_name": _text(LIGHT_NAMES[light]), "clocks": [_clock(one) for one in seen]}


def receipts_content(row: CaseRow) -> Json:
    """Return both days of receipt: at the window and at the handler; null for a case from before clocks were kept."""
    work = row.clockwork
    return {
        "received_at_window": _instant(work.received_at_window if work else None),
        "delivered_to_handler": _instant(work.taken_in_at if work else None),
    }


def _clock(one: Reading) -> Json:
    return {
        "clock": one.clock.value,
        "name": _text(CLOCK_NAMES[one.clock]),
        "owed_by": one.owed_by.value,
        "state": one.state.value,
        "state_name": _text(STATE_NAMES[one.state]),
        "light": one.light.value,
        "started_at": _instant(one.started),
        "due_at": _instant(one.due),
        "ended_at": _instant(one.ended),
        "remaining": {"amount": one.remaining, "unit": one.unit.value},
        "words": _text(one.words),
        "remark": _text(one.remark),
        "provisional": one.provisional,
        "estimate": one.estimate,
        "calendar_version": one.calendar_version,
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(said: Text) -> dict[str, str]:
    return {"zh": said.zh, "en": said.en}


_LIGHT: Schema = {"type": "string", "enum": [light.value for light in Light]}
_CLOCK: Schema = obj(
    {
        "clock": {"type": "string", "enum": [clock.value for clock in Clock]},
        "name": BOTH,
        "owed_by": {"type": "string", "enum": [party.value for party in Party]},
        "state": {"type": "string", "enum": [state.value for state in ClockState]},
        "state_name": BOTH,
        "light": _LIGHT,
        "started_at": INSTANT,
        "due_at": or_null(INSTANT),
        "ended_at": or_null(INSTANT),
        "remaining": obj({"amount": NUMBER, "unit": {"type": "string", "enum": [unit.value for unit in TimeUnit]}}),
        "words": BOTH,
        "remark": BOTH,
        "provisional": FLAG,
        "estimate": FLAG,
        "calendar_version": TEXT,
    }
)
CLOCKS_SCHEMA: Schema = {"light": _LIGHT, "light_name": BOTH, "clocks": list_of(_CLOCK)}
RECEIPTS_SCHEMA: Schema = {"received_at_window": or_null(INSTANT), "delivered_to_handler": or_null(INSTANT)}
