"""How an envelope of a case fares, in one cell: outcome, or how it waits and when it goes again."""

from collections.abc import Mapping
from typing import Any

from gateway.case.texts import Lang, Text
from gateway.cli.moments import moment

OUTCOME_TEXTS: Mapping[str, Text] = {
    "": Text("在途", "under way"),
    "accepted": Text("已受理回执", "accepted"),
    "refused": Text("拒收", "refused"),
    "given_up": Text("未送达", "given up"),
}

_PAUSED = Text("{said} (对方维护至 {at})", "{said} (the other side is in maintenance until {at})")


def outcome_said(one: Mapping[str, Any], lang: Lang) -> str:
    """Return what became of an envelope; of one that is kept back, how, and when it is tried again."""
    said = OUTCOME_TEXTS.get(one["outcome"], Text(one["outcome"], one["outcome"])).say(lang)
    if not one.get("kept_back"):
        until = one.get("partner_maintenance_until")
        return said if not until else _PAUSED.format(said=said, at=moment(until)).say(lang)
    name = str(one["kept_back_name"][lang.value])
    if not one["next_try"]:
        return name
    return Text("{name} ({at} 再试)", "{name} (again {at})").format(name=name, at=moment(one["next_try"])).say(lang)
