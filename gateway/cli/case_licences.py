"""Electronic licences on the page of a case: when each was verified, and with what outcome.

Takes the JSON of the local door, masked and printable.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.case.model import LicenceCheck
from gateway.case.texts import Lang, Text
from gateway.cli.moments import moment

Seen = Mapping[str, Any]

TITLE = Text("【电子证照】", "ELECTRONIC LICENCES")
_OUTCOMES: Mapping[str, Text] = {
    LicenceCheck.VALID.value: Text("有效", "valid"),
    LicenceCheck.INVALID.value: Text("无效", "invalid"),
    LicenceCheck.PENDING.value: Text("待核验", "not verified yet"),
}
_STAGES: Mapping[str, Text] = {
    "submission": Text("收件时", "when taken in"),
    "supplement": Text("补正时", "with the supplement"),
    "acceptance": Text("受理前", "before acceptance"),
    "decision": Text("决定前", "before the decision"),
    "later": Text("复核", "asked again"),
}


def licence_lines(seen: Seen) -> Iterator[Text]:
    """Yield every verification of every licence that counts, and what may be wrong with its identifier."""
    for material in seen.get("materials_now") or ():
        for check in material.get("licence_checks") or ():
            yield _check(material["name"], check)
        for doubt in material.get("licence_doubts") or ():
            yield Text(f"{material['name']} 存疑: {doubt['zh']}", f"{material['name']}, doubt: {doubt['en']}")


def _check(name: str, check: Seen) -> Text:
    return Text(_line(name, check, Lang.ZH), _line(name, check, Lang.EN))


def _line(name: str, check: Seen, lang: Lang) -> str:
    stage, outcome = _STAGES.get(check["stage"]), _OUTCOMES.get(check["outcome"])
    when = f"{moment(check['at'])} {stage.say(lang) if stage else check['stage']}"
    parts = [f"{name} {when}: {outcome.say(lang) if outcome else check['outcome']}"]
    if check["reason_text"]:
        parts.append(check["reason_text"][lang.value])
    if check["state"]:
        parts.append(f"{_STATE.say(lang)} {check['state']} {check['state_name'][lang.value]}")
    if check["valid_to"]:
        parts.append(f"{_UNTIL.say(lang)} {check['valid_to']}")
    if check["source"]:
        parts.append(f"{_SOURCE.say(lang)} {check['source']}")
    return ", ".join(parts)


_STATE = Text("状态", "state")
_UNTIL = Text("有效期至", "valid until")
_SOURCE = Text("来源", "source")
