"""The clocks of a case on the terminal: which one presses most, and all of them as a block."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.case.clock.calendars import MIDNIGHT
from gateway.case.clock.words import CLOCK_NAMES, DEEMED, LIGHT_NAMES, Light
from gateway.case.days import CHINA
from gateway.case.kinds import Clock
from gateway.case.texts import Lang, Text
from gateway.cli.moments import moment

CLOCKS = Text("【时限】", "TIME LIMITS")
CLOCK_HEADS = (
    Text("时限", "clock"),
    Text("责任方", "owed by"),
    Text("起算", "from"),
    Text("到期", "due"),
    Text("灯", "light"),
    Text("剩余", "left"),
    Text("说明", "remark"),
)
PRESSING_HEADS = (Text("灯", "light"), Text("剩余", "left"))
_OWED_BY = {"origin": Text("收件地", "origin"), "handler": Text("业务属地", "handler")}
_ORDER = tuple(light.value for light in Light)


def pressing_cells(case: Mapping[str, Any], lang: Lang) -> tuple[str, str]:
    """Return the light of a case, and how much is left of the clock that presses most; empty when none runs."""
    light = LIGHT_NAMES[Light(case["light"])].say(lang)
    running = [one for one in case["clocks"] if one["ended_at"] is None]
    late = [one for one in case["clocks"] if one["light"] == case["light"] == Light.OVERDUE.value]
    if not (running or late):
        return light, ""
    first = min(
        late or running, key=lambda one: (-_ORDER.index(one["light"]), one["due_at"] is None, one["due_at"] or "")
    )
    return light, f"{first['name'][lang.value]}: {first['words'][lang.value]}"


def clock_rows(seen: Mapping[str, Any], lang: Lang) -> Sequence[Sequence[str]]:
    """Return one row for each clock of a case, in the order of its life."""
    return [
        [
            one["name"][lang.value],
            _OWED_BY[one["owed_by"]].say(lang),
            moment(one["started_at"]),
            last_moment(one["due_at"]),
            LIGHT_NAMES[Light(one["light"])].say(lang),
            one["words"][lang.value],
            one["remark"][lang.value],
        ]
        for one in seen.get("clocks", ())
    ]


def passed_text(event: Mapping[str, Any]) -> Text:
    """Return which clock ran out, when, and whether that made the case accepted."""
    name, at = CLOCK_NAMES[Clock(event["clock"])], last_moment(event["due_at"])
    said = Text(f"{name.zh}时限 {at} 到期", f"{name.en} was due {at}")
    return Text(f"{said.zh}; {DEEMED.zh}", f"{said.en}; {DEEMED.en}") if event["deemed_accepted"] else said


def last_moment(due_at: str | None) -> str:
    """Return when a limit ends as people say it: the end of a day is 24:00 of that day."""
    if due_at is None:
        return "-"
    due = datetime.fromisoformat(due_at).astimezone(CHINA)
    if due.time() == MIDNIGHT:
        return f"{due.date() - timedelta(days=1)} 24:00"
    return f"{due:%Y-%m-%d %H:%M}"
